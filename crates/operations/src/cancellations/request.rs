//! Asking to cancel, where the organizer decides: the wish is written down, both sides get a mail.

use domain::cancel_policy::CancelMode;
use domain::ids::{ReturnRequestId, TicketId};
use domain::limits::REASON_CHARS_MAX;
use domain::mail_choice::MemberMail;
use domain::parsed::text;
use serde_json::json;
use store::error::{ResultExt, StoreError};
use store::orders;
use store::return_requests::{self, NewReturnRequest};

use crate::actor::{Actor, BuyerAccess};
use crate::cancellations::cancel::{CancelError, paid_basis};
use crate::cancellations::figures::{Rule, Which};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail, enqueue_order_mail_for_members};
use crate::trail;
use crate::{Deps, fresh};

/// What a participant asks.
#[derive(Debug, Clone)]
pub struct RequestReturn {
    pub which: Which,
    /// For the organizer.
    pub note: String,
}

/// Why a wish was not written down. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RequestReturnError {
    /// The organizer has not decided about the last wish yet.
    #[error("a request is open already")]
    AlreadyAsked,
    /// The policy lets participants cancel by themselves.
    #[error("no approval is needed")]
    NoNeed,
    #[error(transparent)]
    Refused(#[from] CancelError),
}

impl From<StoreError> for RequestReturnError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Asks the organizer to cancel tickets of the participant's own order.
///
/// # Errors
/// See [`RequestReturnError`].
pub async fn request_return(
    deps: &Deps,
    access: &BuyerAccess,
    command: RequestReturn,
) -> Result<ReturnRequestId, RequestReturnError> {
    let note = text::paragraphs(&command.note, REASON_CHARS_MAX)
        .map_err(|_| CancelError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order()).await?;
    let basis = paid_basis(&mut tx, &order).await?;
    match basis.mode() {
        CancelMode::Approval => {}
        CancelMode::SelfService => return Err(RequestReturnError::NoNeed),
        CancelMode::Closed => return Err(CancelError::NotBySelf.into()),
    }
    let tickets = basis.choose(&command.which)?;
    let settled = basis.settle(&tickets, Rule::Participant, now)?.ok_or(CancelError::TooLate)?;
    let ids: Vec<TicketId> = tickets.iter().map(|ticket| ticket.id).collect();
    let request: ReturnRequestId = fresh::id();
    let new = NewReturnRequest {
        id: request,
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        note: note.trim(),
        tickets: &ids,
        now,
    };
    return_requests::insert(&mut tx, &new)
        .await
        .on_constraint("return_requests_open_key", || RequestReturnError::AlreadyAsked)?;
    orders::touch(&mut tx, order.id, now).await?;
    let codes: Vec<&str> = tickets.iter().map(|ticket| ticket.code.as_str()).collect();
    let detail = json!({
        "return_request": request, "code": order.code, "tickets": codes, "note": note,
        "fee_minor": settled.fee.minor(),
    });
    let key = request.to_string();
    trail::leave(&mut tx, &order, Actor::Buyer, "return_request.requested", (&key, detail), now)
        .await?;
    for mail in [OrderMail::ReturnRequested(request), OrderMail::ReturnToDecide(request)] {
        enqueue_order_mail(&mut tx, deps, order.id, mail).await?;
    }
    let whose = (order.organizer, order.event);
    let to_decide = (OrderMail::ReturnToDecide(request), MemberMail::ReturnToDecide);
    enqueue_order_mail_for_members(&mut tx, whose, order.id, to_decide, now).await?;
    tx.commit().await?;
    Ok(request)
}
