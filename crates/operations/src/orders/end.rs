//! Ending an order: its tickets are void, its places free, its open payments closed. Called by cancel, expire, refund.

use domain::money::Money;
use domain::order::{OrderFact, OrderStatus, OrderStep, step};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::orders::Order;
use store::{orders, payments, quotas, tickets};
use time::OffsetDateTime;

use crate::actor::Actor;
use crate::cancellations::decide::settle_open_request;
use crate::jobs::{self, Job};
use crate::trail;

/// Who ends an order, why, and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending<'a> {
    pub(crate) actor: Actor,
    pub(crate) reason: &'a str,
    /// None where nothing was paid, or where the refund tells.
    pub(crate) fee: Option<Money>,
}

/// Ends a locked order by `fact`; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn end_order(
    conn: &mut Conn,
    order: &Order,
    fact: OrderFact,
    actor: Actor,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    end_order_with(conn, order, fact, &Ending { actor, reason, fee: None }, now).await
}

/// As [`end_order`], with the fee that was kept.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end_order_with(
    conn: &mut Conn,
    order: &Order,
    fact: OrderFact,
    ending: &Ending<'_>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let Ending { actor, reason, fee } = *ending;
    let status = match step(order.status, fact) {
        OrderStep::Move(status @ (OrderStatus::Cancelled | OrderStatus::Expired)) => status,
        OrderStep::Move(_) | OrderStep::AlreadyThere | OrderStep::Stale => return Ok(false),
    };
    if !orders::mark_ended(conn, order.id, status, reason, now).await? {
        return Ok(false);
    }
    let freed = tickets::mark_void(conn, order.id).await?;
    let claims = quotas::list_claims(conn, &freed).await?;
    quotas::give_back(conn, &claims).await?;
    for payment in payments::list_for_order(conn, order.id).await? {
        if payment.status.is_open() {
            jobs::enqueue(conn, &Job::ClosePayment { payment: payment.id }, now).await?;
        }
    }
    let what = format!("order.{status}");
    settle_open_request(conn, order, actor, now).await?;
    let mut detail = json!({ "code": order.code, "reason": reason, "was": order.status });
    if let (Some(fee), Some(detail)) = (fee, detail.as_object_mut()) {
        detail.insert("fee_minor".to_owned(), json!(fee.minor()));
    }
    trail::leave(conn, order, actor, &what, (&order.code, detail), now).await?;
    Ok(true)
}
