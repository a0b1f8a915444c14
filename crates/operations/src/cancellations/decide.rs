//! Deciding about a return request: yes cancels its tickets, no says why; both are told.

use domain::ids::{EventId, RefundId, ReturnRequestId};
use domain::limits::REASON_CHARS_MAX;
use domain::order::OrderStatus;
use domain::parsed::text;
use domain::permission::Permission;
use domain::refund::RefundSource;
use domain::return_request::{ReturnRequestFact, ReturnRequestStatus, ReturnRequestStep, step};
use serde_json::json;
use store::cancellations::{self, SoldTicket};
use store::db::Conn;
use store::error::StoreError;
use store::events;
use store::orders::{self, Order};
pub use store::return_requests::ListedRequest;
use store::return_requests::{self, Decision, ReturnRequest};
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::{Actor, OrganizerAccess};
use crate::cancellations::cancel::{
    CancelError, Cancelling, cancel, free_places, paid_basis, settle_by_organizer,
};
use crate::cancellations::figures::{self, Offer, Rule, Which};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::trail;

/// Requests that one page lists.
const LISTED_MAX: i64 = 100;

/// What an organizer says to a request.
#[derive(Debug, Clone)]
pub struct Decide {
    pub request: ReturnRequestId,
    pub verdict: Verdict,
    /// Shown to the participant.
    pub answer: String,
}

/// Yes, with or without a fee, or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve { waives_fee: bool },
    Reject,
}

/// Decides about a return request of the organizer's own event. The same verdict twice changes nothing.
///
/// # Errors
/// `AlreadyCancelled` when it was decided otherwise or its tickets ended meanwhile.
pub async fn decide(
    deps: &Deps,
    access: &OrganizerAccess,
    command: Decide,
) -> Result<(), CancelError> {
    let answer = text::optional_line(&command.answer, REASON_CHARS_MAX)
        .map_err(|_| CancelError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = return_requests::get(
        &mut tx,
        access.organizer_for(Permission::DecideReturns)?,
        command.request,
    )
    .await?
    .order;
    let order = orders::lock(&mut tx, order).await?;
    let request = return_requests::lock(&mut tx, command.request).await?;
    let fact = match command.verdict {
        Verdict::Approve { .. } => ReturnRequestFact::Approved,
        Verdict::Reject => ReturnRequestFact::Rejected,
    };
    let status = match step(request.status, fact) {
        ReturnRequestStep::Move(status) => status,
        ReturnRequestStep::AlreadyThere => return Ok(()),
        ReturnRequestStep::Stale => return Err(CancelError::AlreadyCancelled),
    };
    let decision = Decision { status, answer: &answer, decided_by: access.actor().user() };
    return_requests::mark_decided(&mut tx, request.id, decision, now).await?;
    let detail = json!({ "return_request": request.id, "code": order.code, "answer": answer });
    let (what, key) = (format!("return_request.{status}"), request.id.to_string());
    trail::leave(&mut tx, &order, access.actor(), &what, (&key, detail), now).await?;
    match command.verdict {
        Verdict::Approve { waives_fee } => {
            let yes = Yes { request: &request, actor: access.actor(), waives_fee, answer: &answer };
            approve(deps, &mut tx, &order, &yes, now).await?;
        }
        Verdict::Reject => {
            orders::touch(&mut tx, order.id, now).await?;
            let mail = OrderMail::ReturnRejected(request.id);
            enqueue_order_mail(&mut tx, deps, order.id, mail).await?;
        }
    }
    Ok(tx.commit().await?)
}

struct Yes<'a> {
    request: &'a ReturnRequest,
    actor: Actor,
    waives_fee: bool,
    answer: &'a str,
}

/// Cancels the tickets of a request, at the fee of the day it was made: nobody pays for waiting for an answer.
async fn approve(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    yes: &Yes<'_>,
    now: OffsetDateTime,
) -> Result<(), CancelError> {
    let request = yes.request;
    let basis = paid_basis(conn, order).await?;
    let tickets = basis.choose(&Which::Codes(request.tickets.clone()))?;
    let (settled, waived) =
        settle_by_organizer(&basis, &tickets, yes.waives_fee, request.created_at)?;
    let ending = Cancelling {
        basis: &basis,
        tickets: &tickets,
        settled: &settled,
        waived,
        actor: yes.actor,
        source: RefundSource::Organizer,
        reason: yes.answer,
        return_request: Some(request.id),
    };
    cancel(deps, conn, order, &ending, now).await?;
    complete_if_done(conn, order, &ending, now).await?;
    Ok(free_places(conn, &tickets).await?)
}

