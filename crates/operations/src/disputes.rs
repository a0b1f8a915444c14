//! Disputes: a chargeback that arrived, the answer to it, and how it ended. Their money is that of their refund.

pub mod evidence;
pub mod show;

use domain::alert::AlertRule;
use domain::dispute::{DisputeFact, DisputeStatus, DisputeStep, step};
use domain::ids::{DisputeId, PaymentId, RefundId};
use domain::ledger::RefundFrom;
use domain::limits::DISPUTE_ANSWER_DAYS;
use domain::money::Money;
use domain::order::OrderStatus;
use domain::permission::Permission;
use domain::refund::RefundSource;
use providers::payments::ProviderPayment;
use serde_json::json;
use store::alerts::NewAlert;
use store::db::Conn;
use store::disputes::{self, Dispute, NewDispute};
use store::error::StoreError;
use store::ledger::{self, RefundMove};
use store::orders::Order;
use store::payments::Payment;
use store::refunds::Refund;
use store::{alerts, orders, refunds};
use time::{Duration, OffsetDateTime};

use crate::actor::{Actor, OrganizerAccess};
use crate::payments::credit;
use crate::refunds::account::lock_both;
use crate::refunds::request::subject;
use crate::{Deps, fresh, trail};

/// Why a dispute was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DisputeError {
    #[error("no such dispute")]
    NotFound,
    /// The card company has decided.
    #[error("the dispute is over")]
    Over,
    #[error("there is no evidence yet")]
    NoEvidence,
    #[error("the text is empty, too long or holds control characters")]
    MalformedText,
    #[error("the file is too large")]
    TooLarge,
    /// No PDF, JPEG or PNG.
    #[error("the file cannot be used")]
    Unreadable,
    #[error("there are too many pieces of evidence")]
    TooMany,
    #[error("somebody else is changing the dispute; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for DisputeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Opens the dispute of a chargeback that was just written; the caller holds the rows.
pub(crate) async fn open(
    conn: &mut Conn,
    (order, payment): (&Order, &Payment),
    (refund, amount): (RefundId, Money),
    taken_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let id: DisputeId = fresh::id();
    let opened_at = taken_at.unwrap_or(now);
    let dispute = NewDispute {
        id,
        refund,
        payment: payment.id,
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        evidence_due_at: opened_at + Duration::days(DISPUTE_ANSWER_DAYS),
        opened_at,
        now,
    };
    disputes::insert(conn, &dispute).await?;
    let detail = json!({
        "dispute": id, "refund": refund, "amount_minor": amount.minor(),
        "due_at": dispute.evidence_due_at.unix_timestamp(),
    });
    trail::leave(conn, order, Actor::Provider, "dispute.opened", (&id.to_string(), detail), now)
        .await
}

/// Finds chargebacks of ours that the provider's list no longer holds: the bank gave the money back. The caller holds
/// order and payment.
///
/// # Errors
/// When the database fails.
pub(crate) async fn record_won(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment): (&Order, &Payment),
    read: &ProviderPayment,
) -> anyhow::Result<()> {
    let listed = Money::sum(read.amount.currency(), read.refunds.iter().map(|it| it.amount))?;
    if listed != read.amount_refunded {
        // The list is not whole: what is missing in it says nothing.
        return Ok(());
    }
    for refund in refunds::list_for_payment(conn, payment.id).await? {
        let is_gone = refund.source == RefundSource::Dispute
            && refund.provider_refund_id.is_some()
            && !read.refunds.iter().any(|it| Some(&it.id) == refund.provider_refund_id.as_ref());
        if !is_gone {
            continue;
        }
        let Some(dispute) = disputes::find_for_refund(conn, refund.id).await? else { continue };
        if let DisputeStep::Move(_) = step(dispute.status, DisputeFact::Won) {
            let rows = (order, payment, &refund, &dispute);
            decide(deps, conn, rows, DisputeStatus::Won, Actor::Provider).await?;
        }
    }
    Ok(())
}

