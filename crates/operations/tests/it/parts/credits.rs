//! Credits: what is taken of them, what is gone of them, and what becomes of one that comes back.

use super::*;
use domain::fees::{Bearer, FeeRule, Party};
use domain::ids::DisputeId;
use domain::money::Currency;
use domain::tax::TaxRate;
use operations::disputes::record_end;
use operations::fees::{set_bearer, set_rule};
use operations::payments::record_captures::Answer;
use operations::payments::record_fact::record_fact;
use operations::payments::start::StartPaymentError;
use providers::payments::ProviderRefund;

use crate::captures::{answers, paid_unheard};

/// An order of ¥3,000 of which the provider says that `yen` came, and what it said.
async fn came(app: &TestApp, sale: &Sale, yen: i64) -> (PlacedOrder, Answer) {
    let order = paid_unheard(app, sale, 1).await.remove(0);
    let mut answer = answers(app, std::slice::from_ref(&order)).await.remove(0);
    if let Some(payment) = &mut answer.reading.payment {
        payment.amount = Money::yen(yen);
    }
    tell(app, &answer).await;
    app.behave(json!({})).await;
    (order, answer)
}

async fn tell(app: &TestApp, answer: &Answer) {
    record_fact(&app.deps, answer.payment, &answer.reading, answer.cause).await.unwrap();
}

/// The provider lists that the buyer's bank took all of it back.
async fn went(app: &TestApp, answer: &mut Answer) {
    if let Some(payment) = &mut answer.reading.payment {
        payment.amount_refunded = payment.amount;
        payment.refunds = vec![ProviderRefund {
            id: "r1".to_owned(),
            amount: payment.amount,
            is_chargeback: true,
            created_at: None,
        }];
    }
    tell(app, answer).await;
}

async fn minor(app: &TestApp, kind: &str) -> String {
    app.look(&format!(
        "select coalesce(sum(amount_minor), 0) from ledger_entries join ledger_accounts using (ledger_account_id) where kind = '{kind}'"
    ))
    .await
}

fn rule(party: Party, method: Option<PaymentMethod>, rate: u16, fixed_minor: i64) -> FeeRule {
    let tax_rate = TaxRate::NONE;
    FeeRule { party, method, rate_basis_points: rate, fixed_minor, minimum_minor: 0, tax_rate }
}

async fn with_fees(app: &TestApp, sale: &Sale) {
    let make =
        format!("update users set is_administrator = true where user_id = '{}'", sale.user.uuid());
    testkit::database::run(&app.database_url, &make).await;
    let administrator =
        operations::access::administrator_access(&app.deps, sale.user).await.unwrap();
    for it in [
        rule(Party::Platform, None, 300, 0),
        rule(Party::Provider, Some(PaymentMethod::CreditCard), 400, 0),
    ] {
        set_rule(&app.deps, &administrator, None, Currency::JPY, it).await.unwrap();
    }
}

#[tokio::test]
async fn fees_are_taken_of_the_part_that_came_first_as_of_the_rest() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    with_fees(&app, &sale).await;
    let (order, _) = came(&app, &sale, 2900).await;
    assert_eq!(minor(&app, "platform_fees").await, "0", "nothing is sold yet");
    let buyer = participant(&app, &order).await;
    let rest = start_payment(&app.deps, &buyer, Some(PaymentMethod::CreditCard)).await.unwrap();
    app.pay_by_card(&rest.hosted_url.unwrap()).await;
    app.until(&status_of(&order), "paid").await;
    let taken = "select string_agg(platform_fee_minor || ' ' || provider_fee_minor, ', ' order by ordinal) from payments";
    assert_eq!(app.look(taken).await, "87 116, 3 4");
    assert_eq!(minor(&app, "platform_fees").await, "-90");
    assert_eq!(minor(&app, "provider_fees").await, "-120");
    assert_eq!(minor(&app, "organizer_payable").await, "-2790");
    app.check().await;
}

