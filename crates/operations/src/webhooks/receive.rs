//! Receiving a message: verify, store, answer. Nothing else happens before the 200.

use domain::limits::{WEBHOOK_AGE_DAYS_MAX, WEBHOOK_AHEAD_MINUTES_MAX, WEBHOOK_DEPTH_MAX};
use domain::nesting;
use providers::payments::BadSignature;
use store::error::StoreError;
use store::webhook_events::{self, Inserted, NewWebhookEvent};
use time::{Duration, OffsetDateTime};

use crate::crash::{self, CrashPoint};
use crate::jobs::{self, Job};
use crate::{Deps, fresh};

/// A stored message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    New,
    /// It was delivered before; nothing more is done about it.
    Again,
}

/// Why a message was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("the signature is wrong or missing")]
    BadSignature,
    #[error("the message has no id or type")]
    Malformed,
    #[error("the message is nested deeper than any that a provider sends")]
    TooDeep,
    /// A message that somebody recorded and sends again, or a clock that is wrong.
    #[error("the message says a time too far from now")]
    OutOfTime,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Verifies a message and stores it with the job that acts on it, in one transaction.
///
/// # Errors
/// `BadSignature` for a forged one, `OutOfTime` for one that is too old to be news; `Store` when it could not be kept, so
/// that the provider sends it again.
pub async fn receive(
    deps: &Deps,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Received, ReceiveError> {
    if !nesting::is_at_most(body, WEBHOOK_DEPTH_MAX) {
        return Err(ReceiveError::TooDeep);
    }
    let verified = deps.provider.verify_webhook(headers, body).map_err(|error| match error {
        BadSignature::Missing | BadSignature::Wrong => ReceiveError::BadSignature,
        BadSignature::Unreadable => ReceiveError::Malformed,
    })?;
    let now = deps.clock.now();
    // Where the provider says no time, its id alone keeps a message from counting twice.
    if verified.created_at.is_some_and(|at| !is_timely(at, now)) {
        return Err(ReceiveError::OutOfTime);
    }
    let event = NewWebhookEvent {
        id: fresh::id(),
        provider: deps.provider.name(),
        provider_event_id: &verified.event_id,
        kind: &verified.kind,
        body,
        now,
    };
    let job = jobs::row(&Job::ProcessWebhookEvent { webhook_event: event.id }, now)?;
    let mut tx = deps.db.begin().await?;
    let inserted = webhook_events::insert_once(&mut tx, &event, &job).await?;
    tx.commit().await?;
    crash::pass(deps, CrashPoint::AfterWebhookStored);
    Ok(match inserted {
        Inserted::New => Received::New,
        Inserted::Again => Received::Again,
    })
}

/// Whether a message of then can still be news.
fn is_timely(at: OffsetDateTime, now: OffsetDateTime) -> bool {
    let age = now - at;
    age <= Duration::days(WEBHOOK_AGE_DAYS_MAX)
        && age >= -Duration::minutes(WEBHOOK_AHEAD_MINUTES_MAX)
}
