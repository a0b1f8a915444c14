//! Webhooks, on good days and on bad ones.

use serde_json::{Value, json};

use crate::world::{VISA, World, id, json_of, location};

async fn behave(world: &World, switches: Value) {
    let url = format!("{}/sandbox/behaviour", world.base);
    assert_eq!(world.client.put(url).json(&switches).send().await.unwrap().status(), 200);
}

#[test]
fn the_signature_is_the_published_one() {
    let body = r#"{"id":"evt_1","type":"ping","resource":"event","data":{},"created_at":"2026-01-02T03:04:05Z","reason":null}"#;
    assert_eq!(
        sandbox::sign("whsec_test", body.as_bytes()),
        "9a235b4f732a5f10e317109541ac1bece8f522f0f01034c9e8e76c68cb96c223"
    );
}

#[tokio::test]
async fn every_webhook_is_signed_and_whole() {
    let world = World::open().await;
    let payment = world.captured("A-1").await;
    let webhook = &world.webhooks(1).await[0];
    assert!(webhook.is_genuine());
    let event = webhook.json();
    assert_eq!(event["resource"], "event");
    assert_eq!(event["data"], payment);
    assert_eq!(event["data"]["metadata"]["attempt_id"], "01JABC");
}

#[tokio::test]
async fn copies_are_the_same_event() {
    let world = World::open().await;
    behave(&world, json!({"duplicate": 2})).await;
    world.captured("A-1").await;
    let copies = world.webhooks(3).await;
    assert!(copies.iter().all(|copy| copy.body == copies[0].body));
}

#[tokio::test]
async fn the_later_one_can_come_first() {
    let world = World::open().await;
    behave(&world, json!({"reorder": true})).await;
    let payment = world.captured("A-1").await;
    world
        .post(&format!("/api/v1/payments/{}/refund", id(&payment)), &json!({"amount": 1}))
        .send()
        .await
        .unwrap();
    world.webhooks(2).await;
    assert_eq!(world.kinds(), ["payment.refund.created", "payment.captured"]);
}

#[tokio::test]
async fn a_dropped_webhook_is_still_in_the_list() {
    let world = World::open().await;
    behave(&world, json!({"drop_percent": 50})).await;
    for n in 0..4 {
        world.captured(&format!("A-{n}")).await;
    }
    world.webhooks(2).await;
    let events = json_of(world.get("/api/v1/events").send().await.unwrap()).await;
    assert_eq!(events["total"], 4);
}

#[tokio::test]
async fn a_forged_signature_is_followed_by_a_true_one() {
    let world = World::open().await;
    behave(&world, json!({"forge_percent": 100})).await;
    world.captured("A-1").await;
    assert!(!world.webhooks(1).await[0].is_genuine());
    behave(&world, json!({})).await;
    assert!(world.webhooks(2).await[1].is_genuine());
}

#[tokio::test]
async fn the_shop_can_be_told_before_the_buyer_is_back() {
    let world = World::open().await;
    behave(&world, json!({"before_redirect": true, "delay_ms": 100})).await;
    let session = world.new_session("A-1").await;
    let fields = [("method", "credit_card"), ("number", VISA), ("expiry", "12/40"), ("cvc", "123")];
    let answer = world.submit(&format!("/sessions/{}/pay", id(&session)), &fields).await;
    assert!(location(&answer).contains("session_id="));
    assert_eq!(world.kinds(), ["payment.captured"]);
}

#[tokio::test]
async fn failures_come_as_often_as_asked_and_do_nothing() {
    let world = World::open().await;
    behave(&world, json!({"api_fail_percent": 50})).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = world.get("/api/v1/payments").send().await.unwrap();
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 503, 200, 503, 200, 503]);
}
