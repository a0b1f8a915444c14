//! Mails of orders: each once, in the order of what happened, kept with what was sent.

use domain::ids::{Id, PaymentId};
use domain::money::Money;
use domain::order::OrderStatus;
use operations::mails::enqueue::{OrderMail, enqueue_order_mail};
use operations::refunds::request::{RequestRefund, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{on_sale, pay_url, payment_of, status_of};

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
    app.until(MAILS, "order_received sent, order_paid sent, refunded sent").await;

    let mut conn = app.deps.db.acquire().await.unwrap();
    for mail in [OrderMail::Received, OrderMail::Paid] {
        enqueue_order_mail(&mut conn, &app.deps, order.order, mail).await.unwrap();
    }
    app.run_jobs().await;
    assert_eq!(app.look(MAILS).await, "order_received sent, order_paid sent, refunded sent");

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
    app.until(MAILS, "order_received sent, payment_instructions sent").await;
    let receipt = app.look(&payment_of(&order, "method_details->>'receipt'")).await;
    let told = "select text_body from mails where kind = 'payment_instructions'";
    let text = app.look(told).await;
    assert!(text.contains("ローソン") && text.contains(&receipt), "{text}");

    let free = on_sale(&app, 0, 10).await.order(&app, 2).await;
    assert_eq!(free.status, OrderStatus::Paid);
    let of_free = format!("{MAILS} where order_id = '{}'", free.order.uuid());
    app.until(&of_free, "order_paid sent").await;
}
