//! Places: the last one is sold once, and given back when its hold ends.

use domain::ids::Id;
use operations::clock::Clock;
use operations::orders::place::PlaceOrderError;
use operations::{PlacesGuard, jobs};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{self, on_sale, status_of};
use time::{Duration, OffsetDateTime};

const N_BUYERS: usize = 200;
const N_PLACES: i32 = 50;

/// Lets all buyers order at once; answers how many got a place.
async fn rush(app: &TestApp) -> usize {
    let sale = on_sale(app, 0, N_PLACES).await;
    let wishes = (0..N_BUYERS).map(|_| sale.try_order(app, 1));
    let answers = futures::future::join_all(wishes).await;
    for answer in &answers {
        let expected =
            matches!(answer, Ok(_) | Err(PlaceOrderError::SoldOut | PlaceOrderError::Busy));
        assert!(expected, "{answer:?}");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_buyers_share_fifty_places() {
    let app = TestApp::start().await;
    assert_eq!(rush(&app).await, 50);
    assert_eq!(app.look("select n_taken from quotas").await, "50");
    app.check().await;
}

/// The negative control: without the guard (and the constraint behind it) the same rush sells places twice, so the test
/// above does see the race.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_guard_the_same_rush_oversells() {
    let app = TestApp::start_with(PlacesGuard::OffForNegativeControl, Clock::System).await;
    database::run(&app.database_url, "alter table quotas drop constraint quotas_n_taken_check")
        .await;
    let n_sold = rush(&app).await;
    assert!(n_sold > 50, "only {n_sold} were sold");
    let findings = operations::check::run(&app.deps).await.unwrap();
    assert!(
        findings.iter().any(|it| it.rule.contains("quota")),
        "the check does not see it: {findings:?}"
    );
}

#[tokio::test]
async fn a_hold_ends_on_time_without_anyone_loading_a_page() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 1).await;
    let order = sale.order(&app, 1).await;
    assert!(matches!(sale.try_order(&app, 1).await, Err(PlaceOrderError::SoldOut)));
    app.deps.clock.advance(Duration::minutes(29));
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "pending");
    app.deps.clock.advance(Duration::minutes(2));
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "expired");
    app.check().await;
    sale.order(&app, 1).await;
}

#[tokio::test]
async fn a_cancelled_order_gives_its_places_back() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 1).await;
    let order = sale.order(&app, 1).await;
    let access = operations::access::buyer_access(&app.deps, &order.link_token).await.unwrap();
    operations::orders::cancel::cancel_by_buyer(&app.deps, &access).await.unwrap();
    operations::orders::cancel::cancel_by_buyer(&app.deps, &access).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    app.run_jobs().await;
    assert_eq!(app.look(&story::payment_of(&order, "status")).await, "cancelled");
    app.check().await;
    sale.order(&app, 1).await;
}

#[tokio::test]
async fn an_order_of_two_quotas_takes_both_or_none() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 0, 10).await;
    let (event, ticket_type) = (sale.event.uuid(), sale.ticket_type.uuid());
    database::run(
        &app.database_url,
        &format!(
            "insert into quotas (quota_id, event_id, is_event_wide, size) values (gen_random_uuid(), '{event}', true, 3);
             insert into ticket_type_quotas select '{ticket_type}', quota_id from quotas where is_event_wide;"
        ),
    )
    .await;
    assert!(matches!(sale.try_order(&app, 4).await, Err(PlaceOrderError::SoldOut)));
    assert_eq!(app.look("select sum(n_taken) from quotas").await, "0");
    sale.order(&app, 3).await;
    assert_eq!(app.look("select sum(n_taken) from quotas").await, "6");
    app.check().await;
}
