//! Money that the organizer moves by itself: handed back in cash or transferred, and transfers that came back.

use domain::ids::RefundId;
use domain::ledger::RefundFrom;
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use domain::permission::Permission;
use domain::refund::{RefundFact, RefundStatus, RefundStep, RefundWait, RefundWay, step};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::ledger::{self, RefundMove};
use store::orders::Order;
use store::payments::Payment;
use store::refunds::Refund;
use store::{alerts, orders, refunds};
use time::OffsetDateTime;

use crate::actor::OrganizerAccess;
use crate::cancellations::decide::{complete_for_refund, wait_again_for_refund};
use crate::jobs::{self, Job};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::refunds::account::{lock_both, need_account};
use crate::refunds::credit_note;
use crate::refunds::request::subject;
use crate::{Deps, trail};

/// What the provider says of a transfer that came back, and what we say of one that the organizer made.
pub(crate) const CAME_BACK: &str = "transfer_came_back";

/// Why it was not recorded. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ByHandError {
    #[error("no such refund")]
    NotFound,
    /// The provider may be making it at this moment, or it is over.
    #[error("the refund is not one that can be made by hand now")]
    NotNow,
    #[error("the note is too long or holds control characters")]
    MalformedNote,
    #[error("somebody else is changing the refund; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ByHandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Records that the organizer gave the money back by itself. The provider is not asked any more, and its money stays
/// where it is. Twice is once.
///
/// # Errors
/// As [`ByHandError`] says.
pub async fn hand_back(
    deps: &Deps,
    access: &OrganizerAccess,
    refund: RefundId,
    note: &str,
) -> Result<(), ByHandError> {
    let note = text::optional_line(note, REASON_CHARS_MAX);
    let note = note.map_err(|_| ByHandError::MalformedNote)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let (order, payment, refund) = lock(&mut tx, access, refund).await?;
    match step(refund.status, RefundFact::HandedBack) {
        RefundStep::Move(_) => {}
        RefundStep::AlreadyThere if refund.way == RefundWay::ByHand => return Ok(()),
        RefundStep::AlreadyThere | RefundStep::Stale => return Err(ByHandError::NotNow),
    }
    book(deps, &mut tx, access, (&order, &payment, &refund), (&note, now)).await?;
    Ok(tx.commit().await?)
}

/// Writes a refund by hand whose rows are held: status, ledger, mail, trail.
pub(crate) async fn book(
    deps: &Deps,
    conn: &mut Conn,
    access: &OrganizerAccess,
    (order, payment, refund): (&Order, &Payment, &Refund),
    (note, now): (&str, OffsetDateTime),
) -> Result<(), ByHandError> {
    refunds::mark_handed_back(conn, refund.id, note, now).await?;
    let subject = subject(order, payment, Some(refund.id));
    let what = (refund.from, refund.amount, refund.round);
    ledger::post_refund_round(conn, subject, RefundMove::ByHand, what, now)
        .await
        .map_err(|error| ByHandError::Unexpected(error.into()))?;
    complete_for_refund(conn, order, refund.id, now).await?;
    if refund.from == RefundFrom::Credit {
        alerts::resolve_for_payment(conn, payment.id, now).await?;
    }
    credit_note::issue(conn, refund.id, now).await.map_err(ByHandError::Unexpected)?;
    enqueue_order_mail(conn, deps, order.id, OrderMail::Refunded(refund.id)).await?;
    let detail = json!({
        "refund": refund.id, "source": refund.source, "way": RefundWay::ByHand,
        "amount_minor": refund.amount.minor(), "note": note,
    });
    let key = refund.id.to_string();
    trail::leave(conn, order, access.actor(), "refund.succeeded", (&key, detail), now).await?;
    Ok(())
}

/// Records that a transfer came back: the buyer is asked for another account.
///
/// # Errors
/// As [`ByHandError`] says.
pub async fn came_back(
    deps: &Deps,
    access: &OrganizerAccess,
    refund: RefundId,
) -> Result<(), ByHandError> {
    let mut tx = deps.db.begin().await?;
    let (order, payment, refund) = lock(&mut tx, access, refund).await?;
    let is_transfer = matches!(refund.way, RefundWay::Account | RefundWay::ByHand);
    if !is_transfer
        || step(refund.status, RefundFact::Returned) != RefundStep::Move(RefundStatus::NeedsAccount)
    {
        return Err(ByHandError::NotNow);
    }
    take_back(deps, &mut tx, (&order, &payment, &refund)).await?;
    Ok(tx.commit().await?)
}

/// Books a transfer that came back and asks anew; the caller holds the rows.
pub(crate) async fn take_back(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment, refund): (&Order, &Payment, &Refund),
) -> Result<(), ByHandError> {
    let now = deps.clock.now();
    let was_by_hand = refund.way == RefundWay::ByHand;
    let subject = subject(order, payment, Some(refund.id));
    let what = (refund.from, refund.amount, refund.round);
    ledger::post_refund_round(conn, subject, RefundMove::Returned { was_by_hand }, what, now)
        .await
        .map_err(|error| ByHandError::Unexpected(error.into()))?;
    wait_again_for_refund(conn, order, refund.id, now).await?;
    Ok(need_account(deps, conn, order, refund.id, CAME_BACK).await?)
}

/// Lets a refund that waits be tried at once.
///
/// # Errors
/// As [`ByHandError`] says.
pub async fn try_now(
    deps: &Deps,
    access: &OrganizerAccess,
    refund: RefundId,
) -> Result<(), ByHandError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let (_, _, refund) = lock(&mut tx, access, refund).await?;
    let is_the_providers =
        refund.way != RefundWay::ByHand && refund.waits_for != Some(RefundWait::Organizer);
    if refund.status != RefundStatus::Requested || !is_the_providers {
        return Err(ByHandError::NotNow);
    }
    refunds::mark_due(&mut tx, refund.id).await?;
    jobs::enqueue(&mut tx, &Job::SendRefund { refund: refund.id }, now).await?;
    Ok(tx.commit().await?)
}

async fn lock(
    conn: &mut Conn,
    access: &OrganizerAccess,
    refund: RefundId,
) -> Result<(Order, Payment, Refund), StoreError> {
    let order = refunds::get(conn, refund).await?.order;
    let order =
        orders::lock_for_organizer(conn, access.organizer_for(Permission::RefundPayments)?, order)
            .await?;
    let (payment, refund) = lock_both(conn, refund).await?;
    Ok((order, payment, refund))
}
