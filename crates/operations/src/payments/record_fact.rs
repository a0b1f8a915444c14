//! The heart: what a provider's answer means, written in one transaction. Webhooks, the return page, the sweeper and
//! refunds all come through here; there is no second way to capture a payment.

use domain::ids::{PaymentId, WebhookEventId};
use domain::money::Money;
use domain::order::{Arrival, OrderStatus, arrival, claim};
use domain::payment as payment_rules;
use domain::payment::{PaymentFact, PaymentStatus, PaymentStep};
use domain::screening::Decision;
use providers::payments::{PaymentReading, ProviderPayment, ProviderPaymentStatus};
use serde_json::json;
use store::alerts::{self, NewAlert};
use store::db::Conn;
use store::events;
use store::ledger;
use store::orders::{self, Order};
use store::payments::{self, Payment, PaymentDetails};
use store::quotas::{self, Taken};
use store::trail::Trail;
use store::{screenings, tickets, webhook_events};
use time::OffsetDateTime;

use crate::actor::Actor;
use crate::crash::{self, CrashPoint};
use crate::payments::record_captures::{Answer, Batched, captured_fact, usual_capture};
use crate::payments::settle::{Line, settle_order};
use crate::payments::{credit, promise};
use crate::{Deps, fresh, refunds, trail, transfers};

/// Why the provider was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A message of the provider; it is marked done in the same transaction.
    Webhook(WebhookEventId),
    /// The sweeper, the return page, a person, or our own refund.
    Question,
}

/// Reads the fact in a provider's answer; none when it says nothing we act on.
pub fn fact_of(reading: &PaymentReading) -> Option<PaymentFact> {
    use ProviderPaymentStatus as P;
    let session = reading.session.as_ref();
    let page_is_over = session.is_some_and(|session| session.expired || session.cancelled);
    let without_money = || match session {
        Some(session) if session.cancelled => Some(PaymentFact::Cancelled),
        Some(session) if session.expired => Some(PaymentFact::Expired),
        Some(_) => Some(PaymentFact::Opened),
        None => None,
    };
    let Some(payment) = &reading.payment else { return without_money() };
    match &payment.status {
        P::Captured | P::Refunded => Some(PaymentFact::Captured),
        P::Authorized => Some(PaymentFact::Authorized { deadline_at: payment.deadline_at }),
        P::Cancelled => Some(PaymentFact::Cancelled),
        P::Expired => Some(PaymentFact::Expired),
        // A refused card ends nothing while the page is open: the buyer may try another.
        P::Failed if session.is_some() && !page_is_over => Some(PaymentFact::Opened),
        P::Failed => Some(PaymentFact::Failed),
        P::Pending | P::Other(_) => without_money(),
    }
}

/// Records what the provider said about a payment: status, money, order, tickets, ledger, refunds, audit, outbox, jobs.
/// The usual capture is recorded together with others that arrive at the same time.
///
/// Recording the same answer again changes nothing.
///
/// # Errors
/// When the database fails; then nothing was recorded.
pub async fn record_fact(
    deps: &Deps,
    payment: PaymentId,
    reading: &PaymentReading,
    cause: Cause,
) -> anyhow::Result<()> {
    if usual_capture(reading).is_some() {
        let answer = Answer { payment, reading: reading.clone(), cause };
        if deps.captures.record(deps, answer).await == Batched::Recorded {
            return Ok(());
        }
    }
    record_alone(deps, payment, reading, cause).await
}

async fn record_alone(
    deps: &Deps,
    payment: PaymentId,
    reading: &PaymentReading,
    cause: Cause,
) -> anyhow::Result<()> {
    let payment_id = payment;
    let now = deps.clock.now();
    let has_money = fact_of(reading) == Some(PaymentFact::Captured);
    if has_money {
        crash::pass(deps, CrashPoint::AfterAnswer);
    }
    let mut tx = deps.db.begin().await?;
    let order = payments::get(&mut tx, payment_id).await?.order;
    // The order first, then the payment: everybody locks in this order.
    let order = orders::lock(&mut tx, order).await?;
    record_locked(deps, &mut tx, order, payment_id, reading, Actor::Provider).await?;
    if let Cause::Webhook(event) = cause {
        webhook_events::mark_processed(&mut tx, event, Some(payment_id), "", now).await?;
    }
    if has_money {
        crash::pass(deps, CrashPoint::BeforeCommit);
    }
    tx.commit().await?;
    if has_money {
        crash::pass(deps, CrashPoint::AfterCommit);
    }
    Ok(())
}

