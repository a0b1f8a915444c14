//! The usual capture, many at once: answers that arrive together are recorded in one transaction. Whatever is unusual
//! about one of them is left to [`super::record_fact`], which handles every case, alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use domain::ids::{PaymentId, WebhookEventId};
use domain::money::Money;
use domain::order::{Arrival, OrderStatus, arrival};
use domain::payment::{self as payment_rules, PaymentFact, PaymentMethod, PaymentStep};
use providers::payments::{PaymentReading, ProviderPayment};
use serde_json::json;
use store::audit;
use store::captures::{self, Captured, LockedAttempt};
use store::error::StoreError;
use store::ledger::{self, Capture};
use store::orders::Order;
use store::trail::{self, Fact, Trail};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, oneshot};

use crate::Deps;
use crate::actor::Actor;
use crate::crash::{self, CrashPoint};
use crate::jobs::{self, Job};
use crate::payments::record_fact::{Cause, details_of, fact_of, is_about_another};
use crate::payments::settle::{self, Line};
use crate::refunds::request::subject;
use crate::trail::fact;

/// Captures in one transaction at most.
pub const BATCH_MAX: usize = 256;
/// Transactions of full batches beside the one that always records: more than these wait for each other's rows.
const FURTHER: usize = 3;

/// What the provider said about a payment, and why it was asked.
#[derive(Debug, Clone)]
pub struct Answer {
    pub payment: PaymentId,
    pub reading: PaymentReading,
    pub cause: Cause,
}

/// What became of an answer in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batched {
    Recorded,
    /// Nothing was changed for it: it is no usual capture, or its batch failed.
    LeftAlone,
}

/// Answers that wait to be recorded together. One batch is recorded at a time while the next one gathers, since two
/// small ones cost more than one large one; when so many wait that a batch is full, it is recorded beside.
#[derive(Debug)]
pub struct CaptureQueue {
    waiting: Mutex<Vec<(Answer, oneshot::Sender<Batched>)>>,
    first: Semaphore,
    further: Semaphore,
}

impl Default for CaptureQueue {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            first: Semaphore::new(1),
            further: Semaphore::new(FURTHER),
        }
    }
}

impl CaptureQueue {
    /// Records an answer with whatever waits beside it.
    pub(crate) async fn record(&self, deps: &Deps, answer: Answer) -> Batched {
        let (sender, mut receiver) = oneshot::channel();
        let is_full = {
            let mut waiting = self.waiting();
            waiting.push((answer, sender));
            waiting.len() >= BATCH_MAX
        };
        if is_full && let Ok(_place) = self.further.try_acquire() {
            self.record_waiting(deps).await;
        }
        loop {
            // Whoever gets the place records for all who wait. Whose answer was recorded meanwhile goes without it:
            // those who were answered together come back together, and so the next batch is a large one.
            let place = tokio::select! {
                biased;
                outcome = &mut receiver => return outcome.unwrap_or(Batched::LeftAlone),
                place = self.first.acquire() => place,
            };
            let Ok(place) = place else { return Batched::LeftAlone };
            // The first of those who come back lets the others in.
            tokio::task::yield_now().await;
            if !self.record_waiting(deps).await {
                // Another recorder has taken it along and is not done yet.
                drop(place);
                return receiver.await.unwrap_or(Batched::LeftAlone);
            }
        }
    }

    /// Records one batch of those who wait; tells whether there was anybody.
    async fn record_waiting(&self, deps: &Deps) -> bool {
        let (answers, senders): (Vec<_>, Vec<_>) = {
            let mut waiting = self.waiting();
            let n = waiting.len().min(BATCH_MAX);
            waiting.drain(..n).unzip()
        };
        if answers.is_empty() {
            return false;
        }
        // They came with many requests and jobs; none of them is where all come from.
        let outcomes = audit::without_origin(record_batch(&deps.of_everybody(), &answers)).await;
        for (sender, outcome) in senders.into_iter().zip(outcomes) {
            // Nobody waits any more for an answer whose job ran out of time.
            let _ = sender.send(outcome);
        }
        true
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Answer, oneshot::Sender<Batched>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records what is usual among the answers in one transaction; the outcomes stand in the order given.
pub async fn record_batch(deps: &Deps, answers: &[Answer]) -> Vec<Batched> {
    let mut usual = BTreeMap::new();
    for (i, answer) in answers.iter().enumerate() {
        if let Some(read) = usual_capture(&answer.reading) {
            // A second answer about the same payment is recorded alone, and changes nothing.
            usual.entry(answer.payment).or_insert((i, answer, read));
        }
    }
    let recorded = match record(deps, &usual).await {
        Ok(recorded) => recorded,
        Err(error) => {
            tracing::warn!(
                "captures could not be recorded together; each is recorded alone: {error:#}"
            );
            BTreeSet::new()
        }
    };
    let outcome =
        |i: &usize| if recorded.contains(i) { Batched::Recorded } else { Batched::LeftAlone };
    (0..answers.len()).map(|i| outcome(&i)).collect()
}

/// The payment of an answer that may be a usual capture.
pub(crate) fn usual_capture(reading: &PaymentReading) -> Option<&ProviderPayment> {
    let read = reading.payment.as_ref()?;
    let is_usual = fact_of(reading) == Some(PaymentFact::Captured)
        && read.refunds.is_empty()
        && read.refund_requests.is_empty()
        && read.amount.is_positive();
    is_usual.then_some(read)
}

/// A capture that pays its order exactly; nothing else has to be decided about it.
struct Plain<'a> {
    index: usize,
    locked: LockedAttempt,
    read: &'a ProviderPayment,
    webhook_event: Option<WebhookEventId>,
}

impl<'a> Plain<'a> {
    fn new(
        locked: LockedAttempt,
        (index, answer, read): (usize, &'a Answer, &'a ProviderPayment),
    ) -> Option<Self> {
        let (order, payment) = (&locked.order, &locked.attempt.payment);
        let session = answer.reading.session.as_ref().map(|session| session.id.as_str());
        let is_known = session.is_none_or(|id| payment.provider_session_id.as_deref() == Some(id));
        let nothing = Money::zero(order.amount.currency());
        let is_plain = is_known
            && !is_about_another(payment, &answer.reading)
            && payment_rules::step(payment.status, PaymentFact::Captured) == PaymentStep::Capture
            && !locked.attempt.has_credit
            && arrival(order.status, order.amount, nothing, read.amount)
                .is_ok_and(|it| it == Arrival::Exact);
        let webhook_event = match answer.cause {
            Cause::Webhook(event) => Some(event),
            Cause::Question => None,
        };
        is_plain.then_some(Self { index, locked, read, webhook_event })
    }

