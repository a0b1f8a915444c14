//! Calling off a whole event: everybody gets back what the dry run said, once, whatever happens in between.

use domain::event_cancellation::{CancellationState, CancellationTerms};
use domain::ids::{Id, PaymentId};
use domain::money::Money;
use domain::process::ProcessState;
use operations::event_cancellation::CancelEventError;
use operations::event_cancellation::begin::{Begun, begin};
use operations::event_cancellation::plan::plan;
use operations::event_cancellation::progress::{Cancellation, list_results, progress};
use operations::event_cancellation::run::{end_orders, retry};
use operations::event_cancellation::wish::Wish;
use operations::orders::cancel::cancel_by_buyer;
use operations::orders::place::{PlaceOrderError, PlacedOrder};
use operations::refunds::request::{RequestRefund, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};

pub(crate) fn everything() -> Wish {
    Wish {
        reason: "台風のため".to_owned(), terms: CancellationTerms::everything(Money::yen(0))
    }
}

async fn call_off(app: &TestApp, sale: &Sale, wish: &Wish) -> Begun {
    let access = sale.access(app).await;
    begin(&app.deps, &access, sale.event, wish, None).await.unwrap()
}

async fn seen(app: &TestApp, sale: &Sale) -> Cancellation {
    let access = sale.access(app).await;
    progress(&app.deps, &access, sale.event).await.unwrap()
}

/// Takes a konbini code; answers the provider's name of the payment.
async fn take_code(app: &TestApp, order: &PlacedOrder) -> String {
    let konbini = json!({ "method": "konbini", "store": "lawson" });
    let promised = app.pay(&pay_url(order), konbini).await;
    app.until(&status_of(order), "awaiting_payment").await;
    promised.pointer("/payment/id").and_then(|id| id.as_str()).unwrap().to_owned()
}

const BACK: &str = "select coalesce(sum(amount_minor), 0) from refunds where status = 'succeeded'";
const STANDING: &str =
    "select count(*) from orders where status in ('pending', 'awaiting_payment', 'paid')";
const CAPTURED_LEFT: &str = "select coalesce(sum(captured_minor - refunds_minor), 0) from payments";

#[tokio::test]
async fn everybody_gets_back_what_the_dry_run_said() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 20).await;
    let access = sale.access(&app).await;
    sale.paid_order(&app, 1).await;
    sale.paid_order(&app, 2).await;
    let shop = sale.order(&app, 1).await;
    let code = take_code(&app, &shop).await;
    app.act(&code, "pay_at_store", json!({})).await;
    app.until(&status_of(&shop), "paid").await;
    let waiting = sale.order(&app, 1).await;
    take_code(&app, &waiting).await;
    sale.order(&app, 1).await;

    let dry = plan(&app.deps, &access, sale.event, &everything().terms).await.unwrap();
    assert_eq!((dry.n_orders, dry.n_unpaid), (5, 2));
    assert_eq!(dry.total.back, Money::yen(22_000));
    assert_eq!(dry.needs_account.len(), 1);
    assert_eq!(dry.by_method.len(), 2);
    assert_eq!(app.look(STANDING).await, "5", "a dry run changes nothing");

    let looked_at = Some(dry.fingerprint());
    let wish = everything();
    begin(&app.deps, &access, sale.event, &wish, looked_at.as_deref()).await.unwrap();
    let refused = sale.try_order(&app, 1).await;
    assert!(matches!(refused, Err(PlaceOrderError::NotOnSale)), "{refused:?}");
    app.until(BACK, "16500").await;
    assert_eq!(app.look(STANDING).await, "0");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    assert_eq!(app.look("select count(*) from tickets where status <> 'void'").await, "0");
    let mails = "select count(*) from mails where kind = 'event_cancelled' and status = 'sent'";
    app.until(mails, "5").await;

    let found = seen(&app, &sale).await;
    assert_eq!((found.n_orders(), found.n_ended()), (5, 5));
    assert_eq!(found.count(|it| it == CancellationState::Refunded), 2);
    assert_eq!(found.count(|it| it == CancellationState::NeedsAccount), 1);
    assert_eq!(found.count(|it| it == CancellationState::Unpaid), 2);
    assert_eq!((found.due(), found.succeeded()), (Money::yen(22_000), Money::yen(16_500)));
    assert_eq!(found.timeline.state, ProcessState::Running, "an account is awaited");
    let lines = list_results(&app.deps, &access, sale.event, None, None).await.unwrap();
    assert_eq!((lines.lines.len(), lines.next), (5, None));
    app.check().await;
}