/// The same within the caller's transaction, where the order is locked: for those who have more to write than the fact.
///
/// # Errors
/// As [`record_fact`]; the caller must let go of the transaction.
pub(crate) async fn record_locked(
    deps: &Deps,
    conn: &mut Conn,
    order: Order,
    payment: PaymentId,
    reading: &PaymentReading,
    told_by: Actor,
) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let payment = payments::lock(conn, payment).await?;
    if is_about_another(&payment, reading) {
        anyhow::bail!("the provider answered about another payment than {}", payment.id);
    }
    let payment_id = payment.id;
    let was_refunded = payment.refunds.is_positive();
    let mut record = Record { deps, conn: &mut *conn, order, payment, told_by, now };
    record.keep_details(reading).await?;
    if let Some(fact) = fact_of(reading) {
        record.apply(fact, reading.payment.as_ref()).await?;
    }
    let has_refunds = |it: &&ProviderPayment| {
        was_refunded || !it.refunds.is_empty() || !it.refund_requests.is_empty()
    };
    if let Some(provider_payment) = reading.payment.as_ref().filter(has_refunds) {
        refunds::record::record_refunds(deps, conn, payment_id, provider_payment, now).await?;
    }
    Ok(())
}

/// The one thing a provider must not get wrong: whose payment it speaks of.
pub(crate) fn is_about_another(payment: &Payment, reading: &PaymentReading) -> bool {
    let Some(read) = &reading.payment else { return false };
    let other_reference = read.reference.as_ref().is_some_and(|it| *it != payment.reference);
    let other_currency = read.amount.currency() != payment.amount.currency();
    other_reference || other_currency
}

/// What is kept of an answer besides its status.
pub(crate) fn details_of<'a>(
    read: &'a ProviderPayment,
    method_details: &'a serde_json::Value,
) -> PaymentDetails<'a> {
    PaymentDetails {
        provider_payment_id: Some(&read.id),
        method: read.method,
        method_details,
        method_fee: read.method_fee,
        failure_code: read.failure_code.as_deref(),
        deadline_at: read.deadline_at,
    }
}

/// The rows that one answer changes, locked.
struct Record<'a> {
    deps: &'a Deps,
    conn: &'a mut Conn,
    order: Order,
    payment: Payment,
    /// Who told: the provider, or whoever read the bank's statement.
    told_by: Actor,
    now: OffsetDateTime,
}

