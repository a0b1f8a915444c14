//! What a promise to pay means to its order: places wait for its deadline, and are free again soon after it lapsed.

use domain::ids::PaymentId;
use domain::limits;
use domain::order::{OrderFact, OrderStatus, OrderStep, step};
use domain::payment::PaymentStatus;
use store::db::Conn;
use store::error::StoreError;
use store::orders::{self, Order};
use store::payments;
use time::{Duration, OffsetDateTime};

use crate::Deps;
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};

/// Places wait for the deadline of a provider and a little longer, since its news may be late.
pub(crate) fn hold(order: &Order, deadline_at: Option<OffsetDateTime>) -> OffsetDateTime {
    deadline_at.unwrap_or(order.hold_expires_at) + Duration::minutes(limits::HOLD_GRACE_MINUTES)
}

/// The buyer holds a konbini code or promised a transfer: places wait until `hold`. The buyer is mailed how to pay.
///
/// # Errors
/// When the database fails.
pub(crate) async fn keep_places(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    payment: PaymentId,
    hold: OffsetDateTime,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    if order.status.is_payable() {
        orders::extend_hold(conn, order.id, hold).await?;
        if step(order.status, OrderFact::PaymentPromised)
            == OrderStep::Move(OrderStatus::AwaitingPayment)
        {
            orders::mark_awaiting_payment(conn, order.id, hold, now).await?;
        }
        enqueue_order_mail(conn, deps, order.id, OrderMail::Instructions(payment)).await?;
    }
    Ok(())
}

/// A promise ended without money. Another attempt may still hold the order; if none does, its places end now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lapse(
    conn: &mut Conn,
    order: &Order,
    lapsed: PaymentId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let attempts = payments::list_for_order(conn, order.id).await?;
    let has_other_promise =
        attempts.iter().any(|it| it.id != lapsed && it.status == PaymentStatus::Authorized);
    if !has_other_promise
        && step(order.status, OrderFact::PromiseLapsed) == OrderStep::Move(OrderStatus::Pending)
    {
        let hold = now + Duration::minutes(limits::HOLD_GRACE_MINUTES);
        orders::mark_pending(conn, order.id, hold, now).await?;
    }
    Ok(())
}
