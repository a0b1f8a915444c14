//! Return requests: asked by the participant, decided by the organizer, done when the money is back.

use domain::cancel_policy::Preset;
use domain::ids::{Id, RefundId, ReturnRequestId};
use operations::cancellations::cancel::{
    CancelBySelf, CancelError, CancelForParticipant, cancel_by_self, cancel_for_participant,
};
use operations::cancellations::decide::{Decide, Verdict, decide, list};
use operations::cancellations::figures::Which;
use operations::cancellations::request::{RequestReturn, RequestReturnError, request_return};
use operations::events::dashboard::{Todo, dashboard};
use operations::orders::place::PlacedOrder;
use operations::refunds::by_hand::{came_back, hand_back};
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, status_of};

use crate::cancellations::{on_sale_under, participant, ticket_codes};

const STATUS: &str = "select status from return_requests order by return_request_id desc limit 1";

async fn ask(app: &TestApp, order: &PlacedOrder, which: Which) -> ReturnRequestId {
    let access = participant(app, order).await;
    let wish = RequestReturn { which, note: "熱が出ました".to_owned() };
    request_return(&app.deps, &access, wish).await.unwrap()
}

async fn say(
    app: &TestApp,
    sale: &Sale,
    request: ReturnRequestId,
    verdict: Verdict,
) -> Result<(), CancelError> {
    let answer = "お大事に".to_owned();
    decide(&app.deps, &sale.access(app).await, Decide { request, verdict, answer }).await
}

const YES: Verdict = Verdict::Approve { waives_fee: false };

#[tokio::test]
async fn an_approved_wish_is_completed_when_the_money_is_back() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let order = sale.paid_order(&app, 2).await;
    let access = participant(&app, &order).await;
    let by_self = CancelBySelf { which: Which::All, seen_fee_minor: 0, idempotency_key: None };
    let refused = cancel_by_self(&app.deps, &access, by_self).await;
    assert!(matches!(refused, Err(CancelError::NeedsApproval)), "{refused:?}");

    let code = ticket_codes(&app, &order).await.remove(1);
    let request = ask(&app, &order, Which::Codes(vec![code])).await;
    let board = dashboard(&app.deps, &sale.access(&app).await, sale.event).await.unwrap();
    assert!(
        matches!(board.todos.first(), Some(Todo::DecideReturns { n: 1, .. })),
        "{:?}",
        board.todos
    );
    let again = RequestReturn { which: Which::All, note: String::new() };
    assert!(matches!(
        request_return(&app.deps, &access, again).await,
        Err(RequestReturnError::AlreadyAsked)
    ));
    let listed = list(&app.deps, &sale.access(&app).await, sale.event).await.unwrap();
    let today = listed[0].offer.and_then(|offer| offer.today).unwrap();
    assert_eq!(today.back.minor(), 4000);

    say(&app, &sale, request, YES).await.unwrap();
    say(&app, &sale, request, YES).await.unwrap();
    assert!(matches!(
        say(&app, &sale, request, Verdict::Reject).await,
        Err(CancelError::AlreadyCancelled)
    ));
    app.until(STATUS, "completed").await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(
        app.look("select sum(amount_minor) from refunds where status = 'succeeded'").await,
        "4000"
    );
    assert_eq!(app.look("select n_taken from quotas").await, "1");
    let told = "select string_agg(distinct kind, ' ' order by kind) from mails where kind like 'return%' or kind = 'tickets_cancelled'";
    app.until(told, "return_requested return_to_decide tickets_cancelled").await;
    let to = "select recipient from mails where kind = 'return_to_decide' and order_id is not null";
    assert_eq!(app.look(to).await, "tanaka@example.com");
    app.check().await;
}

