//! Cancelling: the fee of the moment is kept, the rest goes back, places are free at once; each ticket ends once, whoever
//! asks at the same time.

use domain::cancel_policy::Preset;
use domain::ids::{Id, PaymentId};
use domain::money::Money;
use domain::payment::PaymentMethod;
use operations::PlacesGuard;
use operations::access::buyer_access;
use operations::actor::BuyerAccess;
use operations::cancellations::cancel::{
    CancelBySelf, CancelError, CancelForParticipant, cancel_by_self, cancel_for_participant,
};
use operations::cancellations::figures::{Sum, Which};
use operations::cancellations::show;
use operations::clock::Clock;
use operations::events::cancel_policy::take_preset;
use operations::orders::place::{PlaceOrderError, PlacedOrder};
use operations::payments::start::start_payment;
use operations::payments::sync::sync_payment;
use operations::refunds::request::{RefundError, RequestRefund, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};
use time::{Duration, OffsetDateTime};

/// An event on sale under a policy, by a clock that the test moves.
pub(crate) async fn on_sale_under(preset: Preset, price: i64, n_places: i32) -> (TestApp, Sale) {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let app = TestApp::start_with(PlacesGuard::On, Clock::standing_at(now)).await;
    let sale = on_sale(&app, price, n_places).await;
    // Policies count days: beside midnight, half an hour before the start would be the day before.
    let at_six = "update events set starts_at =
        (date_trunc('day', starts_at at time zone 'Asia/Tokyo') + interval '18 hours') at time zone 'Asia/Tokyo'";
    database::run(&app.database_url, at_six).await;
    let access = sale.access(&app).await;
    take_preset(&app.deps, &access, sale.event, preset).await.unwrap();
    (app, sale)
}

pub(crate) async fn participant(app: &TestApp, order: &PlacedOrder) -> BuyerAccess {
    buyer_access(&app.deps, &order.link_token).await.unwrap()
}

pub(crate) async fn ticket_codes(app: &TestApp, order: &PlacedOrder) -> Vec<String> {
    let sql = format!(
        "select string_agg(code, ',' order by position) from tickets where order_id = '{}'",
        order.order.uuid()
    );
    app.look(&sql).await.split(',').map(str::to_owned).collect()
}

fn by_self(which: Which, seen_fee: i64) -> CancelBySelf {
    CancelBySelf { which, seen_fee_minor: seen_fee, idempotency_key: None }
}

fn one(code: &str) -> Which {
    Which::Codes(vec![code.to_owned()])
}

/// Moves the clock to `before` the start of the event.
async fn move_to(app: &TestApp, before: Duration) {
    let left = app.look("select extract(epoch from starts_at)::bigint from events limit 1").await;
    let starts_at = OffsetDateTime::from_unix_timestamp(left.parse().unwrap()).unwrap();
    app.deps.clock.advance(starts_at - before - app.deps.clock.now());
}

const SUCCEEDED: &str =
    "select coalesce(sum(amount_minor), 0) from refunds where status = 'succeeded'";
const VALID: &str = "select count(*) from tickets where status = 'valid'";

