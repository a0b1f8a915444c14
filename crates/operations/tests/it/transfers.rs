//! Transfers: promised with a number, found in the bank's statement, short, over, twice, late, by hand, and back.

mod doubtful;

use domain::ids::{Id, PaymentId};
use domain::money::Money;
use domain::payment::PaymentMethod;
use operations::access::buyer_access;
use operations::clock::Clock;
use operations::event_cancellation::begin::begin;
use operations::orders::place::{PlaceOrder, PlaceOrderError, PlacedOrder, place_order};
use operations::orders::show::show_order;
use operations::payments::start::{StartPaymentError, start_payment};
use operations::refunds::request::{RefundError, RequestRefund, request_refund};
use operations::statements::import::{ImportStatement, import};
use operations::transfers::account::{self, AccountForm};
use operations::transfers::by_hand::{RecordTransfer, RecordTransferError, record_transfer};
use operations::{PlacesGuard, jobs};
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};

use crate::cancellations::participant;
use crate::event_cancellation::everything;
use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

/// An event that can be paid by transfer, too.
pub(crate) async fn on_sale_by_transfer(app: &TestApp, price: i64, quota: i32) -> Sale {
    let sale = on_sale(app, price, quota).await;
    let form = AccountForm {
        bank_code: "0001".to_owned(),
        bank_name: "みずほ銀行".to_owned(),
        branch_code: "001".to_owned(),
        branch_name: "東京営業部".to_owned(),
        kind: "ordinary".to_owned(),
        number: "1234567".to_owned(),
        holder: "タナカ タロウ".to_owned(),
    };
    account::save(&app.deps, &sale.access(app).await, &form).await.unwrap();
    let methods = "update events set methods = '{credit_card,konbini,direct_transfer}'";
    database::run(&app.database_url, methods).await;
    sale
}

pub(crate) async fn by_transfer(app: &TestApp, sale: &Sale) -> PlacedOrder {
    let wish = PlaceOrder { methods: vec![PaymentMethod::DirectTransfer], ..sale.wish(1) };
    place_order(&app.deps, wish).await.unwrap()
}

pub(crate) async fn number_of(app: &TestApp, order: &PlacedOrder) -> String {
    let sql =
        format!("select transfer_number from orders where order_id = '{}'", order.order.uuid());
    app.look(&sql).await
}

/// A statement as a bank's CSV, with one line for each payer and amount.
pub(crate) fn csv(lines: &[(&str, i64)]) -> String {
    csv_of(date!(2026 - 11 - 20), lines)
}

fn csv_of(day: Date, lines: &[(&str, i64)]) -> String {
    let mut text = "取引日,入出金(円),取引後残高(円),入出金内容\n".to_owned();
    let mut balance = 100_000;
    for (payer, yen) in lines {
        balance += yen;
        text += &format!("{day},{yen},{balance},振込 {payer}\n");
    }
    text
}

pub(crate) async fn read_in(app: &TestApp, sale: &Sale, lines: &[(&str, i64)]) {
    read_in_of(app, sale, date!(2026 - 11 - 20), lines).await;
}

async fn read_in_of(app: &TestApp, sale: &Sale, day: Date, lines: &[(&str, i64)]) {
    let access = sale.access(app).await;
    let bytes = csv_of(day, lines);
    let file = ImportStatement { file_name: "meisai.csv", bytes: bytes.as_bytes() };
    import(&app.deps, &access, file).await.unwrap();
}

async fn balance(app: &TestApp, kind: &str) -> String {
    app.look(&format!(
        "select coalesce(sum(amount_minor), 0) from ledger_entries join ledger_accounts using (ledger_account_id) where kind = '{kind}'"
    ))
    .await
}

#[tokio::test]
async fn a_transfer_with_its_number_pays_the_order() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    assert_eq!(order.status, domain::order::OrderStatus::AwaitingPayment);
    assert_eq!(order.pay_url, None);
    assert_eq!(app.look(&payment_of(&order, "status")).await, "authorized");
    assert_eq!(
        app.look(&payment_of(&order, "method_details->>'bank_account_number'")).await,
        "1234567"
    );
    let agree = "select bool_and(o.hold_expires_at > p.deadline_at) from orders o join payments p using (order_id)";
    assert_eq!(app.look(agree).await, "true");
    app.run_jobs().await;
    let mail = "select string_agg(kind, ',' order by created_at) from mails";
    assert_eq!(app.look(mail).await, "payment_instructions");
    // Nobody asks a provider about it.
    jobs::sweep(&app.deps).await.unwrap();
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&format!("{number} サトウ タケシ"), 3000), ("デンキ", -500)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(
        app.look(&payment_of(&order, "method_details->>'payer_name'")).await,
        format!("{number} サトウ タケシ")
    );
    assert_eq!(app.look("select string_agg(status || ':' || coalesce(decided_how, ''), ',' order by row_number) from statement_lines").await, "applied:number,outgoing:");
    // The money is the organizer's already; nothing of it is at the provider.
    assert_eq!(balance(&app, "organizer_bank").await, "3000");
    assert_eq!(balance(&app, "organizer_own").await, "-3000");
    assert_eq!(balance(&app, "provider_clearing").await, "0");
    app.run_jobs().await;
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "1");
    let topics = "select string_agg(topic, ',' order by outbox_message_id) from outbox_messages where topic like 'statement%' or topic like 'payment.%'";
    assert_eq!(
        app.look(topics).await,
        "payment.authorized,statement.imported,payment.captured,statement_line.applied"
    );
    app.check().await;
}

