//! Four eyes: a second member approves a payout, or a member takes it back before the bank was told.

use domain::ids::{OrganizerId, PayoutId};
use domain::ledger::Posting;
use domain::money::Money;
use domain::payout::{PayoutFact, PayoutStatus, PayoutStep, may_approve, step};
use domain::permission::Permission;
use store::db::Conn;
use store::error::StoreError;
use store::payouts::{self, Payout};
use store::standings;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::payouts::{PayoutError, give_back, leave};

/// Approves a draft. An organizer with one member approves by typing the amount again.
///
/// # Errors
/// See [`PayoutError`].
pub async fn approve_payout(
    deps: &Deps,
    access: &OrganizerAccess,
    payout: PayoutId,
    typed_again: Option<Money>,
) -> Result<(), PayoutError> {
    let user = access.actor().user().ok_or(PayoutError::NotAUser)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        lock_own(&mut tx, access.organizer_for(Permission::ApprovePayouts)?, payout).await?;
    match step(found.status, PayoutFact::Approved) {
        PayoutStep::Move(_) => {}
        PayoutStep::AlreadyThere => return Ok(()),
        PayoutStep::Refused => return Err(PayoutError::OutOfStep { status: found.status }),
    }
    let standing = standings::hold(&mut tx, found.organizer).await?.standing;
    if !standing.may_be_paid_out() {
        return Err(PayoutError::OnHold { standing });
    }
    let settings = store::payout_settings::get(&mut tx, found.organizer).await?;
    may_approve(found.prepared_by, user, settings.n_members, typed_again, found.amount)?;
    payouts::mark_approved(&mut tx, found.id, user, now).await?;
    leave(&mut tx, &found, access.actor(), PayoutStatus::Approved, "", now).await?;
    Ok(tx.commit().await?)
}

/// Takes a payout back; its money is payable again.
///
/// # Errors
/// See [`PayoutError`].
pub async fn cancel_payout(
    deps: &Deps,
    access: &OrganizerAccess,
    payout: PayoutId,
) -> Result<(), PayoutError> {
    access.actor().user().ok_or(PayoutError::NotAUser)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        lock_own(&mut tx, access.organizer_for(Permission::PreparePayouts)?, payout).await?;
    let status = match step(found.status, PayoutFact::Cancelled) {
        PayoutStep::Move(status) => status,
        PayoutStep::AlreadyThere => return Ok(()),
        PayoutStep::Refused => return Err(PayoutError::OutOfStep { status: found.status }),
    };
    payouts::mark_ended(&mut tx, found.id, status, "", now).await?;
    give_back(&mut tx, &found, Posting::payout_released, now).await?;
    leave(&mut tx, &found, access.actor(), status, "", now).await?;
    Ok(tx.commit().await?)
}

async fn lock_own(
    conn: &mut Conn,
    organizer: OrganizerId,
    payout: PayoutId,
) -> Result<Payout, StoreError> {
    let found = payouts::lock(conn, payout).await?;
    if found.organizer == organizer { Ok(found) } else { Err(StoreError::NotFound) }
}
