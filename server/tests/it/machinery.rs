//! Health, figures, webhooks and the worker.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::json;
use server::worker;
use testkit::app::WEBHOOK_SECRET;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, Harness};

async fn deliver(server: &Harness, body: &str, signature: Option<&str>) -> Answer {
    let mut request = Request::post("/webhooks/komoju");
    if let Some(signature) = signature {
        request = request.header("x-komoju-signature", signature);
    }
    server.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn only_signed_webhooks_are_stored_each_once() {
    let server = Harness::start().await;
    let body = json!({"id": "evt_1", "type": "payment.captured", "data": {"id": "p1", "resource": "payment"}});
    let body = body.to_string();
    let signature = sandbox::sign(WEBHOOK_SECRET, body.as_bytes());
    assert_eq!(deliver(&server, &body, None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(deliver(&server, &body, Some("00")).await.status, StatusCode::UNAUTHORIZED);
    let forged = sandbox::sign("another secret", body.as_bytes());
    assert_eq!(deliver(&server, &body, Some(&forged)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.app.look("select count(*)::text from webhook_events").await, "0");
    for _ in 0..3 {
        assert_eq!(deliver(&server, &body, Some(&signature)).await.status, StatusCode::OK);
    }
    let kept = "select count(*) || ' ' || sum(n_deliveries) from webhook_events";
    assert_eq!(server.app.look(kept).await, "1 3");
    let huge = "x".repeat(300 * 1024);
    let signature = sandbox::sign(WEBHOOK_SECRET, huge.as_bytes());
    let huge = deliver(&server, &huge, Some(&signature)).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn health_is_told_and_a_lost_database_is_not_ready() {
    let server = Harness::start().await;
    assert_eq!(server.get("/healthz").await.json(), json!({"status": "ok"}));
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["queue"]["dead_letters"]), (200, &json!(0)));
    server.get("/nowhere").await;
    let figures = server.get("/metrics").await.body;
    for name in [
        "http_requests_total",
        "jobs_dead",
        "webhook_lag_seconds",
        "payment_reflection_seconds_count",
    ] {
        assert!(figures.contains(name), "{name} is missing");
    }
    server.app.deps.db.close().await;
    let lost = server.get("/readyz").await;
    assert_eq!((lost.status.as_u16(), &lost.json()["database"]["status"]), (503, &json!("down")));
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn personal_links_are_not_in_the_figures() {
    let server = Harness::start().await;
    server.get("/e/orders/SECRETTOKENSECRETTOKEN/state").await;
    let figures = server.get("/metrics").await.body;
    assert!(figures.contains("/e/orders/{token}/state"));
    assert!(!figures.contains("SECRETTOKEN"));
}

#[tokio::test]
async fn the_worker_wakes_by_itself_and_stops_when_told() {
    let server = Harness::start().await;
    let (stop, news) = (CancellationToken::new(), Arc::new(Notify::new()));
    let deps = server.app.deps.clone();
    let heard = worker::hear(deps.clone(), Arc::clone(&news), server.live.clone(), stop.clone());
    let told = worker::announce(deps.clone(), Arc::clone(&news), stop.clone());
    let work = worker::work(deps.clone(), 4, news, stop.clone());
    let story = async {
        let seller = server.seller(5, 0).await;
        let path = format!("/api/v1/events/{}/orders", seller.event);
        let wish = json!({"buyer": {"name": "A", "email": "a@example.com"},
                          "tickets": [{"ticket_type": seller.ticket_type, "quantity": 1}]});
        let placed = server.call(&seller, Method::POST, &path, &wish).await;
        assert_eq!(placed.json()["status"], "paid", "{}", placed.body);
        for _ in 0..200 {
            if server.app.look("select count(*)::text from jobs").await == "0" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(server.app.look("select count(*)::text from jobs").await, "0");
        stop.cancel();
    };
    let all = Box::pin(async { tokio::join!(heard, told, work, story) });
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("everything ends");
}