#[tokio::test]
async fn one_ticket_goes_at_the_fee_of_the_day_and_the_others_stay() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 3).await;
    let order = sale.paid_order(&app, 3).await;
    let access = participant(&app, &order).await;
    let codes = ticket_codes(&app, &order).await;
    let view = show::for_participant(&app.deps, &access).await.unwrap();
    let (today, then) = (view.whole.today.unwrap(), view.whole.then.unwrap());
    assert_eq!(today, Sum { fee: Money::yen(0), back: Money::yen(16_500) });
    assert_eq!(then, Sum { fee: Money::yen(8250), back: Money::yen(8250) });

    cancel_by_self(&app.deps, &access, by_self(one(&codes[0]), 0)).await.unwrap();
    app.until(SUCCEEDED, "5500").await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look(VALID).await, "2");
    assert_eq!(app.look("select n_taken from quotas").await, "2");
    sale.order(&app, 1).await;

    move_to(&app, Duration::hours(20)).await;
    let changed = cancel_by_self(&app.deps, &access, by_self(one(&codes[1]), 0)).await;
    assert!(matches!(changed, Err(CancelError::FeeChanged { .. })), "{changed:?}");
    let fee = match changed.unwrap_err() {
        CancelError::FeeChanged { fee } => fee,
        other => panic!("{other}"),
    };
    cancel_by_self(&app.deps, &access, by_self(Which::All, fee.minor() * 2)).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    let kept = app.look("select sum(fee_minor) from cancellations").await;
    let back = 16_500 - kept.parse::<i64>().unwrap();
    app.until(SUCCEEDED, &back.to_string()).await;
    let told = "select string_agg(topic || coalesce(payload->>'fee_minor', ''), ' ' order by outbox_message_id)
                from outbox_messages where topic in ('ticket.cancelled', 'order.cancelled')";
    assert_eq!(
        app.look(told).await,
        format!("ticket.cancelled0 ticket.cancelled{kept} order.cancelled{kept}")
    );
    let organizer = sale.access(&app).await;
    let summary = operations::events::summary::summary(&app.deps, &organizer, sale.event).await;
    assert_eq!(summary.unwrap().kept_fees_minor.to_string(), kept);
    app.until(
        "select count(*) from mails where kind = 'tickets_cancelled' and status = 'sent'",
        "2",
    )
    .await;
    app.check().await;
}

/// What the day before costs half, costs everything from the second at which the day begins.
#[tokio::test]
async fn the_fee_changes_at_its_second() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 1000, 9).await;
    let order = sale.paid_order(&app, 2).await;
    let access = participant(&app, &order).await;
    let fee = || async {
        let view = show::for_participant(&app.deps, &access).await.unwrap();
        (view.tickets[0].1.today.map(|sum| sum.fee.minor()), view.whole.until)
    };
    let mut seen = Vec::new();
    while let (now, Some(until)) = fee().await {
        seen.push(now);
        app.deps.clock.advance(until - Duration::SECOND - app.deps.clock.now());
        assert_eq!(fee().await.0, now, "a second before");
        app.deps.clock.advance(Duration::SECOND);
    }
    seen.push(fee().await.0);
    assert_eq!(seen, [Some(0), Some(500), Some(1000), None]);
    let late = cancel_by_self(&app.deps, &access, by_self(Which::All, 2000)).await;
    assert!(matches!(late, Err(CancelError::TooLate)), "{late:?}");
}

#[tokio::test]
async fn what_was_sold_stays_whatever_the_event_says_later() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 9).await;
    let order = sale.paid_order(&app, 1).await;
    let organizer = sale.access(&app).await;
    take_preset(&app.deps, &organizer, sale.event, Preset::Closed).await.unwrap();
    let later = sale.paid_order(&app, 1).await;
    let later = participant(&app, &later).await;
    let refused = cancel_by_self(&app.deps, &later, by_self(Which::All, 3000)).await;
    assert!(matches!(refused, Err(CancelError::NotBySelf)), "{refused:?}");
    let access = participant(&app, &order).await;
    cancel_by_self(&app.deps, &access, by_self(Which::All, 0)).await.unwrap();
    app.until(SUCCEEDED, "3000").await;
    let mut conn = app.deps.db.acquire().await.unwrap();
    let changed = store::orders::touch(&mut conn, order.order, app.deps.clock.now()).await;
    changed.unwrap();
    let kept = database::try_run(
        &app.database_url,
        "update orders set cancel_policy = jsonb_set(cancel_policy, '{mode}', '\"closed\"')",
    );
    assert!(kept.await.unwrap_err().contains("stays as it is"));
    app.check().await;
}

