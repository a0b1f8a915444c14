//! Payments: cards that work and fail, cash that comes later or never, money that comes twice or too late.

use operations::access::buyer_access;
use operations::clock::Clock;
use operations::orders::cancel::cancel_by_buyer;
use operations::orders::place::{PlaceOrder, PlaceOrderError, PlacedOrder, place_order};
use operations::payments::start::{StartPaymentError, start_payment};
use operations::payments::sync::sync_order;
use operations::{PlacesGuard, jobs};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};
use time::{Duration, OffsetDateTime};

async fn promised(app: &TestApp, sale: &Sale) -> (PlacedOrder, String) {
    let order = sale.order(app, 1).await;
    let paid = app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
    let provider_payment =
        paid.pointer("/payment/id").and_then(|id| id.as_str()).unwrap().to_owned();
    app.until(&status_of(&order), "awaiting_payment").await;
    (order, provider_payment)
}

#[tokio::test]
async fn a_declined_card_ends_nothing_and_the_next_one_pays() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    app.pay(&pay_url(&order), json!({ "method": "credit_card", "card": "4123111111111000" })).await;
    app.until(&payment_of(&order, "failure_code"), "insufficient_funds").await;
    assert_eq!(app.look(&payment_of(&order, "status")).await, "pending");
    app.pay_by_card(&pay_url(&order)).await;
    app.until(&status_of(&order), "paid").await;
    app.check().await;
}

#[tokio::test]
async fn a_konbini_code_keeps_the_places_until_its_deadline_and_pays_later() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let (order, provider_payment) = promised(&app, &sale).await;
    assert_eq!(app.look(&payment_of(&order, "status")).await, "authorized");
    assert_eq!(app.look(&payment_of(&order, "method")).await, "konbini");
    let agree = "select bool_and(o.hold_expires_at > p.deadline_at) from orders o join payments p using (order_id)";
    assert_eq!(app.look(agree).await, "true");
    assert_ne!(app.look(&payment_of(&order, "method_details->>'confirmation_code'")).await, "");
    app.act(&provider_payment, "pay_at_store", json!({})).await;
    app.until(&status_of(&order), "paid").await;
    // The buyer paid ¥190 on top for the konbini; the organizer is owed the price and no more.
    assert_eq!(app.look(&payment_of(&order, "captured_minor")).await, "5500");
    assert_eq!(app.look(&payment_of(&order, "method_fee_minor")).await, "190");
    let payable = "select sum(amount_minor) from ledger_entries join ledger_accounts using (ledger_account_id) where kind = 'organizer_payable'";
    assert_eq!(app.look(payable).await, "-5500");
    app.check().await;
}

#[tokio::test]
async fn a_konbini_code_that_lapses_frees_the_places() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 5500, 1).await;
    let (order, provider_payment) = promised(&app, &sale).await;
    app.act(&provider_payment, "expire", json!({})).await;
    app.until(&payment_of(&order, "status"), "expired").await;
    app.deps.clock.advance(Duration::hours(1));
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    app.check().await;
    sale.order(&app, 1).await;
}

#[tokio::test]
async fn money_that_comes_too_late_is_welcome_while_the_place_is_free() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 1).await;
    let order = sale.order(&app, 1).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    app.pay_by_card(&pay_url(&order)).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    cancel_by_buyer(&app.deps, &access).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select n_taken from quotas").await, "1");
    app.check().await;
}

#[tokio::test]
async fn money_that_comes_too_late_goes_back_when_the_place_is_gone() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 1).await;
    let order = sale.order(&app, 1).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    app.pay_by_card(&pay_url(&order)).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    cancel_by_buyer(&app.deps, &access).await.unwrap();
    sale.order(&app, 1).await;
    app.until("select status from refunds", "succeeded").await;
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select source from refunds").await, "system");
    assert_eq!(app.look("select rule from alerts").await, "money.late");
    assert_eq!(app.look("select count(*) from alerts where resolved_at is null").await, "0");
    app.check().await;
}

