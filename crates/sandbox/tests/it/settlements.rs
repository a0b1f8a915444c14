//! Settlements: everything once, less refunds and fees, told of by webhook, with the mistakes that a test asks for.

use serde_json::json;

use crate::world::{World, id, json_of};

#[tokio::test]
async fn what_was_captured_is_settled_once() {
    let world = World::open().await;
    let payment = world.captured("A-1").await;
    let refund = format!("/api/v1/payments/{}/refund", id(&payment));
    world.post(&refund, &json!({ "amount": 1000 })).send().await.unwrap();
    let settled =
        json_of(world.post("/sandbox/settlements", &json!({})).send().await.unwrap()).await;
    assert_eq!(settled["transaction_amount_cents"], 2000);
    assert_eq!(settled["fee_amount_cents"], 108);
    assert_eq!(settled["fee_tax_amount_cents"], 10);
    assert_eq!(settled["remittance_amount_cents"], 1882);
    let list = json_of(world.get("/api/v1/settlements").send().await.unwrap()).await;
    assert_eq!(list["total"], 1);
    assert!(list["data"][0].get("lines").is_none(), "the published object names no payments");
    let csv = format!("/api/v1/settlements/{}/csv", id(&settled));
    let csv = world.get(&csv).send().await.unwrap().text().await.unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.contains(&format!("payment,{0},{0},A-1,JPY,3000,108,10", id(&payment))), "{csv}");
    let nothing = world.post("/sandbox/settlements", &json!({})).send().await.unwrap();
    assert_eq!(nothing.status(), 404, "nothing is left to settle");
    let webhooks = world.webhooks(3).await;
    assert!(webhooks.iter().all(crate::world::Received::is_genuine));
    assert!(world.kinds().contains(&"settlement.created".to_owned()));
}