#[tokio::test]
async fn a_run_ends_when_everybody_has_the_money_back() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    sale.paid_order(&app, 1).await;
    sale.order(&app, 1).await;
    let begun = call_off(&app, &sale, &everything()).await;
    app.until(BACK, "3000").await;
    operations::processes::advance(&app.deps, begun.process).await.unwrap();
    let found = seen(&app, &sale).await;
    assert_eq!(found.timeline.state, ProcessState::Succeeded);
    assert!(found.process.finished_at.is_some() && !found.is_moving());
    operations::processes::advance(&app.deps, begun.process).await.unwrap();
    app.check().await;
}

#[tokio::test]
async fn a_konbini_code_that_is_paid_later_is_late_money_and_goes_back() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let order = sale.order(&app, 1).await;
    let code = take_code(&app, &order).await;
    // The provider hears of the end too late: the buyer is at the register.
    app.act(&code, "pay_at_store", json!({})).await;
    call_off(&app, &sale, &everything()).await;
    app.until(STANDING, "0").await;
    app.until("select status from refunds", "needs_account").await;
    assert_eq!(app.look(CAPTURED_LEFT).await, "0");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "0");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    app.check().await;
}

#[tokio::test]
async fn an_expired_order_does_not_come_back_to_life_in_a_cancelled_event() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let order = sale.order(&app, 1).await;
    let access = operations::access::buyer_access(&app.deps, &order.link_token).await.unwrap();
    // The page is still open in the buyer's browser.
    cancel_by_buyer(&app.deps, &access).await.unwrap();
    app.pay_by_card(&pay_url(&order)).await;
    call_off(&app, &sale, &everything()).await;
    app.until(BACK, "3000").await;
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    app.check().await;
}

#[tokio::test]
async fn a_part_may_be_kept_for_costs_that_arose() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5000, 5).await;
    sale.paid_order(&app, 2).await;
    let terms =
        CancellationTerms { only: None, fee_basis_points: 1000, fee_per_ticket: Money::yen(300) };
    let access = sale.access(&app).await;
    let dry = plan(&app.deps, &access, sale.event, &terms).await.unwrap();
    assert_eq!((dry.total.back, dry.total.kept), (Money::yen(8400), Money::yen(1600)));
    call_off(&app, &sale, &Wish { terms, ..everything() }).await;
    app.until(BACK, "8400").await;
    assert_eq!(app.look(CAPTURED_LEFT).await, "1600");
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_press_at_once_and_there_is_one_run() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    sale.paid_order(&app, 1).await;
    let access = sale.access(&app).await;
    let press = || async { begin(&app.deps, &access, sale.event, &everything(), None).await };
    let (one, other) = tokio::join!(press(), press());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.process, other.process);
    assert!(one.is_new != other.is_new, "{one:?} {other:?}");
    app.until(BACK, "3000").await;
    assert_eq!(app.look("select count(*) from processes").await, "1");
    assert_eq!(app.look("select count(*) from refunds").await, "1");
    app.check().await;
}

/// The negative control: without the lock on the event the database still lets only one run be.
#[tokio::test]
async fn the_database_knows_one_run_per_event() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    call_off(&app, &sale, &everything()).await;
    let new = store::processes::NewProcess {
        id: operations::fresh::id(),
        kind: domain::process::ProcessKind::EventCancellation,
        organizer: sale.organizer,
        event: sale.event,
        actor_kind: "user",
        actor_id: None,
        now: app.deps.clock.now(),
    };
    let mut conn = app.deps.db.acquire().await.unwrap();
    let refused = store::processes::insert(&mut conn, &new).await.unwrap_err();
    assert!(refused.is_conflict("processes_event_key"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_orders_or_leaves_at_the_same_moment_is_treated_once() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 50).await;
    let paid = sale.paid_order(&app, 1).await;
    let leaver = sale.order(&app, 1).await;
    let payment = app.look(&payment_of(&paid, "payment_id")).await;
    let payment = PaymentId::from_uuid(payment.parse().unwrap());
    let access = sale.access(&app).await;
    let link = operations::access::buyer_access(&app.deps, &leaver.link_token).await.unwrap();
    let half = RequestRefund {
        payment,
        amount: Money::yen(1500),
        reason: String::new(),
        cancels_order: true,
        idempotency_key: None,
    };
    let wish = everything();
    let (begun, refund, left, ..) = tokio::join!(
        begin(&app.deps, &access, sale.event, &wish, None),
        request_refund(&app.deps, &access, half),
        cancel_by_buyer(&app.deps, &link),
        sale.try_order(&app, 1),
        sale.try_order(&app, 1),
        sale.try_order(&app, 1),
    );
    begun.unwrap();
    refund.unwrap();
    left.unwrap();
    app.until(STANDING, "0").await;
    app.run_jobs().await;
    // Either the run came first, or the half did and, its order having ended before, is all that was decided then.
    let back: i64 = app.look(BACK).await.parse().unwrap();
    assert!(back == 3000 || back == 1500, "{back}");
    app.check().await;
}

