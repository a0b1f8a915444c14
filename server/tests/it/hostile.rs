//! What nobody should send: every answer is clear, nothing is stored, and nothing fails on our side.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::harness::Harness;
use crate::permissions::Stage;
use crate::refunds::Visitor;

/// Bodies that are wrong in every way a body can be.
fn bodies(ticket_type: &str) -> Vec<Vec<u8>> {
    let order = |buyer: &str, tickets: &str| {
        format!("{{\"buyer\":{buyer},\"tickets\":{tickets}}}").into_bytes()
    };
    let buyer = "{\"name\":\"A\",\"email\":\"a@example.com\"}";
    let ticket =
        |quantity: &str| format!("[{{\"ticket_type\":\"{ticket_type}\",\"quantity\":{quantity}}}]");
    let mut bodies = vec![
        Vec::new(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"text\"".to_vec(),
        b"{\"buyer\":{\"name\":\"\xff\xfe\",\"email\":\"a@example.com\"},\"tickets\":[]}".to_vec(),
        b"{\"name\":\"\\ud800\"}".to_vec(),
        "[".repeat(200_000).into_bytes(),
        vec![b'a'; 300_000],
        order(buyer, "[]"),
        order(buyer, "null"),
        order(buyer, "[{\"ticket_type\":\"tt_1\",\"quantity\":1}]"),
        order("{\"name\":\"\",\"email\":\"\"}", &ticket("1")),
        order("{\"name\":\"a\\u0000b\",\"email\":\"a@example.com\"}", &ticket("1")),
        order("{\"name\":\"A\",\"email\":\"a@example.com\\r\\nBcc: b@example.com\"}", &ticket("1")),
        order("{\"name\":\"A\",\"email\":\"a@example.com\",\"admin\":true}", &ticket("1")),
        order(
            &format!("{{\"name\":\"{}\",\"email\":\"a@example.com\"}}", "長".repeat(10_000)),
            &ticket("1"),
        ),
    ];
    for quantity in ["0", "-1", "1.5", "1e9", "4294967295", "99999999999999999999", "\"1\"", "null"]
    {
        bodies.push(order(buyer, &ticket(quantity)));
    }
    bodies
}

#[tokio::test]
async fn hostile_bodies_are_refused_clearly_and_store_nothing() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let event = format!("/api/v1/events/{}", seller.event);
    let paths = [
        format!("{event}/orders"),
        format!("{event}/ticket_types"),
        "/api/v1/events".to_owned(),
        "/api/v1/payments/pay_01kb2v3c4d5e6f7g8h9jkmnpqr/refunds".to_owned(),
        "/webhooks/komoju".to_owned(),
    ];
    for path in &paths {
        for body in bodies(&seller.ticket_type.to_string()) {
            let shown = String::from_utf8_lossy(&body).chars().take(80).collect::<String>();
            let request = Request::post(path)
                .header("authorization", format!("Bearer {}", seller.api_key))
                .header("content-type", "application/json")
                .body(Body::from(body))
                .expect("a request");
            let answer = server.send(request).await;
            assert!(answer.status.is_client_error(), "{path} {shown}: {}", answer.status);
            if path.starts_with("/api") {
                assert!(!answer.code().is_empty(), "{path} {shown}: {}", answer.body);
            }
        }
    }
    let stored = "select (select count(*) from orders) || ' ' || (select count(*) from events) || ' ' ||
                  (select count(*) from ticket_types) || ' ' || (select count(*) from webhook_events)";
    assert_eq!(server.app.look(stored).await, "0 1 1 0");
}

