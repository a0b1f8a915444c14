//! Money of an order that the order does not claim yet: it waits for the rest, pays the order with it, or goes back.

use domain::ids::{OrderId, PaymentId};
use domain::money::Money;
use store::alerts;
use store::db::Conn;
use store::error::StoreError;
use store::ledger::{self, CreditReceipt};
use store::orders::Order;
use store::payments::{self, Payment};
use time::OffsetDateTime;

use crate::Deps;
use crate::refunds::request::{give_back_credit, subject};

/// The order's payments with money that it does not claim and that nobody was promised back, the oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(conn: &mut Conn, order: OrderId) -> Result<Vec<Payment>, StoreError> {
    let mut payments = payments::list_for_order(conn, order).await?;
    payments.retain(|payment| payment.credit().is_positive());
    Ok(payments)
}

/// What the order still lacks, after what came before.
///
/// # Errors
/// When the database fails.
pub(crate) async fn missing(conn: &mut Conn, order: &Order) -> anyhow::Result<Money> {
    let credits = list(conn, order.id).await?;
    let held = Money::sum(order.amount.currency(), credits.iter().map(Payment::credit))?;
    Ok(order.amount.checked_sub(held)?)
}

/// Lets credits pay their order, since `completed_by` brought the rest; their alerts are done with.
///
/// # Errors
/// When the database fails.
pub(crate) async fn apply(
    conn: &mut Conn,
    order: &Order,
    credits: &[(&Payment, Money)],
    completed_by: PaymentId,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<CreditReceipt>> {
    let mut receipts = Vec::with_capacity(credits.len());
    for (payment, amount) in credits.iter().filter(|(_, amount)| amount.is_positive()) {
        let subject = subject(order, payment, None);
        let receipt =
            ledger::post_credit_applied(conn, subject, *amount, completed_by, now).await?;
        payments::mark_applied(conn, &receipt, now).await?;
        alerts::resolve_for_payment(conn, payment.id, now).await?;
        receipts.push(receipt);
    }
    Ok(receipts)
}

/// Gives back what a locked order that ended has not claimed: nobody will bring the rest.
///
/// # Errors
/// When the database fails.
pub(crate) async fn give_back_all(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    for payment in list(conn, order.id).await? {
        give_back_credit(deps, conn, order, &payment, payment.credit(), now).await?;
    }
    Ok(())
}
