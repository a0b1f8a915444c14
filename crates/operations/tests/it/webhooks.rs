//! Webhooks: delivered never, once, often, out of order, late, forged or again by hand, money is applied once.

use axum_status::{BAD_REQUEST, OK, UNAUTHORIZED};
use domain::ids::Id;
use serde_json::{Value, json};
use testkit::app::{TestApp, WEBHOOK_SECRET};
use testkit::story::{self, on_sale, payment_of, status_of};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// The three answers of our door.
mod axum_status {
    pub(crate) const OK: u16 = 200;
    pub(crate) const BAD_REQUEST: u16 = 400;
    pub(crate) const UNAUTHORIZED: u16 = 401;
}

const CAPTURES: &str =
    "select count(*) from ledger_transactions where kind in ('capture', 'capture_to_credit')";
const TICKETS: &str = "select count(*) from tickets where status = 'valid'";
const PAID_MAILS: &str = "select count(*) from mails where kind = 'order_paid'";

async fn applied_once(app: &TestApp) {
    app.run_jobs().await;
    assert_eq!(app.look(CAPTURES).await, "1");
    assert_eq!(app.look(TICKETS).await, "1");
    assert_eq!(app.look(PAID_MAILS).await, "1");
    app.check().await;
}

/// A message as the provider would send it about this payment, with an id of its own.
fn message(id: &str, kind: &str, paid: &Value) -> String {
    message_of(OffsetDateTime::now_utc(), id, kind, paid)
}

fn message_of(at: OffsetDateTime, id: &str, kind: &str, paid: &Value) -> String {
    let created_at = at.format(&Rfc3339).unwrap();
    let data = paid.get("payment").cloned().unwrap_or_default();
    json!({
        "id": id, "type": kind, "resource": "event", "data": data,
        "created_at": created_at, "reason": null,
    })
    .to_string()
}

#[tokio::test]
async fn a_payment_is_applied_once_when_its_webhook_comes_once() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    assert_eq!(app.look(&status_of(&order)).await, "pending");
    app.pay_by_card(&story::pay_url(&order)).await;
    app.until(&status_of(&order), "paid").await;
    assert_eq!(app.look(&payment_of(&order, "status")).await, "captured");
    assert_eq!(app.look(&payment_of(&order, "captured_minor")).await, "5500");
    assert_eq!(app.look(&payment_of(&order, "method_details->>'card_last4'")).await, "1111");
    applied_once(&app).await;
}

#[tokio::test]
async fn without_any_webhook_the_sweeper_finds_the_money() {
    let clock = operations::clock::Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(operations::PlacesGuard::On, clock).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    app.pay_by_card(&story::pay_url(&order)).await;
    operations::jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "pending", "too early to ask");
    app.deps.clock.advance(Duration::minutes(2));
    operations::jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select count(*) from webhook_events").await, "0");
    applied_once(&app).await;
}

#[tokio::test]
async fn the_same_message_fifty_times_changes_nothing_more() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let paid = app.pay_by_card(&story::pay_url(&order)).await;
    for n in [2, 50] {
        let body = message(&format!("evt_{n}"), "payment.captured", &paid);
        for _ in 0..n {
            assert_eq!(app.deliver(&body, WEBHOOK_SECRET).await.as_u16(), OK);
            app.run_jobs().await;
        }
        let stored =
            format!("select n_deliveries from webhook_events where provider_event_id = 'evt_{n}'");
        assert_eq!(app.look(&stored).await, n.to_string());
    }
    app.until(&status_of(&order), "paid").await;
    applied_once(&app).await;
}

#[tokio::test]
async fn messages_out_of_order_and_about_the_past_change_nothing() {
    let app = TestApp::start().await;
    app.behave(json!({ "drop_percent": 100 })).await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let paid = app.pay_by_card(&story::pay_url(&order)).await;
    for (i, kind) in [
        "payment.captured",
        "payment.failed",
        "payment.authorized",
        "payment.expired",
        "payment.cancelled",
    ]
    .iter()
    .enumerate()
    {
        let body = message(&format!("evt_{i}"), kind, &paid);
        assert_eq!(app.deliver(&body, WEBHOOK_SECRET).await.as_u16(), OK);
        app.run_jobs().await;
        assert_eq!(app.look(&status_of(&order)).await, "paid", "after {kind}");
    }
    applied_once(&app).await;
}

#[tokio::test]
async fn a_message_that_lies_about_money_is_not_believed() {
    let app = TestApp::start().await;
    app.behave(json!({ "drop_percent": 100 })).await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let reference = app.look(&payment_of(&order, "reference")).await;
    let lie = json!({
        "id": "evt_lie", "type": "payment.captured", "resource": "event",
        "created_at": OffsetDateTime::now_utc().format(&Rfc3339).unwrap(),
        "data": { "id": "p", "resource": "payment", "status": "captured", "total": 5500, "amount": 5500,
                  "currency": "JPY", "external_order_num": reference },
    })
    .to_string();
    assert_eq!(app.deliver(&lie, WEBHOOK_SECRET).await.as_u16(), OK);
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "pending");
    assert_eq!(app.look(CAPTURES).await, "0");
    app.check().await;
}

