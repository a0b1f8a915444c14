//! The audit log behind its doors: where changes come from, and that it is its organizer's alone.

use http::{Method, Request, header};
use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn a_change_says_which_request_made_it_and_from_where() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let form = json!({"title": "Party"}).to_string();
    let agent = [("user-agent", "curl/8.5.0")];
    let made = server.call_with(&seller, (Method::POST, "/api/v1/events"), &form, &agent).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let line = "select request_id || ' ' || browser || ' ' || actor_kind from audit_entries
                where action = 'event.created' order by audit_entry_id desc limit 1";
    let told = format!("{} curl api_key", made.header("x-request-id"));
    assert_eq!(server.app.look(line).await, told);
    let by_itself =
        "select count(*) from audit_entries where request_id is not null and actor_kind = 'system'";
    assert_eq!(server.app.look(by_itself).await, "0");
}

#[tokio::test]
async fn a_form_says_so_too() {
    let server = Harness::start().await;
    let request = Request::post("/api/account/request_login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::USER_AGENT, "Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1")
        .body(axum::body::Body::from("email=sato%40example.com"));
    let answer = server.send(request.expect("a request")).await;
    let line = "select request_id || ' ' || browser from audit_entries where action = 'login_link.requested'
                order by audit_entry_id desc limit 1";
    let told = format!("{} safari/ios", answer.header("x-request-id"));
    assert_eq!(server.app.look(line).await, told, "{}", answer.status);
}

#[tokio::test]
async fn the_log_is_for_signed_in_members() {
    let server = Harness::start().await;
    for path in ["/o/audit", "/o/audit.csv"] {
        let request = Request::get(path).body(axum::body::Body::empty()).expect("a request");
        let answer = server.send(request).await;
        let location = answer.headers.get(header::LOCATION).and_then(|it| it.to_str().ok());
        assert_eq!(location, Some("/o/login"), "{path}: {}", answer.status);
    }
}
