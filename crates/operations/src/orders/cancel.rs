//! Cancelling an unpaid order, by its buyer or its organizer. Paid orders end through a refund.

use domain::ids::OrderId;
use domain::limits::REASON_CHARS_MAX;
use domain::order::{OrderFact, OrderStatus};
use domain::parsed::text;
use domain::permission::Permission;
use store::error::StoreError;
use store::orders::{self, Order};

use crate::Deps;
use crate::actor::{Actor, BuyerAccess, OrganizerAccess};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::orders::end::end_order;
use crate::payments::credit;

/// Why an order was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelOrderError {
    #[error("there is no such order")]
    NotFound,
    /// Money is in it: it ends through a refund.
    #[error("the order is paid")]
    Paid,
    #[error("the reason is too long or holds control characters")]
    MalformedReason,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for CancelOrderError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// The buyer gives the places back. An order that has ended already stays as it is.
///
/// # Errors
/// `Paid` when money is in it.
pub async fn cancel_by_buyer(deps: &Deps, access: &BuyerAccess) -> Result<(), CancelOrderError> {
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order()).await?;
    cancel(deps, &mut tx, &order, Actor::Buyer, "").await?;
    Ok(tx.commit().await?)
}

/// The organizer ends an unpaid order, for a reason the buyer reads.
///
/// # Errors
/// `NotFound` when it is somebody else's order, `Paid` when money is in it.
pub async fn cancel_by_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
    reason: &str,
) -> Result<(), CancelOrderError> {
    let reason = text::optional_line(reason, REASON_CHARS_MAX)
        .map_err(|_| CancelOrderError::MalformedReason)?;
    let mut tx = deps.db.begin().await?;
    let order =
        orders::lock_for_organizer(&mut tx, access.organizer_for(Permission::CancelOrders)?, order)
            .await?;
    cancel(deps, &mut tx, &order, access.actor(), &reason).await?;
    Ok(tx.commit().await?)
}

async fn cancel(
    deps: &Deps,
    conn: &mut store::db::Conn,
    order: &Order,
    actor: Actor,
    reason: &str,
) -> Result<(), CancelOrderError> {
    if order.status == OrderStatus::Paid {
        return Err(CancelOrderError::Paid);
    }
    let now = deps.clock.now();
    if end_order(conn, order, OrderFact::Cancelled, actor, reason, now).await? {
        let given_back = credit::give_back_all(deps, conn, order, now).await;
        given_back.map_err(CancelOrderError::Unexpected)?;
        enqueue_order_mail(conn, deps, order.id, OrderMail::Cancelled).await?;
    }
    Ok(())
}