#[tokio::test]
async fn hostile_addresses_are_answered() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let paths = [
        "/api/v1/events/%00",
        "/api/v1/events/%ff%fe",
        "/api/v1/events/..%2f..%2fetc%2fpasswd",
        "/api/v1/orders/'%20or%201=1--",
        "/api/v1/events//orders",
        "/api/v1/",
        "/api/v1",
        "/api/v1/nowhere",
        "/e/%00/calendar.ics",
        "/e/%ff/calendar.ics",
        "/e/orders/%00/state",
        "/e/orders/nobody/state",
        // As long as a link's secret, and nothing that the database could hold.
        "/e/orders/%00AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/e/orders/%00AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/state",
        "/e/orders/%00AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/data.json",
        "/live/events/x?token=%00",
        "/live/events/evt_01kb2v3c4d5e6f7g8h9jkmnpqr/snapshot?token=a.b.c.d",
        "/pkg/%2e%2e/manifest.json",
        "/manifest.json",
        "/dev/mail/..%2f..%2fsecrets.json",
        "/dev/mail/%ff",
        "/api/nobody/knows",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = server.call(&seller, method.clone(), path, &json!({})).await;
            assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.status);
            assert!(
                !answer.status.is_success() || path.contains("/dev/mail"),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
    let events = format!("/api/v1/events/{}/orders", seller.event);
    for query in ["limit=0", "limit=101", "limit=x", "after=x", "status=gold", "%ff=%ff", "a=b&a=c"]
    {
        let path = format!("{events}?{query}");
        let answer = server.call(&seller, Method::GET, &path, &json!({})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "malformed_query"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn wrong_kinds_of_requests_are_told_apart() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let text = [("content-type", "text/plain")];
    let wrong_kind = server.call_with(&seller, (Method::POST, &path), "{}", &text).await;
    assert_eq!(
        (wrong_kind.status.as_u16(), wrong_kind.code().as_str()),
        (415, "unsupported_media_type")
    );
    let huge = "x".repeat(300 * 1024);
    let huge = server.call_with(&seller, (Method::POST, &path), &huge, &[]).await;
    assert_eq!((huge.status.as_u16(), huge.code().as_str()), (413, "too_large"));
    let put = server.call(&seller, Method::PUT, &path, &json!({})).await;
    assert_eq!((put.status.as_u16(), put.code().as_str()), (405, "method_not_allowed"));
    let nowhere = server.get("/api/v1/nowhere").await;
    assert_eq!((nowhere.status.as_u16(), nowhere.code().as_str()), (404, "not_found"));
}

/// Texts with a NUL, which PostgreSQL refuses, at every function, by a stranger and by somebody who may do everything.
#[tokio::test]
async fn what_no_row_can_hold_is_answered() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    stage.run("update users set is_administrator = true").await;
    let stranger = "%00AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let named = [
        "token",
        "slug",
        "email",
        "name",
        "key",
        "idempotency_key",
        "reason",
        "note",
        "text",
        "body",
        "message",
        "description",
        "url",
        "value",
        "code",
        "form[name]",
        "form[email]",
        "form[key]",
        "q",
        "amount",
    ];
    let form: Vec<String> = named.iter().map(|it| format!("{it}={stranger}")).collect();
    let forms = [form.join("&"), format!("{}&{}", stage.form(), form.join("&"))];
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        for (cookie, form) in [("", &forms[0]), (cookie.as_str(), &forms[1])] {
            let mut visitor = Visitor::with_cookie(&stage.server, cookie);
            let answer = visitor.send(path, form).await;
            assert!(!answer.status.is_server_error(), "{path}: {} {}", answer.status, answer.body);
        }
    }
}

#[tokio::test]
async fn hostile_forms_are_answered() {
    let server = Harness::start().await;
    let paths: Vec<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert!(!paths.is_empty());
    let bodies: [&[u8]; 8] = [
        b"",
        b"%",
        b"%ff%fe=%ff",
        b"\xff\xfe\x00",
        b"email=%00&token=%00&slug=%00&event=%00&order=%00",
        b"email=a@b.c&email=d@e.f&token[]=1&token[x][y]=2",
        b"slug='%20or%201=1--&event=evt_0&order=ord_0&payment=pay_0&amount=99999999999999999999",
        b"{\"json\":true}",
    ];
    for path in &paths {
        for kind in
            ["application/x-www-form-urlencoded", "application/json", "multipart/form-data", ""]
        {
            for body in bodies {
                let request = Request::post(path)
                    .header("content-type", kind)
                    .header("accept", "text/html")
                    .body(Body::from(body))
                    .expect("a request");
                let answer = server.send(request).await;
                let shown = String::from_utf8_lossy(body);
                assert!(
                    !answer.status.is_server_error(),
                    "{path} {kind} {shown}: {} {}",
                    answer.status,
                    answer.body
                );
            }
        }
    }
}
