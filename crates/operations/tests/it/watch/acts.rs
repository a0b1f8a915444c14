//! What people do about alerts: it helps, it is written down, and it is refused to everybody else.

use super::*;
use domain::alert::AlertAction;
use operations::access::{administrator_access, member_access};
use operations::alerts::AlertAccess;
use operations::alerts::act::{ActError, Acted, act};
use operations::alerts::list::{AlertState, list, list_of_organizers};
use operations::jobs::sweep;

async fn owner(app: &TestApp, sale: &Sale) -> AlertAccess {
    AlertAccess::Organizer(member_access(&app.deps, sale.user, sale.organizer).await.unwrap())
}

async fn administrator(app: &TestApp, sale: &Sale) -> AlertAccess {
    let user = sale.user.uuid();
    break_it(app, &format!("update users set is_administrator = true where user_id = '{user}'"))
        .await;
    AlertAccess::Platform(administrator_access(&app.deps, sale.user).await.unwrap())
}

const ACTIONS: &str = "select coalesce(string_agg(action || ' ' || actor_kind, ', ' order by audit_entry_id), '') from audit_entries
    where action in ('alert.asked', 'alert.repaired', 'alert.accepted')";

#[tokio::test]
async fn asking_the_provider_again_records_the_money_and_closes_the_alert() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = untold(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    let (access, alert) = (owner(&app, &sale).await, the_alert(&app).await);
    app.behave(json!({ "api_fail_percent": 100 })).await;
    assert_eq!(
        act(&app.deps, &access, alert, AlertAction::Ask, "").await.unwrap(),
        Acted::NoAnswer
    );
    assert_eq!(app.look(OPEN).await, "payment.missing_here");
    app.behave(json!({})).await;
    let acted = act(&app.deps, &access, alert, AlertAction::Ask, "").await.unwrap();
    assert_eq!(acted, Acted::Closed);
    assert_eq!(act(&app.deps, &access, alert, AlertAction::Ask, "").await.unwrap(), Acted::Closed);
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look(OPEN).await, "");
    assert_eq!(app.look(ACTIONS).await, "alert.asked user, alert.asked user");
    app.check().await;
}

#[tokio::test]
async fn what_the_provider_confirms_stays_open_and_can_be_accepted_with_a_note() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    pretend_paid(&app, &sale, &order).await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    let (access, alert) = (owner(&app, &sale).await, the_alert(&app).await);
    assert_eq!(act(&app.deps, &access, alert, AlertAction::Ask, "").await.unwrap(), Acted::StillSo);
    let hostile = act(&app.deps, &access, alert, AlertAction::Accept, "a\u{0}b").await;
    assert!(matches!(hostile, Err(ActError::MalformedNote)));
    let note = "窓口で現金を受け取り済み";
    assert_eq!(
        act(&app.deps, &access, alert, AlertAction::Accept, note).await.unwrap(),
        Acted::Closed
    );
    assert_eq!(
        act(&app.deps, &access, alert, AlertAction::Accept, "again").await.unwrap(),
        Acted::Closed
    );
    assert_eq!(app.look("select note from alerts").await, note);
    assert_eq!(app.look(ACTIONS).await, "alert.asked user, alert.accepted user");
    app.deps.clock.advance(Duration::minutes(30));
    round(&app).await;
    assert_eq!(
        app.look("select count(*) from alerts where rule = 'payment.missing_there'").await,
        "1",
        "accepted is accepted"
    );
    let closed = list(&app.deps, &access, AlertState::Closed, None).await.unwrap();
    assert_eq!(closed.alerts.len(), 1);
    assert_eq!(closed.alerts[0].note, note);
    assert_eq!(closed.alerts[0].buyer_name.as_deref(), Some("佐藤 健"));
}

#[tokio::test]
async fn an_accepted_quota_is_told_again_when_it_gets_worse() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    sale.paid_order(&app, 2).await;
    break_it(&app, "update quotas set n_taken = 5").await;
    round(&app).await;
    let access = owner(&app, &sale).await;
    act(&app.deps, &access, the_alert(&app).await, AlertAction::Accept, "").await.unwrap();
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    break_it(&app, "update quotas set n_taken = 6").await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "quota.differs");
}