impl Record<'_> {
    async fn keep_details(&mut self, reading: &PaymentReading) -> anyhow::Result<()> {
        if let Some(session) = &reading.session {
            let deadline = self.payment.deadline_at;
            let url = session.hosted_url.as_deref();
            payments::mark_pending(
                self.conn,
                self.payment.id,
                &session.id,
                url,
                deadline,
                self.now,
            )
            .await?;
        }
        let Some(read) = &reading.payment else { return Ok(()) };
        let method_details = serde_json::to_value(&read.details)?;
        let details = details_of(read, &method_details);
        payments::keep_details(self.conn, self.payment.id, &details, self.now).await?;
        self.payment.method = read.method.or(self.payment.method);
        Ok(())
    }

    async fn apply(
        &mut self,
        fact: PaymentFact,
        read: Option<&ProviderPayment>,
    ) -> anyhow::Result<()> {
        match payment_rules::step(self.payment.status, fact) {
            PaymentStep::Move(status) => self.move_to(status, fact, read).await,
            PaymentStep::Capture => match read {
                Some(read) => self.capture(read).await,
                None => Ok(()),
            },
            PaymentStep::AlreadyThere => Ok(()),
            PaymentStep::Stale => {
                tracing::info!(payment.id = %self.payment.id, status = %self.payment.status, ?fact, "stale fact ignored");
                Ok(())
            }
        }
    }

    async fn move_to(
        &mut self,
        status: PaymentStatus,
        fact: PaymentFact,
        read: Option<&ProviderPayment>,
    ) -> anyhow::Result<()> {
        let code = read.and_then(|read| read.failure_code.as_deref());
        let was_promised = self.payment.status == PaymentStatus::Authorized;
        if !payments::mark_moved(self.conn, self.payment.id, status, code, self.now).await? {
            return Ok(());
        }
        if let PaymentFact::Authorized { deadline_at } = fact {
            let (deps, order) = (self.deps, &self.order);
            let hold = promise::hold(order, deadline_at);
            promise::keep_places(deps, self.conn, order, self.payment.id, hold).await?;
        } else if was_promised {
            promise::lapse(self.conn, &self.order, self.payment.id, self.now).await?;
        }
        let detail = json!({ "payment": self.payment.id, "status": status, "code": code });
        self.leave(&format!("payment.{status}"), detail).await
    }

    async fn capture(&mut self, read: &ProviderPayment) -> anyhow::Result<()> {
        let captured = read.amount;
        if !captured.is_positive() {
            anyhow::bail!(
                "the provider says {} is captured with {}",
                self.payment.id,
                captured.minor()
            );
        }
        let owed = self.order.amount;
        let credits = credit::list(self.conn, self.order.id).await?;
        let held: Vec<Money> = credits.iter().map(Payment::credit).collect();
        let held_sum = Money::sum(owed.currency(), held.iter().copied())?;
        let arrival = arrival(self.order.status, owed, held_sum, captured)?;
        let nothing = Money::zero(owed.currency());
        let (claims, arrival) = match arrival {
            Arrival::Exact | Arrival::Over { .. } => (owed, arrival),
            Arrival::Late if self.take_places_again().await? => (owed, Arrival::Exact),
            Arrival::Late | Arrival::Double | Arrival::Short { .. } => (nothing, arrival),
        };
        let claimed = claim(claims, &held, captured)?;
        let applied = claimed.from_captured;
        let subject = refunds::request::subject(&self.order, &self.payment, None);
        let fees = self.order.fees(applied, read.method.or(self.payment.method))?;
        let capture =
            ledger::Capture { subject, captured, applied, method_fee: read.method_fee, fees };
        let receipt = ledger::post_capture(self.conn, capture, self.now).await?;
        let captured_at = read.captured_at.unwrap_or(self.now);
        payments::mark_captured(self.conn, &receipt, captured_at, self.now).await?;
        let credits: Vec<_> = credits.iter().zip(claimed.from_credits).collect();
        let credits =
            credit::apply(self.conn, &self.order, &credits, self.payment.id, self.now).await?;
        let amounts = (captured, applied);
        let method = self.payment.method;
        let proof = receipt.pays_with(&credits, owed);
        let order = (&self.order, proof.as_ref().map_or(self.order.status, |_| OrderStatus::Paid));
        let fact = captured_fact(order, self.payment.id, amounts, method, self.told_by);
        let trail = Trail { facts: vec![fact], ..Trail::default() };
        store::trail::write(self.conn, trail, self.now).await?;
        if let Some(proof) = proof {
            settle_order(self.conn, &self.order, proof, Line::OfCapture, self.now).await?;
        }
        self.explain(arrival, read).await
    }

    /// Late money is welcome while the places are free, and while there is something to come to; not for an order that was
    /// paid before and was cancelled, nor for one that was held back and that its organizer did not let through.
    async fn take_places_again(&mut self) -> anyhow::Result<bool> {
        if self.order.is_erased() {
            // Nobody is left to come, or to be told.
            return Ok(false);
        }
        let standing = screenings::find_standing(self.conn, self.order.id).await?;
        if standing.is_some_and(|decision| decision != Decision::Approved) {
            return Ok(false);
        }
        if !events::lock_taking_place(self.conn, self.order.event).await? {
            return Ok(false);
        }
        let attempts = payments::list_for_order(self.conn, self.order.id).await?;
        if attempts.iter().any(|it| it.applied.is_positive()) {
            return Ok(false);
        }
        let wanted = tickets::count_by_type(self.conn, self.order.id).await?;
        let claims = quotas::list_claims(self.conn, &wanted).await?;
        match quotas::take(self.conn, &claims).await? {
            Taken::All => Ok(true),
            Taken::SoldOut(quota) => {
                let taken: Vec<_> =
                    claims.into_iter().take_while(|claim| claim.quota != quota).collect();
                quotas::give_back(self.conn, &taken).await?;
                Ok(false)
            }
        }
    }

    /// Money that no order claims is told to the organizer; where nobody could want it kept, it goes back by itself.
    async fn explain(&mut self, arrival: Arrival, read: &ProviderPayment) -> anyhow::Result<()> {
        let captured = read.amount;
        let (rule, goes_back) = match arrival {
            Arrival::Exact => return Ok(()),
            // Two lines, or a line and a word of the organizer's, may tell of the same money: a person decides.
            Arrival::Double => ("money.double", Some(captured).filter(|_| !self.is_own())),
            Arrival::Late if self.was_in_time(read).await? => ("money.late", None),
            Arrival::Late => ("money.late", Some(captured)),
            // The order has ended: nobody will bring the rest.
            Arrival::Short { .. } if !self.order.status.is_payable() => {
                ("money.late", Some(captured))
            }
            Arrival::Short { .. } => ("money.short", None),
            Arrival::Over { .. } => ("money.over", None),
        };
        let alert = NewAlert {
            id: fresh::id(),
            rule,
            organizer: self.order.organizer,
            event: self.order.event,
            order: self.order.id,
            payment: self.payment.id,
            detail: json!({ "owed_minor": self.order.amount.minor(), "captured_minor": captured.minor() }),
            now: self.now,
        };
        alerts::insert_once(self.conn, &alert).await?;
        if let (Arrival::Short { missing }, None) = (arrival, goes_back) {
            let (order, payment) = (&self.order, &self.payment);
            return transfers::promise::ask_for_rest(self.deps, self.conn, order, payment, missing)
                .await;
        }
        if let Some(amount) = goes_back {
            let (order, payment) = (&self.order, &self.payment);
            refunds::request::give_back_credit(
                self.deps, self.conn, order, payment, amount, self.now,
            )
            .await?;
        }
        Ok(())
    }

    fn is_own(&self) -> bool {
        self.payment.is_own_transfer()
    }

    /// Whether a transfer came before its deadline and was told of too late: its buyer may well stand at the door.
    async fn was_in_time(&mut self, read: &ProviderPayment) -> anyhow::Result<bool> {
        if !self.is_own() || self.order.status != OrderStatus::Expired {
            return Ok(false);
        }
        let attempts = payments::list_for_order(self.conn, self.order.id).await?;
        let came_at = read.captured_at.unwrap_or(self.now);
        Ok(transfers::promise::is_in_time(&attempts, came_at))
    }

    async fn leave(&mut self, what: &str, detail: serde_json::Value) -> anyhow::Result<()> {
        let key = self.payment.id.to_string();
        Ok(trail::leave(self.conn, &self.order, self.told_by, what, (&key, detail), self.now)
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;
    use providers::payments::{MethodDetails, SessionReading};

    fn reading(
        session: Option<(bool, bool)>,
        payment: Option<ProviderPaymentStatus>,
    ) -> PaymentReading {
        let yen = Money::zero(Currency::JPY);
        PaymentReading {
            session: session.map(|(expired, cancelled)| SessionReading {
                id: "s".to_owned(),
                expired,
                cancelled,
                completed: false,
                hosted_url: None,
            }),
            payment: payment.map(|status| ProviderPayment {
                id: "p".to_owned(),
                reference: None,
                status,
                amount: Money::yen(1),
                method_fee: yen,
                method: None,
                details: MethodDetails::default(),
                deadline_at: None,
                captured_at: None,
                amount_refunded: yen,
                refunds: Vec::new(),
                refund_requests: Vec::new(),
                failure_code: None,
            }),
        }
    }

    #[test]
    fn answers_are_read_as_facts() {
        use PaymentFact as F;
        use ProviderPaymentStatus as P;
        let open = Some((false, false));
        let expired = Some((true, false));
        let cancelled = Some((false, true));
        for (session, payment, fact) in [
            (open, None, Some(F::Opened)),
            (expired, None, Some(F::Expired)),
            (cancelled, None, Some(F::Cancelled)),
            (None, None, None),
            (open, Some(P::Failed), Some(F::Opened)),
            (expired, Some(P::Failed), Some(F::Failed)),
            (None, Some(P::Failed), Some(F::Failed)),
            (open, Some(P::Pending), Some(F::Opened)),
            (open, Some(P::Authorized), Some(F::Authorized { deadline_at: None })),
            (expired, Some(P::Captured), Some(F::Captured)),
            (None, Some(P::Refunded), Some(F::Captured)),
            (None, Some(P::Expired), Some(F::Expired)),
            (None, Some(P::Cancelled), Some(F::Cancelled)),
            (None, Some(P::Other("new".to_owned())), None),
        ] {
            let told = format!("{session:?} {payment:?}");
            assert_eq!(fact_of(&reading(session, payment)), fact, "{told}");
        }
    }
}
