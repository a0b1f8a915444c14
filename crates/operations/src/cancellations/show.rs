//! Shows what cancelling an order would cost, what was cancelled, and what was asked; to its participant and its organizer.

use domain::cancel_policy::{CancelMode, FrozenPolicy};
use domain::ids::{EventId, OrderId};
use domain::order::OrderStatus;
use domain::permission::Permission;
pub use store::cancellations::{Cancellation, SoldTicket};
use store::db::Conn;
use store::orders::{self, Order};
pub use store::return_requests::ReturnRequest;
use store::{cancellations, return_requests};
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::{BuyerAccess, OrganizerAccess};
use crate::cancellations::cancel::CancelError;
use crate::cancellations::figures::{self, Offer, Rule};

/// Everything about the cancelling of an order.
#[derive(Debug, Clone)]
pub struct CancelView {
    pub order: OrderId,
    pub event: EventId,
    pub status: OrderStatus,
    /// As it was sold.
    pub policy: FrozenPolicy,
    /// Valid tickets, each with what cancelling it alone costs.
    pub tickets: Vec<(SoldTicket, Offer)>,
    /// What cancelling all of them costs.
    pub whole: Offer,
    pub cancellations: Vec<Cancellation>,
    pub requests: Vec<ReturnRequest>,
    pub now: OffsetDateTime,
}

impl CancelView {
    /// What one ticket costs to cancel, or all of them where no code is given.
    pub fn offer(&self, code: Option<&str>) -> Option<Offer> {
        match code {
            None => Some(self.whole),
            Some(code) => {
                let found = self.tickets.iter().find(|(ticket, _)| ticket.code == code);
                found.map(|(_, offer)| *offer)
            }
        }
    }

    /// Whether the participant can cancel something here, or ask for it.
    pub fn is_open_to_participant(&self) -> bool {
        self.policy.policy.mode != CancelMode::Closed
            && self.tickets.iter().any(|(_, offer)| offer.today.is_some())
    }

    /// The request that the organizer has not decided.
    pub fn open_request(&self) -> Option<&ReturnRequest> {
        use domain::return_request::ReturnRequestStatus::Requested;
        self.requests.iter().find(|request| request.status == Requested)
    }
}

/// What the participant may cancel.
///
/// # Errors
/// When the database fails.
pub async fn for_participant(deps: &Deps, access: &BuyerAccess) -> Result<CancelView, CancelError> {
    let mut conn = deps.db.acquire().await?;
    let order = orders::get(&mut conn, access.order()).await?;
    view(&mut conn, &order, Rule::Participant, deps.clock.now()).await
}

/// What the organizer may cancel for a participant.
///
/// # Errors
/// `NotFound` when it is somebody else's order.
pub async fn for_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<CancelView, CancelError> {
    let mut conn = deps.db.acquire().await?;
    let order = orders::get(&mut conn, order).await?;
    if order.organizer != access.organizer_for(Permission::ViewOrders)? {
        return Err(CancelError::NotFound);
    }
    view(&mut conn, &order, Rule::Organizer, deps.clock.now()).await
}

async fn view(
    conn: &mut Conn,
    order: &Order,
    rule: Rule,
    now: OffsetDateTime,
) -> Result<CancelView, CancelError> {
    let basis = figures::load(conn, order, false).await?;
    let valid = basis.valid();
    let mut tickets = Vec::with_capacity(valid.len());
    for ticket in &valid {
        let offer = basis.offer(&[ticket], rule, now)?;
        tickets.push(((*ticket).clone(), offer));
    }
    let whole = basis.offer(&valid, rule, now)?;
    Ok(CancelView {
        order: order.id,
        event: order.event,
        status: order.status,
        tickets,
        whole,
        cancellations: cancellations::list_for_order(conn, order.id).await?,
        requests: return_requests::list_for_order(conn, order.id).await?,
        policy: basis.sold.frozen,
        now,
    })
}
