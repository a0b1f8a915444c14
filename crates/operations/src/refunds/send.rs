//! Asking the provider for a refund, outside of any transaction, with the refund's id as the idempotency key.

use domain::ids::RefundId;
use domain::refund::{RefundFact, RefundStatus, RefundStep, step};
use providers::outcome::Outcome;
use providers::payments::{PaymentReading, RefundPayment};
use serde_json::json;
use store::ledger::{self, RefundMove};
use store::payments::Payment;
use store::refunds::Refund;
use store::{orders, payments, refunds};

use crate::Deps;
use crate::actor::Actor;
use crate::crash::{self, CrashPoint};
use crate::payments::record_fact::{Cause, record_fact};
use crate::payments::sync::ask_and_record;
use crate::refunds::request::subject;
use crate::trail;

/// Sends a requested refund. After a first attempt without a readable answer the provider is asked before it is told again.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; the job is tried again.
pub async fn send_refund(deps: &Deps, refund: RefundId) -> anyhow::Result<()> {
    let Some((refund, payment, was_sent)) = mark_sent(deps, refund).await? else { return Ok(()) };
    if was_sent {
        ask_and_record(deps, &payment, Cause::Question).await?;
        let mut conn = deps.db.acquire().await?;
        if refunds::get(&mut conn, refund.id).await?.status != RefundStatus::Processing {
            return Ok(());
        }
    }
    let Some(payment_id) = &payment.provider_payment_id else {
        anyhow::bail!("{} is captured without the provider's id", payment.id);
    };
    let request = RefundPayment {
        payment_id: payment_id.clone(),
        amount: refund.amount,
        description: refund.reason.clone(),
        idempotency_key: refund.id.to_string(),
    };
    let outcome = deps.provider.refund(&request).await;
    crash::pass(deps, CrashPoint::AfterRefund);
    match outcome {
        Outcome::Accepted(read) => {
            let reading = PaymentReading { session: None, payment: Some(read) };
            record_fact(deps, payment.id, &reading, Cause::Question).await
        }
        Outcome::Refused(refusal) if refusal.retryable => {
            anyhow::bail!("refunding {}: refused for now with {}", refund.id, refusal.code)
        }
        Outcome::Refused(refusal) => record_refusal(deps, &refund, &payment, &refusal.code).await,
        Outcome::Unknown(cause) => anyhow::bail!("refunding {}: {cause}", refund.id),
    }
}

/// Writes that the provider is about to be asked; says whether it may have been asked before.
async fn mark_sent(
    deps: &Deps,
    refund: RefundId,
) -> anyhow::Result<Option<(Refund, Payment, bool)>> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let refund = refunds::lock(&mut tx, refund).await?;
    let was_sent = match step(refund.status, RefundFact::Sent) {
        RefundStep::Move(status) => {
            refunds::mark_moved(&mut tx, refund.id, status, None, None, now).await?;
            false
        }
        RefundStep::AlreadyThere => true,
        RefundStep::Stale => return Ok(None),
    };
    let payment = payments::get(&mut tx, refund.payment).await?;
    tx.commit().await?;
    Ok(Some((refund, payment, was_sent)))
}

/// The provider refused for good: the money is where it was, and the organizer sees why.
async fn record_refusal(
    deps: &Deps,
    refund: &Refund,
    payment: &Payment,
    code: &str,
) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let fact =
        if code == "not_refundable" { RefundFact::AccountNeeded } else { RefundFact::Failed };
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, payment.order).await?;
    let refund = refunds::lock(&mut tx, refund.id).await?;
    let RefundStep::Move(status) = step(refund.status, fact) else { return Ok(()) };
    refunds::mark_moved(&mut tx, refund.id, status, None, Some(code), now).await?;
    if status == RefundStatus::Failed {
        let subject = subject(&order, payment, refund.id);
        ledger::post_refund(
            &mut tx,
            subject,
            RefundMove::Released,
            refund.from,
            refund.amount,
            now,
        )
        .await?;
    }
    let detail =
        json!({ "refund": refund.id, "payment": payment.id, "status": status, "code": code });
    let what = format!("refund.{status}");
    trail::leave(&mut tx, &order, Actor::Provider, &what, (&refund.id.to_string(), detail), now)
        .await?;
    Ok(tx.commit().await?)
}
