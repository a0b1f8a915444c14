//! What a paid order sets off: valid tickets, a mail, and the end of every other attempt to pay it.

use domain::ids::PaymentId;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::orders::{self, Order, PaidProof};
use store::trail::{self, Fact, Trail};
use store::{payments, tickets};
use time::OffsetDateTime;

use crate::actor::Actor;
use crate::jobs::{self, Job};
use crate::mails::enqueue::{OrderMail, order_mail};
use crate::trail::fact;

/// Which line of the audit log says that the order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// That of the capture that paid it.
    OfCapture,
    /// None but its own: it was free, or paid by money that was there.
    Own,
}

/// Marks the order of the proof paid and sets off what follows, in the caller's transaction.
///
/// # Errors
/// When the database fails.
pub(crate) async fn settle_order(
    conn: &mut Conn,
    order: &Order,
    proof: PaidProof,
    line: Line,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    if !orders::mark_paid(conn, proof, now).await? {
        return Ok(());
    }
    let n_tickets = tickets::issue(conn, order.id, now).await?;
    let attempts = payments::list_for_order(conn, order.id).await?;
    let open = attempts.iter().filter(|it| it.status.is_open()).map(|it| it.id);
    let mut trail = Trail::default();
    follow_up(&mut trail, order, (n_tickets, line), open, now)?;
    trail.mails.push(order_mail(order.id, OrderMail::Paid, now)?);
    trail::write(conn, trail, now).await
}

/// What a paid order sets off beside its own change and its mail.
pub(crate) fn follow_up(
    trail: &mut Trail,
    order: &Order,
    (n_tickets, line): (u64, Line),
    open: impl IntoIterator<Item = PaymentId>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for payment in open {
        trail.jobs.push(jobs::row(&Job::ClosePayment { payment }, now)?);
    }
    let detail = json!({
        "code": order.code, "amount_minor": order.amount.minor(), "n_tickets": n_tickets, "was": order.status,
    });
    let paid = fact(order, Actor::System, "order.paid", (&order.code, detail));
    trail.facts.push(Fact { is_logged: line == Line::Own, ..paid });
    Ok(())
}