#[tokio::test]
async fn the_same_cancellation_asked_twice_is_one() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 9).await;
    let order = sale.paid_order(&app, 2).await;
    let access = participant(&app, &order).await;
    let code = ticket_codes(&app, &order).await.remove(0);
    let wish = || CancelBySelf { idempotency_key: Some("c1".to_owned()), ..by_self(one(&code), 0) };
    let first = cancel_by_self(&app.deps, &access, wish()).await.unwrap();
    assert_eq!(cancel_by_self(&app.deps, &access, wish()).await.unwrap(), first);
    let other = CancelBySelf { which: Which::All, ..wish() };
    assert!(matches!(cancel_by_self(&app.deps, &access, other).await, Err(CancelError::KeyReused)));
    let again = cancel_by_self(&app.deps, &access, by_self(one(&code), 0)).await;
    assert!(matches!(again, Err(CancelError::AlreadyCancelled)), "{again:?}");
    app.until(SUCCEEDED, "3000").await;
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_and_its_whole_order_cancelled_at_once_end_each_ticket_once() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 40).await;
    for _ in 0..8 {
        let order = sale.paid_order(&app, 3).await;
        let access = participant(&app, &order).await;
        let codes = ticket_codes(&app, &order).await;
        let tries = futures::future::join_all([
            cancel_by_self(&app.deps, &access, by_self(one(&codes[0]), 0)),
            cancel_by_self(&app.deps, &access, by_self(Which::All, 0)),
            cancel_by_self(&app.deps, &access, by_self(one(&codes[0]), 0)),
        ])
        .await;
        let done = tries.iter().filter(|it| it.is_ok()).count();
        assert!((1..=2).contains(&done), "{tries:?}");
        for refused in tries.iter().filter_map(|it| it.as_ref().err()) {
            let is_fine = matches!(refused, CancelError::AlreadyCancelled | CancelError::Busy);
            assert!(is_fine, "{refused:?}");
        }
        // Whatever came first, the order is over after one more try.
        let _ = cancel_by_self(&app.deps, &access, by_self(Which::All, 0)).await;
        assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    }
    app.until(SUCCEEDED, "72000").await;
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancellation_and_the_organizers_refund_at_once_never_exceed_what_was_captured() {
    let (app, sale) = on_sale_under(Preset::Free, 5000, 40).await;
    let organizer = sale.access(&app).await;
    for _ in 0..6 {
        let order = sale.paid_order(&app, 2).await;
        let access = participant(&app, &order).await;
        let payment = app.look(&payment_of(&order, "payment_id")).await;
        let refund = RequestRefund {
            payment: PaymentId::from_uuid(payment.parse().unwrap()),
            amount: Money::yen(7000),
            reason: String::new(),
            cancels_order: false,
            idempotency_key: None,
        };
        let (cancelled, refunded) = tokio::join!(
            cancel_by_self(&app.deps, &access, by_self(Which::All, 0)),
            request_refund(&app.deps, &organizer, refund),
        );
        assert!(cancelled.is_ok(), "{cancelled:?}");
        let is_fine = matches!(refunded, Ok(_) | Err(RefundError::TooMuch { .. }));
        assert!(is_fine, "{refunded:?}");
        assert_eq!(app.look(&payment_of(&order, "refunds_minor")).await, "10000");
    }
    app.until(SUCCEEDED, "60000").await;
    app.check().await;
}

/// Everybody wants in while some leave: freed places are sold again, and none twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelling_in_the_rush_frees_places_and_oversells_none() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 0, 30).await;
    let access = sale.access(&app).await;
    take_preset(&app.deps, &access, sale.event, Preset::Free).await.unwrap();
    let mut leavers = Vec::new();
    for _ in 0..15 {
        let order = sale.order(&app, 2).await;
        leavers.push((participant(&app, &order).await, ticket_codes(&app, &order).await));
    }
    assert_eq!(app.look("select n_taken from quotas").await, "30");
    let leave = leavers.iter().map(|(access, codes)| {
        let which = if codes[0] < codes[1] { one(&codes[0]) } else { Which::All };
        cancel_by_self(&app.deps, access, by_self(which, 0))
    });
    let wishes = (0..80).map(|_| sale.try_order(&app, 1));
    let (left, came) =
        tokio::join!(futures::future::join_all(leave), futures::future::join_all(wishes));
    assert!(left.iter().all(|it| matches!(it, Ok(_) | Err(CancelError::Busy))), "{left:?}");
    for answer in &came {
        let is_fine =
            matches!(answer, Ok(_) | Err(PlaceOrderError::SoldOut | PlaceOrderError::Busy));
        assert!(is_fine, "{answer:?}");
    }
    let sold: i64 = app.look(VALID).await.parse().unwrap();
    assert!(sold <= 30, "{sold} sold of 30");
    assert_eq!(app.look("select n_taken from quotas").await, sold.to_string());
    app.check().await;
    for _ in sold..30 {
        sale.order(&app, 1).await;
    }
    assert!(matches!(sale.try_order(&app, 1).await, Err(PlaceOrderError::SoldOut)));
}

