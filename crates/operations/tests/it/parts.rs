//! An order that was paid in parts: what goes back goes back from each payment, whoever ends the order and how.

mod credits;

use domain::event_cancellation::CancellationTerms;
use domain::ids::{Id as _, PaymentId};
use domain::money::Money;
use domain::payment::PaymentMethod;
use operations::cancellations::cancel::{CancelBySelf, cancel_by_self};
use operations::cancellations::figures::Which;
use operations::event_cancellation::begin::begin;
use operations::event_cancellation::plan::plan;
use operations::event_cancellation::wish::Wish;
use operations::events::cancel_policy::take_preset;
use operations::events::dashboard::{Todo, dashboard};
use operations::jobs;
use operations::orders::cancel::cancel_by_organizer;
use operations::orders::detail::detail;
use operations::orders::place::{PlaceOrder, PlacedOrder, place_order};
use operations::orders::show::show_order;
use operations::payments::start::start_payment;
use operations::refunds::account::give;
use operations::refunds::by_hand::{ByHandError, hand_back, try_now};
use operations::refunds::request::{RequestRefund, refund_by_hand, request_refund};
use operations::refunds::send::send_refund;
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{Sale, payment_of, status_of};

use crate::cancellations::{participant, ticket_codes};
use crate::refund_accounts::typed;
use crate::transfers::{by_transfer, number_of, on_sale_by_transfer, read_in};

const PARTS: &str = "select coalesce(string_agg(p.method || ':' || r.amount_minor || ':' || r.status, ',' order by p.ordinal), '')
    from refunds r join payments p using (payment_id)";

/// Two tickets of ¥1,500, ¥2,000 by transfer and the rest by card.
async fn paid_in_parts(app: &TestApp, sale: &Sale) -> PlacedOrder {
    let wish = PlaceOrder { methods: vec![PaymentMethod::DirectTransfer], ..sale.wish(2) };
    let order = place_order(&app.deps, wish).await.unwrap();
    let number = number_of(app, &order).await;
    read_in(app, sale, &[(&format!("{number} サトウ"), 2000)]).await;
    let buyer = participant(app, &order).await;
    let started = start_payment(&app.deps, &buyer, Some(PaymentMethod::CreditCard)).await.unwrap();
    assert_eq!(app.look(&payment_of(&order, "amount_minor")).await, "1000");
    app.pay_by_card(&started.hosted_url.unwrap()).await;
    app.until(&status_of(&order), "paid").await;
    order
}

#[tokio::test]
async fn a_cancelled_ticket_comes_back_from_as_many_payments_as_it_takes() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 1500, 10).await;
    let access = sale.access(&app).await;
    let preset = domain::cancel_policy::Preset::DayBefore;
    take_preset(&app.deps, &access, sale.event, preset).await.unwrap();
    let order = paid_in_parts(&app, &sale).await;
    let buyer = participant(&app, &order).await;
    let codes = ticket_codes(&app, &order).await;
    let one = |which| CancelBySelf { which, seen_fee_minor: 0, idempotency_key: None };
    cancel_by_self(&app.deps, &buyer, one(Which::Codes(vec![codes[0].clone()]))).await.unwrap();
    // The card first: it returns money by itself, and an account is asked for only what is left.
    app.until(PARTS, "direct_transfer:500:needs_account,credit_card:1000:succeeded").await;
    let linked =
        "select count(*) || ' ' || count(distinct cancellation_id) from cancellation_refunds";
    assert_eq!(app.look(linked).await, "2 1");
    app.check().await;
    cancel_by_self(&app.deps, &buyer, one(Which::All)).await.unwrap();
    let sums = "select string_agg(s, ',' order by s) from (
        select p.method || ':' || sum(r.amount_minor) as s from refunds r join payments p using (payment_id)
        group by p.payment_id) of_payment";
    assert_eq!(app.look(sums).await, "credit_card:1000,direct_transfer:2000");
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select sum(back_minor) from cancellations").await, "3000");
    app.check().await;
}

