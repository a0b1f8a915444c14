//! Asking for a refund: it counts against the payment from this moment, before the provider is asked.

use domain::ids::{PaymentId, RefundId};
use domain::ledger::RefundFrom;
use domain::limits::REASON_CHARS_MAX;
use domain::money::Money;
use domain::order::OrderFact;
use domain::parsed::{idempotency_key, text};
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::permission::Permission;
use domain::refund::{RefundSource, RefundStatus};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::db::Conn;
use store::error::{ResultExt, StoreError};
use store::idempotency::{self, Claim};
use store::ledger::{self, RefundMove, Subject};
use store::orders::{self, Order};
use store::payments::{self, Payment};
use store::refunds::{self, NewRefund};
use time::{Duration, OffsetDateTime};

use crate::actor::{Actor, OrganizerAccess};
use crate::jobs::{self, Job};
use crate::orders::end::end_order;
use crate::payments::credit;
use crate::refunds::account;
use crate::refunds::by_hand::{self, ByHandError};
use crate::trail;
use crate::{Deps, fresh};

const IDEMPOTENCY_LEASE: Duration = Duration::seconds(60);

/// What an organizer wants given back.
#[derive(Debug, Clone)]
pub struct RequestRefund {
    pub payment: PaymentId,
    pub amount: Money,
    /// Shown to the buyer.
    pub reason: String,
    /// Whether the order ends too: tickets void, places free.
    pub cancels_order: bool,
    pub idempotency_key: Option<String>,
}

/// Why a refund was not requested. Nothing was changed and the provider was not asked.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    #[error("there is no such payment")]
    NotFound,
    #[error("the payment is not captured")]
    NotCaptured,
    #[error("the amount must be above zero and in the payment's currency")]
    MalformedAmount,
    #[error("only {} can still go back", left.minor())]
    TooMuch { left: Money },
    /// Part of the payment is a credit that no order claimed; the two go back one after the other.
    #[error("refund the unclaimed {} first", credit_left.minor())]
    CreditFirst { credit_left: Money },
    #[error("the reason is too long or holds control characters")]
    MalformedReason,
    #[error("the idempotency key is too long")]
    MalformedKey,
    #[error("the idempotency key was used for another refund")]
    KeyReused,
    #[error("the same refund is being requested")]
    StillRunning,
    #[error("somebody else is changing the payment; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for RefundError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Requests a refund of the organizer's own captured payment; the worker asks the provider.
///
/// # Errors
/// See [`RefundError`].
pub async fn request_refund(
    deps: &Deps,
    access: &OrganizerAccess,
    command: RequestRefund,
) -> Result<RefundId, RefundError> {
    request(deps, access, command, None).await
}

/// Records a refund that the organizer makes by itself, in cash or by a transfer of its own: the provider is not asked.
///
/// # Errors
/// See [`RefundError`].
pub async fn refund_by_hand(
    deps: &Deps,
    access: &OrganizerAccess,
    command: RequestRefund,
    note: &str,
) -> Result<RefundId, RefundError> {
    let note = text::optional_line(note, REASON_CHARS_MAX);
    let note = note.map_err(|_| RefundError::MalformedReason)?;
    request(deps, access, command, Some(&note)).await
}

async fn request(
    deps: &Deps,
    access: &OrganizerAccess,
    command: RequestRefund,
    hand_note: Option<&str>,
) -> Result<RefundId, RefundError> {
    let reason = text::optional_line(&command.reason, REASON_CHARS_MAX)
        .map_err(|_| RefundError::MalformedReason)?;
    let key = command.idempotency_key.as_deref().unwrap_or_default();
    if !key.is_empty() && idempotency_key::check(key).is_err() {
        return Err(RefundError::MalformedKey);
    }
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = payments::get(&mut tx, command.payment).await?.order;
    let order = orders::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::RefundPayments)?,
        order,
    )
    .await?;
    let payment = payments::lock(&mut tx, command.payment).await?;
    let scope = format!("refund:{}", payment.id);
    if !key.is_empty() {
        let wish = json!([command.amount, command.reason, command.cancels_order, hand_note]);
        let hash = Sha256::digest(wish.to_string().as_bytes());
        match idempotency::claim(&mut tx, &scope, key, &hash, IDEMPOTENCY_LEASE, now).await? {
            Claim::Mine => {}
            Claim::Answered(answer) => return requested_before(&answer),
            Claim::Running => return Err(RefundError::StillRunning),
            Claim::Reused => return Err(RefundError::KeyReused),
        }
    }
    let from = judge(&mut tx, &payment, command.amount).await?;
    let wish = Wish {
        amount: command.amount,
        from,
        source: RefundSource::Organizer,
        actor: access.actor(),
        reason: &reason,
        is_by_hand: hand_note.is_some(),
    };
    let refund = write(deps, &mut tx, (&order, &payment), &wish, now).await?;
    if let Some(note) = hand_note {
        let written = refunds::lock(&mut tx, refund).await?;
        let rows = (&order, &payment, &written);
        by_hand::book(deps, &mut tx, access, rows, (note, now)).await.map_err(
            |error| match error {
                ByHandError::Unexpected(error) => RefundError::Unexpected(error),
                other => RefundError::Unexpected(other.into()),
            },
        )?;
    }
    if command.cancels_order {
        end_order(&mut tx, &order, OrderFact::Cancelled, access.actor(), &reason, now).await?;
        // What else came for it has nothing to wait for.
        let rest = credit::give_back_all(deps, &mut tx, &order, now).await;
        rest.map_err(RefundError::Unexpected)?;
    }
    if !key.is_empty() {
        idempotency::answer(&mut tx, &scope, key, &json!({ "refund": refund })).await?;
    }
    tx.commit().await?;
    Ok(refund)
}

