//! What the journal remembers.

use std::path::PathBuf;

use serde_json::json;

use crate::world::{VISA, World, id, json_of, order};

fn journal(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{name}-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let path = journal("restart");
    let world = World::open_with(|settings| settings.journal = Some(path.clone())).await;
    let send = |world: &World| {
        world
            .post("/api/v1/sessions", &order("KEY-1"))
            .header("X-KOMOJU-IDEMPOTENCY", "key-1")
            .send()
    };
    let first = send(&world).await.unwrap().text().await.unwrap();
    let payment = world.captured("A-1").await;
    let waiting = world.new_session("A-2").await;
    world.pay(&waiting, json!({"method": "konbini", "store": "lawson"})).await;
    world.webhooks(2).await;
    world.close().await;

    let world = World::open_with(|settings| settings.journal = Some(path.clone())).await;
    let second = send(&world).await.unwrap().text().await.unwrap();
    assert_eq!(first, second);
    assert_eq!(world.payment(id(&payment)).await, payment);
    let found = world.get("/api/v1/payments?external_order_num=A-2").send().await.unwrap();
    assert_eq!(json_of(found).await["data"][0]["status"], "authorized");
    let reused = world.post("/api/v1/sessions", &order("A-1")).send().await.unwrap();
    assert_eq!(reused.status(), 422);
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_webhook_not_yet_delivered_is_delivered_after_the_restart() {
    let path = journal("undelivered");
    let deaf = World::open_with(|settings| {
        settings.journal = Some(path.clone());
        // Nobody listens there.
        settings.webhook_url = Some("http://127.0.0.1:9/".to_owned());
    })
    .await;
    let session = deaf.new_session("A-1").await;
    deaf.pay(&session, json!({"method": "credit_card", "card": VISA})).await;
    deaf.close().await;

    let world = World::open_with(|settings| settings.journal = Some(path.clone())).await;
    assert_eq!(world.webhooks(1).await[0].kind, "payment.captured");
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_line_cut_short_by_a_crash_is_skipped() {
    let path = journal("torn");
    let world = World::open_with(|settings| settings.journal = Some(path.clone())).await;
    let payment = world.captured("A-1").await;
    world.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"payment\":{\"id\":");
    std::fs::write(&path, bytes).unwrap();
    for reference in ["A-2", "A-3"] {
        let world = World::open_with(|settings| settings.journal = Some(path.clone())).await;
        assert_eq!(world.payment(id(&payment)).await, payment);
        world.captured(reference).await;
        world.close().await;
    }
    let world = World::open_with(|settings| settings.journal = Some(path.clone())).await;
    assert_eq!(json_of(world.get("/api/v1/payments").send().await.unwrap()).await["total"], 3);
    std::fs::remove_file(path).unwrap();
}
