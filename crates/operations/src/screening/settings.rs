//! How an organizer's orders are screened: read and tuned.

use domain::permission::Permission;
use domain::screening::{ScreeningRules, Sensitivity, ThresholdError};
use serde_json::json;
use store::error::StoreError;
use store::screenings;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::trail;

/// What an organizer chose.
#[derive(Debug, Clone, Copy)]
pub struct TuneScreening {
    pub sensitivity: Sensitivity,
    pub review_at: u16,
    pub block_above: u16,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    #[error("there is no such organizer")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for TuneError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// How the organizer's orders are screened.
///
/// # Errors
/// When the database fails.
pub async fn rules(deps: &Deps, access: &OrganizerAccess) -> Result<ScreeningRules, TuneError> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ManageSettings)?;
    Ok(screenings::get_rules(&mut conn, organizer).await?)
}

/// Tunes how orders are screened from now on; what is held back already stays so until it is decided.
///
/// # Errors
/// See [`TuneError`].
pub async fn tune(
    deps: &Deps,
    access: &OrganizerAccess,
    command: TuneScreening,
) -> Result<(), TuneError> {
    let TuneScreening { sensitivity, review_at, block_above } = command;
    let rules = ScreeningRules::new(sensitivity, review_at, block_above)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let organizer = access.organizer_for(Permission::ManageSettings)?;
    let before = screenings::get_rules(&mut tx, organizer).await?;
    if before == rules {
        return Ok(());
    }
    screenings::set_rules(&mut tx, organizer, &rules, now).await?;
    let told = |it: &ScreeningRules| json!({ "sensitivity": it.sensitivity(), "review_at": it.review_at(), "block_above": it.block_above() });
    let detail = json!({ "before": told(&before), "after": told(&rules) });
    let key = organizer.to_string();
    trail::leave_organizer(
        &mut tx,
        organizer,
        access.actor(),
        "organizer.screening_tuned",
        (&key, detail),
        now,
    )
    .await?;
    Ok(tx.commit().await?)
}
