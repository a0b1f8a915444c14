//! Receivers of webhooks over the API: registered, listed, removed; their secret told once.

use http::{Method, StatusCode};
use operations::api_keys::{Scope, create_api_key};
use serde_json::{Value, json};

use crate::harness::Harness;

const PATH: &str = "/api/v1/webhook_endpoints";

fn wish() -> Value {
    json!({ "url": "https://example.com/webhooks", "events": ["refund.succeeded", "order.paid"] })
}

#[tokio::test]
async fn a_receiver_is_registered_listed_and_removed() {
    let server = Harness::start().await;
    let (mine, other) = (server.seller(1, 0).await, server.seller(1, 0).await);
    let made = server.call(&mine, Method::POST, PATH, &wish()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let one = made.header("location").to_owned();
    let made = made.json();
    assert!(made["secret"].as_str().is_some_and(|it| it.starts_with("whsec_")));
    assert_eq!(made["events"], json!(["order.paid", "refund.succeeded"]));
    let listed = server.call(&mine, Method::GET, PATH, &json!({})).await.json();
    assert_eq!(
        (&listed["data"][0]["id"], &listed["data"][0]["secret"]),
        (&made["id"], &Value::Null)
    );
    assert_eq!(listed["data"][0]["status"], "on");

    let nothing = server.call(&other, Method::GET, PATH, &json!({})).await.json();
    assert_eq!(nothing["data"], json!([]));
    for method in [Method::GET, Method::DELETE] {
        let answer = server.call(&other, method, &one, &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"));
    }
    let removed = server.call(&mine, Method::DELETE, &one, &json!({})).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let again = server.call(&mine, Method::DELETE, &one, &json!({})).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let log = "select string_agg(action, ' ' order by audit_entry_id) from audit_entries where action like 'webhook%'";
    assert_eq!(server.app.look(log).await, "webhook_endpoint.created webhook_endpoint.removed");
}

#[tokio::test]
async fn what_is_no_receiver_is_refused_by_field() {
    let server = Harness::start().await;
    let seller = server.seller(1, 0).await;
    for (url, events, field) in [
        ("example.com", json!(["order.paid"]), "url"),
        ("https://user:pass@example.com", json!(["order.paid"]), "url"),
        ("https://example.com", json!([]), "events"),
    ] {
        let body = json!({ "url": url, "events": events });
        let answer = server.call(&seller, Method::POST, PATH, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "invalid"), "{url}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{url}");
    }
    let unknown = json!({ "url": "https://example.com", "events": ["moon.landed"] });
    let answer = server.call(&seller, Method::POST, PATH, &unknown).await;
    assert_eq!(answer.code(), "malformed_body");
}

#[tokio::test]
async fn only_a_key_with_the_scope_manages_receivers() {
    let server = Harness::start().await;
    let mut seller = server.seller(1, 0).await;
    let access = server.owner(&seller).await;
    let reader = create_api_key(
        &server.app.deps,
        &access,
        "reader",
        &[Scope::OrdersRead],
        operations::api_keys::KeyLife::Endless,
    )
    .await;
    seller.api_key = reader.expect("a key").secret;
    for method in [Method::GET, Method::POST] {
        let answer = server.call(&seller, method, PATH, &wish()).await;
        assert_eq!(answer.code(), "missing_scope");
    }
}

#[tokio::test]
async fn a_repeated_registration_makes_one_and_its_answer_holds_no_secret() {
    let server = Harness::start().await;
    let seller = server.seller(1, 0).await;
    let key = [("idempotency-key", "hooks")];
    let body = wish().to_string();
    let first = server.call_with(&seller, (Method::POST, PATH), &body, &key).await;
    let again = server.call_with(&seller, (Method::POST, PATH), &body, &key).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert!(first.json()["secret"].is_string());
    assert_eq!(again.json()["secret"], Value::Null);
    let kept = "select count(*) from idempotency_keys where answer::text like '%whsec_%'";
    assert_eq!(server.app.look(kept).await, "0");
}
