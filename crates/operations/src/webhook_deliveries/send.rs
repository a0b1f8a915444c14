//! Sends deliveries: leased, posted without any transaction, and written down; a receiver that fails for days is
//! switched off with a notice.

use anyhow::Context as _;
use domain::webhook_endpoint::{AttemptOutcome, GIVEN_UP_AFTER, pause_after};
use providers::webhook_sender::signature::sign;
use providers::webhook_sender::{Posted, SignedMessage};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
pub use store::webhook_deliveries::LeasedDelivery;
use store::webhook_deliveries::{self, Attempt, DeliveryMatter, Next};
use store::webhook_endpoints::{self, SealedSecrets, WebhookEndpoint};
use time::{Duration, OffsetDateTime};

use crate::actor::Actor;
use crate::mails::enqueue::enqueue_webhook_disabled;
use crate::webhook_deliveries::envelope::envelope;
use crate::webhook_endpoints::open;
use crate::{Deps, trail};

/// How long a sender may hold a delivery: longer than any call.
pub const LEASE: Duration = Duration::seconds(30);
/// Deliveries under way to one receiver at once, while it is well.
const AT_ONCE: i64 = 4;
/// While it fails: one that looks whether it is back.
const AT_ONCE_WHILE_FAILING: i64 = 1;
/// The status by which a receiver says that it is no more and wants nothing again.
const GONE: u16 = 410;

/// Leases up to `limit` deliveries that are due. Well receivers come first, and failing ones take at most half of the
/// places, so that nobody's outage is everybody's.
///
/// # Errors
/// When the database fails.
pub async fn claim(deps: &Deps, limit: i64) -> Result<Vec<LeasedDelivery>, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let due = webhook_deliveries::lock_due_endpoints(&mut tx, now, limit).await?;
    let mut leased = Vec::new();
    let mut n_failing: i64 = 0;
    for (endpoint, is_well) in due {
        let n_leased = i64::try_from(leased.len()).unwrap_or(i64::MAX);
        let n_free = limit.saturating_sub(n_leased);
        if n_free <= 0 {
            break;
        }
        let at_once = if is_well { AT_ONCE } else { AT_ONCE_WHILE_FAILING };
        if !is_well && n_failing >= (limit / 2).max(1) {
            break;
        }
        let more =
            webhook_deliveries::lease(&mut tx, endpoint, at_once, n_free, (now, LEASE)).await?;
        if !is_well {
            n_failing = n_failing.saturating_add(1);
        }
        leased.extend(more);
    }
    tx.commit().await?;
    Ok(leased)
}

/// Makes one attempt and writes down how it went. After a death half-way the lease ends and the same message, with the
/// same id, is sent again.
///
/// # Errors
/// When the database fails.
pub async fn deliver(deps: &Deps, leased: &LeasedDelivery) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let Some(matter) = webhook_deliveries::find_matter(&mut conn, leased.id).await? else {
        return Ok(());
    };
    let sealed = webhook_endpoints::get_secrets(&mut conn, leased.endpoint, now).await?;
    drop(conn);
    let posted = match signed(deps, leased, &matter, &sealed) {
        Ok(message) => deps.webhook_sender.post(&matter.url, &message).await,
        Err(error) => {
            tracing::error!(webhook.endpoint = %leased.endpoint, "a webhook could not be signed: {error:#}");
            Posted::without_answer(AttemptOutcome::Unsigned)
        }
    };
    record(deps, leased, &posted).await
}

fn signed(
    deps: &Deps,
    leased: &LeasedDelivery,
    matter: &DeliveryMatter,
    sealed: &SealedSecrets,
) -> anyhow::Result<SignedMessage> {
    let secrets: anyhow::Result<Vec<_>> = std::iter::once(&sealed.present)
        .chain(&sealed.old)
        .map(|sealed| open(&deps.settings, leased.endpoint, sealed))
        .collect();
    let (id, timestamp) = (matter.message_id.to_string(), deps.clock.now().unix_timestamp());
    let body = envelope(&deps.settings, matter);
    let signature = sign(&secrets?, &id, timestamp, &body).context("the secret is none")?;
    Ok(SignedMessage { id, timestamp, signature, body })
}

async fn record(deps: &Deps, leased: &LeasedDelivery, posted: &Posted) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let attempt = Attempt {
        ordinal: leased.ordinal,
        outcome: posted.outcome,
        response_status: posted.status.map(i32::from),
        response_body: posted.body.clone(),
        took_ms: i32::try_from(posted.took.as_millis()).unwrap_or(i32::MAX),
        at: now,
    };
    let is_well = posted.outcome == AttemptOutcome::Accepted;
    let next = if is_well { Next::Delivered } else { next(leased, posted, now) };
    let mut tx = deps.db.begin().await?;
    // The receiver before its deliveries, as everywhere.
    let endpoint = match webhook_endpoints::lock(&mut tx, leased.endpoint).await {
        Ok(endpoint) => endpoint,
        // Removed while we spoke to it.
        Err(StoreError::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    if webhook_deliveries::finish(&mut tx, leased, &attempt, next).await? {
        webhook_endpoints::note_health(&mut tx, endpoint.id, is_well, now).await?;
        if !is_well {
            give_up_if_hopeless(&mut tx, &endpoint, posted, now).await?;
        }
    }
    tx.commit().await
}

fn next(leased: &LeasedDelivery, posted: &Posted, now: OffsetDateTime) -> Next {
    let n = u32::try_from(leased.n_in_round).unwrap_or_default();
    let asked = posted.retry_after.and_then(|asked| Duration::try_from(asked).ok());
    match pause_after(n, rand::random(), asked) {
        Some(pause) => Next::TryAgainAt(now + pause),
        None => Next::Failed,
    }
}

async fn give_up_if_hopeless(
    conn: &mut Conn,
    endpoint: &WebhookEndpoint,
    posted: &Posted,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let has_failed_long = endpoint.failing_since.is_some_and(|since| since + GIVEN_UP_AFTER <= now);
    let reason = match posted.status {
        Some(GONE) => "gone",
        _ if has_failed_long => "failing",
        _ => return Ok(()),
    };
    if webhook_endpoints::disable(conn, endpoint.id, reason, now).await? {
        tracing::warn!(webhook.endpoint = %endpoint.id, reason, "a receiver of webhooks was switched off");
        tell(conn, endpoint, reason, now).await?;
    }
    Ok(())
}

async fn tell(
    conn: &mut Conn,
    endpoint: &WebhookEndpoint,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let detail = json!({ "webhook_endpoint": endpoint.id, "url": endpoint.url, "reason": reason });
    let told = ("webhook_endpoint.disabled", detail);
    trail::note(conn, endpoint.organizer, Actor::System, told, now).await?;
    enqueue_webhook_disabled(conn, endpoint, now).await
}
