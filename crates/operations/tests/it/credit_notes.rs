//! Credit notes: one per refund, numbered without gaps, written once, never more than was sold.

use domain::ids::{Id, PaymentId, RefundId};
use domain::money::Money;
use operations::refunds::credit_note::{CreditNoteError, list_for_buyer, list_for_organizer};
use operations::refunds::request::{RequestRefund, request_refund};
use operations::refunds::send::send_refund;
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, payment_of};

/// Asks for `yen` of a paid order.
async fn ask(app: &TestApp, sale: &Sale, payment: PaymentId, yen: i64) -> RefundId {
    let access = sale.access(app).await;
    let wish = RequestRefund {
        payment,
        amount: Money::yen(yen),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(&app.deps, &access, wish).await.unwrap()
}

async fn paid(app: &TestApp, sale: &Sale) -> (PaymentId, operations::orders::place::PlacedOrder) {
    let order = sale.paid_order(app, 1).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    (PaymentId::from_uuid(payment.parse().unwrap()), order)
}

const NUMBERS: &str = "select string_agg(number::text, ',' order by number) from credit_notes";

#[tokio::test]
async fn every_refund_leaves_a_note_and_together_they_take_back_the_sale_and_its_tax() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 9999, 5).await;
    let (payment, order) = paid(&app, &sale).await;
    for yen in [3333, 1, 6665] {
        ask(&app, &sale, payment, yen).await;
        app.run_jobs().await;
    }
    app.until(NUMBERS, "1,2,3").await;
    let access = sale.access(&app).await;
    let notes = list_for_organizer(&app.deps, &access, order.order).await.unwrap();
    let sums = |pick: fn(&domain::tax::TaxPart) -> Money| -> i64 {
        notes.iter().flat_map(|note| &note.parts).map(|part| pick(part).minor()).sum()
    };
    assert_eq!(sums(|part| part.gross), 9999);
    assert_eq!(sums(|part| part.tax), 9999 * 1000 / 11_000);
    let first = notes.first().unwrap();
    assert_eq!(
        (first.number.to_string().as_str(), first.buyer_name.as_str()),
        ("CN-000001", "佐藤 健")
    );
    let link = operations::access::buyer_access(&app.deps, &order.link_token).await.unwrap();
    assert_eq!(list_for_buyer(&app.deps, &link).await.unwrap(), notes);
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let refused = list_for_organizer(&app.deps, &stranger, order.order).await;
    assert!(matches!(refused, Err(CreditNoteError::NotFound)));
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_have_no_gap_though_refunds_arrive_at_once_and_transactions_fail() {
    let app = TestApp::start().await;
    let (sale, other) = (on_sale(&app, 3000, 9).await, on_sale(&app, 3000, 9).await);
    let mut payments = Vec::new();
    for _ in 0..4 {
        payments.push(paid(&app, &sale).await.0);
    }
    let (payment, _) = paid(&app, &other).await;
    let mut refunds = Vec::new();
    for payment in payments {
        refunds.push(ask(&app, &sale, payment, 3000).await);
    }
    let theirs = ask(&app, &other, payment, 3000).await;
    // A transaction that took a number and failed gives it back.
    let mut tx = app.deps.db.begin().await.unwrap();
    let lost = store::credit_notes::NewCreditNote {
        id: operations::fresh::id(),
        organizer: sale.organizer,
        refund: refunds[0],
        amount: Money::yen(3000),
        parts: Vec::new(),
        now: app.deps.clock.now(),
    };
    store::credit_notes::insert(&mut tx, &lost).await.unwrap();
    drop(tx);
    let deps = &app.deps;
    let sends = refunds.iter().map(|refund| send_refund(deps, *refund));
    for sent in futures::future::join_all(sends).await {
        sent.unwrap();
    }
    send_refund(deps, theirs).await.unwrap();
    app.run_jobs().await;
    let of = |sale: &Sale| format!("{NUMBERS} where organizer_id = '{}'", sale.organizer.uuid());
    assert_eq!(app.look(&of(&sale)).await, "1,2,3,4");
    assert_eq!(app.look(&of(&other)).await, "1", "every organizer counts from one");
    app.check().await;
}

#[tokio::test]
async fn a_note_is_written_once_and_its_parts_are_the_whole() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let (payment, _) = paid(&app, &sale).await;
    let refund = ask(&app, &sale, payment, 3000).await;
    app.until(NUMBERS, "1").await;
    for change in [
        "update credit_notes set amount_minor = 1",
        "delete from credit_note_parts",
        "update credit_note_parts set tax_minor = 0",
    ] {
        let sql = format!(
            "do $$ begin {change}; raise exception 'it was changed';
             exception when restrict_violation then null; end $$"
        );
        database::run(&app.database_url, &sql).await;
    }
    let mut tx = app.deps.db.begin().await.unwrap();
    let again = store::credit_notes::NewCreditNote {
        id: operations::fresh::id(),
        organizer: sale.organizer,
        refund,
        amount: Money::yen(3000),
        parts: Vec::new(),
        now: app.deps.clock.now(),
    };
    let refused = store::credit_notes::insert(&mut tx, &again).await.unwrap_err();
    assert!(refused.is_conflict("credit_notes_refund_key"), "{refused:?}");
}

#[tokio::test]
async fn money_that_was_never_a_sale_leaves_no_note() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let (_, order) = paid(&app, &sale).await;
    let theirs = app.look(&payment_of(&order, "provider_payment_id")).await;
    app.act(&theirs, "chargeback", json!({ "amount": 1000 })).await;
    app.until("select source from refunds", "dispute").await;
    assert_eq!(app.look("select count(*) from credit_notes").await, "0");
    app.check().await;
}
