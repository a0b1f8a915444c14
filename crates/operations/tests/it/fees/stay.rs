//! Fees beside everything else that moves money: both ways of recording a capture, refunds, cancelling, calling off.

use super::*;
use crate::cancellations::{on_sale_under, participant};
use crate::captures::{answers, paid_unheard};
use domain::cancel_policy::Preset;
use domain::event_cancellation::CancellationTerms;
use domain::ids::PaymentId;
use operations::cancellations::cancel::{CancelBySelf, cancel_by_self};
use operations::cancellations::figures::Which;
use operations::event_cancellation::begin::begin;
use operations::event_cancellation::plan::plan;
use operations::event_cancellation::wish::Wish;
use operations::orders::place::PlacedOrder;
use operations::payments::record_captures::{Batched, record_batch};
use operations::payments::record_fact::record_fact;
use operations::refunds::request::{RequestRefund, request_refund};
use testkit::story::{Sale, pay_url, status_of};

/// What is written of a payment: its own columns, and its ledger lines.
async fn booked(app: &TestApp, order: &PlacedOrder) -> String {
    let columns = "platform_fee_minor || ' ' || provider_fee_minor || ' ' || applied_minor";
    let lines = format!(
        "select string_agg(t.kind || ' ' || a.kind || ' ' || e.amount_minor, ', ' order by a.kind)
         from ledger_transactions t join ledger_entries e using (ledger_transaction_id)
         join ledger_accounts a using (ledger_account_id) where t.order_id = '{}'",
        order.order.uuid()
    );
    format!("{}: {}", app.look(&payment_of(order, columns)).await, app.look(&lines).await)
}

#[tokio::test]
async fn a_capture_recorded_alone_is_booked_as_one_recorded_with_others() {
    let (app, _) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    set_bearer(&app.deps, &access, sale.event, Bearer::Participant).await.unwrap();
    let orders = paid_unheard(&app, &sale, 3).await;
    let wishes = answers(&app, &orders).await;
    let [together, beside, alone] = orders.as_slice() else { panic!("three orders") };
    // An answer about a page that we do not know of is no usual capture: it is recorded by itself.
    let unusual = format!(
        "update payments set provider_session_id = null where order_id = '{}'",
        alone.order.uuid()
    );
    database::run(&app.database_url, &unusual).await;
    let outcomes = record_batch(&app.deps, &wishes).await;
    assert_eq!(outcomes, [Batched::Recorded, Batched::Recorded, Batched::LeftAlone]);
    let last = &wishes[2];
    record_fact(&app.deps, last.payment, &last.reading, last.cause).await.unwrap();
    let one = booked(&app, together).await;
    assert_eq!(
        one,
        "154 108 3262: capture organizer_payable -3000, capture platform_fees -154, \
         capture provider_clearing 3262, capture provider_fees -108"
    );
    assert_eq!(booked(&app, beside).await, one);
    assert_eq!(booked(&app, alone).await, one);
    app.check().await;
}

/// An order of ¥3,000 that its buyer paid with ¥262 for fees.
async fn paid_with_fees(app: &TestApp, sale: &Sale) -> (PlacedOrder, PaymentId) {
    let access = sale.access(app).await;
    set_bearer(&app.deps, &access, sale.event, Bearer::Participant).await.unwrap();
    let order = sale.order(app, 1).await;
    app.pay_by_card(&pay_url(&order)).await;
    app.until(&status_of(&order), "paid").await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    (order, PaymentId::from_uuid(payment.parse().unwrap()))
}

const BACK: &str = "select coalesce(sum(amount_minor), 0) from refunds where status = 'succeeded'";
const NOTED: &str = "select coalesce(sum(amount_minor), 0) from credit_notes";

#[tokio::test]
async fn a_called_off_event_gives_the_buyers_fee_back_and_says_what_the_organizer_loses() {
    let (app, _) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    paid_with_fees(&app, &sale).await;
    let access = sale.access(&app).await;
    let wish = Wish { reason: String::new(), terms: CancellationTerms::everything(Money::yen(0)) };
    let dry = plan(&app.deps, &access, sale.event, &wish.terms).await.unwrap();
    assert_eq!((dry.total.back, dry.total.kept), (Money::yen(3262), Money::yen(0)));
    assert_eq!(dry.total.fees_taken, Money::yen(262));
    assert_eq!(dry.by_method.first().map(|it| it.total.fees_taken), Some(Money::yen(262)));
    begin(&app.deps, &access, sale.event, &wish, None).await.unwrap();
    app.until(BACK, "3262").await;
    // Platform and provider keep their fees: the organizer bears them.
    assert_eq!(
        balances(&app).await,
        "organizer_payable 262, platform_fees -154, provider_clearing 0, provider_fees -108, refunds_payable 0"
    );
    app.until(NOTED, "3262").await;
    app.check().await;
}

#[tokio::test]
async fn the_buyers_fee_stays_when_the_policy_gives_the_price_back() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 10).await;
    let administrator = administrator(&app).await;
    for rule in [PLATFORM, CARD] {
        set_rule(&app.deps, &administrator, None, Currency::JPY, rule).await.unwrap();
    }
    let (order, _) = paid_with_fees(&app, &sale).await;
    let buyer = participant(&app, &order).await;
    let wish = CancelBySelf { which: Which::All, seen_fee_minor: 0, idempotency_key: None };
    cancel_by_self(&app.deps, &buyer, wish).await.unwrap();
    app.until(BACK, "3000").await;
    assert_eq!(
        balances(&app).await,
        "organizer_payable 0, platform_fees -154, provider_clearing 262, provider_fees -108, refunds_payable 0"
    );
    app.check().await;
}

#[tokio::test]
async fn an_organizer_may_give_all_of_it_back_and_the_note_says_so() {
    let (app, _) = with_rules().await;
    let sale = on_sale(&app, 3000, 10).await;
    let (_, payment) = paid_with_fees(&app, &sale).await;
    let access = sale.access(&app).await;
    for (yen, cancels_order) in [(1000, false), (2262, true)] {
        let wish = RequestRefund {
            payment,
            amount: Money::yen(yen),
            reason: String::new(),
            cancels_order,
            idempotency_key: None,
        };
        request_refund(&app.deps, &access, wish).await.unwrap();
        app.run_jobs().await;
    }
    app.until(BACK, "3262").await;
    app.until(NOTED, "3262").await;
    app.check().await;
}