/// The negative control: who looks first and changes later, without the order's lock and the tickets' own condition,
/// gives places back twice; the check sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_lock_the_same_race_gives_places_back_twice() {
    let (app, sale) = on_sale_under(Preset::Free, 0, 10).await;
    let order = sale.order(&app, 2).await;
    sale.order(&app, 4).await;
    let naive = format!(
        "do $$ declare n integer; begin
             select count(*) into n from tickets where order_id = '{0}' and status = 'valid';
             perform pg_sleep(0.3);
             update tickets set status = 'void' where order_id = '{0}';
             update orders set status = 'cancelled' where order_id = '{0}';
             update quotas set n_taken = n_taken - n;
         end $$",
        order.order.uuid()
    );
    tokio::join!(
        database::run(&app.database_url, &naive),
        database::run(&app.database_url, &naive)
    );
    assert_eq!(app.look("select n_taken from quotas").await, "2", "two of the four others' places");
    let findings = operations::check::run(&app.deps).await.unwrap();
    assert!(findings.iter().any(|it| it.rule.contains("quota")), "{findings:?}");
}

#[tokio::test]
async fn a_free_order_is_cancelled_ticket_by_ticket() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 0, 2).await;
    let order = sale.order(&app, 2).await;
    let access = participant(&app, &order).await;
    for code in ticket_codes(&app, &order).await {
        cancel_by_self(&app.deps, &access, by_self(one(&code), 0)).await.unwrap();
    }
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select count(*) from refunds").await, "0");
    app.check().await;
    sale.order(&app, 2).await;
}

#[tokio::test]
async fn the_organizer_keeps_the_fee_or_lets_it_go() {
    let (app, sale) = on_sale_under(Preset::SameDay, 4000, 9).await;
    let order = sale.paid_order(&app, 3).await;
    let organizer = sale.access(&app).await;
    let codes = ticket_codes(&app, &order).await;
    move_to(&app, Duration::minutes(30)).await;
    let wish = |which, waives_fee| CancelForParticipant {
        which,
        waives_fee,
        reason: "体調不良".to_owned(),
        idempotency_key: None,
    };
    let done = |wish| cancel_for_participant(&app.deps, &organizer, order.order, wish);
    done(wish(one(&codes[0]), false)).await.unwrap();
    done(wish(one(&codes[1]), true)).await.unwrap();
    app.until(SUCCEEDED, "4000").await;
    // The event has begun: by the policy nothing comes back any more.
    app.deps.clock.advance(Duration::hours(1));
    done(wish(Which::All, false)).await.unwrap();
    let sums = "select sum(fee_minor) || ' ' || sum(waived_minor) || ' ' || sum(back_minor) from cancellations";
    assert_eq!(app.look(sums).await, "8000 4000 4000");
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    let audit = "select string_agg(detail->>'waived_minor', ' ' order by audit_entry_id)
                 from audit_entries where action = 'ticket.cancelled' and actor_kind = 'user'";
    assert_eq!(app.look(audit).await, "0 4000 0");
    let payable = "select -sum(amount_minor) from ledger_entries join ledger_accounts using (ledger_account_id)
                   where kind = 'organizer_payable'";
    assert_eq!(app.look(payable).await, "8000", "the fees are the organizer's");
    app.check().await;
}

