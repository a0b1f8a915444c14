//! Refunds: never more than was captured, whoever asks at once, and the same once however often it is told.

use domain::ids::{Id, PaymentId};
use domain::money::Money;
use operations::refunds::request::{RefundError, RequestRefund, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};

fn back(payment: PaymentId, yen: i64) -> RequestRefund {
    RequestRefund {
        payment,
        amount: Money::yen(yen),
        reason: "都合により".to_owned(),
        cancels_order: false,
        idempotency_key: None,
    }
}

async fn paid(app: &TestApp) -> (Sale, PaymentId, operations::orders::place::PlacedOrder) {
    let sale = on_sale(app, 10_000, 10).await;
    let order = sale.paid_order(app, 1).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    (sale, PaymentId::from_uuid(payment.parse().unwrap()), order)
}

const SUCCEEDED: &str =
    "select coalesce(sum(amount_minor), 0) from refunds where status = 'succeeded'";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_refunds_of_sixty_percent_one_is_refused_before_the_provider_is_asked() {
    let app = TestApp::start().await;
    let (sale, payment, _) = paid(&app).await;
    let access = sale.access(&app).await;
    let (first, second) = tokio::join!(
        request_refund(&app.deps, &access, back(payment, 6000)),
        request_refund(&app.deps, &access, back(payment, 6000)),
    );
    let refused =
        [&first, &second].into_iter().filter(|it| matches!(it, Err(RefundError::TooMuch { .. })));
    assert_eq!(refused.count(), 1, "{first:?} {second:?}");
    assert_eq!(app.look("select count(*) from refunds").await, "1");
    app.until(SUCCEEDED, "6000").await;
    app.check().await;
}

/// The database's own rule, without any of our code in the way: both inserts at once, one is refused.
#[tokio::test]
async fn the_database_refuses_what_code_would_let_through() {
    let app = TestApp::start().await;
    let (_, payment, _) = paid(&app).await;
    let insert = |minor: i64| {
        format!(
            "insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source, created_at, updated_at)
             select gen_random_uuid(), payment_id, order_id, organizer_id, {minor}, currency, 'requested', 'organizer', now(), now()
             from payments where payment_id = '{}'",
            payment.uuid()
        )
    };
    testkit::database::run(&app.database_url, &insert(6000)).await;
    let mut tx = app.deps.db.begin().await.unwrap();
    let locked = store::payments::lock(&mut tx, payment).await.unwrap();
    assert_eq!(locked.refunds, Money::yen(6000));
    let new = store::refunds::NewRefund {
        id: operations::fresh::id(),
        payment,
        order: locked.order,
        organizer: locked.organizer,
        amount: Money::yen(6000),
        status: domain::refund::RefundStatus::Requested,
        source: domain::refund::RefundSource::Organizer,
        from: domain::ledger::RefundFrom::Payable,
        reason: String::new(),
        requested_by: None,
        provider_refund_id: None,
        now: app.deps.clock.now(),
    };
    let refused = store::refunds::insert(&mut tx, &new).await.unwrap_err();
    assert!(refused.is_conflict("payments_refunds_check"), "{refused:?}");
}

#[tokio::test]
async fn partial_refunds_add_up_to_the_whole_and_no_further() {
    let app = TestApp::start().await;
    let (sale, payment, order) = paid(&app).await;
    let access = sale.access(&app).await;
    for (yen, sum) in [(3000, "3000"), (3000, "6000"), (4000, "10000")] {
        request_refund(&app.deps, &access, back(payment, yen)).await.unwrap();
        app.until(SUCCEEDED, sum).await;
    }
    let more = request_refund(&app.deps, &access, back(payment, 1)).await;
    assert!(matches!(more, Err(RefundError::TooMuch { left }) if left.is_zero()), "{more:?}");
    assert_eq!(app.look(&status_of(&order)).await, "paid", "money alone ends no order");
    let clearing = "select sum(amount_minor) from ledger_entries join ledger_accounts using (ledger_account_id) where kind = 'provider_clearing'";
    assert_eq!(app.look(clearing).await, "0");
    app.check().await;
}