/// An organizer who cancels what was asked for has said yes: the request is approved and linked to the cancellation.
pub(super) async fn approve_if_covered(
    conn: &mut Conn,
    order: &Order,
    tickets: &[&SoldTicket],
    actor: Actor,
    now: OffsetDateTime,
) -> Result<Option<ReturnRequestId>, StoreError> {
    let Some(request) = return_requests::find_open(conn, order.id).await? else { return Ok(None) };
    let is_covered = request.tickets.iter().all(|code| tickets.iter().any(|it| it.code == *code));
    if !is_covered {
        return Ok(None);
    }
    mark_approved(conn, order, request.id, actor, now).await?;
    Ok(Some(request.id))
}

/// Where nothing goes back, an approved request is complete at once.
pub(super) async fn complete_if_done(
    conn: &mut Conn,
    order: &Order,
    ending: &Cancelling<'_>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    match ending.return_request {
        Some(request) if !ending.settled.back.is_positive() => {
            complete(conn, order, request, now).await
        }
        Some(_) | None => Ok(()),
    }
}

async fn mark_approved(
    conn: &mut Conn,
    order: &Order,
    request: ReturnRequestId,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let status = ReturnRequestStatus::Approved;
    let decision = Decision { status, answer: "", decided_by: actor.user() };
    return_requests::mark_decided(conn, request, decision, now).await?;
    let detail = json!({ "return_request": request, "code": order.code, "answer": "" });
    let key = request.to_string();
    trail::leave(conn, order, actor, "return_request.approved", (&key, detail), now).await
}

/// An open request whose tickets ended some other way is answered by that.
pub(crate) async fn settle_open_request(
    conn: &mut Conn,
    order: &Order,
    actor: Actor,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let Some(request) = return_requests::find_open(conn, order.id).await? else { return Ok(()) };
    let tickets = cancellations::list_tickets(conn, order.id, order.amount.currency()).await?;
    let is_left = tickets.iter().any(|it| it.is_valid && request.tickets.contains(&it.code));
    if is_left {
        return Ok(());
    }
    mark_approved(conn, order, request.id, actor, now).await?;
    complete(conn, order, request.id, now).await
}

/// The refund of an approved request succeeded: everything that goes back is back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn complete_for_refund(
    conn: &mut Conn,
    order: &Order,
    refund: RefundId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    match return_requests::find_for_refund(conn, refund).await? {
        Some(request) => complete(conn, order, request, now).await,
        None => Ok(()),
    }
}

/// The transfer of a completed request came back: its participant waits for the money again.
///
/// # Errors
/// When the database fails.
pub(crate) async fn wait_again_for_refund(
    conn: &mut Conn,
    order: &Order,
    refund: RefundId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let Some(request) = return_requests::mark_waiting_again(conn, refund).await? else {
        return Ok(());
    };
    let detail = json!({ "return_request": request, "code": order.code });
    let key = request.to_string();
    trail::leave(conn, order, Actor::System, "return_request.reopened", (&key, detail), now).await
}

async fn complete(
    conn: &mut Conn,
    order: &Order,
    request: ReturnRequestId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    if !return_requests::mark_completed(conn, request, now).await? {
        return Ok(());
    }
    let detail = json!({ "return_request": request, "code": order.code });
    let key = request.to_string();
    trail::leave(conn, order, Actor::System, "return_request.completed", (&key, detail), now).await
}

/// A request in the organizer's list; with what saying yes would cost, where it waits for a decision.
#[derive(Debug, Clone)]
pub struct ShownRequest {
    pub listed: ListedRequest,
    pub offer: Option<Offer>,
}

/// The requests of the organizer's event: those to decide first.
///
/// # Errors
/// `NotFound` when it is somebody else's event.
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Vec<ShownRequest>, CancelError> {
    let mut conn = deps.db.acquire().await?;
    events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewOrders)?, event)
        .await?;
    let listed = return_requests::list_for_event(
        &mut conn,
        access.organizer_for(Permission::ViewOrders)?,
        event,
        LISTED_MAX,
    )
    .await?;
    let mut shown = Vec::with_capacity(listed.len());
    for listed in listed {
        let offer = if listed.request.status == ReturnRequestStatus::Requested {
            what_yes_costs(&mut conn, &listed.request).await?
        } else {
            None
        };
        shown.push(ShownRequest { listed, offer });
    }
    Ok(shown)
}

async fn what_yes_costs(
    conn: &mut Conn,
    request: &ReturnRequest,
) -> Result<Option<Offer>, CancelError> {
    let order = orders::get(conn, request.order).await?;
    if order.status != OrderStatus::Paid {
        return Ok(None);
    }
    let basis = figures::load(conn, &order, false).await?;
    match basis.choose(&Which::Codes(request.tickets.clone())) {
        Ok(tickets) => Ok(Some(basis.offer(&tickets, Rule::Organizer, request.created_at)?)),
        Err(_) => Ok(None),
    }
}
