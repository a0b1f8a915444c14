//! Cancelling tickets: they are void, their places free, the fee is kept and the rest goes back, all in one transaction.

use domain::cancel_policy::{CancelMode, Settlement};
use domain::ids::{CancellationId, Id, OrderId, RefundId, ReturnRequestId, TicketTypeId};
use domain::ledger::RefundFrom;
use domain::limits::REASON_CHARS_MAX;
use domain::money::Money;
use domain::order::{OrderFact, OrderStatus};
use domain::parsed::{idempotency_key, text};
use domain::permission::Permission;
use domain::refund::RefundSource;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::cancellations::{self as rows, NewCancellation, SoldTicket};
use store::db::Conn;
use store::error::StoreError;
use store::idempotency::{self, Claim};
use store::orders::{self, Order};
use store::quotas;
use time::{Duration, OffsetDateTime};

use crate::actor::{Actor, BuyerAccess, OrganizerAccess};
use crate::cancellations::decide;
use crate::cancellations::figures::{self, Basis, Rule, Which};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::orders::end::{Ending, end_order_with};
use crate::payments::credit;
use crate::refunds::purse;
use crate::refunds::request::{RefundError, Wish};
use crate::trail;
use crate::{Deps, fresh};

const IDEMPOTENCY_LEASE: Duration = Duration::seconds(60);

