//! Works jobs off: claims, runs side by side, and waits for news of more; and keeps the schedule of what recurs.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use operations::Deps;
use operations::jobs::{self, Ended};
use store::jobs::{CHANNEL, LeasedJob};
use store::outbox::{self, LIVE_CHANNEL, Moment};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::middleware::last_resort::panic_text;
use crate::routes::live::LiveHub;

/// Without news the queue is looked at this often: news can be missed.
const POLLED_EVERY: Duration = Duration::from_secs(1);
/// Commits within this time are announced together.
const ANNOUNCED_EVERY: Duration = Duration::from_millis(20);
/// Between two rounds of what recurs.
const SCHEDULED_EVERY: Duration = Duration::from_secs(20);
/// A browser that was not seen for so long is a new one.
const DEVICES_KEPT: time::Duration = time::Duration::days(400);
/// An idempotency key is honoured for so long.
const KEYS_KEPT: time::Duration = time::Duration::days(7);
/// Ended login links are kept so long, so that a late click is told what happened.
const LINKS_KEPT: time::Duration = time::Duration::days(7);
/// After a failure of the database.
const BREATHER: Duration = Duration::from_secs(1);
/// How long running jobs may take to end when the server stops; what is left is taken up after its lease.
const FAREWELL: Duration = Duration::from_secs(10);

/// Claims and runs jobs until `stop`, at most `n_workers` at a time.
pub async fn work(deps: Deps, n_workers: usize, news: Arc<Notify>, stop: CancellationToken) {
    let mut running = JoinSet::new();
    // Removed with the next claim.
    let mut done = Vec::new();
    let mut polled = tokio::time::interval(POLLED_EVERY);
    polled.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        while let Some(ended) = running.try_join_next() {
            done.extend(ended.ok().flatten());
        }
        let n_free = n_workers.saturating_sub(running.len());
        let claimed = exchange(&deps, &mut done, n_free).await;
        let is_more_likely = n_free > 0 && claimed.len() == n_free;
        for job in claimed {
            running.spawn(run(deps.clone(), job));
        }
        if is_more_likely && running.len() < n_workers {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = news.notified(), if running.len() < n_workers => {}
            _ = polled.tick(), if running.len() < n_workers => {}
            Some(ended) = running.join_next() => done.extend(ended.ok().flatten()),
        }
    }
    let farewell = async {
        while let Some(ended) = running.join_next().await {
            done.extend(ended.ok().flatten());
        }
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("stopped with jobs under way; they are taken up when their leases end");
    }
    exchange(&deps, &mut done, 0).await;
}

/// Claims as many jobs as are free to be worked on, and hands in what is done. What cannot be handed in is kept for
/// the next time.
async fn exchange(deps: &Deps, done: &mut Vec<LeasedJob>, n_free: usize) -> Vec<LeasedJob> {
    let limit = i64::try_from(n_free).unwrap_or(i64::MAX);
    if limit == 0 && done.is_empty() {
        return Vec::new();
    }
    match jobs::exchange(deps, done, limit).await {
        Ok(claimed) => {
            done.clear();
            claimed
        }
        Err(error) => {
            tracing::warn!("jobs could not be claimed: {error:#}");
            tokio::time::sleep(BREATHER).await;
            Vec::new()
        }
    }
}

