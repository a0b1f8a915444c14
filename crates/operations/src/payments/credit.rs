//! Money of an order that the order does not claim yet: it waits for the rest, pays the order with it, or goes back.

use domain::ids::{OrderId, PaymentId};
use domain::money::Money;
use domain::order::{OrderStatus, claim};
use store::alerts;
use store::db::Conn;
use store::error::StoreError;
use store::ledger::{self, CreditReceipt};
use store::orders::Order;
use store::payments::{self, Payment};
use time::OffsetDateTime;

use crate::Deps;
use crate::payments::settle::{Line, settle_order};
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
        let taken = (*amount, order.fees(*amount, payment.method)?);
        let receipt = ledger::post_credit_applied(conn, subject, taken, completed_by, now).await?;
        payments::mark_applied(conn, &receipt, now).await?;
        alerts::resolve_for_payment(conn, payment.id, now).await?;
        receipts.push(receipt);
    }
    Ok(receipts)
}

/// Whether nobody can tell if this money is there: a second transfer to the organizer's own account may be the first,
/// told twice. It does not go back by itself; its alert waits for a person.
pub(crate) fn is_doubtful(order: &Order, payment: &Payment) -> bool {
    order.status == OrderStatus::Paid && payment.is_own_transfer() && payment.applied.is_zero()
}

/// Gives back what a locked order that ends has not claimed: nobody will bring the rest.
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
        if !is_doubtful(order, &payment) {
            give_back_credit(deps, conn, order, &payment, payment.credit(), now).await?;
        }
    }
    Ok(())
}

/// A refund of a credit of `payment` did not happen after all: the money goes back again if its order ended meanwhile, or
/// pays the order if that is all it lacked. The caller holds the rows.
///
/// # Errors
/// When the database fails.
pub(crate) async fn revive(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    payment: PaymentId,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let payment = payments::get(conn, payment).await?;
    if !payment.credit().is_positive() {
        return Ok(());
    }
    match order.status {
        // Told of by the alert that it came with.
        OrderStatus::Paid => Ok(()),
        OrderStatus::Cancelled | OrderStatus::Expired => {
            give_back_credit(deps, conn, order, &payment, payment.credit(), now).await?;
            Ok(())
        }
        OrderStatus::Pending | OrderStatus::AwaitingPayment => {
            settle(conn, order, payment.id, now).await
        }
    }
}

/// Pays a locked order with its credits where they are enough, since the one of `revived` is back.
async fn settle(
    conn: &mut Conn,
    order: &Order,
    revived: PaymentId,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let credits = list(conn, order.id).await?;
    let held: Vec<Money> = credits.iter().map(Payment::credit).collect();
    let currency = order.amount.currency();
    if Money::sum(currency, held.iter().copied())?.minor() < order.amount.minor() {
        return Ok(());
    }
    let claimed = claim(order.amount, &held, Money::zero(currency))?;
    let credits: Vec<_> = credits.iter().zip(claimed.from_credits).collect();
    let receipts = apply(conn, order, &credits, revived, now).await?;
    if let Some(proof) = CreditReceipt::pay_alone(&receipts, order.id, order.amount) {
        settle_order(conn, order, proof, Line::Own, now).await?;
    }
    Ok(())
}