#[tokio::test]
async fn forged_and_broken_messages_leave_nothing() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let body = message("evt_forged", "payment.captured", &json!({}));
    assert_eq!(app.deliver(&body, "another secret").await.as_u16(), UNAUTHORIZED);
    assert_eq!(
        app.http.post(&app.webhook_url).body(body).send().await.unwrap().status().as_u16(),
        UNAUTHORIZED
    );
    for broken in ["", "{", "[]", "null", "{\"id\":7}", "\u{0}"] {
        assert_eq!(app.deliver(broken, WEBHOOK_SECRET).await.as_u16(), BAD_REQUEST, "{broken:?}");
    }
    assert_eq!(app.look("select count(*) from webhook_events").await, "0");
    assert_eq!(app.look(&status_of(&order)).await, "pending");
}

#[tokio::test]
async fn a_message_about_somebody_else_is_kept_and_ignored() {
    let app = TestApp::start().await;
    let strange = json!({ "payment": { "id": "strange", "session": "strange", "external_order_num": "X-1-ABC" } });
    let body = message("evt_strange", "payment.captured", &strange);
    assert_eq!(app.deliver(&body, WEBHOOK_SECRET).await.as_u16(), OK);
    app.run_jobs().await;
    assert_eq!(app.look("select status from webhook_events").await, "ignored");
    assert_eq!(app.look("select count(*) from jobs").await, "0");
}

#[tokio::test]
async fn an_administrator_replays_a_message_and_nothing_doubles() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.paid_order(&app, 1).await;
    let user = sale.user.uuid();
    testkit::database::run(
        &app.database_url,
        &format!("update users set is_administrator = true where user_id = '{user}'"),
    )
    .await;
    let access = operations::access::administrator_access(&app.deps, sale.user).await.unwrap();
    app.until("select count(*) > 0 from webhook_events where status = 'processed'", "true").await;
    let stored = app.look("select webhook_event_id from webhook_events limit 1").await;
    let stored = domain::ids::WebhookEventId::from_uuid(stored.parse().unwrap());
    operations::webhooks::replay::replay(&app.deps, &access, stored).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    applied_once(&app).await;
}

#[tokio::test]
async fn a_storm_of_misbehaviour_loses_and_doubles_nothing() {
    let app = TestApp::start().await;
    app.behave(json!({ "duplicate": 3, "reorder": true, "drop_percent": 30, "forge_percent": 20, "before_redirect": true }))
        .await;
    let sale = on_sale(&app, 1000, 100).await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        let order = sale.order(&app, 1).await;
        app.pay_by_card(&story::pay_url(&order)).await;
        orders.push(order);
    }
    app.run_jobs().await;
    for order in &orders {
        operations::payments::sync::sync_order(&app.deps, order.order).await.unwrap();
    }
    app.until("select count(*) from orders where status = 'paid'", "20").await;
    assert_eq!(app.look(CAPTURES).await, "20");
    assert_eq!(app.look(TICKETS).await, "20");
    app.check().await;
}

#[tokio::test]
async fn a_recorded_message_is_no_news_after_a_month_and_a_deep_one_is_never_read() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let paid = app.pay_by_card(&story::pay_url(&order)).await;
    let now = OffsetDateTime::now_utc();
    let month = Duration::days(30);
    for (n, (age, answer)) in [
        (month - Duration::MINUTE, OK),
        (month + Duration::MINUTE, BAD_REQUEST),
        (Duration::days(400), BAD_REQUEST),
        (-Duration::minutes(14), OK),
        (-Duration::minutes(16), BAD_REQUEST),
    ]
    .into_iter()
    .enumerate()
    {
        let body = message_of(now - age, &format!("evt_age_{n}"), "payment.captured", &paid);
        assert_eq!(app.deliver(&body, WEBHOOK_SECRET).await.as_u16(), answer, "{age}");
    }
    let stored = "select count(*) from webhook_events where provider_event_id like 'evt_age_%'";
    assert_eq!(app.look(stored).await, "2", "what was refused is not kept");
    let nested = |n: usize| {
        let (open, close) = ("[".repeat(n), "]".repeat(n));
        format!(r#"{{"id":"evt_deep_{n}","type":"ping","data":{{"x":{open}{close}}}}}"#)
    };
    for (n, answer) in [(29, OK), (31, BAD_REQUEST), (100_000, BAD_REQUEST)] {
        let body = nested(n);
        assert_eq!(app.deliver(&body, WEBHOOK_SECRET).await.as_u16(), answer, "{n}");
    }
    applied_once(&app).await;
}
