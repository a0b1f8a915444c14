//! Sends outgoing webhooks: reads the outbox, leases what is due, posts side by side. Apart from the jobs, so that a
//! receiver that takes its time takes it from nobody.

use std::time::Duration;

use operations::Deps;
use operations::webhook_deliveries::fan_out;
use operations::webhook_deliveries::send::{LeasedDelivery, claim, deliver};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// Between two looks at the outbox and at what is due.
const LOOKED_EVERY: Duration = Duration::from_millis(500);
/// Posts under way at once, in this process.
const POSTS_MAX: usize = 64;
/// Between two rounds of tidying up.
const TIDIED_EVERY: Duration = Duration::from_secs(600);
/// How long posts under way may take to end when the server stops; what is left is sent again after its lease.
const FAREWELL: Duration = Duration::from_secs(10);

/// Sends until `stop`. Several processes may.
pub async fn send(deps: Deps, stop: CancellationToken) {
    let mut running = JoinSet::new();
    let mut looks = tokio::time::interval(LOOKED_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tidied: Option<Instant> = None;
    while !stop.is_cancelled() {
        while running.try_join_next().is_some() {}
        for leased in look(&deps, POSTS_MAX.saturating_sub(running.len())).await {
            running.spawn(post(deps.clone(), leased));
        }
        if tidied.is_none_or(|at| at.elapsed() >= TIDIED_EVERY) {
            tidied = Some(Instant::now());
            if let Err(error) = fan_out::tidy_up(&deps).await {
                tracing::warn!("old deliveries could not be removed: {error:#}");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = looks.tick() => {}
        }
    }
    let farewell = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!(
            "stopped with webhooks under way; they are sent again when their leases end"
        );
    }
}

async fn look(deps: &Deps, n_free: usize) -> Vec<LeasedDelivery> {
    if let Err(error) = fan_out::fan_out(deps).await {
        tracing::warn!("the outbox could not be read for webhooks: {error:#}");
    }
    let limit = i64::try_from(n_free).unwrap_or(i64::MAX);
    if limit == 0 {
        return Vec::new();
    }
    claim(deps, limit).await.unwrap_or_else(|error| {
        tracing::warn!("webhooks could not be claimed: {error:#}");
        Vec::new()
    })
}

async fn post(deps: Deps, leased: LeasedDelivery) {
    if let Err(error) = deliver(&deps, &leased).await {
        tracing::error!(webhook.delivery = %leased.id, "a webhook could not be sent: {error:#}");
    }
}