/// Runs one job and gives it back when it is done; a panic is a failed attempt like any other.
async fn run(deps: Deps, job: LeasedJob) -> Option<LeasedJob> {
    let kind = job.kind.clone();
    let since = Instant::now();
    let outcome = AssertUnwindSafe(jobs::attempt(&deps, &job)).catch_unwind().await;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(panic) => {
            let text = panic_text(&*panic);
            tracing::error!(job.id = %job.id, job.kind = kind, panic = text, "a job panicked");
            jobs::give_back(&deps, &job, &format!("panicked: {text}")).await
        }
    };
    let word = match &outcome {
        Ok(Ended::Done) => "done",
        Ok(Ended::Retried) => "retried",
        Ok(Ended::Dead) => "dead",
        Err(_) => "unknown",
    };
    metrics::counter!("jobs_total", "kind" => kind.clone(), "outcome" => word).increment(1);
    metrics::histogram!("job_duration_seconds", "kind" => kind)
        .record(since.elapsed().as_secs_f64());
    match outcome {
        Ok(Ended::Done) => Some(job),
        Ok(Ended::Retried | Ended::Dead) => None,
        Err(error) => {
            // What the job itself met is noted on its row; this is about writing that down.
            tracing::warn!(job.id = %job.id, "a job's outcome could not be written: {error:#}");
            None
        }
    }
}

/// Starts what recurs, until `stop`. Several processes may do this: the same wish twice is one wish.
pub async fn keep_schedule(deps: Deps, stop: CancellationToken) {
    let mut rounds = tokio::time::interval(SCHEDULED_EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        if let Err(error) = round(&deps).await {
            tracing::warn!("what recurs could not be scheduled: {error:#}");
        }
    }
}

async fn round(deps: &Deps) -> anyhow::Result<()> {
    jobs::sweep(deps).await?;
    operations::recurring::schedule(deps).await?;
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    store::web_sessions::delete_expired(&mut conn, now).await?;
    store::login_links::remove_ended(&mut conn, now - LINKS_KEPT).await?;
    store::idempotency::delete_old(&mut conn, now - KEYS_KEPT).await?;
    store::known_devices::forget_unseen(&mut conn, now - DEVICES_KEPT).await?;
    drop(conn);
    operations::screening::forget_counts(deps).await?;
    Ok(())
}

/// Announces what this process commits, to itself at once and to every process a moment later, until `stop`.
pub async fn announce(deps: Deps, news: Arc<Notify>, stop: CancellationToken) {
    let mut told = None;
    loop {
        // Before the first commit it waits for; after a failure there is a moment to go on from.
        if told.is_none() {
            told = moment(&deps).await.ok();
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = deps.db.committed() => {}
        }
        news.notify_one();
        // A crowd of commits is one announcement.
        tokio::time::sleep(ANNOUNCED_EVERY).await;
        let Some(since) = &told else { continue };
        match tell(&deps, since).await {
            Ok(moment) => told = Some(moment),
            Err(error) => {
                tracing::warn!(
                    "a change could not be announced; it is told with the next one: {error:#}"
                );
            }
        }
    }
}

async fn moment(deps: &Deps) -> anyhow::Result<Moment> {
    Ok(outbox::find_moment(&mut *deps.db.acquire().await?).await?)
}

async fn tell(deps: &Deps, since: &Moment) -> anyhow::Result<Moment> {
    Ok(outbox::announce(&mut *deps.db.acquire().await?, since).await?)
}

/// Passes the database's announcements on, to workers and to live pages, until `stop`.
pub async fn hear(deps: Deps, news: Arc<Notify>, live: LiveHub, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            error = listen(&deps, &news, &live) => {
                tracing::warn!("the database's announcements are interrupted: {error:#}");
            }
        }
        // Until it is heard again, pages look by themselves now and then.
        live.announce(None);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(BREATHER) => {}
        }
    }
}

async fn listen(deps: &Deps, news: &Notify, live: &LiveHub) -> anyhow::Error {
    let mut listener = match deps.db.listen(&[CHANNEL, LIVE_CHANNEL]).await {
        Ok(listener) => listener,
        Err(error) => return error.into(),
    };
    loop {
        match listener.next().await {
            Ok(Some(notice)) if notice.channel == CHANNEL => news.notify_one(),
            Ok(Some(notice)) => {
                if let Ok(event) = notice.payload.parse() {
                    live.announce(Some(event));
                }
            }
            Ok(None) => {
                news.notify_one();
                live.announce(None);
            }
            Err(error) => return error.into(),
        }
    }
}
