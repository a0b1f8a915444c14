//! The document that follows the money: a credit note for every refund of the organizer's money, in its transaction.

use domain::credit_note::split;
use domain::ids::{OrderId, RefundId};
use domain::ledger::RefundFrom;
use domain::money::{Money, MoneyError};
use domain::permission::Permission;
use domain::refund::RefundSource;
use domain::tax::{TaxRate, tax_inside};
pub use store::credit_notes::CreditNote;
use store::credit_notes::{self, NewCreditNote};
use store::db::Conn;
use store::error::StoreError;
use store::{orders, payments, refunds};
use time::OffsetDateTime;

use crate::actor::{BuyerAccess, OrganizerAccess};
use crate::{Deps, fresh};

/// Issues the note of a refund that was just marked succeeded; a second time changes nothing.
///
/// Money that no order claimed is given back without a note, for nothing was sold for it; a chargeback is no return by
/// the organizer.
///
/// # Errors
/// When the database fails.
pub(crate) async fn issue(
    conn: &mut Conn,
    refund: RefundId,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let refund = refunds::get(conn, refund).await?;
    let is_return = refund.from == RefundFrom::Payable && refund.source != RefundSource::Dispute;
    if !is_return || credit_notes::exists_for(conn, refund.id).await? {
        return Ok(());
    }
    let currency = refund.amount.currency();
    let sold = sold_by_rate(conn, refund.order).await?;
    let noted = credit_notes::sum_by_rate(conn, refund.order, currency).await?;
    let parts = match split(refund.amount, &sold, &noted) {
        Ok(parts) => parts,
        Err(error) => {
            // The money is back whatever the paper says; `check` names the refund without a note.
            tracing::error!(refund.id = %refund.id, %error, "a refund cannot be told by tax rate");
            return Ok(());
        }
    };
    let new = NewCreditNote {
        id: fresh::id(),
        organizer: refund.organizer,
        refund: refund.id,
        amount: refund.amount,
        parts,
        now,
    };
    credit_notes::insert(conn, &new).await?;
    Ok(())
}

/// What the order sold at each rate, as often as it was paid (late money can pay it a second time).
async fn sold_by_rate(conn: &mut Conn, order: OrderId) -> anyhow::Result<Vec<(TaxRate, Money)>> {
    let order = orders::get(conn, order).await?;
    let currency = order.amount.currency();
    let lines = orders::list_lines(conn, order.id, currency).await?;
    let attempts = payments::list_for_order(conn, order.id).await?;
    let paid = Money::sum(currency, attempts.iter().map(|it| it.applied))?;
    let times = times_paid(paid, order.amount);
    let lines = lines.iter().map(|line| (line.tax_rate, line.amount));
    // What the buyer pays for fees is sold too, at the standard rate.
    let parts = tax_inside(currency, lines.chain([(TaxRate::STANDARD, order.fee)]))?;
    let sold: Result<Vec<_>, MoneyError> =
        parts.iter().map(|part| Ok((part.rate, part.gross.checked_mul(times)?))).collect();
    Ok(sold?)
}

/// How often `paid` covers `owed`, rounded up.
const fn times_paid(paid: Money, owed: Money) -> i64 {
    match paid.minor().saturating_sub(1).checked_div(owed.minor()) {
        Some(times) if times > 0 => times.saturating_add(1),
        _ => 1,
    }
}

/// Why notes are not shown.
#[derive(Debug, thiserror::Error)]
pub enum CreditNoteError {
    #[error("no such order")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for CreditNoteError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// The notes of the organizer's order, first to last.
///
/// # Errors
/// `NotFound` when it is somebody else's.
pub async fn list_for_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<Vec<CreditNote>, CreditNoteError> {
    let mut conn = deps.db.acquire().await?;
    if orders::get(&mut conn, order).await?.organizer
        != access.organizer_for(Permission::ViewOrders)?
    {
        return Err(CreditNoteError::NotFound);
    }
    Ok(credit_notes::list_for_order(&mut conn, order).await?)
}

/// The notes of the order of a personal link, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_buyer(
    deps: &Deps,
    access: &BuyerAccess,
) -> Result<Vec<CreditNote>, CreditNoteError> {
    let mut conn = deps.db.acquire().await?;
    Ok(credit_notes::list_for_order(&mut conn, access.order()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_sold_as_often_as_it_was_paid() {
        let times = |paid, owed| times_paid(Money::yen(paid), Money::yen(owed));
        assert_eq!(times(3000, 3000), 1);
        assert_eq!(times(6000, 3000), 2);
        assert_eq!(times(1000, 3000), 1);
        assert_eq!(times(4000, 3000), 2);
        assert_eq!(times(0, 0), 1);
    }
}
