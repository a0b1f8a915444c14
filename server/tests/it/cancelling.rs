//! Cancelling over the API: tickets by their codes, the policy in the event, doors closed to strangers.

use domain::cancel_policy::Preset;
use http::{Method, StatusCode};
use operations::access::api_key_access;
use operations::api_keys::{Scope, create_api_key};
use operations::demo::DemoEvent;
use operations::events::cancel_policy::take_preset;
use serde_json::{Value, json};

use crate::harness::Harness;

async fn order(server: &Harness, seller: &DemoEvent, quantity: u32) -> Value {
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let wish = json!({
        "buyer": { "name": "山田 花子", "email": "hanako@example.com" },
        "tickets": [{ "ticket_type": seller.ticket_type, "quantity": quantity }],
    });
    let placed = server.call(seller, Method::POST, &path, &wish).await.json();
    let path = format!("/api/v1/orders/{}", id_of(&placed));
    server.call(seller, Method::GET, &path, &json!({})).await.json()
}

fn cancel(order: &Value) -> String {
    format!("/api/v1/orders/{}/cancel", id_of(order))
}

fn id_of(order: &Value) -> &str {
    order.get("id").and_then(Value::as_str).expect("an id")
}

#[tokio::test]
async fn tickets_end_one_by_one_and_the_last_ends_the_order() {
    let server = Harness::start().await;
    let seller = server.seller(5, 0).await;
    let order = order(&server, &seller, 2).await;
    let code = order["tickets"][0]["code"].clone();
    let post = |body: Value| {
        let (server, seller, path) = (&server, &seller, cancel(&order));
        async move { server.call(seller, Method::POST, &path, &body).await }
    };
    let first = post(json!({ "tickets": [code], "reason": "欠席" })).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!((&first.json()["status"], &first.json()["tickets"][0]), (&json!("paid"), &code));
    let again = post(json!({ "tickets": [code] })).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "not_cancellable"));
    let unknown = post(json!({ "tickets": ["NOSUCHTICKET"] })).await;
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (422, "invalid"));
    let rest = post(json!({ "waive_fee": true })).await.json();
    assert_eq!((&rest["status"], &rest["fee"]), (&json!("cancelled"), &json!(0)));
    assert_eq!(server.app.look("select n_taken from quotas").await, "0");
}

#[tokio::test]
async fn an_unpaid_order_ends_as_a_whole() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let order = order(&server, &seller, 2).await;
    let code = order["tickets"][0]["code"].clone();
    let part = json!({ "tickets": [code] });
    let refused = server.call(&seller, Method::POST, &cancel(&order), &part).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "not_cancellable"));
    let ended = server.call(&seller, Method::POST, &cancel(&order), &json!({})).await;
    assert_eq!(ended.json()["status"], "cancelled", "{}", ended.body);
    assert_eq!(ended.json()["id"], Value::Null);
}

#[tokio::test]
async fn the_event_tells_its_policy() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let (access, _) = api_key_access(&server.app.deps, &seller.api_key).await.expect("access");
    take_preset(&server.app.deps, &access, seller.event, Preset::DayBefore).await.expect("taken");
    let path = format!("/api/v1/events/{}", seller.event);
    let policy = server.call(&seller, Method::GET, &path, &json!({})).await.json();
    let policy = &policy["cancel_policy"];
    assert_eq!(policy["mode"], "self_service");
    assert_eq!(policy["steps"][1]["days_before"], 1);
    assert_eq!(policy["steps"][1]["fee"], json!({ "rate": 5000, "fixed": 0 }));
    assert_eq!(policy["after"]["rate"], 10_000);
}

#[tokio::test]
async fn strangers_and_weak_keys_cancel_nothing() {
    let server = Harness::start().await;
    let (mut mine, other) = (server.seller(5, 0).await, server.seller(5, 0).await);
    let theirs = order(&server, &other, 1).await;
    let refused = server.call(&mine, Method::POST, &cancel(&theirs), &json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (404, "not_found"));
    let own = order(&server, &mine, 1).await;
    let access = server.owner(&mine).await;
    let weak = [Scope::OrdersWrite];
    let weak = create_api_key(
        &server.app.deps,
        &access,
        "orders only",
        &weak,
        operations::api_keys::KeyLife::Endless,
    )
    .await;
    mine.api_key = weak.expect("a key").secret;
    let refused = server.call(&mine, Method::POST, &cancel(&own), &json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "missing_scope"));
}
