//! What a paid order sets off: valid tickets, a mail, and the end of every other attempt to pay it.

use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::orders::{self, Order, PaidProof};
use store::{payments, tickets};
use time::OffsetDateTime;

use crate::actor::Actor;
use crate::jobs::{self, Job};
use crate::trail;

/// Marks the order of the proof paid and sets off what follows, in the caller's transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn settle_order(
    conn: &mut Conn,
    order: &Order,
    proof: PaidProof,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    if !orders::mark_paid(conn, proof, now).await? {
        return Ok(());
    }
    let n_tickets = tickets::issue(conn, order.id, now).await?;
    for payment in payments::list_for_order(conn, order.id).await? {
        if payment.status.is_open() {
            jobs::enqueue(conn, &Job::ClosePayment { payment: payment.id }, now).await?;
        }
    }
    crate::mails::enqueue::enqueue_paid(conn, order.id, now).await?;
    let detail = json!({
        "code": order.code, "amount_minor": order.amount.minor(), "n_tickets": n_tickets, "was": order.status,
    });
    trail::leave(conn, order, Actor::System, "order.paid", (&order.code, detail), now).await
}
