//! Screening under races and failures: one verdict counts, money of a denied order goes back once, and nobody waits for a
//! look that fails.

use domain::ids::Id as _;
use domain::payment::PaymentMethod;
use domain::screening::{Decision, Sensitivity, Verdict};
use futures::future::join_all;
use operations::PlacesGuard;
use operations::access::buyer_access;
use operations::clock::Clock;
use operations::orders::expire::expire_order;
use operations::orders::place::{PlacedOrder, place_order};
use operations::payments::start::start_payment;
use operations::screening::decide::DecideError;
use store::orders;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, status_of};
use time::{Duration, OffsetDateTime};

use super::{DISPOSABLE, from, held_back, say, set, wish};

/// What stands of an order's screening.
fn decision_of(order: &PlacedOrder) -> String {
    format!(
        "select decision from screenings where order_id = '{}' and decision <> 'pass'",
        order.order.uuid()
    )
}

#[tokio::test]
async fn of_a_yes_and_a_no_at_the_same_moment_one_counts() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 50).await;
    for round in 0..8 {
        let order = held_back(&app, &sale).await;
        let said = join_all(Verdict::ALL.map(|verdict| say(&app, &sale, &order, verdict))).await;
        let n_done = said.iter().filter(|it| it.is_ok()).count();
        assert_eq!(n_done, 1, "round {round}: {said:?}");
        let approved = said[0].is_ok();
        let status = app.look(&status_of(&order)).await;
        assert_eq!(status, if approved { "pending" } else { "cancelled" });
        let decision = app.look(&decision_of(&order)).await;
        assert_eq!(decision, if approved { "approved" } else { "denied" });
    }
    app.check().await;
}

/// The negative control: who looks first and writes later, without the order's lock and the condition on what stands,
/// says yes and no to the same order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_lock_a_yes_and_a_no_both_count() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let order = held_back(&app, &sale).await;
    database::run(&app.database_url, "create table said (decision text)").await;
    let naive = |decision: &str| {
        format!(
            "do $$ declare standing text; begin
                 select decision into standing from screenings where order_id = '{0}';
                 perform pg_sleep(0.3);
                 if standing = 'review' then
                     update screenings set decision = '{decision}', decided_at = now() where order_id = '{0}';
                     insert into said values ('{decision}');
                 end if;
             end $$",
            order.order.uuid()
        )
    };
    let (yes, no) = (naive("approved"), naive("denied"));
    tokio::join!(database::run(&app.database_url, &yes), database::run(&app.database_url, &no));
    assert_eq!(app.look("select count(*) from said").await, "2");
}

/// A page that was opened before is open still at the provider when the order is held back.
async fn held_back_with_an_open_page(app: &TestApp, sale: &Sale) -> (PlacedOrder, String) {
    set(app, sale, Sensitivity::Normal, 500, 800).await;
    let order = place_order(&app.deps, wish(sale, DISPOSABLE, from("203.0.113.7"))).await.unwrap();
    let page = pay_url(&order);
    set(app, sale, Sensitivity::Strict, 300, 900).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let other = start_payment(&app.deps, &access, Some(PaymentMethod::PayPay)).await.unwrap();
    assert_eq!(other.hosted_url, None);
    assert_eq!(app.look(&decision_of(&order)).await, "review");
    let back = start_payment(&app.deps, &access, None).await.unwrap();
    assert_eq!(back.hosted_url, None, "no way back to the older page");
    (order, page)
}

/// What went back, how often.
fn given_back(order: &PlacedOrder) -> String {
    format!(
        "select count(*) || ' ' || coalesce(sum(amount_minor), 0) from refunds
         where order_id = '{}' and status = 'succeeded'",
        order.order.uuid()
    )
}

#[tokio::test]
async fn money_that_comes_by_an_older_page_after_a_no_goes_back_once() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let (order, page) = held_back_with_an_open_page(&app, &sale).await;
    say(&app, &sale, &order, Verdict::Deny).await.unwrap();
    app.pay_by_card(&page).await;
    app.until(&given_back(&order), "1 3000").await;
    app.run_jobs().await;
    assert_eq!(app.look(&given_back(&order)).await, "1 3000");
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "0");
    app.check().await;
}

/// The negative control: where nothing stands about the order, the same money is welcome, since places are free.
#[tokio::test]
async fn without_what_was_decided_the_same_money_would_be_taken() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let (order, page) = held_back_with_an_open_page(&app, &sale).await;
    say(&app, &sale, &order, Verdict::Deny).await.unwrap();
    database::run(&app.database_url, "delete from screenings where decision = 'denied'").await;
    app.pay_by_card(&page).await;
    app.until(&status_of(&order), "paid").await;
}

/// Whoever comes first: the money pays and there is nothing to decide, or it goes back once.
#[tokio::test]
async fn of_a_no_and_money_at_the_same_moment_nothing_is_kept_of_a_denied_order() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 50).await;
    for round in 0..6 {
        let (order, page) = held_back_with_an_open_page(&app, &sale).await;
        let paying = async {
            app.pay_by_card(&page).await;
            app.run_jobs().await;
        };
        let (said, ()) = tokio::join!(say(&app, &sale, &order, Verdict::Deny), paying);
        match said {
            Ok(()) => {
                app.until(&given_back(&order), "1 3000").await;
                assert_eq!(app.look(&status_of(&order)).await, "cancelled", "round {round}");
            }
            Err(DecideError::Over) => {
                assert_eq!(app.look(&status_of(&order)).await, "paid", "round {round}");
                assert_eq!(app.look(&given_back(&order)).await, "0 0");
            }
            Err(other) => panic!("round {round}: {other:?}"),
        }
    }
    app.run_jobs().await;
    app.check().await;
}

