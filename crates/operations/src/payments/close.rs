//! Closing the provider's page of a payment that is not wanted any more, so that nobody pays twice or too late.

use domain::ids::PaymentId;
use domain::payment::PaymentStatus;
use providers::outcome::Outcome;
use providers::payments::ProviderPaymentStatus;
use store::payments::{self, Payment};

use crate::payments::record_fact::{Cause, record_fact};
use crate::payments::sync;
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
        return promise_ended(deps, &payment).await;
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

/// Nobody has to be told that a transfer is not awaited any more: money that comes all the same is found by its number.
async fn promise_ended(deps: &Deps, payment: &Payment) -> anyhow::Result<()> {
    let is_over = payment.deadline_at.is_some_and(|deadline| deadline <= deps.clock.now());
    let status =
        if is_over { ProviderPaymentStatus::Expired } else { ProviderPaymentStatus::Cancelled };
    let reading = transfers::arrive::reading(payment, status)?;
    record_fact(deps, payment.id, &reading, Cause::Question).await
}
