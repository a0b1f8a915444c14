//! Switches before the platform's staff: what is off, since when and why, and switching.

use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use domain::switch::Switch;
use serde_json::json;
use store::error::StoreError;
use store::switches;
pub use store::switches::Change;

use crate::Deps;
use crate::actor::AdministratorAccess;
use crate::trail::{self, About};

/// A switch and its last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSwitch {
    pub switch: Switch,
    pub is_on: bool,
    /// None where nobody ever touched it.
    pub change: Option<Change>,
}

/// Why nothing was switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    #[error("a reason is needed, of one line and not too long")]
    MalformedReason,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for SwitchError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Every switch, in the order of the page.
///
/// # Errors
/// When the database fails.
pub async fn list(deps: &Deps, _: &AdministratorAccess) -> Result<Vec<ShownSwitch>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let changes = switches::list(&mut conn).await?;
    let shown = Switch::all().into_iter().map(|switch| {
        let name = switch.to_string();
        let change = changes.iter().find(|it| it.name == name).cloned();
        ShownSwitch { switch, is_on: change.as_ref().is_none_or(|it| it.is_on), change }
    });
    Ok(shown.collect())
}

/// Switches something off or on, for everybody and at once. Pressing twice switches once.
///
/// # Errors
/// `MalformedReason` without a reason.
pub async fn switch(
    deps: &Deps,
    access: &AdministratorAccess,
    (what, is_on): (Switch, bool),
    reason: &str,
) -> Result<(), SwitchError> {
    let reason = text::line(reason, REASON_CHARS_MAX).map_err(|_| SwitchError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if switches::set(&mut tx, (what, is_on), &reason, access.user, now).await? {
        let action = if is_on { "switch.on" } else { "switch.off" };
        let detail = json!({ "switch": what.to_string(), "reason": reason });
        trail::note(&mut tx, About::PLATFORM, access.actor(), (action, detail), now).await?;
    }
    tx.commit().await?;
    Ok(())
}
