//! Money of a payment that its order claims later: the rest came.

use domain::ids::Id as _;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::ledger::CreditReceipt;

/// Adds the credit of the receipt to what pays the order.
///
/// # Errors
/// `Conflict("payments_credit_check")` when more would pay the order than was captured and kept.
pub async fn mark_applied(
    conn: &mut Conn,
    receipt: &CreditReceipt,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payments set applied_minor = applied_minor + $2, updated_at = $3 where payment_id = $1",
        receipt.payment().uuid(),
        receipt.amount().minor(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