/// Nobody said yes in time: what comes later by an older page goes back too.
#[tokio::test]
async fn money_for_an_order_whose_look_ended_without_an_answer_goes_back() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 10).await;
    let (order, page) = held_back_with_an_open_page(&app, &sale).await;
    app.deps.clock.advance(Duration::hours(25));
    expire_order(&app.deps, order.order).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    app.pay_by_card(&page).await;
    app.until(&given_back(&order), "1 3000").await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
}

/// A minute before its places are free somebody says yes; a minute later the sweeper comes. Both wait for the order.
async fn a_yes_and_the_end_of_the_hold(is_yes_first: bool) -> (TestApp, PlacedOrder, bool) {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = held_back(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(24 * 60 - 1));
    let pause = || tokio::time::sleep(std::time::Duration::from_millis(500));
    let mut holder = app.deps.db.begin().await.unwrap();
    orders::lock(&mut holder, order.order).await.unwrap();
    let yes = async {
        if !is_yes_first {
            // Its moment is the one before; only the lock comes later.
            app.deps.clock.advance(Duration::minutes(-2));
        }
        say(&app, &sale, &order, Verdict::Approve).await
    };
    let sweeping = async { expire_order(&app.deps, order.order).await.unwrap() };
    let letting_go = async {
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        drop(holder);
    };
    let said = if is_yes_first {
        let later = async {
            pause().await;
            app.deps.clock.advance(Duration::minutes(2));
            sweeping.await;
        };
        tokio::join!(yes, later, letting_go).0
    } else {
        app.deps.clock.advance(Duration::minutes(2));
        let later = async {
            pause().await;
            yes.await
        };
        tokio::join!(later, sweeping, letting_go).0
    };
    let is_done = match said {
        Ok(()) => true,
        Err(DecideError::Over) => false,
        Err(other) => panic!("{other:?}"),
    };
    (app, order, is_done)
}

#[tokio::test]
async fn of_a_yes_and_the_end_of_the_hold_the_first_counts() {
    let (app, order, is_done) = Box::pin(a_yes_and_the_end_of_the_hold(true)).await;
    assert!(is_done);
    assert_eq!(app.look(&status_of(&order)).await, "pending", "kept another day");
    assert_eq!(app.look(&decision_of(&order)).await, "approved");
    assert_eq!(app.look("select n_taken from quotas").await, "1");
    app.check().await;

    let (app, order, is_done) = Box::pin(a_yes_and_the_end_of_the_hold(false)).await;
    assert!(!is_done, "there is nothing to say yes to");
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    assert_eq!(app.look(&decision_of(&order)).await, "review");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    assert_eq!(app.look("select count(*) from mails where kind = 'payment_cleared'").await, "0");
    app.check().await;
}

/// The negative control: who looks whether the time is over before holding the order ends one that was let through.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_lock_an_order_ends_that_was_let_through() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 5).await;
    let order = held_back(&app, &sale).await;
    // Its time is over in the naive sweeper's eyes, and not in those of who says yes.
    let naive = format!(
        "do $$ declare is_over boolean; begin
             select hold_expires_at < now() + interval '25 hours' into is_over from orders where order_id = '{0}';
             perform pg_sleep(0.7);
             if is_over then
                 update orders set status = 'expired', ended_at = now() where order_id = '{0}';
             end if;
         end $$",
        order.order.uuid()
    );
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        say(&app, &sale, &order, Verdict::Approve).await
    };
    let ((), said) = tokio::join!(database::run(&app.database_url, &naive), later);
    said.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    assert_eq!(app.look(&decision_of(&order)).await, "approved");
}

/// The audit log's lines about orders that could not be screened.
const SKIPPED: &str = "select count(*) from audit_entries where action = 'screening.skipped'";

#[tokio::test]
async fn a_look_that_fails_holds_nobody_back_and_leaves_a_line() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    set(&app, &sale, Sensitivity::Strict, 300, 900).await;
    let wish = || wish(&sale, DISPOSABLE, from("203.0.113.7"));
    let before = place_order(&app.deps, wish()).await.unwrap();
    assert_eq!(before.held_back, Some(Decision::Review), "where the look works");
    database::run(&app.database_url, "alter table screening_counts rename to elsewhere").await;
    let placed = place_order(&app.deps, wish()).await.unwrap();
    assert!(placed.held_back.is_none() && placed.pay_url.is_some());
    assert_eq!(app.look(SKIPPED).await, "1");
    assert_eq!(app.look("select count(*) from screenings").await, "1", "no score without a look");
    // What stands is no look: who was held back is so still.
    let access = buyer_access(&app.deps, &before.link_token).await.unwrap();
    assert_eq!(start_payment(&app.deps, &access, None).await.unwrap().hosted_url, None);
    app.pay_by_card(&pay_url(&placed)).await;
    app.until(&status_of(&placed), "paid").await;
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_look_that_takes_long_is_not_waited_for() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    set(&app, &sale, Sensitivity::Strict, 300, 900).await;
    let busy =
        "begin; lock table screening_counts in access exclusive mode; select pg_sleep(4.5); commit";
    let buying = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let since = std::time::Instant::now();
        let whereabouts = from("203.0.113.7");
        let placed = place_order(&app.deps, wish(&sale, DISPOSABLE, whereabouts)).await.unwrap();
        (placed, since.elapsed())
    };
    let ((), (placed, took)) = tokio::join!(database::run(&app.database_url, busy), buying);
    assert!(placed.pay_url.is_some());
    assert!(took < std::time::Duration::from_millis(3900), "{took:?}");
    assert_eq!(app.look(SKIPPED).await, "1");
}