    fn capture(&self) -> anyhow::Result<Capture> {
        let (order, payment) = (&self.locked.order, &self.locked.attempt.payment);
        let subject = subject(order, payment, None);
        let (captured, method_fee) = (self.read.amount, self.read.method_fee);
        let fees = order.fees(captured, self.read.method.or(payment.method))?;
        Ok(Capture { subject, captured, applied: captured, method_fee, fees })
    }

    fn leave(&self, trail: &mut Trail, now: OffsetDateTime) -> Result<(), StoreError> {
        let (order, attempt) = (&self.locked.order, &self.locked.attempt);
        let method = self.read.method.or(attempt.payment.method);
        let amounts = (self.read.amount, self.read.amount);
        let (id, by) = (attempt.payment.id, Actor::Provider);
        trail.facts.push(captured_fact((order, OrderStatus::Paid), id, amounts, method, by));
        let open = attempt.other_open.iter().copied();
        settle::follow_up(trail, order, (attempt.n_tickets, Line::OfCapture), open, now)
    }
}

/// What is told of a capture, and what became of its order.
pub(crate) fn captured_fact(
    (order, is): (&Order, OrderStatus),
    payment: PaymentId,
    (captured, applied): (Money, Money),
    method: Option<PaymentMethod>,
    told_by: Actor,
) -> Fact {
    let changes =
        (is != order.status).then(|| json!({ "order_status": { "from": order.status, "to": is } }));
    let detail = json!({
        "payment": payment, "amount_minor": captured.minor(), "applied_minor": applied.minor(), "method": method,
        "changes": changes,
    });
    fact(order, told_by, "payment.captured", (&payment.to_string(), detail))
}

/// Records the plain ones of these and tells which those were.
async fn record(
    deps: &Deps,
    usual: &BTreeMap<PaymentId, (usize, &Answer, &ProviderPayment)>,
) -> anyhow::Result<BTreeSet<usize>> {
    if usual.is_empty() {
        return Ok(BTreeSet::new());
    }
    let now = deps.clock.now();
    crash::pass(deps, CrashPoint::AfterAnswer);
    let mut tx = deps.db.begin().await?;
    let ids: Vec<_> = usual.keys().copied().collect();
    let locked = captures::lock(&mut tx, &ids).await?;
    let plain: Vec<Plain<'_>> = locked
        .into_iter()
        .filter_map(|locked| {
            let answered = *usual.get(&locked.attempt.payment.id)?;
            Plain::new(locked, answered)
        })
        .collect();
    if plain.is_empty() {
        return Ok(BTreeSet::new());
    }
    let bookings = plain.iter().map(Plain::capture).collect::<anyhow::Result<Vec<_>>>()?;
    let receipts = ledger::post_captures(&mut tx, &bookings, now).await?;
    let details = plain.iter().map(|it| serde_json::to_value(&it.read.details));
    let details = details.collect::<Result<Vec<_>, _>>()?;
    let mut trail = Trail::default();
    let mut captured = Vec::with_capacity(plain.len());
    for ((it, receipt), details) in plain.iter().zip(receipts).zip(&details) {
        let proof =
            receipt.pays(it.locked.order.amount).context("an exact capture pays its order")?;
        let captured_at = it.read.captured_at.unwrap_or(now);
        let details = details_of(it.read, details);
        captured.push(Captured {
            receipt,
            proof,
            details,
            captured_at,
            webhook_event: it.webhook_event,
        });
        it.leave(&mut trail, now)?;
    }
    // The mails are written behind the commit, by a job that stands in it.
    let orders = plain.iter().map(|it| it.locked.order.id).collect();
    trail.jobs.push(jobs::row(&Job::MailPaid { orders }, now)?);
    captures::mark(&mut tx, &captured, now).await?;
    trail::write(&mut tx, trail, now).await?;
    crash::pass(deps, CrashPoint::BeforeCommit);
    tx.commit().await?;
    crash::pass(deps, CrashPoint::AfterCommit);
    Ok(plain.iter().map(|it| it.index).collect())
}
