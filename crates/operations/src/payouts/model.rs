//! Whose hands the money passes through, and the schedule; the model is switched only while nothing is open.

use domain::ids::OrganizerId;
use domain::money::Currency;
use domain::payout::{PayoutModel, PayoutTerms};
use domain::permission::Permission;
use serde_json::json;
use store::error::{ResultExt as _, StoreError};
use store::payout_settings;

use crate::actor::{AdministratorAccess, OrganizerAccess};
use crate::{Deps, trail};

/// What is still open under the present model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// A payout is under way.
    Payout,
    /// Money is owed, by us or to us.
    Balance,
    /// An event is on sale and not over.
    EventOnSale,
}

/// Why the model was not switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    #[error("{} matters are open", .0.len())]
    Open(Vec<Open>),
    /// The platform has no account to pay from, so it does not hold money for anybody.
    #[error("the platform does not collect")]
    NotOffered,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for SwitchError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Switches the model for events that are published from now on.
///
/// # Errors
/// See [`SwitchError`].
pub async fn switch_model(
    deps: &Deps,
    access: &OrganizerAccess,
    model: PayoutModel,
) -> Result<(), SwitchError> {
    if model == PayoutModel::Collect && deps.settings.requester.is_none() {
        return Err(SwitchError::NotOffered);
    }
    let (now, organizer) =
        (deps.clock.now(), access.organizer_for(Permission::ManageBankAccounts)?);
    let mut tx = deps.db.begin().await?;
    payout_settings::lock(&mut tx, organizer).await?;
    let was = payout_settings::get(&mut tx, organizer).await?.model;
    if was == model {
        return Ok(());
    }
    let mut open = Vec::new();
    if store::payouts::has_open(&mut tx, organizer).await? {
        open.push(Open::Payout);
    }
    if !store::read::payable::total(&mut tx, organizer, Currency::JPY).await?.is_zero() {
        open.push(Open::Balance);
    }
    if payout_settings::has_event_on_sale(&mut tx, organizer, now).await? {
        open.push(Open::EventOnSale);
    }
    if !open.is_empty() {
        return Err(SwitchError::Open(open));
    }
    payout_settings::set_model(&mut tx, organizer, model, now).await?;
    let (what, key) = ("payout.model_switched", organizer.to_string());
    let detail = json!({ "model": model, "was": was });
    trail::leave_organizer(&mut tx, organizer, access.actor(), what, (&key, detail), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Why a schedule was not kept.
#[derive(Debug, thiserror::Error)]
pub enum TermsError {
    #[error("there is no such organizer")]
    NotFound,
    #[error("the schedule is out of bounds")]
    OutOfBounds,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for TermsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Sets an organizer's schedule and reserve: the risk is the platform's, so an administrator decides.
///
/// # Errors
/// See [`TermsError`].
pub async fn set_terms(
    deps: &Deps,
    access: &AdministratorAccess,
    organizer: OrganizerId,
    terms: &PayoutTerms,
) -> Result<(), TermsError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    payout_settings::set_terms(&mut tx, organizer, terms, now)
        .await
        .on_constraint("organizers_payout_terms_check", || TermsError::OutOfBounds)?;
    let (what, key) = ("payout.terms_set", organizer.to_string());
    let detail = json!({
        "business_days": terms.business_days, "reserve_basis_points": terms.reserve_basis_points,
        "reserve_days": terms.reserve_days, "minimum_minor": terms.minimum.minor(),
    });
    trail::leave_organizer(&mut tx, organizer, access.actor(), what, (&key, detail), now).await?;
    tx.commit().await?;
    Ok(())
}