/// Writes how a dispute ended: the money is back, or the organizer bears it. The caller holds the rows.
async fn decide(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment, refund, dispute): (&Order, &Payment, &Refund, &Dispute),
    status: DisputeStatus,
    actor: Actor,
) -> anyhow::Result<()> {
    let now = deps.clock.now();
    disputes::mark_moved(conn, dispute.id, status, now).await?;
    let what = if status == DisputeStatus::Won {
        refunds::mark_reversed(conn, refund.id, now).await?;
        RefundMove::DisputeWon
    } else {
        RefundMove::DisputeLost
    };
    let subject = subject(order, payment, Some(refund.id));
    ledger::post_refund(conn, subject, what, refund.from, refund.amount, now).await?;
    alerts::resolve_rule(conn, AlertRule::MoneyDispute, payment.id, now).await?;
    if status == DisputeStatus::Won {
        match refund.from {
            RefundFrom::Credit => credit::revive(deps, conn, order, payment.id, now).await?,
            RefundFrom::Payable if order.status == OrderStatus::Cancelled => {
                tell_won_after_end(conn, order, payment.id, refund.amount, now).await?;
            }
            RefundFrom::Payable => {}
        }
    }
    let detail = json!({
        "dispute": dispute.id, "refund": refund.id, "status": status, "amount_minor": refund.amount.minor(),
    });
    let topic = format!("dispute.{status}");
    Ok(trail::leave(conn, order, actor, &topic, (&dispute.id.to_string(), detail), now).await?)
}

/// What was due at the end of the order was counted as gone with the bank; whose it is now, a person decides.
async fn tell_won_after_end(
    conn: &mut Conn,
    order: &Order,
    payment: PaymentId,
    amount: Money,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let alert = NewAlert {
        id: fresh::id(),
        rule: AlertRule::MoneyDisputeWon.as_str(),
        organizer: order.organizer,
        event: order.event,
        order: order.id,
        payment,
        detail: json!({ "captured_minor": amount.minor() }),
        now,
    };
    alerts::insert_once(conn, &alert).await?;
    Ok(())
}

/// Records how a dispute ended, as the card company told the organizer. Twice is once.
///
/// # Errors
/// As [`DisputeError`] says; a decision is final.
pub async fn record_end(
    deps: &Deps,
    access: &OrganizerAccess,
    dispute: DisputeId,
    is_won: bool,
) -> Result<(), DisputeError> {
    let fact = if is_won { DisputeFact::Won } else { DisputeFact::Lost };
    let mut tx = deps.db.begin().await?;
    let (order, payment, refund, dispute) = lock(&mut tx, access, dispute).await?;
    match step(dispute.status, fact) {
        DisputeStep::Move(status) => {
            let rows = (&order, &payment, &refund, &dispute);
            decide(deps, &mut tx, rows, status, access.actor())
                .await
                .map_err(DisputeError::Unexpected)?;
        }
        DisputeStep::AlreadyThere => return Ok(()),
        DisputeStep::Stale => return Err(DisputeError::Over),
    }
    Ok(tx.commit().await?)
}

/// The organizer's dispute with its rows, locked in the order of the house.
async fn lock(
    conn: &mut Conn,
    access: &OrganizerAccess,
    dispute: DisputeId,
) -> Result<(Order, Payment, Refund, Dispute), StoreError> {
    let found = disputes::get_for_organizer(
        conn,
        access.organizer_for(Permission::AnswerDisputes)?,
        dispute,
    )
    .await?;
    let order = orders::lock_for_organizer(
        conn,
        access.organizer_for(Permission::AnswerDisputes)?,
        found.order,
    )
    .await?;
    let (payment, refund) = lock_both(conn, found.refund).await?;
    let dispute = disputes::lock(conn, dispute).await?;
    Ok((order, payment, refund, dispute))
}
