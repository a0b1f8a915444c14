//! Jobs: leased, retried, buried, revived; a worker that died loses nothing, and one that came late finishes nothing.

use domain::ids::Id;
use operations::actor::Actor;
use operations::clock::Clock;
use operations::jobs::{self, Ended, Job};
use operations::{PlacesGuard, fresh};
use testkit::app::TestApp;
use time::{Duration, OffsetDateTime};

async fn standing() -> TestApp {
    TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await
}

/// A job that cannot succeed: its payment does not exist.
async fn hopeless(app: &TestApp) {
    let mut conn = app.deps.db.acquire().await.unwrap();
    let job = Job::SyncPayment { payment: fresh::id() };
    jobs::enqueue(&mut conn, &job, app.deps.clock.now()).await.unwrap();
}

#[tokio::test]
async fn a_job_that_keeps_failing_is_buried_and_can_be_revived() {
    let app = standing().await;
    hopeless(&app).await;
    let attempts_max = Job::SyncPayment { payment: fresh::id() }.policy().attempts_max;
    for attempt in 1..=attempts_max {
        let leased = jobs::claim(&app.deps, 10).await.unwrap();
        let ended = jobs::work(&app.deps, &leased[0]).await.unwrap();
        assert_eq!(ended, if attempt < attempts_max { Ended::Retried } else { Ended::Dead });
        app.deps.clock.advance(Duration::hours(2));
    }
    assert!(jobs::claim(&app.deps, 10).await.unwrap().is_empty());
    let dead = jobs::list_dead(&app.deps).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].last_error.as_deref().is_some_and(|error| error.contains("not found")));
    assert!(jobs::revive(&app.deps, Actor::System, dead[0].id).await.unwrap());
    assert!(!jobs::revive(&app.deps, Actor::System, dead[0].id).await.unwrap());
    assert_eq!(jobs::claim(&app.deps, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_job_of_a_dead_worker_is_taken_over_and_the_dead_finishes_nothing() {
    let app = standing().await;
    hopeless(&app).await;
    let first = jobs::claim(&app.deps, 10).await.unwrap().remove(0);
    assert!(jobs::claim(&app.deps, 10).await.unwrap().is_empty(), "leased");
    app.deps.clock.advance(jobs::LEASE + Duration::seconds(1));
    let second = jobs::claim(&app.deps, 10).await.unwrap().remove(0);
    assert_eq!((first.id, second.attempts), (second.id, 2));
    let mut conn = app.deps.db.acquire().await.unwrap();
    assert!(
        !store::jobs::finish(&mut conn, &first).await.unwrap(),
        "the late worker holds nothing"
    );
    assert!(store::jobs::finish(&mut conn, &second).await.unwrap());
}

#[tokio::test]
async fn the_same_wish_waits_once_and_a_rolled_back_one_never() {
    let app = standing().await;
    let job = Job::SyncPayment { payment: fresh::id() };
    let now = app.deps.clock.now();
    let mut conn = app.deps.db.acquire().await.unwrap();
    for _ in 0..3 {
        jobs::enqueue(&mut conn, &job, now).await.unwrap();
    }
    assert_eq!(app.look("select count(*) from jobs").await, "1");
    let mut tx = app.deps.db.begin().await.unwrap();
    jobs::enqueue(&mut tx, &Job::SyncPayment { payment: fresh::id() }, now).await.unwrap();
    drop(tx);
    assert_eq!(app.look("select count(*) from jobs").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_workers_share_the_queue_without_taking_a_job_twice() {
    let app = standing().await;
    for _ in 0..300 {
        hopeless(&app).await;
    }
    let claims = (0..20).map(|_| jobs::claim(&app.deps, 30));
    let taken: Vec<_> = futures::future::join_all(claims)
        .await
        .into_iter()
        .flat_map(|claimed| claimed.unwrap())
        .map(|leased| leased.id.uuid())
        .collect();
    let distinct: std::collections::BTreeSet<_> = taken.iter().collect();
    assert_eq!(distinct.len(), taken.len());
    assert_eq!(taken.len(), 300);
}