/// The price was told for a transfer, which costs nothing: what costs more is not offered beside it.
#[tokio::test]
async fn who_bears_the_fees_does_not_lose_them_on_the_way_from_transfer_to_card() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    with_fees(&app, &sale).await;
    let access = sale.access(&app).await;
    set_bearer(&app.deps, &access, sale.event, Bearer::Participant).await.unwrap();
    let order = by_transfer(&app, &sale).await;
    assert_eq!(order.amount, Money::yen(3000));
    let buyer = participant(&app, &order).await;
    let card = start_payment(&app.deps, &buyer, Some(PaymentMethod::CreditCard)).await;
    assert!(matches!(card, Err(StartPaymentError::MethodNotOffered)), "{card:?}");
    assert!(start_payment(&app.deps, &buyer, None).await.unwrap().hosted_url.is_none());
    let shown = show_order(&app.deps, &buyer).await.unwrap();
    assert_eq!(shown.page.event.methods, [PaymentMethod::DirectTransfer]);
    // Who was told the price of the dearest may take any.
    let dear = sale.order(&app, 1).await;
    assert_eq!(dear.amount, Money::yen(3210));
    let shown = show_order(&app.deps, &participant(&app, &dear).await).await.unwrap();
    assert_eq!(shown.page.event.methods.len(), 3);
}

#[tokio::test]
async fn a_surplus_that_a_bank_took_back_with_the_rest_does_not_go_back_again() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let (order, mut answer) = came(&app, &sale, 3500).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(minor(&app, "buyer_credit").await, "-500");
    went(&app, &mut answer).await;
    assert_eq!(app.look("select refunds_minor from payments").await, "3500");
    let access = sale.access(&app).await;
    begin(&app.deps, &access, sale.event, &crate::event_cancellation::everything(), None)
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select sum(amount_minor) from refunds").await, "3500");
    app.check().await;
}

/// The bank took a part back, the order ended, the bank gave it back: it goes to the buyer now.
#[tokio::test]
async fn a_credit_that_comes_back_after_its_order_ended_goes_back() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let (order, mut answer) = came(&app, &sale, 2900).await;
    went(&app, &mut answer).await;
    let access = sale.access(&app).await;
    cancel_by_organizer(&app.deps, &access, order.order, "").await.unwrap();
    assert_eq!(app.look("select count(*) from refunds").await, "1");
    record_end(&app.deps, &access, dispute(&app).await, true).await.unwrap();
    let refunds =
        "select string_agg(source || ' ' || amount_minor, ', ' order by refund_id) from refunds";
    assert_eq!(app.look(refunds).await, "dispute 2900, system 2900");
    assert_eq!(minor(&app, "buyer_credit").await, "0");
    app.check().await;
}

#[tokio::test]
async fn a_credit_that_comes_back_pays_the_order_that_lacked_it() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let (order, mut answer) = came(&app, &sale, 2900).await;
    went(&app, &mut answer).await;
    let buyer = participant(&app, &order).await;
    start_payment(&app.deps, &buyer, Some(PaymentMethod::DirectTransfer)).await.unwrap();
    assert_eq!(app.look(&payment_of(&order, "amount_minor")).await, "3000");
    read_in(&app, &sale, &[(&number_of(&app, &order).await, 100)]).await;
    assert_ne!(app.look(&status_of(&order)).await, "paid");
    let access = sale.access(&app).await;
    record_end(&app.deps, &access, dispute(&app).await, true).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "1");
    assert_eq!(minor(&app, "buyer_credit").await, "0");
    app.run_jobs().await;
    app.check().await;
}

async fn dispute(app: &TestApp) -> DisputeId {
    DisputeId::from_uuid(app.look("select dispute_id from disputes").await.parse().unwrap())
}

/// The organizer hands a part back: nothing is left to be told of.
#[tokio::test]
async fn a_part_that_is_handed_back_closes_its_alert() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    read_in(&app, &sale, &[(&number_of(&app, &order).await, 3500)]).await;
    let open = "select coalesce(string_agg(rule, ','), '') from alerts where resolved_at is null";
    assert_eq!(app.look(open).await, "money.over");
    let access = sale.access(&app).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let back = RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(500),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    refund_by_hand(&app.deps, &access, back, "現金").await.unwrap();
    assert_eq!(app.look(open).await, "");
    app.check().await;
}
