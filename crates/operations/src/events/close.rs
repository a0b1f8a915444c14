//! Ends the sales of an event by hand; opening them again is [`crate::events::publish::reopen`].

use domain::ids::EventId;
use domain::permission::Permission;
use serde_json::json;
use store::error::StoreError;
use store::events;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::trail;

/// Why an event was not closed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    #[error("no such event")]
    NotFound,
    /// It is published, or somebody ordered from it: what people paid for does not vanish.
    #[error("the event cannot be deleted")]
    NotDeletable,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for CloseError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Ends the sales. Orders under way may still be paid. Closing what is closed changes nothing.
///
/// # Errors
/// [`CloseError::NotFound`].
pub async fn close(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<(), CloseError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    if events::mark_closed(&mut tx, event, now).await? {
        trail::leave_event(&mut tx, access, event, "event.closed", json!({}), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Forgets a draft that nobody ordered from.
///
/// # Errors
/// [`CloseError::NotDeletable`] for everything else.
pub async fn delete_draft(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<(), CloseError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    if !events::delete_unordered_draft(&mut tx, event).await? {
        return Err(CloseError::NotDeletable);
    }
    trail::leave_event(
        &mut tx,
        access,
        event,
        "event.deleted",
        json!({ "title": found.title }),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