#[tokio::test]
async fn a_short_transfer_is_kept_and_the_rest_pays_the_order() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&format!("{number} サトウ"), 2000)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "awaiting_payment");
    assert_eq!(app.look("select rule from alerts where resolved_at is null").await, "money.short");
    // The next attempt asks for the rest, by the same number.
    assert_eq!(app.look(&payment_of(&order, "amount_minor")).await, "1000");
    assert_eq!(app.look(&payment_of(&order, "method_details->>'transfer_number'")).await, number);
    app.check().await;
    read_in(
        &app,
        &sale,
        &[(&format!("{number} サトウ"), 2000), (&format!("{number} サトウ"), 1000)],
    )
    .await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(
        app.look("select string_agg(applied_minor::text, ',' order by ordinal) from payments")
            .await,
        "2000,1000"
    );
    assert_eq!(app.look("select count(*) from alerts where resolved_at is null").await, "0");
    assert_eq!(balance(&app, "buyer_credit").await, "0");
    assert_eq!(balance(&app, "organizer_own").await, "-3000");
    app.check().await;
}

#[tokio::test]
async fn the_rest_can_be_paid_by_card_and_refunds_stay_below_each_payment() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&format!("{number} サトウ"), 2000)]).await;
    let buyer = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let started = start_payment(&app.deps, &buyer, Some(PaymentMethod::CreditCard)).await.unwrap();
    assert_eq!(app.look(&payment_of(&order, "amount_minor")).await, "1000");
    app.pay_by_card(&started.hosted_url.unwrap()).await;
    app.until(&status_of(&order), "paid").await;
    assert_eq!(balance(&app, "organizer_bank").await, "2000");
    assert_eq!(balance(&app, "provider_clearing").await, "1000");
    app.check().await;
    let access = sale.access(&app).await;
    let payments = app.look("select string_agg(payment_id::text, ',' order by ordinal) from payments where status = 'captured'").await;
    let payments: Vec<PaymentId> =
        payments.split(',').map(|id| PaymentId::from_uuid(id.parse().unwrap())).collect();
    let back = |payment, yen| RequestRefund {
        payment,
        amount: Money::yen(yen),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    let too_much = request_refund(&app.deps, &access, back(payments[0], 2001)).await;
    assert!(matches!(too_much, Err(RefundError::TooMuch { .. })), "{too_much:?}");
    request_refund(&app.deps, &access, back(payments[0], 2000)).await.unwrap();
    request_refund(&app.deps, &access, back(payments[1], 1000)).await.unwrap();
    let card = "select status from refunds where amount_minor = 1000";
    app.until(card, "succeeded").await;
    // A transfer cannot be taken back: a bank account is asked for.
    assert_eq!(
        app.look("select status from refunds where amount_minor = 2000").await,
        "needs_account"
    );
    app.check().await;
}

#[tokio::test]
async fn too_much_is_kept_as_a_credit_with_an_alert() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&format!("{number} サトウ"), 3500)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select rule from alerts where resolved_at is null").await, "money.over");
    assert_eq!(balance(&app, "buyer_credit").await, "-500");
    assert_eq!(balance(&app, "organizer_own").await, "-3000");
    app.check().await;
}

#[tokio::test]
async fn a_second_transfer_is_told_and_waits_for_a_person() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let payer = format!("{} サトウ", number_of(&app, &order).await);
    read_in(&app, &sale, &[(&payer, 3000), (&payer, 3000)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select rule from alerts").await, "money.double");
    // Two lines may tell of one transfer: a statement read in from two of the bank's formats, say.
    assert_eq!(app.look("select count(*) from refunds").await, "0");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "1");
    app.check().await;
    let shown = show_order(&app.deps, &participant(&app, &order).await).await.unwrap();
    assert!(shown.credit.is_some_and(|it| !it.is_promised), "nobody is promised it");
    // Not when the event is called off either: what paid goes back, what may never have been waits.
    let access = sale.access(&app).await;
    begin(&app.deps, &access, sale.event, &everything(), None).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look("select sum(amount_minor) from refunds").await, "3000");
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    app.check().await;
}

async fn lapsed(app: &TestApp, sale: &Sale) -> PlacedOrder {
    let order = by_transfer(app, sale).await;
    app.deps.clock.advance(Duration::days(12));
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    assert_eq!(app.look(&payment_of(&order, "status")).await, "expired");
    order
}

