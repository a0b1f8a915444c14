//! Asking the provider for a refund, outside of any transaction, under a key of its own.

use domain::ids::RefundId;
use domain::ledger::RefundFrom;
use domain::refund::{RefundFact, RefundSource, RefundStatus, RefundStep, RefundWay, step};
use providers::outcome::Outcome;
use providers::payments::{PaymentReading, RefundPayment, RequestTransfer, SHORT_BALANCE};
use serde_json::json;
use store::ledger::{self, RefundMove};
use store::payments::Payment;
use store::refunds::Refund;
use store::{orders, payments, refunds};
use time::Duration;

use crate::Deps;
use crate::actor::Actor;
use crate::crash::{self, CrashPoint};
use crate::payments::credit;
use crate::payments::record_fact::{Cause, record_fact};
use crate::payments::sync::ask_and_record;
use crate::refunds::account::{destination, lock_both, need_account};
use crate::refunds::request::subject;
use crate::refunds::wait::postpone;
use crate::trail;

/// Between two questions how a transfer stands that people at the provider make; its message usually comes first.
const LOOKED_EVERY: Duration = Duration::hours(6);
/// The account was sealed with a key that is gone: it has to be given again.
const UNREADABLE: &str = "account_unreadable";

/// Sends a requested refund. After a first attempt without a readable answer the provider is asked before it is told
/// again; what it agreed to is only asked about.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; the job is tried again.
pub async fn send_refund(deps: &Deps, refund: RefundId) -> anyhow::Result<()> {
    let Some((mut refund, payment, was_sent)) = mark_sent(deps, refund).await? else {
        return Ok(());
    };
    if was_sent {
        ask_and_record(deps, &payment, Cause::Question).await?;
        let mut conn = deps.db.acquire().await?;
        refund = refunds::get(&mut conn, refund.id).await?;
        if refund.status != RefundStatus::Processing {
            return Ok(());
        }
        // The provider keeps keys for a day; a request that it shows us is not made again on any day.
        if refund.accepted_at.is_some() || refund.provider_request_id.is_some() {
            let now = deps.clock.now();
            refunds::mark_accepted(&mut conn, refund.id, now + LOOKED_EVERY, now).await?;
            return Ok(());
        }
    }
    let Some(payment_id) = payment.provider_payment_id.clone() else {
        anyhow::bail!("{} is captured without the provider's id", payment.id);
    };
    match refund.way {
        RefundWay::Original => send_back(deps, &refund, &payment, payment_id).await,
        RefundWay::Account => transfer(deps, &refund, &payment, payment_id).await,
        RefundWay::ByHand => Ok(()),
    }
}

/// By the way the money came.
async fn send_back(
    deps: &Deps,
    refund: &Refund,
    payment: &Payment,
    payment_id: String,
) -> anyhow::Result<()> {
    let request = RefundPayment {
        payment_id,
        amount: refund.amount,
        description: refund.reason.clone(),
        idempotency_key: refund.provider_key(),
    };
    let outcome = deps.provider.refund(&request).await;
    crash::pass(deps, CrashPoint::AfterRefund);
    match outcome {
        Outcome::Accepted(read) => {
            let reading = PaymentReading { session: None, payment: Some(read) };
            record_fact(deps, payment.id, &reading, Cause::Question).await
        }
        Outcome::Refused(refusal) if refusal.code == SHORT_BALANCE => postpone(deps, refund).await,
        Outcome::Refused(refusal) if refusal.retryable => {
            anyhow::bail!("refunding {}: refused for now with {}", refund.id, refusal.code)
        }
        Outcome::Refused(refusal) => record_refusal(deps, refund, payment, &refusal.code).await,
        Outcome::Unknown(cause) => anyhow::bail!("refunding {}: {cause}", refund.id),
    }
}

