//! Asking the provider how a payment stands: for the sweeper, the return page, and whoever is in doubt.

use domain::ids::{OrderId, PaymentId};
use domain::payment::PaymentStatus;
use providers::outcome::Outcome;
use providers::payments::{PaymentQuery, ProviderPayment};
use store::payments::{self, Payment};

use crate::Deps;
use crate::crash::{self, CrashPoint};
use crate::payments::record_fact::{self, Cause};
use crate::payments::start;

/// Asks about one payment and records the answer.
///
/// # Errors
/// When the provider gives no readable answer or the database fails.
pub async fn sync_payment(deps: &Deps, payment: PaymentId) -> anyhow::Result<()> {
    let payment = {
        let mut conn = deps.db.acquire().await?;
        payments::get(&mut conn, payment).await?
    };
    if payment.is_own_transfer() {
        // Its money is told of by a statement of the bank, or by the organizer.
        return Ok(());
    }
    if payment.status == PaymentStatus::Created && payment.provider_session_id.is_none() {
        // We never heard whether the page opened: the same question with the same key opens it or tells of it.
        start::open(deps, payment.id).await?;
        return Ok(());
    }
    ask_and_record(deps, &payment, Cause::Question).await
}

/// Asks about every open payment of an order.
///
/// # Errors
/// As [`sync_payment`].
pub async fn sync_order(deps: &Deps, order: OrderId) -> anyhow::Result<()> {
    let attempts = {
        let mut conn = deps.db.acquire().await?;
        payments::list_for_order(&mut conn, order).await?
    };
    for payment in attempts.iter().filter(|payment| payment.status.is_open()) {
        sync_payment(deps, payment.id).await?;
    }
    Ok(())
}

/// Asks the provider and records what it says, for `cause`.
///
/// # Errors
/// As [`sync_payment`].
pub(crate) async fn ask_and_record(
    deps: &Deps,
    payment: &Payment,
    cause: Cause,
) -> anyhow::Result<()> {
    crash::pass(deps, CrashPoint::BeforeQuestion);
    match deps.provider.fetch_payment(query_of(payment)).await {
        Outcome::Accepted(mut reading) => {
            if reading.payment.is_none() {
                reading.payment = refused_attempt(deps, payment).await;
            }
            record_fact::record_fact(deps, payment.id, &reading, cause).await?;
            Ok(())
        }
        Outcome::Refused(refusal) => {
            anyhow::bail!("asking about {}: refused with {}", payment.id, refusal.code)
        }
        Outcome::Unknown(cause) => anyhow::bail!("asking about {}: {cause}", payment.id),
    }
}

/// By which name the provider is asked about a payment: the best it has.
pub(crate) fn query_of(payment: &Payment) -> PaymentQuery<'_> {
    match (&payment.provider_session_id, &payment.provider_payment_id) {
        (Some(session), _) => PaymentQuery::Session(session),
        (None, Some(id)) => PaymentQuery::Payment(id),
        (None, None) => PaymentQuery::Reference(&payment.reference),
    }
}

/// An open page does not tell of the cards it refused; the list of payments by our reference does.
async fn refused_attempt(deps: &Deps, payment: &Payment) -> Option<ProviderPayment> {
    match deps.provider.fetch_payment(PaymentQuery::Reference(&payment.reference)).await {
        Outcome::Accepted(reading) => reading.payment,
        Outcome::Refused(_) | Outcome::Unknown(_) => None,
    }
}