#[tokio::test]
async fn a_late_transfer_is_welcome_while_the_place_is_free() {
    let app =
        TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await;
    let sale = on_sale_by_transfer(&app, 3000, 1).await;
    let order = lapsed(&app, &sale).await;
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&number, 3000)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    app.check().await;
}

#[tokio::test]
async fn a_late_transfer_goes_back_when_the_place_is_gone() {
    let app =
        TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await;
    let sale = on_sale_by_transfer(&app, 3000, 1).await;
    let order = lapsed(&app, &sale).await;
    sale.order(&app, 1).await;
    let number = number_of(&app, &order).await;
    read_in_of(&app, &sale, app.deps.clock.now().date(), &[(&number, 3000)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    assert_eq!(app.look("select rule from alerts").await, "money.late");
    assert_eq!(app.look("select status from refunds").await, "needs_account");
    app.check().await;
}

#[tokio::test]
async fn a_part_goes_back_when_the_rest_never_comes() {
    let app =
        TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await;
    let sale = on_sale_by_transfer(&app, 3000, 1).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&number, 2000)]).await;
    app.deps.clock.advance(Duration::days(12));
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    assert_eq!(
        app.look("select status || ':' || amount_minor from refunds").await,
        "needs_account:2000"
    );
    // The rest comes after all: nobody keeps a part of a place.
    read_in(&app, &sale, &[(&number, 1000)]).await;
    assert_eq!(app.look("select sum(amount_minor) from refunds").await, "3000");
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    app.check().await;
}

#[tokio::test]
async fn by_hand_and_twice_the_same_form_is_one_transfer() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let access = sale.access(&app).await;
    let today = app.deps.clock.now().date();
    let saw = |yen: i64| RecordTransfer {
        order: order.order,
        amount: Money::yen(yen),
        received_on: today,
        note: "通帳で確認".to_owned(),
        key: "k1".to_owned(),
    };
    for (wrong, expected) in [
        (RecordTransfer { amount: Money::yen(0), ..saw(1) }, "amount"),
        (RecordTransfer { received_on: today + Duration::days(3), ..saw(1) }, "day"),
        (RecordTransfer { note: "a\u{0}b".to_owned(), ..saw(1) }, "note"),
        (RecordTransfer { key: String::new(), ..saw(1) }, "key"),
    ] {
        let refused = record_transfer(&app.deps, &access, wrong).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let (first, second) = tokio::join!(
        record_transfer(&app.deps, &access, saw(3000)),
        record_transfer(&app.deps, &access, saw(3000)),
    );
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "3000");
    let other = on_sale(&app, 1, 1).await.access(&app).await;
    let stranger = record_transfer(&app.deps, &other, saw(3000)).await;
    assert!(matches!(stranger, Err(RecordTransferError::NotFound)), "{stranger:?}");
    app.check().await;
}

#[tokio::test]
async fn a_buyer_changes_between_card_and_transfer() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = sale.order(&app, 1).await;
    let buyer = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let transfer = Some(PaymentMethod::DirectTransfer);
    for _ in 0..2 {
        // Asking twice promises once.
        let started = start_payment(&app.deps, &buyer, transfer).await.unwrap();
        assert_eq!(started.hosted_url, None);
    }
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "awaiting_payment");
    assert_eq!(
        app.look(
            "select string_agg(provider || ':' || status, ',' order by ordinal) from payments"
        )
        .await,
        "komoju:cancelled,bank:authorized"
    );
    let page = start_payment(&app.deps, &buyer, None).await.unwrap().hosted_url.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "pending", "the promise is over");
    app.pay(&page, json!({ "method": "credit_card", "card": "4111111111111111" })).await;
    app.until(&status_of(&order), "paid").await;
    assert_ne!(page, pay_url(&order));
    app.check().await;
}

#[tokio::test]
async fn without_an_account_or_the_events_leave_nobody_can_transfer() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let wish = PlaceOrder { methods: vec![PaymentMethod::DirectTransfer], ..sale.wish(1) };
    let refused = place_order(&app.deps, wish.clone()).await;
    assert!(matches!(refused, Err(PlaceOrderError::MethodNotOffered)), "{refused:?}");
    database::run(&app.database_url, "update events set methods = '{direct_transfer}'").await;
    let refused = place_order(&app.deps, wish).await;
    assert!(matches!(refused, Err(PlaceOrderError::MethodNotOffered)), "{refused:?}");
    assert_eq!(app.look("select count(*) from orders").await, "0");
    database::run(&app.database_url, "update events set methods = '{credit_card}'").await;
    let order = sale.order(&app, 1).await;
    let buyer = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let refused = start_payment(&app.deps, &buyer, Some(PaymentMethod::DirectTransfer)).await;
    assert!(matches!(refused, Err(StartPaymentError::MethodNotOffered)), "{refused:?}");
}