#[tokio::test]
async fn konbini_money_of_a_cancelled_ticket_waits_for_an_account() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 9).await;
    let order = sale.order(&app, 2).await;
    let promised =
        app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
    let id = promised.pointer("/payment/id").and_then(|id| id.as_str()).unwrap();
    app.act(id, "pay_at_store", json!({})).await;
    app.until(&status_of(&order), "paid").await;
    let access = participant(&app, &order).await;
    let code = ticket_codes(&app, &order).await.remove(0);
    cancel_by_self(&app.deps, &access, by_self(one(&code), 0)).await.unwrap();
    app.run_jobs().await;
    assert_eq!(
        app.look("select status || amount_minor || source from refunds").await,
        "needs_account3000buyer"
    );
    app.check().await;
}

#[tokio::test]
async fn what_the_organizer_gave_back_before_is_not_given_back_again() {
    let (app, sale) = on_sale_under(Preset::Free, 5000, 9).await;
    let order = sale.paid_order(&app, 2).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let goodwill = RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(1000),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(&app.deps, &sale.access(&app).await, goodwill).await.unwrap();
    let access = participant(&app, &order).await;
    let codes = ticket_codes(&app, &order).await;
    cancel_by_self(&app.deps, &access, by_self(one(&codes[1]), 0)).await.unwrap();
    assert_eq!(app.look("select back_minor from cancellations").await, "4000");
    cancel_by_self(&app.deps, &access, by_self(Which::All, 0)).await.unwrap();
    app.until(SUCCEEDED, "10000").await;
    app.check().await;
}

#[tokio::test]
async fn doors_stay_closed_for_strangers_and_for_what_is_not_paid() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 9).await;
    let unpaid = sale.order(&app, 1).await;
    let paid = sale.paid_order(&app, 1).await;
    let access = participant(&app, &paid).await;
    let waiting = participant(&app, &unpaid).await;
    let not_paid = cancel_by_self(&app.deps, &waiting, by_self(Which::All, 0)).await;
    assert!(matches!(not_paid, Err(CancelError::NotPaid)), "{not_paid:?}");
    let others = one(&ticket_codes(&app, &unpaid).await[0]);
    let unknown = cancel_by_self(&app.deps, &access, by_self(others, 0)).await;
    assert!(matches!(unknown, Err(CancelError::UnknownTicket)), "{unknown:?}");
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let wish = CancelForParticipant {
        which: Which::All,
        waives_fee: true,
        reason: String::new(),
        idempotency_key: None,
    };
    let refused = cancel_for_participant(&app.deps, &stranger, paid.order, wish).await;
    assert!(matches!(refused, Err(CancelError::NotFound)), "{refused:?}");
    assert!(matches!(
        take_preset(&app.deps, &stranger, sale.event, Preset::Free).await,
        Err(operations::events::cancel_policy::CancelPolicyError::NotFound)
    ));
    assert_eq!(app.look("select count(*) from cancellations").await, "0");
}

/// Money that comes for an order that was paid, cancelled and given back is nobody's: it goes back too.
#[tokio::test]
async fn late_money_does_not_bring_a_cancelled_order_back() {
    let (app, sale) = on_sale_under(Preset::Free, 3000, 9).await;
    let order = sale.order(&app, 1).await;
    let access = participant(&app, &order).await;
    let first_page = pay_url(&order);
    let method = Some(PaymentMethod::CreditCard);
    let second = start_payment(&app.deps, &access, method).await.unwrap();
    // Both pages are open, and nobody tells us what happens there.
    app.behave(json!({ "drop_percent": 100 })).await;
    app.pay_by_card(&second.hosted_url.unwrap()).await;
    app.pay_by_card(&first_page).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    sync_payment(&app.deps, PaymentId::from_uuid(payment.parse().unwrap())).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    cancel_by_self(&app.deps, &access, by_self(Which::All, 0)).await.unwrap();
    app.until("select count(*) from payments where status = 'captured'", "2").await;
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    app.until(SUCCEEDED, "6000").await;
    app.check().await;
}