/// Why tickets were not cancelled. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    #[error("there is no such order")]
    NotFound,
    #[error("the order has no such ticket")]
    UnknownTicket,
    #[error("the tickets are cancelled already")]
    AlreadyCancelled,
    /// An unpaid order is cancelled as a whole, without a fee.
    #[error("the order is not paid")]
    NotPaid,
    #[error("the organizer cancels; the participant asks")]
    NotBySelf,
    /// The participant asks, and the organizer decides.
    #[error("cancelling needs the organizer's approval")]
    NeedsApproval,
    #[error("it is too late to cancel")]
    TooLate,
    /// The participant was shown another fee: a step ended in between.
    #[error("the fee is now {}", fee.minor())]
    FeeChanged { fee: Money },
    #[error("the reason is too long or holds control characters")]
    MalformedReason,
    #[error("the idempotency key is too long")]
    MalformedKey,
    #[error("the idempotency key was used for something else")]
    KeyReused,
    #[error("the same cancellation is under way")]
    StillRunning,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<RefundError> for CancelError {
    fn from(error: RefundError) -> Self {
        match error {
            RefundError::Busy => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// What a participant wants cancelled.
#[derive(Debug, Clone)]
pub struct CancelBySelf {
    pub which: Which,
    /// The fee that was shown before, in minor units: a higher one is refused.
    pub seen_fee_minor: i64,
    pub idempotency_key: Option<String>,
}

/// What an organizer wants cancelled for a participant.
#[derive(Debug, Clone)]
pub struct CancelForParticipant {
    pub which: Which,
    /// Whether the fee of the policy is let go.
    pub waives_fee: bool,
    /// Shown to the participant.
    pub reason: String,
    pub idempotency_key: Option<String>,
}

/// Cancels tickets of the participant's own order, where the policy lets participants do so.
///
/// # Errors
/// See [`CancelError`].
pub async fn cancel_by_self(
    deps: &Deps,
    access: &BuyerAccess,
    command: CancelBySelf,
) -> Result<CancellationId, CancelError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order()).await?;
    let wish = json!(["self", codes(&command.which)]);
    let key = Key::new(order.id, command.idempotency_key.as_deref(), &wish)?;
    if let Some(before) = key.claim(&mut tx, now).await? {
        return Ok(before);
    }
    let basis = paid_basis(&mut tx, &order).await?;
    match basis.mode() {
        CancelMode::SelfService => {}
        CancelMode::Approval => return Err(CancelError::NeedsApproval),
        CancelMode::Closed => return Err(CancelError::NotBySelf),
    }
    let tickets = basis.choose(&command.which)?;
    let settled = basis.settle(&tickets, Rule::Participant, now)?.ok_or(CancelError::TooLate)?;
    if settled.fee.minor() > command.seen_fee_minor {
        return Err(CancelError::FeeChanged { fee: settled.fee });
    }
    let zero = Money::zero(settled.fee.currency());
    let ending = Cancelling {
        basis: &basis,
        tickets: &tickets,
        settled: &settled,
        waived: zero,
        actor: Actor::Buyer,
        source: RefundSource::Buyer,
        reason: "",
        return_request: None,
    };
    let cancellation = cancel(deps, &mut tx, &order, &ending, now).await?;
    key.answer(&mut tx, cancellation).await?;
    free_places(&mut tx, &tickets).await?;
    tx.commit().await?;
    Ok(cancellation)
}

/// Cancels tickets for a participant, at the policy's fee or without one.
///
/// # Errors
/// See [`CancelError`].
pub async fn cancel_for_participant(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
    command: CancelForParticipant,
) -> Result<CancellationId, CancelError> {
    let reason = text::optional_line(&command.reason, REASON_CHARS_MAX)
        .map_err(|_| CancelError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order =
        orders::lock_for_organizer(&mut tx, access.organizer_for(Permission::CancelOrders)?, order)
            .await?;
    let wish = json!(["for", codes(&command.which), command.waives_fee, reason]);
    let key = Key::new(order.id, command.idempotency_key.as_deref(), &wish)?;
    if let Some(before) = key.claim(&mut tx, now).await? {
        return Ok(before);
    }
    let basis = paid_basis(&mut tx, &order).await?;
    let tickets = basis.choose(&command.which)?;
    let (settled, waived) = settle_by_organizer(&basis, &tickets, command.waives_fee, now)?;
    let answered =
        decide::approve_if_covered(&mut tx, &order, &tickets, access.actor(), now).await?;
    let ending = Cancelling {
        basis: &basis,
        tickets: &tickets,
        settled: &settled,
        waived,
        actor: access.actor(),
        source: RefundSource::Organizer,
        reason: &reason,
        return_request: answered,
    };
    let cancellation = cancel(deps, &mut tx, &order, &ending, now).await?;
    decide::complete_if_done(&mut tx, &order, &ending, now).await?;
    key.answer(&mut tx, cancellation).await?;
    free_places(&mut tx, &tickets).await?;
    tx.commit().await?;
    Ok(cancellation)
}

/// What is kept when the organizer cancels at `at`, and what of the policy's fee is let go.
pub(super) fn settle_by_organizer(
    basis: &Basis,
    tickets: &[&SoldTicket],
    waives_fee: bool,
    at: OffsetDateTime,
) -> Result<(Settlement, Money), CancelError> {
    let by_policy = basis.settle(tickets, Rule::Organizer, at)?.ok_or(CancelError::TooLate)?;
    if !waives_fee {
        let nothing = Money::zero(by_policy.fee.currency());
        return Ok((by_policy, nothing));
    }
    let settled = basis.settle(tickets, Rule::Waived, at)?.ok_or(CancelError::TooLate)?;
    let waived = by_policy.fee.checked_sub(settled.fee)?;
    Ok((settled, waived))
}

/// Reads and locks what decides about a paid order.
pub(super) async fn paid_basis(conn: &mut Conn, order: &Order) -> Result<Basis, CancelError> {
    match order.status {
        OrderStatus::Paid => figures::load(conn, order, true).await,
        OrderStatus::Pending | OrderStatus::AwaitingPayment => Err(CancelError::NotPaid),
        OrderStatus::Cancelled | OrderStatus::Expired => Err(CancelError::AlreadyCancelled),
    }
}

/// Tickets that end, and on what terms.
pub(super) struct Cancelling<'a> {
    pub(super) basis: &'a Basis,
    pub(super) tickets: &'a [&'a SoldTicket],
    pub(super) settled: &'a Settlement,
    pub(super) waived: Money,
    pub(super) actor: Actor,
    pub(super) source: RefundSource,
    pub(super) reason: &'a str,
    pub(super) return_request: Option<ReturnRequestId>,
}

/// Ends tickets of a locked order whose payment is locked too. The caller frees their places last ([`free_places`]):
/// everybody who orders the event meets at the quota's row until the commit.
pub(super) async fn cancel(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    ending: &Cancelling<'_>,
    now: OffsetDateTime,
) -> Result<CancellationId, CancelError> {
    let id: CancellationId = fresh::id();
    let settled = ending.settled;
    let wish = Wish {
        amount: settled.back,
        from: RefundFrom::Payable,
        source: ending.source,
        actor: ending.actor,
        reason: ending.reason,
        is_by_hand: false,
    };
    let refunds = purse::give_back(deps, conn, (order, &ending.basis.purses), &wish, now).await?;
    let new = NewCancellation {
        id,
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        actor_kind: ending.actor.kind(),
        actor_id: ending.actor.id(),
        return_request: ending.return_request,
        refunds: &refunds,
        fee: settled.fee,
        waived: ending.waived,
        back: settled.back,
        reason: ending.reason,
        now,
    };
    rows::insert(conn, &new).await?;
    let ended = rows::end_tickets(conn, id, &figures::fees(ending.tickets, settled)).await?;
    if ended.len() != ending.tickets.len() {
        return Err(CancelError::AlreadyCancelled);
    }
    leave(conn, order, ending, (id, &refunds), now).await?;
    let is_last = ended.len() == ending.basis.valid().len();
    if is_last {
        let fee = fee_of_order(ending, settled)?;
        let end = Ending { actor: ending.actor, reason: ending.reason, fee: Some(fee) };
        end_order_with(conn, order, OrderFact::Cancelled, &end, now).await?;
        let unclaimed = credit::give_back_all(deps, conn, order, now).await;
        unclaimed.map_err(CancelError::Unexpected)?;
    } else {
        orders::touch(conn, order.id, now).await?;
        decide::settle_open_request(conn, order, ending.actor, now).await?;
    }
    enqueue_order_mail(conn, deps, order.id, OrderMail::TicketsCancelled(id)).await?;
    Ok(id)
}