#[tokio::test]
async fn repairing_counts_places_again_frees_holds_and_sends_what_waits() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let access = owner(&app, &sale).await;
    sale.paid_order(&app, 2).await;
    break_it(&app, "update quotas set n_taken = 5").await;
    round(&app).await;
    let acted = act(&app.deps, &access, the_alert(&app).await, AlertAction::Repair, "").await;
    assert_eq!(acted.unwrap(), Acted::Closed);
    assert_eq!(app.look("select n_taken from quotas").await, "2");
    // An order that ended and kept its places.
    let order = sale.order(&app, 1).await;
    let id = order.order.uuid();
    break_it(
        &app,
        &format!("update orders set status = 'expired', ended_at = now() where order_id = '{id}'"),
    )
    .await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    let acted = act(&app.deps, &access, the_alert(&app).await, AlertAction::Repair, "").await;
    assert_eq!(acted.unwrap(), Acted::Closed);
    assert_eq!(app.look("select n_taken from quotas").await, "2");
    app.run_jobs().await;
    app.check().await;
    // A hold whose time is over.
    let order = sale.order(&app, 1).await;
    app.run_jobs().await;
    app.deps.clock.advance(Duration::minutes(36));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "hold.not_released");
    let acted = act(&app.deps, &access, the_alert(&app).await, AlertAction::Repair, "").await;
    assert_eq!(acted.unwrap(), Acted::Closed);
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    // Mails that wait.
    app.run_jobs().await;
    sale.order(&app, 1).await;
    app.deps.clock.advance(Duration::minutes(3));
    sweep(&app.deps).await.unwrap();
    break_it(&app, "update jobs set run_at = now() + interval '1 day' where kind = 'send_mail'")
        .await;
    app.deps.clock.advance(Duration::minutes(16));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "mail.stuck");
    let acted = act(&app.deps, &access, the_alert(&app).await, AlertAction::Repair, "").await;
    assert_eq!(acted.unwrap(), Acted::UnderWay);
    app.run_jobs().await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
    app.check().await;
}

#[tokio::test]
async fn an_administrator_revives_a_dead_job() {
    let app = standing().await;
    let sale = on_sale(&app, 0, 10).await;
    sale.order(&app, 1).await;
    break_it(&app, "update jobs set dead_at = now()").await;
    round(&app).await;
    let access = administrator(&app, &sale).await;
    let alert = the_alert(&app).await;
    assert_eq!(
        act(&app.deps, &access, alert, AlertAction::Repair, "").await.unwrap(),
        Acted::Closed
    );
    assert_eq!(app.look("select count(*) from jobs where dead_at is not null").await, "0");
    assert_eq!(list(&app.deps, &access, AlertState::Closed, None).await.unwrap().alerts.len(), 1);
}

#[tokio::test]
async fn others_see_and_change_nothing() {
    let app = standing().await;
    let (sale, other) = (on_sale(&app, 5500, 10).await, on_sale(&app, 5500, 10).await);
    untold(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    let alert = the_alert(&app).await;
    let stranger = owner(&app, &other).await;
    let platform = administrator(&app, &other).await;
    for access in [stranger, platform] {
        for action in AlertAction::ALL {
            let answer = act(&app.deps, &access, alert, *action, "mine").await;
            assert!(matches!(answer, Err(ActError::NotFound)), "{action}: {answer:?}");
        }
        assert_eq!(list(&app.deps, &access, AlertState::Open, None).await.unwrap().alerts.len(), 0);
    }
    assert!(matches!(
        administrator_access(&app.deps, sale.user).await,
        Err(operations::access::AccessError::NotAllowed)
    ));
    let own = owner(&app, &sale).await;
    let answer = act(&app.deps, &own, alert, AlertAction::Repair, "").await;
    assert!(matches!(answer, Err(ActError::NotFitting)), "{answer:?}");
    // A platform's alert is not there for an organizer.
    break_it(&app, "update alerts set organizer_id = null").await;
    let answer = act(&app.deps, &own, alert, AlertAction::Accept, "").await;
    assert!(matches!(answer, Err(ActError::NotFound)));
    assert_eq!(app.look(ACTIONS).await, "");
}

/// No machine transfers from the organizer's own account.
#[tokio::test]
async fn a_refund_that_waits_for_the_organizer_is_not_said_to_be_under_way() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.paid_order(&app, 1).await;
    let waits = format!(
        "insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source, way,
                              waits_for, waits_since, created_at, updated_at)
         select gen_random_uuid(), payment_id, order_id, organizer_id, 500, 'JPY', 'requested', 'organizer', 'account',
                'organizer', now(), now(), now() from payments where order_id = '{}'",
        order.order.uuid()
    );
    break_it(&app, &waits).await;
    app.deps.clock.advance(Duration::hours(25));
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "refund.stuck");
    let (access, alert) = (owner(&app, &sale).await, the_alert(&app).await);
    let acted = act(&app.deps, &access, alert, AlertAction::Repair, "").await.unwrap();
    assert_eq!(acted, Acted::WaitsForOrganizer);
    assert_eq!(app.look("select count(*) from jobs where kind = 'send_refund'").await, "0");
}

#[tokio::test]
async fn staff_sees_the_alerts_of_organizers_and_whose_they_are_but_nobodys_name() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    untold(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    let own = list(&app.deps, &owner(&app, &sale).await, AlertState::Open, None).await.unwrap();
    assert!(own.alerts[0].buyer_name.is_some());
    let access = administrator(&app, &sale).await;
    let platform = list(&app.deps, &access, AlertState::Open, None).await.unwrap();
    assert!(platform.alerts.is_empty(), "it is no alert of the platform's");
    let AlertAccess::Platform(access) = access else { panic!("{access:?}") };
    let read = |state| list_of_organizers(&app.deps, &access, state, None);
    let [alert] = read(AlertState::Open).await.unwrap().alerts.try_into().unwrap();
    assert_eq!(alert.organizer.map(|it| it.0), Some(sale.organizer));
    assert_eq!(alert.buyer_name, None);
    assert!(read(AlertState::Closed).await.unwrap().alerts.is_empty());
}