#[tokio::test]
async fn what_waits_is_found_again_after_a_death() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    sale.paid_order(&app, 1).await;
    sale.paid_order(&app, 1).await;
    let begun = call_off(&app, &sale, &everything()).await;
    // One order was done, then everything that was to come is lost.
    end_orders(&app.deps, begun.process, 0).await.unwrap();
    let again = "update event_cancellation_orders set status = 'waiting', outcome = null
                 where order_id = (select max(order_id::text)::uuid from event_cancellation_orders);
                 delete from jobs where kind in ('advance_process', 'end_orders');
                 update processes set look_at = now() - interval '1 second'";
    testkit::database::run(&app.database_url, again).await;
    operations::jobs::sweep(&app.deps).await.unwrap();
    app.until(BACK, "6000").await;
    assert_eq!(app.look("select count(*) from refunds").await, "2", "nobody is paid twice");
    app.until("select count(*) from event_cancellation_orders where status = 'done'", "2").await;
    app.check().await;
}

#[tokio::test]
async fn what_the_provider_refused_is_tried_again_for_what_is_left() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5000, 5).await;
    let order = sale.paid_order(&app, 1).await;
    let access = sale.access(&app).await;
    // The bank takes a part, and we do not hear of it.
    app.behave(json!({ "drop_percent": 100 })).await;
    let theirs = app.look(&payment_of(&order, "provider_payment_id")).await;
    app.act(&theirs, "chargeback", json!({ "amount": 2000 })).await;
    call_off(&app, &sale, &everything()).await;
    app.until("select status from refunds where source = 'organizer'", "failed").await;
    let found = seen(&app, &sale).await;
    assert_eq!(found.count(CancellationState::is_failed), 1);
    // Somebody asks how things stand, and then tries again.
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let payment = PaymentId::from_uuid(payment.parse().unwrap());
    operations::payments::sync::sync_payment(&app.deps, payment).await.unwrap();
    assert_eq!(retry(&app.deps, &access, sale.event).await.unwrap(), 1);
    app.until(
        "select sum(amount_minor) from refunds where status = 'succeeded' and source = 'organizer'",
        "3000",
    )
    .await;
    assert_eq!(retry(&app.deps, &access, sale.event).await.unwrap(), 0);
    assert_eq!(seen(&app, &sale).await.count(CancellationState::is_failed), 0);
    app.check().await;
}

#[tokio::test]
async fn what_was_confirmed_must_be_what_was_looked_at() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    let dry = plan(&app.deps, &access, sale.event, &everything().terms).await.unwrap();
    sale.paid_order(&app, 1).await;
    let late = begin(&app.deps, &access, sale.event, &everything(), Some(&dry.fingerprint())).await;
    assert!(matches!(late, Err(CancelEventError::Changed)), "{late:?}");
    assert_eq!(app.look("select status from events").await, "published");
}

#[tokio::test]
async fn another_organizers_event_does_not_exist_and_a_cancelled_one_is_not_opened_again() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let refused = begin(&app.deps, &stranger, sale.event, &everything(), None).await;
    assert!(matches!(refused, Err(CancelEventError::NotFound)), "{refused:?}");
    let refused = plan(&app.deps, &stranger, sale.event, &everything().terms).await;
    assert!(matches!(refused, Err(CancelEventError::NotFound)));
    call_off(&app, &sale, &everything()).await;
    assert!(matches!(
        progress(&app.deps, &stranger, sale.event).await,
        Err(CancelEventError::NotFound)
    ));
    assert!(matches!(
        retry(&app.deps, &stranger, sale.event).await,
        Err(CancelEventError::NotFound)
    ));
    let access = sale.access(&app).await;
    let reopened = operations::events::publish::reopen(&app.deps, &access, sale.event).await;
    assert!(reopened.is_err(), "{reopened:?}");
}
