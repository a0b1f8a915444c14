//! Payouts: money that we hold for organizers, and its way to their bank accounts.

pub mod account;
pub mod approve;
pub mod model;
pub mod money;
pub mod outcome;
pub mod prepare;
pub mod show;
pub mod statement;
pub mod submit;

use domain::ids::OrganizerId;
use domain::ledger::{Posting, Unbalanced};
use domain::money::Money;
use domain::payout::PayoutStatus;
use domain::standing::Standing;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::ledger::{PayoutSubject, post_payout};
use store::payouts::Payout;
use time::OffsetDateTime;

use crate::actor::Actor;
use crate::trail;

/// Why a step of a payout was not made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PayoutError {
    #[error("there is no such payout")]
    NotFound,
    /// The step does not follow on the payout's status; somebody else may have been faster.
    #[error("the payout is {status}")]
    OutOfStep { status: PayoutStatus },
    /// The platform looks at the organizer first, or has suspended it.
    #[error("the organizer is {standing}")]
    OnHold { standing: Standing },
    #[error("only a signed-in member can do this")]
    NotAUser,
    #[error(transparent)]
    NotApprovable(#[from] domain::payout::NotApprovable),
    #[error("the reason is too long or holds control characters")]
    MalformedReason,
    #[error("somebody else is changing the payout; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for PayoutError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

impl From<Unbalanced> for PayoutError {
    fn from(error: Unbalanced) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Books each event's part of a payout back to where it was payable.
async fn give_back(
    conn: &mut Conn,
    payout: &Payout,
    posting: fn(OrganizerId, Money) -> Result<Posting, Unbalanced>,
    now: OffsetDateTime,
) -> Result<(), PayoutError> {
    let lines = store::payouts::list_lines(conn, payout.id, payout.amount.currency()).await?;
    for line in &lines {
        let subject = PayoutSubject {
            organizer: payout.organizer,
            event: Some(line.event),
            payout: payout.id,
        };
        post_payout(conn, subject, posting(payout.organizer, line.amount)?, now).await?;
    }
    Ok(())
}

/// Leaves the step in audit log and outbox.
async fn leave(
    conn: &mut Conn,
    payout: &Payout,
    actor: Actor,
    status: PayoutStatus,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let detail = json!({
        "payout": payout.id, "code": payout.code, "amount_minor": payout.amount.minor(), "was": payout.status,
        "reason": reason,
    });
    let key = payout.id.to_string();
    let what = format!("payout.{status}");
    trail::leave_organizer(conn, payout.organizer, actor, &what, (&key, detail), now).await
}
