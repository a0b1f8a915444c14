//! The sweeper is fair: in a long outage everybody is asked about in turn, and nobody is asked about without pause.

use operations::clock::Clock;
use operations::{PlacesGuard, jobs};
use testkit::app::TestApp;
use testkit::story::on_sale;
use time::{Duration, OffsetDateTime};

const ASKED: &str = "select count(*) from jobs where kind = 'sync_payment'";

/// An event with `n` open payments, one a second, all older than the time after which the provider is asked.
async fn crowd(n: u32) -> TestApp {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 5500, 10).await;
    sale.order(&app, 1).await;
    let copies = format!(
        "insert into payments (payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status, methods,
                               amount_minor, currency, created_at, updated_at)
         select gen_random_uuid(), order_id, organizer_id, event_id, 1 + n, provider, 'copy-' || n, 'pending', methods,
                amount_minor, currency, created_at + n * interval '10 milliseconds', updated_at
         from payments, generate_series(1, {n}) n;
         delete from jobs"
    );
    testkit::database::run(&app.database_url, &copies).await;
    app.deps.clock.advance(Duration::minutes(2));
    app
}

#[tokio::test]
async fn a_crowd_without_answers_keeps_nobody_waiting() {
    let app = crowd(1200).await;
    let mut n_asked = Vec::new();
    for _ in 0..4 {
        jobs::sweep(&app.deps).await.unwrap();
        n_asked.push(app.look(ASKED).await);
        app.deps.clock.advance(Duration::seconds(20));
    }
    // Five hundred a sweep, everybody once, the oldest first; nobody twice while others wait.
    assert_eq!(n_asked, ["500", "1000", "1201", "1201"]);
    let in_turn = "select bool_and(asked_at >= before) from (
        select asked_at, max(asked_at) over (order by coalesce(synced_at, created_at) rows between unbounded preceding and 1 preceding) as before
        from payments join open_payments using (payment_id)) p where before is not null";
    assert_eq!(app.look(in_turn).await, "true");
}

#[tokio::test]
async fn the_pause_grows_while_no_answer_comes_and_ends_with_one() {
    let app = crowd(0).await;
    let mut asked_after = Vec::new();
    let begin = app.deps.clock.now();
    for _ in 0..(6 * 60) {
        jobs::sweep(&app.deps).await.unwrap();
        if app.look(ASKED).await == "1" {
            asked_after.push((app.deps.clock.now() - begin).whole_minutes());
            // Nobody answers.
            testkit::database::run(&app.database_url, "delete from jobs").await;
        }
        app.deps.clock.advance(Duration::MINUTE);
    }
    let pauses: Vec<_> = asked_after.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert_eq!(pauses.first(), Some(&2));
    // Half an hour, or what the payment's own age asks for if that is longer.
    assert!(pauses.last().is_some_and(|last| (30..=32).contains(last)), "{pauses:?}");
    let answer = format!("update payments set synced_at = '{}'", app.deps.clock.now());
    testkit::database::run(&app.database_url, &answer).await;
    app.deps.clock.advance(Duration::hours(3) + Duration::MINUTE);
    jobs::sweep(&app.deps).await.unwrap();
    assert_eq!(app.look(ASKED).await, "1");
}