/// Gives back money that no order claims, by itself.
///
/// # Errors
/// When the database fails.
pub(crate) async fn give_back_credit(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    payment: &Payment,
    amount: Money,
    now: OffsetDateTime,
) -> anyhow::Result<RefundId> {
    let wish = Wish {
        amount,
        from: RefundFrom::Credit,
        source: RefundSource::System,
        actor: Actor::System,
        reason: "",
        is_by_hand: false,
    };
    let refund = write(deps, conn, (order, payment), &wish, now).await?;
    let kind = crate::mails::enqueue::OrderMail::CreditReturned(refund);
    crate::mails::enqueue::enqueue_order_mail(conn, deps, order.id, kind).await?;
    Ok(refund)
}

fn requested_before(answer: &Value) -> Result<RefundId, RefundError> {
    let refund = answer.get("refund").and_then(Value::as_str).unwrap_or_default();
    refund.parse().map_err(|_| StoreError::Malformed("idempotent answer").into())
}

/// What can still go back of a payment, by whose money it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    /// The organizer was to get it.
    pub(crate) payable: Money,
    /// No order claims it.
    pub(crate) credit: Money,
}

/// Counts what can still go back of a payment whose row is locked.
///
/// # Errors
/// When the database fails or sums do not fit.
pub(crate) async fn left_of(conn: &mut Conn, payment: &Payment) -> Result<Left, RefundError> {
    let unexpected = |error: domain::money::MoneyError| RefundError::Unexpected(error.into());
    // The database counts every refund in the row.
    let payment = payments::get(conn, payment.id).await?;
    let left = payment.captured.checked_sub(payment.refunds).map_err(unexpected)?;
    let credit = payment.credit();
    Ok(Left { payable: left.checked_sub(credit).map_err(unexpected)?, credit })
}

/// Whose money it is, if that much can go back.
async fn judge(
    conn: &mut Conn,
    payment: &Payment,
    amount: Money,
) -> Result<RefundFrom, RefundError> {
    if payment.status != PaymentStatus::Captured {
        return Err(RefundError::NotCaptured);
    }
    if !amount.is_positive() || amount.currency() != payment.captured.currency() {
        return Err(RefundError::MalformedAmount);
    }
    let unexpected = |error: domain::money::MoneyError| RefundError::Unexpected(error.into());
    let left = payment.captured.checked_sub(payment.refunds).map_err(unexpected)?;
    if left.minor() < amount.minor() {
        return Err(RefundError::TooMuch { left });
    }
    let Left { payable, credit } = left_of(conn, payment).await?;
    if credit.is_positive() && amount.minor() <= credit.minor() {
        Ok(RefundFrom::Credit)
    } else if amount.minor() <= payable.minor() {
        Ok(RefundFrom::Payable)
    } else {
        Err(RefundError::CreditFirst { credit_left: credit })
    }
}

/// A refund that was judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) amount: Money,
    pub(crate) from: RefundFrom,
    pub(crate) source: RefundSource,
    pub(crate) actor: Actor,
    pub(crate) reason: &'a str,
    /// Nobody is asked: the organizer makes it in the same transaction.
    pub(crate) is_by_hand: bool,
}

/// Writes a refund of a locked payment with its ledger lines and the job that sends it, or the form that asks for an
/// account.
///
/// # Errors
/// `TooMuch` when the database counts more than was captured.
pub(crate) async fn write(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment): (&Order, &Payment),
    wish: &Wish<'_>,
    now: OffsetDateTime,
) -> Result<RefundId, RefundError> {
    // Konbini, transfer and Pay-easy cannot return money by themselves: a bank account is asked for first.
    let needs_account = !wish.is_by_hand && payment.method.is_some_and(PaymentMethod::is_delayed);
    let status = if needs_account { RefundStatus::NeedsAccount } else { RefundStatus::Requested };
    let refund: RefundId = fresh::id();
    let new = NewRefund {
        id: refund,
        payment: payment.id,
        order: order.id,
        organizer: order.organizer,
        amount: wish.amount,
        status,
        source: wish.source,
        from: wish.from,
        reason: wish.reason.to_owned(),
        requested_by: wish.actor.user(),
        provider_refund_id: None,
        now,
    };
    refunds::insert(conn, &new).await.on_constraint("payments_refunds_check", || {
        RefundError::TooMuch { left: Money::zero(wish.amount.currency()) }
    })?;
    let subject = subject(order, payment, Some(refund));
    ledger::post_refund(conn, subject, RefundMove::Requested, wish.from, wish.amount, now)
        .await
        .map_err(|error| RefundError::Unexpected(error.into()))?;
    if needs_account {
        account::ask(deps, conn, order, refund, now).await?;
    } else if !wish.is_by_hand {
        jobs::enqueue(conn, &Job::SendRefund { refund }, now).await?;
    }
    let detail = json!({
        "refund": refund, "payment": payment.id, "amount_minor": wish.amount.minor(), "status": status,
        "source": wish.source, "reason": wish.reason,
    });
    trail::leave(conn, order, wish.actor, "refund.requested", (&refund.to_string(), detail), now)
        .await?;
    Ok(refund)
}

/// What ledger lines of a payment, or of one of its refunds, are about.
pub(crate) fn subject(order: &Order, payment: &Payment, refund: Option<RefundId>) -> Subject {
    Subject {
        organizer: order.organizer,
        event: order.event,
        order: order.id,
        payment: payment.id,
        refund,
        held_by: payment.held_by(),
    }
}