/// To the account that the buyer named. How it ends is seen on the payment, days later.
async fn transfer(
    deps: &Deps,
    refund: &Refund,
    payment: &Payment,
    payment_id: String,
) -> anyhow::Result<()> {
    let destination = {
        let mut conn = deps.db.acquire().await?;
        destination(deps, &mut conn, refund.id).await?
    };
    let Some(destination) = destination else {
        return ask_for_another(deps, refund, UNREADABLE).await;
    };
    let request = RequestTransfer {
        payment_id,
        amount: refund.amount,
        account: destination.account,
        bank_name: destination.bank_name,
        branch_name: destination.branch_name,
        key: refund.provider_key(),
    };
    let outcome = deps.provider.request_transfer(&request).await;
    crash::pass(deps, CrashPoint::AfterRefund);
    match outcome {
        Outcome::Accepted(()) => {
            let now = deps.clock.now();
            let mut conn = deps.db.acquire().await?;
            refunds::mark_accepted(&mut conn, refund.id, now + LOOKED_EVERY, now).await?;
            drop(conn);
            // It may be over already, and its name is worth knowing.
            ask_and_record(deps, payment, Cause::Question).await
        }
        Outcome::Refused(refusal) if refusal.code == SHORT_BALANCE => postpone(deps, refund).await,
        Outcome::Refused(refusal) if refusal.retryable => {
            anyhow::bail!("transferring {}: refused for now with {}", refund.id, refusal.code)
        }
        Outcome::Refused(refusal) => ask_for_another(deps, refund, &refusal.code).await,
        Outcome::Unknown(cause) => anyhow::bail!("transferring {}: {cause}", refund.id),
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
    let payment = payments::get(&mut tx, refund.payment).await?;
    if payment.is_own_transfer() {
        // The provider never had this money; the organizer gives it back.
        return Ok(None);
    }
    let was_sent = match step(refund.status, RefundFact::Sent) {
        // Its time has not come: the sweep or a person calls again.
        RefundStep::Move(_) if refund.next_attempt_at.is_some_and(|at| at > now) => {
            return Ok(None);
        }
        RefundStep::Move(status) => {
            refunds::mark_moved(&mut tx, refund.id, status, None, None, now).await?;
            false
        }
        RefundStep::AlreadyThere => true,
        RefundStep::Stale => return Ok(None),
    };
    tx.commit().await?;
    Ok(Some((refund, payment, was_sent)))
}

/// The provider will not transfer to this account, or we cannot read it any more.
async fn ask_for_another(deps: &Deps, refund: &Refund, code: &str) -> anyhow::Result<()> {
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, refund.order).await?;
    let (_, refund) = lock_both(&mut tx, refund.id).await?;
    if let RefundStep::Move(_) = step(refund.status, RefundFact::AccountNeeded) {
        need_account(deps, &mut tx, &order, refund.id, code).await?;
    }
    Ok(tx.commit().await?)
}

/// The provider refused for good: the money is where it was, and the organizer sees why; or the method cannot return
/// it, and an account is asked for.
async fn record_refusal(
    deps: &Deps,
    refund: &Refund,
    payment: &Payment,
    code: &str,
) -> anyhow::Result<()> {
    if code == "not_refundable" {
        return ask_for_another(deps, refund, code).await;
    }
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, payment.order).await?;
    let (_, refund) = lock_both(&mut tx, refund.id).await?;
    let RefundStep::Move(status) = step(refund.status, RefundFact::Failed) else { return Ok(()) };
    refunds::mark_moved(&mut tx, refund.id, status, None, Some(code), now).await?;
    let subject = subject(&order, payment, Some(refund.id));
    let (from, amount) = (refund.from, refund.amount);
    ledger::post_refund(&mut tx, subject, RefundMove::Released, from, amount, now).await?;
    let detail =
        json!({ "refund": refund.id, "payment": payment.id, "status": status, "code": code });
    let key = refund.id.to_string();
    trail::leave(&mut tx, &order, Actor::Provider, "refund.failed", (&key, detail), now).await?;
    // One that we asked for by ourselves would fail again; the organizer sees it among what is to be done.
    if from == RefundFrom::Credit && refund.source != RefundSource::System {
        credit::revive(deps, &mut tx, &order, payment.id, now).await?;
    }
    Ok(tx.commit().await?)
}
