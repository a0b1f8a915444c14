//! Mails of orders: each once, in the order of what happened, kept with what was sent.

use domain::ids::{Id, PaymentId};
use domain::money::Money;
use domain::order::OrderStatus;
use operations::PlacesGuard;
use operations::clock::Clock;
use operations::jobs::sweep;
use operations::mails::enqueue::{OrderMail, enqueue_order_mail};
use operations::orders::place::PlacedOrder;
use operations::refunds::request::{RequestRefund, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{on_sale, pay_url, payment_of, status_of};
use time::{Duration, OffsetDateTime};

/// What was written to the buyer, and how far it is.
const MAILS: &str = "select coalesce(string_agg(kind || ' ' || status, ', ' order by created_at, mail_id), '') from mails";

#[tokio::test]
async fn a_card_payment_and_its_refund_are_told_once_each() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = sale.paid_order(&app, 1).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let back = RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(1000),
        reason: "都合により".to_owned(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(&app.deps, &sale.access(&app).await, back).await.unwrap();
    app.until(MAILS, "order_paid sent, refunded sent").await;

    let mut conn = app.deps.db.acquire().await.unwrap();
    enqueue_order_mail(&mut conn, &app.deps, order.order, OrderMail::Paid).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(MAILS).await, "order_paid sent, refunded sent");

    let subject = app.look("select subject from mails where kind = 'refunded'").await;
    assert_eq!(subject, "【忘年会 2026】¥1,000を返金しました");
    let code = "select code from tickets";
    let told = "select position((select code from tickets) in text_body) > 0 from mails where kind = 'order_paid'";
    assert_eq!(app.look(told).await, "true", "the ticket's code {}", app.look(code).await);
}

#[tokio::test]
async fn a_konbini_payment_is_explained_and_a_free_order_gets_its_tickets_at_once() {
    let app = TestApp::start().await;
    let order = on_sale(&app, 3000, 10).await.order(&app, 1).await;
    app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
    app.until(&status_of(&order), "awaiting_payment").await;
    app.until(MAILS, "payment_instructions sent").await;
    let receipt = app.look(&payment_of(&order, "method_details->>'receipt'")).await;
    let told = "select text_body from mails where kind = 'payment_instructions'";
    let text = app.look(told).await;
    assert!(text.contains("ローソン") && text.contains(&receipt), "{text}");

    let free = on_sale(&app, 0, 10).await.order(&app, 2).await;
    assert_eq!(free.status, OrderStatus::Paid);
    let of_free = format!("{MAILS} where order_id = '{}'", free.order.uuid());
    app.until(&of_free, "order_paid sent").await;
}

#[tokio::test]
async fn who_leaves_without_paying_gets_the_link_and_who_pays_at_once_one_mail() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 10).await;
    let left = sale.order(&app, 1).await;
    let paid = sale.paid_order(&app, 1).await;
    let of = |order: &PlacedOrder| format!("{MAILS} where order_id = '{}'", order.order.uuid());
    sweep(&app.deps).await.unwrap();
    assert_eq!(app.look(&of(&left)).await, "", "there is time to pay yet");
    app.deps.clock.advance(Duration::minutes(3));
    for _ in 0..2 {
        sweep(&app.deps).await.unwrap();
        app.run_jobs().await;
    }
    assert_eq!(app.look(&of(&left)).await, "order_received sent");
    assert_eq!(app.look(&of(&paid)).await, "order_paid sent");
    let told = "select position((select link_token from orders o where o.order_id = m.order_id) in text_body) > 0
                from mails m where kind = 'order_received'";
    assert_eq!(app.look(told).await, "true");
}
