//! Deciding about orders that are held back: let through, with a mail that links to paying, or denied, which ends them.

use domain::ids::{EventId, OrderId};
use domain::limits::{REASON_CHARS_MAX, REVIEW_HOURS};
use domain::order::OrderFact;
use domain::parsed::text;
use domain::permission::Permission;
use domain::screening::{Decision, ScreeningStep, Verdict, step};
use serde_json::json;
use store::error::StoreError;
pub use store::screenings::ListedScreening;
use store::{events, orders, screenings};
use time::Duration;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::orders::end::end_order;
use crate::payments::credit;
use crate::screening::tell;

/// Screenings that one page lists.
const LISTED_MAX: i64 = 100;

/// What an organizer says to an order that is held back.
#[derive(Debug, Clone)]
pub struct Decide {
    pub order: OrderId,
    pub verdict: Verdict,
    /// Shown to the participant when the order ends.
    pub answer: String,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such order, or it was never held back.
    #[error("there is no such order")]
    NotFound,
    /// It was decided otherwise before.
    #[error("the order was decided about already")]
    Decided,
    /// It was paid, ended or its places are free again.
    #[error("the order waits for nothing any more")]
    Over,
    #[error("the answer is too long or holds control characters")]
    MalformedAnswer,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for DecideError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Decides about an order of the organizer's that is held back. The same verdict twice changes nothing.
///
/// # Errors
/// See [`DecideError`]; nothing was changed then.
pub async fn decide(
    deps: &Deps,
    access: &OrganizerAccess,
    command: Decide,
) -> Result<(), DecideError> {
    let answer = text::optional_line(&command.answer, REASON_CHARS_MAX)
        .map_err(|_| DecideError::MalformedAnswer)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let organizer = access.organizer_for(Permission::DecideScreenings)?;
    let order = orders::lock_for_organizer(&mut tx, organizer, command.order).await?;
    let standing = screenings::find_standing(&mut tx, order.id).await?;
    let decision = match step(standing.ok_or(DecideError::NotFound)?, command.verdict) {
        ScreeningStep::Move(decision) => decision,
        ScreeningStep::AlreadyThere => return Ok(()),
        ScreeningStep::Stale => return Err(DecideError::Decided),
    };
    if !order.status.is_payable() || order.hold_expires_at <= now {
        return Err(DecideError::Over);
    }
    let actor = access.actor();
    if !screenings::mark_decided(&mut tx, order.id, decision, actor.user(), now).await? {
        return Err(DecideError::Decided);
    }
    tell(&mut tx, &order, actor, (decision, json!({ "answer": answer })), now).await?;
    if decision == Decision::Approved {
        orders::extend_hold(&mut tx, order.id, now + Duration::hours(REVIEW_HOURS)).await?;
        orders::touch(&mut tx, order.id, now).await?;
        enqueue_order_mail(&mut tx, deps, order.id, OrderMail::PaymentCleared).await?;
    } else if end_order(&mut tx, &order, OrderFact::Cancelled, actor, &answer, now).await? {
        // A part that came by transfer goes back.
        let given_back = credit::give_back_all(deps, &mut tx, &order, now).await;
        given_back.map_err(DecideError::Unexpected)?;
        enqueue_order_mail(&mut tx, deps, order.id, OrderMail::Cancelled).await?;
    }
    Ok(tx.commit().await?)
}

/// What of the organizer's event was held back: what waits for a decision first.
///
/// # Errors
/// `NotFound` when it is somebody else's event.
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Vec<ListedScreening>, DecideError> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::DecideScreenings)?;
    events::get_for_organizer(&mut conn, organizer, event).await?;
    Ok(screenings::list_for_event(&mut conn, organizer, event, LISTED_MAX).await?)
}