/// What is kept of the whole order.
fn fee_of_order(ending: &Cancelling<'_>, settled: &Settlement) -> Result<Money, CancelError> {
    let earlier = ending.basis.tickets.iter().filter_map(|ticket| ticket.fee);
    Ok(Money::sum(settled.fee.currency(), earlier)?.checked_add(settled.fee)?)
}

async fn leave(
    conn: &mut Conn,
    order: &Order,
    ending: &Cancelling<'_>,
    (id, refunds): (CancellationId, &[RefundId]),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let codes: Vec<&str> = ending.tickets.iter().map(|ticket| ticket.code.as_str()).collect();
    let detail = json!({
        "cancellation": id, "code": order.code, "tickets": codes, "fee_minor": ending.settled.fee.minor(),
        "waived_minor": ending.waived.minor(), "back_minor": ending.settled.back.minor(), "refunds": refunds,
        "reason": ending.reason, "return_request": ending.return_request,
    });
    trail::leave(conn, order, ending.actor, "ticket.cancelled", (&order.code, detail), now).await
}

/// Gives the places of cancelled tickets back: they can be sold again from the commit on.
pub(super) async fn free_places(
    conn: &mut Conn,
    tickets: &[&SoldTicket],
) -> Result<(), StoreError> {
    let mut freed: Vec<(TicketTypeId, u32)> = Vec::new();
    for ticket in tickets {
        match freed.iter_mut().find(|(ticket_type, _)| *ticket_type == ticket.ticket_type) {
            Some((_, n)) => *n = n.saturating_add(1),
            None => freed.push((ticket.ticket_type, 1)),
        }
    }
    let claims = quotas::list_claims(conn, &freed).await?;
    quotas::give_back(conn, &claims).await
}

fn codes(which: &Which) -> Value {
    match which {
        Which::All => json!("all"),
        Which::Codes(codes) => json!(codes),
    }
}

/// The caller's name for one cancellation; empty where none was given.
struct Key {
    scope: String,
    key: String,
    hash: Vec<u8>,
}

impl Key {
    fn new(order: OrderId, key: Option<&str>, wish: &Value) -> Result<Self, CancelError> {
        let key = key.unwrap_or_default().to_owned();
        if !key.is_empty() && idempotency_key::check(&key).is_err() {
            return Err(CancelError::MalformedKey);
        }
        let hash = Sha256::digest(wish.to_string().as_bytes()).to_vec();
        Ok(Self { scope: format!("cancel:{}", order.uuid()), key, hash })
    }

    /// The cancellation that this key made before.
    async fn claim(
        &self,
        conn: &mut Conn,
        now: OffsetDateTime,
    ) -> Result<Option<CancellationId>, CancelError> {
        if self.key.is_empty() {
            return Ok(None);
        }
        let (scope, key) = (&self.scope, &self.key);
        match idempotency::claim(conn, scope, key, &self.hash, IDEMPOTENCY_LEASE, now).await? {
            Claim::Mine => Ok(None),
            Claim::Answered(answer) => {
                let before = answer.get("cancellation").and_then(Value::as_str).unwrap_or_default();
                let malformed = StoreError::Malformed("idempotent answer");
                before.parse().map(Some).map_err(|_| malformed.into())
            }
            Claim::Running => Err(CancelError::StillRunning),
            Claim::Reused => Err(CancelError::KeyReused),
        }
    }

    async fn answer(&self, conn: &mut Conn, made: CancellationId) -> Result<(), StoreError> {
        if self.key.is_empty() {
            return Ok(());
        }
        let answer = json!({ "cancellation": made });
        idempotency::answer(conn, &self.scope, &self.key, &answer).await
    }
}
