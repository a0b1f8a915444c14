//! Closing the provider's page of a payment that is not wanted any more, so that nobody pays twice or too late.

use domain::ids::PaymentId;
use domain::payment::PaymentStatus;
use providers::outcome::Outcome;
use store::{orders, payments};

use crate::actor::Actor;
use crate::payments::{credit, sync};
use crate::{Deps, transfers};

/// Closes the page or cancels the promise, then asks the provider how the payment stands: it may have been paid first.
///
/// # Errors
/// When the provider gives no readable answer or the database fails.
pub async fn close_payment(deps: &Deps, payment: PaymentId) -> anyhow::Result<()> {
    let payment = {
        let mut conn = deps.db.acquire().await?;
        payments::get(&mut conn, payment).await?
    };
    if payment.is_own_transfer() {
        return end_promise(deps, payment.id).await;
    }
    let closed = match (payment.status, &payment.provider_payment_id, &payment.provider_session_id)
    {
        (PaymentStatus::Authorized, Some(id), _) => {
            deps.provider.cancel_payment(id).await.map(|_| ())
        }
        (PaymentStatus::Created | PaymentStatus::Pending, _, Some(id)) => {
            deps.provider.cancel_session(id).await
        }
        (PaymentStatus::Created, _, None) => {
            let now = deps.clock.now();
            let mut conn = deps.db.acquire().await?;
            // A page that may have opened unseen ends by itself; money from it would be found by its reference.
            payments::mark_moved(&mut conn, payment.id, PaymentStatus::Cancelled, None, now)
                .await?;
            return Ok(());
        }
        _ => return Ok(()),
    };
    match closed {
        // Refused: it was paid or had ended in between, which the next question tells.
        Outcome::Accepted(()) | Outcome::Refused(_) => sync::sync_payment(deps, payment.id).await,
        Outcome::Unknown(cause) => anyhow::bail!("closing {}: {cause}", payment.id),
    }
}

/// Ends a promise unless its money came or it is wanted: what was true when the job was written may be over.
async fn end_promise(deps: &Deps, payment: PaymentId) -> anyhow::Result<()> {
    let mut tx = deps.db.begin().await?;
    let order = payments::get(&mut tx, payment).await?.order;
    let order = orders::lock(&mut tx, order).await?;
    let attempts = payments::list_for_order(&mut tx, order.id).await?;
    let open = || attempts.iter().filter(|it| it.status.is_open());
    let Some(promised) = open().find(|it| it.id == payment) else { return Ok(()) };
    let is_last = open().all(|it| it.ordinal <= promised.ordinal);
    let missing = credit::missing(&mut tx, &order).await?;
    if order.status.is_payable() && is_last && promised.amount == missing {
        return Ok(());
    }
    transfers::promise::end(deps, &mut tx, &order, promised, Actor::System).await?;
    Ok(tx.commit().await?)
}
