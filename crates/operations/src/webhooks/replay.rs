//! Acting on a stored message once more, by hand.

use domain::ids::WebhookEventId;
use serde_json::json;
use store::error::StoreError;
use store::webhook_events;

use crate::Deps;
use crate::actor::AdministratorAccess;
use crate::jobs::{self, Job};
use crate::trail::{self, About};

/// Writes the job that acts on the message again. Safe: what is recorded stays as it is.
///
/// # Errors
/// `NotFound` when there is no such message.
pub async fn replay(
    deps: &Deps,
    access: &AdministratorAccess,
    event: WebhookEventId,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let stored = webhook_events::get(&mut tx, event).await?;
    jobs::enqueue(&mut tx, &Job::ProcessWebhookEvent { webhook_event: event }, now).await?;
    let detail = json!({ "webhook_event": event, "kind": stored.kind });
    let told = ("webhook_event.replayed", detail);
    trail::note(&mut tx, About::PLATFORM, access.actor(), told, now).await?;
    tx.commit().await
}