#[tokio::test]
async fn a_called_off_event_gives_every_part_back_and_says_before_who_is_asked_for_an_account() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 1500, 10).await;
    let paid = paid_in_parts(&app, &sale).await;
    // Half of it came; the order waits for the rest.
    let short = by_transfer(&app, &sale).await;
    read_in(&app, &sale, &[(&format!("{} スズキ", number_of(&app, &short).await), 700)]).await;
    let access = sale.access(&app).await;
    let terms =
        CancellationTerms { only: None, fee_basis_points: 1000, fee_per_ticket: Money::yen(0) };
    let dry = plan(&app.deps, &access, sale.event, &terms).await.unwrap();
    assert_eq!((dry.total.back, dry.total.kept), (Money::yen(2700), Money::yen(300)));
    let by_method: Vec<_> =
        dry.by_method.iter().map(|it| (it.method, it.total.back.minor(), it.n_orders)).collect();
    assert_eq!(
        by_method,
        [
            (Some(PaymentMethod::DirectTransfer), 1700, 1),
            (Some(PaymentMethod::CreditCard), 1000, 1)
        ]
    );
    let asked: Vec<_> = dry.needs_account.iter().map(|it| (it.order, it.back.minor())).collect();
    assert_eq!(asked, [(paid.order, 1700)]);
    let wish = Wish { terms, ..crate::event_cancellation::everything() };
    begin(&app.deps, &access, sale.event, &wish, None).await.unwrap();
    app.until("select count(*) from refunds where status = 'succeeded'", "1").await;
    app.run_jobs().await;
    let parts = app.look(PARTS).await;
    for part in [
        "direct_transfer:1700:needs_account",
        "credit_card:1000:succeeded",
        "direct_transfer:700:needs_account",
    ] {
        assert!(parts.contains(part), "{part} in {parts}");
    }
    assert_eq!(app.look(&status_of(&short)).await, "cancelled");
    app.check().await;
}

#[tokio::test]
async fn an_unpaid_order_that_ends_gives_back_what_came_of_it() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    read_in(&app, &sale, &[(&format!("{} サトウ", number_of(&app, &order).await), 1200)]).await;
    let access = sale.access(&app).await;
    cancel_by_organizer(&app.deps, &access, order.order, "").await.unwrap();
    assert_eq!(app.look(PARTS).await, "direct_transfer:1200:needs_account");
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    app.check().await;
}

/// The provider never had the money: it is not asked, and the organizer transfers to the account that the buyer named.
#[tokio::test]
async fn a_transfer_to_the_organizers_own_account_goes_back_by_the_organizers_hand() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    read_in(&app, &sale, &[(&format!("{} サトウ", number_of(&app, &order).await), 3000)]).await;
    let access = sale.access(&app).await;
    let payment =
        PaymentId::from_uuid(app.look(&payment_of(&order, "payment_id")).await.parse().unwrap());
    let back = RequestRefund {
        payment,
        amount: Money::yen(3000),
        reason: String::new(),
        cancels_order: true,
        idempotency_key: None,
    };
    let refund = request_refund(&app.deps, &access, back).await.unwrap();
    let buyer = participant(&app, &order).await;
    let shown = show_order(&app.deps, &buyer).await.unwrap();
    let token = shown.refunds[0].form.clone().unwrap().token.unwrap();
    give(&app.deps, &token, &typed()).await.unwrap();
    // A provider that is asked now would answer nothing, and the job would come back.
    app.behave(json!({ "api_fail_percent": 100 })).await;
    app.run_jobs().await;
    jobs::sweep(&app.deps).await.unwrap();
    send_refund(&app.deps, refund).await.unwrap();
    assert!(matches!(try_now(&app.deps, &access, refund).await, Err(ByHandError::NotNow)));
    let waits = "select status || ' ' || waits_for || ' ' || coalesce(provider_refund_id, 'none') from refunds";
    assert_eq!(app.look(waits).await, "requested organizer none");
    assert_eq!(app.look("select count(*) from jobs where kind = 'send_refund'").await, "0");
    let seen = detail(&app.deps, &access, order.order).await.unwrap();
    let to = seen.followed[0].transfer_to.clone().unwrap();
    assert_eq!((to.account.number.as_str(), to.account.holder.as_str()), ("1234567", "ｻﾄｳ ｹﾝ"));
    let asked = show_order(&app.deps, &buyer).await.unwrap();
    assert!(asked.refunds[0].transfer_to.is_none(), "the account is for the organizer's eyes");
    let todos = dashboard(&app.deps, &access, sale.event).await.unwrap().todos;
    assert!(todos.iter().any(|todo| matches!(todo, Todo::TransferBack { n: 1, .. })), "{todos:?}");
    hand_back(&app.deps, &access, refund, "振込").await.unwrap();
    assert_eq!(app.look("select status || ' ' || way from refunds").await, "succeeded by_hand");
    assert_eq!(
        app.look("select count(*) from refund_accounts where sealed is not null").await,
        "0",
        "and is forgotten"
    );
    let left = "select count(*) from (
        select kind from ledger_entries join ledger_accounts using (ledger_account_id)
        group by kind having sum(amount_minor) <> 0) as sums";
    assert_eq!(app.look(left).await, "0", "nothing is left anywhere");
    app.check().await;
}
