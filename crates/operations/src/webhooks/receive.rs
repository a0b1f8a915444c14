//! Receiving a message: verify, store, answer. Nothing else happens before the 200.

use providers::payments::BadSignature;
use store::error::StoreError;
use store::webhook_events::{self, Inserted, NewWebhookEvent};

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
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Verifies a message and stores it with the job that acts on it, in one transaction.
///
/// # Errors
/// `BadSignature` for a forged one; `Store` when it could not be kept, so that the provider sends it again.
pub async fn receive(
    deps: &Deps,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Received, ReceiveError> {
    let verified = deps.provider.verify_webhook(headers, body).map_err(|error| match error {
        BadSignature::Missing | BadSignature::Wrong => ReceiveError::BadSignature,
        BadSignature::Unreadable => ReceiveError::Malformed,
    })?;
    let now = deps.clock.now();
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
