//! Credits that pay their order after all: the rest came, or money that had gone is back.

use domain::fees::Fees;
use domain::ids::{OrderId, PaymentId};
use domain::ledger::Posting;
use domain::money::Money;
use time::OffsetDateTime;

use super::{PostError, Subject, write};
use crate::db::Conn;
use crate::orders::PaidProof;

/// Proof that a credit of a payment now pays its order. Only this module makes one.
#[derive(Debug)]
#[must_use]
pub struct CreditReceipt {
    payment: PaymentId,
    order: OrderId,
    amount: Money,
    fees: Fees,
}

impl CreditReceipt {
    /// Whose money it is.
    pub const fn payment(&self) -> PaymentId {
        self.payment
    }

    /// How much of it pays the order.
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// What the fee rules of the order took of it.
    pub const fn fees(&self) -> Fees {
        self.fees
    }

    /// Proof that the order is paid, if its credits alone pay all of `owed`.
    pub fn pay_alone(credits: &[Self], order: OrderId, owed: Money) -> Option<PaidProof> {
        Self::pay(credits, order, Money::zero(owed.currency()), owed)
    }

    /// Proof that the order is paid, if credits and what came last pay all of `owed`.
    pub(super) fn pay(
        credits: &[Self],
        order: OrderId,
        came_last: Money,
        owed: Money,
    ) -> Option<PaidProof> {
        let is_own = credits.iter().all(|credit| credit.order == order);
        let parts = credits.iter().map(|credit| credit.amount).chain([came_last]);
        let paid = Money::sum(owed.currency(), parts).ok()?;
        (is_own && paid == owed).then_some(PaidProof { order })
    }
}

/// Books that a credit pays its order after all, because `completed_by` brought the rest, with the fees that are taken
/// of it.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when it was booked before.
pub async fn post_credit_applied(
    conn: &mut Conn,
    subject: Subject,
    (amount, fees): (Money, Fees),
    completed_by: PaymentId,
    now: OffsetDateTime,
) -> Result<CreditReceipt, PostError> {
    let posting = Posting::credit_applied(subject.organizer, amount, fees)?;
    let fact_key = format!("credit_applied:{}:{completed_by}", subject.payment);
    write(conn, &[subject.book(posting, fact_key)], now).await?;
    Ok(CreditReceipt { payment: subject.payment, order: subject.order, amount, fees })
}
