//! Keeps what an organizer typed and did not save yet, and gives it back.

use domain::ids::EventId;
use domain::limits::BODY_BYTES_MAX;
use domain::permission::Permission;
use store::error::StoreError;
use store::event_drafts::{self, EventDraft, Fields};
use store::events;

use crate::Deps;
use crate::actor::OrganizerAccess;

/// Fields of a form, at most.
const FIELDS_MAX: usize = 60;

/// Why a draft was not kept.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    #[error("no such event")]
    NotFound,
    #[error("the form is too large")]
    TooLarge,
    /// Drafts belong to people, not to API keys.
    #[error("only a user keeps drafts")]
    NotAUser,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for DraftError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Keeps the form as it stands. Repeating it keeps the latest.
///
/// # Errors
/// [`DraftError::TooLarge`] beyond what a form of ours can hold.
pub async fn keep(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    fields: &Fields,
) -> Result<(), DraftError> {
    let n_bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    // PostgreSQL's JSON holds no NUL; nobody types one.
    let has_nul = fields.iter().any(|(name, value)| name.contains('\0') || value.contains('\0'));
    if fields.len() > FIELDS_MAX || n_bytes > BODY_BYTES_MAX || has_nul {
        return Err(DraftError::TooLarge);
    }
    let user = access.actor().user().ok_or(DraftError::NotAUser)?;
    let organizer = access.organizer_for(Permission::EditEvents)?;
    let mut tx = deps.db.begin().await?;
    events::get_for_organizer(&mut tx, organizer, event).await?;
    event_drafts::put(&mut tx, event, fields, user, deps.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// The form as it was typed last, if it was not saved since.
///
/// # Errors
/// [`DraftError::NotFound`].
pub async fn find(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Option<EventDraft>, DraftError> {
    let mut conn = deps.db.acquire().await?;
    events::get_for_organizer(&mut conn, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    Ok(event_drafts::find(&mut conn, event).await?)
}

/// Forgets what was typed and not saved.
///
/// # Errors
/// [`DraftError::NotFound`].
pub async fn discard(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<(), DraftError> {
    let organizer = access.organizer_for(Permission::EditEvents)?;
    let mut tx = deps.db.begin().await?;
    events::get_for_organizer(&mut tx, organizer, event).await?;
    event_drafts::delete(&mut tx, event).await?;
    Ok(tx.commit().await?)
}
