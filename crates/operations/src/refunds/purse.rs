//! Giving back from an order that several payments paid: from those first that return money by themselves.

use domain::ids::{OrderId, RefundId};
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::refund::spread;
use store::db::Conn;
use store::orders::Order;
use store::payments::{self, Payment};
use time::OffsetDateTime;

use crate::Deps;
use crate::refunds::request::{Left, RefundError, Wish, left_of, write};

/// A captured payment with what can still go back of it.
#[derive(Debug, Clone)]
pub(crate) struct Purse {
    pub(crate) payment: Payment,
    pub(crate) left: Left,
}

/// The captured payments of an order, those last whose buyer must be asked for an account. With `is_locked`, their rows
/// are held until the transaction ends.
///
/// # Errors
/// When the database fails or sums do not fit.
pub(crate) async fn list(
    conn: &mut Conn,
    order: OrderId,
    is_locked: bool,
) -> Result<Vec<Purse>, RefundError> {
    let mut purses = Vec::new();
    for payment in payments::list_for_order(conn, order).await? {
        if payment.status != PaymentStatus::Captured {
            continue;
        }
        let payment = if is_locked { payments::lock(conn, payment.id).await? } else { payment };
        let left = left_of(conn, &payment).await?;
        purses.push(Purse { payment, left });
    }
    purses.sort_by_key(|it| it.payment.method.is_some_and(PaymentMethod::is_delayed));
    Ok(purses)
}

/// Requests the wished amount of the organizer's own money, purse by purse; the caller holds order and payments.
///
/// # Errors
/// `Unexpected` when the purses hold less.
pub(crate) async fn give_back(
    deps: &Deps,
    conn: &mut Conn,
    (order, purses): (&Order, &[Purse]),
    wish: &Wish<'_>,
    now: OffsetDateTime,
) -> Result<Vec<RefundId>, RefundError> {
    let left: Vec<_> = purses.iter().map(|it| it.left.payable).collect();
    let parts = spread(wish.amount, &left);
    let parts = parts.map_err(|error| RefundError::Unexpected(error.into()))?;
    let mut refunds = Vec::new();
    for (purse, amount) in purses.iter().zip(parts) {
        if amount.is_positive() {
            let wish = Wish { amount, ..*wish };
            refunds.push(write(deps, conn, (order, &purse.payment), &wish, now).await?);
        }
    }
    Ok(refunds)
}
