//! What became of a payout at the bank, as an administrator records it.

use domain::ids::PayoutId;
use domain::ledger::Posting;
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use domain::payout::{PayoutFact, PayoutStatus, PayoutStep, step};
use store::ledger::{PayoutSubject, post_payout};
use store::payouts;

use crate::Deps;
use crate::actor::AdministratorAccess;
use crate::payouts::{PayoutError, give_back, leave};

domain::words! {
    /// What the bank did.
    BankOutcome {
        Paid = "paid",
        /// It refused the transfer.
        Failed = "failed",
        /// The money came back.
        Returned = "returned",
    }
}

impl BankOutcome {
    const fn fact(self) -> PayoutFact {
        match self {
            Self::Paid => PayoutFact::Paid,
            Self::Failed => PayoutFact::Failed,
            Self::Returned => PayoutFact::Returned,
        }
    }
}

/// Records what the bank did with a submitted payout; money that did not arrive is payable again. Recording the same
/// twice records it once.
///
/// # Errors
/// See [`PayoutError`].
pub async fn record_outcome(
    deps: &Deps,
    access: &AdministratorAccess,
    payout: PayoutId,
    outcome: BankOutcome,
    reason: &str,
) -> Result<(), PayoutError> {
    let reason =
        text::optional_line(reason, REASON_CHARS_MAX).map_err(|_| PayoutError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found = payouts::lock(&mut tx, payout).await?;
    let status = match step(found.status, outcome.fact()) {
        PayoutStep::Move(status) => status,
        PayoutStep::AlreadyThere => return Ok(()),
        PayoutStep::Refused => return Err(PayoutError::OutOfStep { status: found.status }),
    };
    if status == PayoutStatus::Paid {
        payouts::mark_paid(&mut tx, found.id, now).await?;
        let subject = PayoutSubject { organizer: found.organizer, event: None, payout: found.id };
        let posting = Posting::payout_paid(found.organizer, found.amount)?;
        post_payout(&mut tx, subject, posting, now).await?;
    } else {
        payouts::mark_ended(&mut tx, found.id, status, &reason, now).await?;
        let was_paid = found.status == PayoutStatus::Paid;
        let posting = if was_paid { Posting::payout_returned } else { Posting::payout_released };
        give_back(&mut tx, &found, posting, now).await?;
    }
    leave(&mut tx, &found, access.actor(), status, &reason, now).await?;
    Ok(tx.commit().await?)
}
