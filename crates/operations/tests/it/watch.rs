//! The watch: every rule with a story that makes it true, raised once, after its grace, closed when the facts are right.

mod acts;
mod mended;
mod tells;

use domain::ids::{AlertId, Id};
use operations::clock::Clock;
use operations::orders::place::PlacedOrder;
use operations::watch::watch;
use operations::{PlacesGuard, jobs};
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};
use time::{Duration, OffsetDateTime};

const OPEN: &str = "select coalesce(string_agg(rule, ' ' order by rule), '') from alerts where resolved_at is null";

/// Everything with a clock of the test's own, a little ahead: the provider's clock stands behind it.
async fn standing() -> TestApp {
    let clock = Clock::standing_at(OffsetDateTime::now_utc() + Duration::SECOND);
    TestApp::start_with(PlacesGuard::On, clock).await
}

/// One round of the watch, without the jobs that it wishes for.
async fn round(app: &TestApp) {
    watch(&app.deps).await.unwrap();
}

async fn break_it(app: &TestApp, sql: &str) {
    database::run(&app.database_url, sql).await;
}

async fn the_alert(app: &TestApp) -> AlertId {
    AlertId::from_uuid(
        app.look("select alert_id from alerts where resolved_at is null").await.parse().unwrap(),
    )
}

/// An order that was paid at the provider, of which nobody told us.
async fn untold(app: &TestApp, sale: &Sale) -> PlacedOrder {
    app.behave(json!({ "drop_percent": 100 })).await;
    let order = sale.order(app, 1).await;
    app.pay_by_card(&pay_url(&order)).await;
    order
}

/// Drift by hand: our rows say that the order is paid, and the buyer never paid.
async fn pretend_paid(app: &TestApp, sale: &Sale, order: &PlacedOrder) {
    let payment = app.look(&payment_of(order, "payment_id")).await;
    let (organizer, event, order) = (sale.organizer.uuid(), sale.event.uuid(), order.order.uuid());
    let now = app.deps.clock.now();
    break_it(
        app,
        &format!(
            "update payments set status = 'captured', captured_minor = 5500, applied_minor = 5500, captured_at = '{now}'
                 where payment_id = '{payment}';
             update orders set status = 'paid' where order_id = '{order}';
             update tickets set status = 'valid' where order_id = '{order}';
             insert into ledger_transactions
                 (ledger_transaction_id, fact_key, kind, organizer_id, event_id, order_id, payment_id, created_at)
                 values (gen_random_uuid(), 'capture:drift', 'capture', '{organizer}', '{event}', '{order}', '{payment}', '{now}')"
        ),
    )
    .await;
}

#[tokio::test]
async fn a_house_in_order_raises_nothing() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    sale.paid_order(&app, 2).await;
    sale.order(&app, 1).await;
    for _ in 0..3 {
        app.deps.clock.advance(Duration::minutes(6));
        round(&app).await;
        app.run_jobs().await;
    }
    assert_eq!(app.look(OPEN).await, "");
    assert_eq!(app.look("select count(*) from alerts").await, "0");
}

#[tokio::test]
async fn rule_a_waits_for_its_grace_and_closes_when_the_money_is_recorded() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = untold(&app, &sale).await;
    round(&app).await;
    app.deps.clock.advance(Duration::minutes(4));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "", "the grace is not over");
    app.deps.clock.advance(Duration::minutes(2));
    round(&app).await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "payment.missing_here");
    assert_eq!(app.look("select observed->>'paymentStatus' from alerts").await, "captured");
    assert_eq!(app.look("select observed->>'orderStatus' from alerts").await, "pending");
    assert_eq!(app.look("select expected->>'orderStatus' from alerts").await, "paid");
    // The watch had the provider asked as well.
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    assert_eq!(app.look("select resolution from alerts").await, "itself");
    app.check().await;
}

#[tokio::test]
async fn rule_a_sees_a_code_that_was_paid_days_after_it_was_issued() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let paid = app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
    app.until(&status_of(&order), "awaiting_payment").await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    let id = paid.pointer("/payment/id").and_then(|id| id.as_str()).unwrap();
    // The provider's clock goes on by itself; ours is six minutes ahead of it and waits for it.
    break_it(
        &app,
        "update watch_cursors set seen_until = now() - interval '1 minute' where name = 'captures'",
    )
    .await;
    app.act(id, "pay_at_store", json!({})).await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "payment.missing_here");
}

#[tokio::test]
async fn rule_b_finds_money_that_only_our_rows_know() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    pretend_paid(&app, &sale, &order).await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "payment.missing_there");
    // It closes by itself once the provider has the money.
    app.pay_by_card(&pay_url(&order)).await;
    app.deps.clock.advance(Duration::minutes(11));
    round(&app).await;
    let rules = app.look(OPEN).await;
    assert!(!rules.contains("payment.missing_there"), "{rules}");
}

#[tokio::test]
async fn rule_c_is_raised_for_late_money_that_does_not_go_back() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 1).await;
    let order = untold(&app, &sale).await;
    let access = operations::access::buyer_access(&app.deps, &order.link_token).await.unwrap();
    operations::orders::cancel::cancel_by_buyer(&app.deps, &access).await.unwrap();
    sale.order(&app, 1).await;
    app.until("select status from refunds", "succeeded").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "", "it went back by itself");
    // The same money, had its refund failed and its alert been lost.
    break_it(&app, "delete from alerts; update refunds set status = 'failed'").await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "money.late");
    break_it(&app, "update refunds set status = 'succeeded'").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
}

