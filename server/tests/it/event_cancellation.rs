//! Calling off an event over the API and on the pages: what is told before, what happens, what participants see.

use http::{Method, StatusCode};
use operations::demo::DemoEvent;
use serde_json::{Value, json};

use crate::harness::Harness;

/// Places an order and pays it by card; answers the path of the buyer's page.
async fn paid(server: &Harness, seller: &DemoEvent) -> String {
    let placed = placed(server, seller).await;
    server.app.pay_by_card(text(&placed, "pay_url")).await;
    let id: domain::ids::OrderId = text(&placed, "id").parse().expect("an id");
    let uuid = domain::ids::Id::uuid(id);
    let status = format!("select status from orders where order_id = '{uuid}'");
    server.app.until(&status, "paid").await;
    status_path(&placed)
}

async fn placed(server: &Harness, seller: &DemoEvent) -> Value {
    let wish = json!({
        "buyer": {"name": "山田 花子", "email": "hanako@example.com"},
        "tickets": [{"ticket_type": seller.ticket_type, "quantity": 1}],
    });
    let path = format!("/api/v1/events/{}/orders", seller.event);
    server.call(seller, Method::POST, &path, &wish).await.json()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name}: {answer}"))
}

fn status_path(placed: &Value) -> String {
    text(placed, "status_url").trim_start_matches("http://127.0.0.1:3000").to_owned()
}

#[tokio::test]
async fn an_event_is_looked_at_called_off_and_followed() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let buyers_page = paid(&server, &seller).await;
    let unpaid_page = status_path(&placed(&server, &seller).await);
    let path = format!("/api/v1/events/{}/cancel", seller.event);
    let there = format!("/api/v1/events/{}/cancellation", seller.event);
    let early = server.call(&seller, Method::GET, &there, &json!({})).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);

    let wish = json!({"dry_run": true, "fee_percent": 10});
    let dry = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(dry.status, StatusCode::OK, "{}", dry.body);
    let dry = dry.json();
    assert_eq!((&dry["orders"], &dry["unpaid_orders"]), (&json!(2), &json!(1)));
    assert_eq!((&dry["totals"]["refund"], &dry["totals"]["kept"]), (&json!(2700), &json!(300)));
    assert_eq!(dry["by_method"][0]["method"], "credit_card");

    let other = json!({"dry_run": false, "fee_percent": 10, "fingerprint": "1-0-2700"});
    let refused = server.call(&seller, Method::POST, &path, &other).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "conflict"));
    let wish = json!({
        "dry_run": false, "fee_percent": 10, "reason": "台風のため", "fingerprint": dry["fingerprint"],
    });
    let begun = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.body);
    server.app.until("select status from refunds", "succeeded").await;
    server.app.run_jobs().await;
    let seen = server.call(&seller, Method::GET, &there, &json!({})).await.json();
    assert_eq!((&seen["ended_orders"], &seen["refunded"]), (&json!(2), &json!(2700)));
    assert_eq!(seen["results"].as_array().map(Vec::len), Some(2));
    let one = format!("{there}?state=unpaid");
    let one = server.call(&seller, Method::GET, &one, &json!({})).await.json();
    assert_eq!(one["results"].as_array().map(Vec::len), Some(1));

    let event_page = server.get(&format!("/e/{}", seller.slug)).await.body;
    assert!(event_page.contains("https://schema.org/EventCancelled"));
    assert!(event_page.contains("このイベントは中止になりました"));
    assert!(event_page.contains("台風のため") && !event_page.contains("place-order"));
    for page in [buyers_page, unpaid_page] {
        let page = server.get(&page).await.body;
        assert!(page.contains("このイベントは中止になりました"), "{page}");
    }
    let calendar = server.get(&format!("/e/{}/calendar.ics", seller.slug)).await.body;
    assert!(calendar.contains("STATUS:CANCELLED"));
    let again = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "once is for good");
    assert_eq!(server.app.look("select count(*) from refunds").await, "1");
    server.app.check().await;
}

#[tokio::test]
async fn nobody_calls_off_what_is_not_theirs_or_without_the_right() {
    let server = Harness::start().await;
    let (mine, other) = (server.seller(5, 3000).await, server.seller(5, 3000).await);
    let path = format!("/api/v1/events/{}/cancel", other.event);
    let refused = server.call(&mine, Method::POST, &path, &json!({"dry_run": false})).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let access = server.owner(&mine).await;
    let scopes = [operations::api_keys::Scope::EventsWrite];
    let key = operations::api_keys::create_api_key(
        &server.app.deps,
        &access,
        "k",
        &scopes,
        operations::api_keys::KeyLife::Endless,
    )
    .await;
    let weak = DemoEvent { api_key: key.expect("a key").secret, ..mine.clone() };
    let path = format!("/api/v1/events/{}/cancel", mine.event);
    let refused = server.call(&weak, Method::POST, &path, &json!({"dry_run": true})).await;
    assert_eq!(refused.code(), "missing_scope", "money moves: refunds:write is needed too");
    let wrong = json!({"dry_run": true, "fee_percent": 101});
    let refused = server.call(&mine, Method::POST, &path, &wrong).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "invalid"));
}
