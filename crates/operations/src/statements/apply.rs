//! Recording a line of a statement as a payment of an order: once, whoever decides at once.

use domain::ids::{OrderId, PaymentId};
use serde_json::json;
use store::error::StoreError;
use store::orders;
use store::statements::{self, DecidedHow, Decision, Line};

use crate::Deps;
use crate::actor::Actor;
use crate::trail;
use crate::transfers::arrive::{Arrived, arrive};

/// Days between what the organizer wrote down by hand and the bank's own day for the same money.
const DAYS_APART_MAX: i32 = 7;

/// Why a line was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("there is no such line")]
    NotFound,
    /// None has the code, or it is not proposed for the line.
    #[error("there is no such order")]
    NoSuchOrder,
    /// Somebody was first.
    #[error("the line was decided before")]
    DecidedBefore,
    #[error("the line is in another currency than the order")]
    OtherCurrency,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Records the line's money for the order, in one transaction with the decision. Money that the organizer wrote down by
/// hand is not recorded again: the line is its proof.
///
/// # Errors
/// See [`ApplyError`]; nothing was recorded then.
pub(crate) async fn apply(
    deps: &Deps,
    line: &Line,
    order: OrderId,
    how: DecidedHow,
    actor: Actor,
) -> Result<PaymentId, ApplyError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock_for_organizer(&mut tx, line.organizer, order).await?;
    if order.amount.currency() != line.amount.currency() {
        return Err(ApplyError::OtherCurrency);
    }
    let name = line.id.to_string();
    let near = (line.booked_on, DAYS_APART_MAX);
    let known = statements::find_untold_by_hand(&mut tx, order.id, line.amount, near).await?;
    let payment = match known {
        // The organizer saw this money before the statement told of it.
        Some(known) => known,
        None => {
            let arrived = Arrived {
                name: &name,
                amount: line.amount,
                booked_on: line.booked_on,
                payer: &line.payer,
                told_by: actor,
            };
            let recorded = arrive(deps, &mut tx, &order, arrived).await;
            recorded.map_err(ApplyError::Unexpected)?
        }
    };
    let decision = Decision { how, by: actor.user(), note: "", now };
    if !statements::mark_applied(&mut tx, line.id, (order.id, payment), decision).await? {
        return Err(ApplyError::DecidedBefore);
    }
    let detail = json!({
        "statement_line": line.id, "payment": payment, "amount_minor": line.amount.minor(), "how": how,
    });
    trail::leave(&mut tx, &order, actor, "statement_line.applied", (&name, detail), now).await?;
    tx.commit().await?;
    Ok(payment)
}