/// The organizer's transfer came back: the participant has not got the money, so the wish is not done.
#[tokio::test]
async fn a_wish_whose_money_came_back_waits_for_it_again() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let order = sale.order(&app, 1).await;
    let konbini = json!({ "method": "konbini", "store": "lawson" });
    let promised = app.pay(&pay_url(&order), konbini).await;
    let name = promised.pointer("/payment/id").and_then(|id| id.as_str()).unwrap();
    app.act(name, "pay_at_store", json!({})).await;
    app.until(&status_of(&order), "paid").await;
    let request = ask(&app, &order, Which::All).await;
    say(&app, &sale, request, YES).await.unwrap();
    app.until("select status from mails where kind = 'account_needed'", "sent").await;
    let refund = app.look("select refund_id from refunds where status = 'needs_account'").await;
    let refund = RefundId::from_uuid(refund.parse().unwrap());
    let access = sale.access(&app).await;
    for is_last in [false, true] {
        hand_back(&app.deps, &access, refund, "振込").await.unwrap();
        assert_eq!(app.look(STATUS).await, "completed");
        app.check().await;
        if !is_last {
            came_back(&app.deps, &access, refund).await.unwrap();
            assert_eq!(app.look(STATUS).await, "approved");
            app.check().await;
        }
    }
    assert_eq!(app.look("select count(*) from credit_notes").await, "1", "one return, one paper");
}

#[tokio::test]
async fn a_declined_wish_changes_nothing_and_may_be_asked_again() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let order = sale.paid_order(&app, 1).await;
    let request = ask(&app, &order, Which::All).await;
    say(&app, &sale, request, Verdict::Reject).await.unwrap();
    assert_eq!(app.look(STATUS).await, "rejected");
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select count(*) from refunds").await, "0");
    app.until("select status from mails where kind = 'return_rejected'", "sent").await;
    let text = app.look("select text_body from mails where kind = 'return_rejected'").await;
    assert!(text.contains("お大事に"), "{text}");
    let second = ask(&app, &order, Which::All).await;
    say(&app, &sale, second, Verdict::Approve { waives_fee: true }).await.unwrap();
    app.until(STATUS, "completed").await;
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    app.check().await;
}

#[tokio::test]
async fn a_wish_for_a_free_ticket_is_completed_at_once() {
    let (app, sale) = on_sale_under(Preset::Approval, 0, 9).await;
    let order = sale.order(&app, 1).await;
    let request = ask(&app, &order, Which::All).await;
    say(&app, &sale, request, YES).await.unwrap();
    assert_eq!(app.look(STATUS).await, "completed");
    app.check().await;
}

#[tokio::test]
async fn an_organizer_who_cancels_what_was_asked_for_has_said_yes() {
    let (app, sale) = on_sale_under(Preset::Approval, 2000, 9).await;
    let order = sale.paid_order(&app, 2).await;
    ask(&app, &order, Which::All).await;
    let wish = CancelForParticipant {
        which: Which::All,
        waives_fee: false,
        reason: String::new(),
        idempotency_key: None,
    };
    cancel_for_participant(&app.deps, &sale.access(&app).await, order.order, wish).await.unwrap();
    assert_eq!(app.look(STATUS).await, "approved");
    app.until(STATUS, "completed").await;
    app.check().await;
}

/// The organizer decides while the wish is decided elsewhere: one verdict holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_verdicts_at_once_are_one() {
    let (app, sale) = on_sale_under(Preset::Approval, 2000, 90).await;
    for _ in 0..5 {
        let order = sale.paid_order(&app, 1).await;
        let request = ask(&app, &order, Which::All).await;
        let (yes, no) = tokio::join!(
            say(&app, &sale, request, YES),
            say(&app, &sale, request, Verdict::Reject)
        );
        assert_eq!([yes.is_ok(), no.is_ok()].into_iter().filter(|it| *it).count(), 1);
        let is_over = app.look(&status_of(&order)).await == "cancelled";
        assert_eq!(is_over, yes.is_ok());
    }
    app.run_jobs().await;
    app.check().await;
}

#[tokio::test]
async fn a_strangers_wish_does_not_exist_and_the_check_sees_a_broken_one() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let order = sale.paid_order(&app, 1).await;
    let request = ask(&app, &order, Which::All).await;
    let stranger = on_sale(&app, 1, 1).await;
    let refused = say(&app, &stranger, request, YES).await;
    assert!(matches!(refused, Err(CancelError::NotFound)), "{refused:?}");
    assert!(list(&app.deps, &stranger.access(&app).await, sale.event).await.is_err());
    say(&app, &sale, request, YES).await.unwrap();
    let broken = format!(
        "update return_requests set status = 'completed' where return_request_id = '{}'",
        request.uuid()
    );
    database::run(&app.database_url, &broken).await;
    let findings = operations::check::run(&app.deps).await.unwrap();
    assert!(findings.iter().any(|it| it.rule.contains("return request")), "{findings:?}");
}
