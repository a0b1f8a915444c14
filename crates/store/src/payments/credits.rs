//! Money of a payment that its order does not claim, or claims later: the rest came.

use domain::ids::Id as _;
use domain::money::Money;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::ledger::CreditReceipt;
use crate::payments::Payment;

impl Payment {
    /// What of it no order claims and nobody was promised back. What the provider or a bank took of the whole is gone,
    /// whatever it was booked against.
    pub fn credit(&self) -> Money {
        let nothing = Money::zero(self.captured.currency());
        let unclaimed = self.captured.checked_sub(self.applied);
        let unclaimed = unclaimed.and_then(|rest| rest.checked_sub(self.credit_refunds));
        let here = self.captured.checked_sub(self.refunds);
        let minor = unclaimed.unwrap_or(nothing).minor().min(here.unwrap_or(nothing).minor());
        Money::new(minor.max(0), self.captured.currency())
    }
}

/// Adds the credit of the receipt to what pays the order, and its fees to the payment's.
///
/// # Errors
/// `Conflict("payments_credit_check")` when more would pay the order than was captured and kept.
pub async fn mark_applied(
    conn: &mut Conn,
    receipt: &CreditReceipt,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payments
         set applied_minor = applied_minor + $2, platform_fee_minor = platform_fee_minor + $4,
             provider_fee_minor = provider_fee_minor + $5, updated_at = $3
         where payment_id = $1",
        receipt.payment().uuid(),
        receipt.amount().minor(),
        now,
        receipt.fees().platform.minor(),
        receipt.fees().provider.minor(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