#[tokio::test]
async fn an_order_paid_twice_gives_the_second_payment_back() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let method = Some(domain::payment::PaymentMethod::PayPay);
    app.behave(json!({ "drop_percent": 100 })).await;
    let second = start_payment(&app.deps, &access, method).await.unwrap().hosted_url.unwrap();
    assert_ne!(second, pay_url(&order), "another method is another attempt");
    app.pay(&second, json!({ "method": "paypay" })).await;
    app.pay_by_card(&pay_url(&order)).await;
    app.run_jobs().await;
    sync_order(&app.deps, order.order).await.unwrap();
    app.until("select status from refunds", "succeeded").await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select rule from alerts").await, "money.double");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "1");
    app.check().await;
}

#[tokio::test]
async fn an_aborted_payment_is_resumed_on_the_same_page() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let resumed = start_payment(&app.deps, &access, None).await.unwrap();
    assert_eq!(resumed.hosted_url, order.pay_url);
    assert_eq!(app.look("select count(*) from payments").await, "1");
    app.pay_by_card(&pay_url(&order)).await;
    app.until(&status_of(&order), "paid").await;
    assert!(matches!(
        start_payment(&app.deps, &access, None).await,
        Err(StartPaymentError::NotPayable)
    ));
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_asked_again_with_the_same_key() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 5500, 10).await;
    app.behave(json!({ "api_fail_percent": 100 })).await;
    let order = sale.order(&app, 1).await;
    assert_eq!(order.pay_url, None);
    assert_eq!(app.look(&payment_of(&order, "status")).await, "created");
    app.behave(json!({ "api_fail_percent": 0 })).await;
    app.deps.clock.advance(Duration::minutes(2));
    // The circuit needs real seconds to close; the sweeper keeps asking.
    let since = std::time::Instant::now();
    while app.look(&payment_of(&order, "status")).await != "pending" {
        jobs::sweep(&app.deps).await.unwrap();
        app.run_jobs().await;
        app.deps.clock.advance(Duration::minutes(2));
        assert!(since.elapsed().as_secs() < 30, "the page never opened");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(app.look("select count(*) from payments").await, "1");
}

#[tokio::test]
async fn a_free_order_is_paid_as_it_is_placed() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 0, 10).await;
    let order = sale.order(&app, 2).await;
    assert_eq!(order.status, domain::order::OrderStatus::Paid);
    assert_eq!(order.pay_url, None);
    assert_eq!(app.look("select count(*) from payments").await, "0");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "2");
    app.check().await;
}

#[tokio::test]
async fn the_same_wish_twice_is_one_order() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let wish = || PlaceOrder { idempotency_key: Some("k1".to_owned()), ..sale.wish(1) };
    // Long enough that the second always meets the first at the provider.
    app.behave(json!({ "api_delay_ms": 200 })).await;
    let (first, second) =
        tokio::join!(place_order(&app.deps, wish()), place_order(&app.deps, wish()));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.order, second.order);
    assert!(first.pay_url.is_some());
    assert_eq!(first.pay_url, second.pay_url);
    assert_eq!(app.look("select count(*) from orders").await, "1");
    let other = PlaceOrder { idempotency_key: Some("k1".to_owned()), ..sale.wish(2) };
    assert!(matches!(place_order(&app.deps, other).await, Err(PlaceOrderError::KeyReused)));
    app.check().await;
}

#[tokio::test]
async fn hostile_wishes_are_refused_and_nothing_is_kept() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    for (name, email) in [
        ("", "sato@example.com"),
        ("a\u{0}b", "sato@example.com"),
        ("佐藤", "not an address"),
        ("佐藤", "a@example.com\r\nBcc: b@example.com"),
        ("\u{202e}", "sato@example.com"),
    ] {
        let wish = PlaceOrder {
            buyer_name: name.to_owned(),
            buyer_email: email.to_owned(),
            ..sale.wish(1)
        };
        let answer = place_order(&app.deps, wish).await;
        assert!(
            matches!(answer, Err(PlaceOrderError::Invalid(_))),
            "{name:?} {email:?}: {answer:?}"
        );
    }
    let long = PlaceOrder { buyer_name: "名".repeat(10_000), ..sale.wish(1) };
    assert!(matches!(place_order(&app.deps, long).await, Err(PlaceOrderError::Invalid(_))));
    assert!(matches!(sale.try_order(&app, 0).await, Err(PlaceOrderError::NotOrderable(_))));
    assert!(matches!(sale.try_order(&app, 51).await, Err(PlaceOrderError::NotOrderable(_))));
    assert_eq!(app.look("select count(*) from orders").await, "0");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    on_sale(&app, 1, 1).await;
}