#[tokio::test]
async fn a_quota_that_counts_wrong_is_seen_at_once_and_closes_when_it_is_right() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    sale.paid_order(&app, 2).await;
    break_it(&app, "update quotas set n_taken = 5").await;
    round(&app).await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "quota.differs");
    assert_eq!(app.look("select observed->>'nTaken' from alerts").await, "5");
    assert_eq!(app.look("select expected->>'nTaken' from alerts").await, "2");
    break_it(&app, "update quotas set n_taken = 2").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    break_it(&app, "update quotas set n_taken = 1").await;
    round(&app).await;
    assert_eq!(app.look("select count(*) from alerts").await, "2", "what comes back is told again");
}

#[tokio::test]
async fn an_ended_order_that_keeps_places_is_seen() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    let id = order.order.uuid();
    break_it(
        &app,
        &format!("update orders set status = 'expired', ended_at = now() where order_id = '{id}'"),
    )
    .await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "hold.without_order");
    break_it(&app, "update tickets set status = 'void'; update quotas set n_taken = 0").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
}

#[tokio::test]
async fn a_hold_that_nobody_released_is_seen() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    app.run_jobs().await;
    app.deps.clock.advance(Duration::minutes(34));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "", "the grace is not over");
    app.deps.clock.advance(Duration::minutes(2));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "hold.not_released");
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
}

#[tokio::test]
async fn a_refund_that_does_not_end_is_seen() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.paid_order(&app, 1).await;
    break_it(
        &app,
        &format!(
            "insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source, created_at, updated_at)
             select gen_random_uuid(), payment_id, order_id, organizer_id, 500, 'JPY', 'processing', 'organizer', now(), now()
             from payments where order_id = '{}'",
            order.order.uuid()
        ),
    )
    .await;
    app.deps.clock.advance(Duration::minutes(29));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    app.deps.clock.advance(Duration::minutes(2));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "refund.stuck");
    break_it(&app, "update refunds set status = 'failed'").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
}

/// Who waits for the buyer's account, or for people at the provider, is not stuck, until that takes too long too.
#[tokio::test]
async fn a_refund_that_waits_for_people_is_seen_when_they_forget_it() {
    const STUCK: &str =
        "select count(*) from alerts where rule = 'refund.stuck' and resolved_at is null";
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.paid_order(&app, 1).await;
    let written = app.deps.clock.now();
    break_it(
        &app,
        &format!(
            "insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source,
                                  way, created_at, updated_at)
             select gen_random_uuid(), payment_id, order_id, organizer_id, 500, 'JPY', 'needs_account', 'organizer',
                    'account', '{written}', '{written}'
             from payments where order_id = '{}'",
            order.order.uuid()
        ),
    )
    .await;
    app.deps.clock.advance(Duration::days(20));
    round(&app).await;
    assert_eq!(app.look(STUCK).await, "0", "the buyer has time");
    // Asked, and nobody knows what the provider said.
    break_it(&app, "update refunds set status = 'processing'").await;
    round(&app).await;
    assert_eq!(app.look(STUCK).await, "1");
    let accepted = format!("update refunds set accepted_at = '{}'", app.deps.clock.now());
    break_it(&app, &accepted).await;
    round(&app).await;
    assert_eq!(app.look(STUCK).await, "0", "the provider's people transfer it in their time");
    app.deps.clock.advance(Duration::days(7) - Duration::minutes(1));
    round(&app).await;
    assert_eq!(app.look(STUCK).await, "0");
    app.deps.clock.advance(Duration::hours(1));
    round(&app).await;
    assert_eq!(app.look(STUCK).await, "1", "a request that hangs is seen");
}

#[tokio::test]
async fn mails_that_wait_or_are_refused_are_seen() {
    let app = standing().await;
    let sale = on_sale(&app, 0, 10).await;
    sale.order(&app, 1).await;
    app.deps.clock.advance(Duration::minutes(16));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "mail.stuck");
    app.run_jobs().await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    break_it(&app, "update mails set status = 'failed'").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "mail.refused");
}

#[tokio::test]
async fn dead_letters_and_silent_webhooks_are_for_administrators() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    for _ in 0..3 {
        let order = sale.order(&app, 1).await;
        app.pay_by_card(&pay_url(&order)).await;
        operations::payments::sync::sync_order(&app.deps, order.order).await.unwrap();
    }
    break_it(&app, "update jobs set dead_at = now(), last_error = 'no' where job_id = (select min(job_id::text)::uuid from jobs where kind = 'mail_paid')").await;
    app.deps.clock.advance(Duration::minutes(14));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "job.dead");
    app.deps.clock.advance(Duration::minutes(2));
    app.run_jobs().await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "job.dead webhooks.silent");
    assert_eq!(app.look("select count(*) from alerts where organizer_id is null").await, "2");
    // One message is enough to hear that the door is open; a job that is gone is no dead one.
    break_it(&app, "delete from jobs where dead_at is not null").await;
    break_it(
        &app,
        "insert into webhook_events (webhook_event_id, provider, provider_event_id, kind, body, received_at)
         values (gen_random_uuid(), 'komoju', 'e', 'ping', '', now() + interval '1 hour')",
    )
    .await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
}