#[tokio::test]
async fn a_refund_that_ends_the_order_frees_its_place() {
    let app = TestApp::start().await;
    let (sale, payment, order) = paid(&app).await;
    let access = sale.access(&app).await;
    let wish = RequestRefund { cancels_order: true, ..back(payment, 10_000) };
    request_refund(&app.deps, &access, wish).await.unwrap();
    app.until(SUCCEEDED, "10000").await;
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "0");
    app.check().await;
}

#[tokio::test]
async fn the_same_refund_asked_twice_with_one_key_is_one_refund() {
    let app = TestApp::start().await;
    let (sale, payment, _) = paid(&app).await;
    let access = sale.access(&app).await;
    let wish = || RequestRefund { idempotency_key: Some("r1".to_owned()), ..back(payment, 2000) };
    let first = request_refund(&app.deps, &access, wish()).await.unwrap();
    assert_eq!(request_refund(&app.deps, &access, wish()).await.unwrap(), first);
    let other = RequestRefund { amount: Money::yen(2001), ..wish() };
    assert!(matches!(request_refund(&app.deps, &access, other).await, Err(RefundError::KeyReused)));
    app.until(SUCCEEDED, "2000").await;
    app.check().await;
}

#[tokio::test]
async fn a_refund_is_made_once_though_the_provider_answers_after_the_deadline() {
    let app = TestApp::start().await;
    let (sale, payment, _) = paid(&app).await;
    let access = sale.access(&app).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    let refund = request_refund(&app.deps, &access, back(payment, 2500)).await.unwrap();
    // Asked twice by two workers, as after a lease that ended: the second asks first.
    operations::refunds::send::send_refund(&app.deps, refund).await.unwrap();
    operations::refunds::send::send_refund(&app.deps, refund).await.unwrap();
    app.until(SUCCEEDED, "2500").await;
    assert_eq!(
        app.look("select count(*) from ledger_transactions where kind = 'refund_succeeded'").await,
        "1"
    );
    app.check().await;
}

#[tokio::test]
async fn konbini_money_waits_for_a_bank_account() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 10_000, 10).await;
    let order = sale.order(&app, 1).await;
    let promised =
        app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
    let id = promised.pointer("/payment/id").and_then(|id| id.as_str()).unwrap();
    app.act(id, "pay_at_store", json!({})).await;
    app.until(&status_of(&order), "paid").await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let payment = PaymentId::from_uuid(payment.parse().unwrap());
    let access = sale.access(&app).await;
    request_refund(&app.deps, &access, back(payment, 10_000)).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look("select status from refunds").await, "needs_account");
    assert_eq!(app.look("select refunds_minor from payments").await, "10000");
    app.check().await;
}

#[tokio::test]
async fn a_chargeback_is_a_dispute_and_not_a_refund_of_ours() {
    let app = TestApp::start().await;
    let (_, _, order) = paid(&app).await;
    let id = app.look(&payment_of(&order, "provider_payment_id")).await;
    app.act(&id, "chargeback", json!({ "amount": 4000 })).await;
    app.until("select source from refunds", "dispute").await;
    assert_eq!(app.look("select rule from alerts").await, "money.dispute");
    assert_eq!(app.look("select count(*) from mails where kind = 'refunded'").await, "0");
    app.check().await;
}

#[tokio::test]
async fn another_organizers_payment_does_not_exist() {
    let app = TestApp::start().await;
    let (_, payment, _) = paid(&app).await;
    let stranger = on_sale(&app, 1, 1).await;
    let access = stranger.access(&app).await;
    let refused = request_refund(&app.deps, &access, back(payment, 1)).await;
    assert!(matches!(refused, Err(RefundError::NotFound)), "{refused:?}");
    assert_eq!(app.look("select count(*) from refunds").await, "0");
}
