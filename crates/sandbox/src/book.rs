//! Everything the sandbox remembers. One mutex guards it, and no lock lives across an await.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, serde::rfc3339};
use tokio::sync::mpsc::UnboundedSender;

use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::model::{Payment, PaymentStatus, Session, WebhookEvent};
use crate::settlements::Settlement;
use crate::{clock, ids};

const DELIVERIES_MAX: usize = 200;
const ANSWERS_KEPT: Duration = Duration::hours(24);

/// One line of the journal: the whole new state of one thing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Session(Session),
    Payment(Payment),
    Event(WebhookEvent),
    Settlement(Settlement),
    /// The deliveries of this webhook event have ended, well or badly.
    Settled(String),
    Answer(Answer),
}

/// An answer kept for its idempotency key, to be given again byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) key: String,
    pub(crate) fingerprint: String,
    pub(crate) status: u16,
    pub(crate) body: String,
    #[serde(with = "rfc3339")]
    pub(crate) answered_at: OffsetDateTime,
}

/// What became of one try to deliver a webhook event; shown in the control room, not kept.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivery {
    pub(crate) event_id: String,
    pub(crate) kind: String,
    pub(crate) payment_id: String,
    pub(crate) attempt: usize,
    pub(crate) result: String,
    pub(crate) is_accepted: bool,
    #[serde(with = "rfc3339")]
    pub(crate) at: OffsetDateTime,
}

/// What an idempotency key says about a request.
pub(crate) enum Claim {
    Fresh,
    InFlight,
    OtherBody,
    Answered(Answer),
}

/// The sandbox's memory.
pub(crate) struct Book {
    pub(crate) base_url: String,
    pub(crate) konbini_fee_minor: i64,
    pub(crate) behaviour: Behaviour,
    sessions: BTreeMap<String, Session>,
    session_order: Vec<String>,
    session_of_reference: BTreeMap<String, String>,
    payments: BTreeMap<String, Payment>,
    payment_order: Vec<String>,
    payments_of_reference: BTreeMap<String, Vec<String>>,
    deadlines: BTreeSet<(OffsetDateTime, String)>,
    events: BTreeMap<String, WebhookEvent>,
    event_order: Vec<String>,
    settlements: Vec<Settlement>,
    unsettled: BTreeSet<String>,
    answers: BTreeMap<String, Answer>,
    in_flight: BTreeMap<String, String>,
    deliveries: VecDeque<Delivery>,
    /// Where webhook events go; `None` when nobody listens.
    outbox: Option<UnboundedSender<String>>,
    /// Journal lines not yet written; `None` without a journal.
    unwritten: Option<Vec<u8>>,
}

impl Book {
    pub(crate) fn new(base_url: String, konbini_fee_minor: i64, is_journaled: bool) -> Self {
        Self {
            base_url,
            konbini_fee_minor,
            behaviour: Behaviour::default(),
            sessions: BTreeMap::new(),
            session_order: Vec::new(),
            session_of_reference: BTreeMap::new(),
            payments: BTreeMap::new(),
            payment_order: Vec::new(),
            payments_of_reference: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            events: BTreeMap::new(),
            event_order: Vec::new(),
            settlements: Vec::new(),
            unsettled: BTreeSet::new(),
            answers: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            deliveries: VecDeque::new(),
            outbox: None,
            unwritten: is_journaled.then(Vec::new),
        }
    }

    /// Opens the way out for webhook events and sends those that an earlier run left behind.
    pub(crate) fn connect_outbox(&mut self, outbox: UnboundedSender<String>) {
        for id in self.event_order.iter().filter(|id| self.unsettled.contains(*id)) {
            // The receiver lives as long as the sandbox; when it is gone there is nobody to tell.
            let _ = outbox.send(id.clone());
        }
        self.outbox = Some(outbox);
    }

    // Journal

    /// Learns one line: from the journal at start, and from every change after that.
    pub(crate) fn apply(&mut self, line: Line) {
        match line {
            Line::Session(session) => self.index_session(session),
            Line::Payment(payment) => self.index_payment(payment),
            Line::Event(event) => {
                self.unsettled.insert(event.id.clone());
                self.event_order.push(event.id.clone());
                self.events.insert(event.id.clone(), event);
            }
            Line::Settlement(settlement) => {
                match self.settlements.iter_mut().find(|it| it.id == settlement.id) {
                    Some(kept) => *kept = settlement,
                    None => self.settlements.push(settlement),
                }
            }
            Line::Settled(event_id) => {
                self.unsettled.remove(&event_id);
            }
            Line::Answer(answer) => {
                self.answers.insert(answer.key.clone(), answer);
            }
        }
    }

    fn record(&mut self, line: Line) {
        if let Some(unwritten) = &mut self.unwritten {
            match serde_json::to_vec(&line) {
                Ok(bytes) => {
                    unwritten.extend_from_slice(&bytes);
                    unwritten.push(b'\n');
                }
                Err(error) => tracing::error!(%error, "a journal line could not be written"),
            }
        }
        self.apply(line);
    }

    /// Hands over the journal lines collected since the last call.
    pub(crate) fn take_unwritten(&mut self) -> Vec<u8> {
        self.unwritten.as_mut().map(std::mem::take).unwrap_or_default()
    }

    // Sessions

    pub(crate) fn session(&self, id: &str) -> Result<&Session, Fault> {
        self.sessions.get(id).ok_or_else(Fault::not_found)
    }

    pub(crate) fn put_session(&mut self, session: Session) {
        self.record(Line::Session(session));
    }

    fn index_session(&mut self, session: Session) {
        if !self.sessions.contains_key(&session.id) {
            self.session_order.push(session.id.clone());
        }
        if let Some(reference) = &session.external_order_num {
            self.session_of_reference.insert(reference.clone(), session.id.clone());
        }
        self.sessions.insert(session.id.clone(), session);
    }

    pub(crate) fn is_reference_used(&self, reference: &str) -> bool {
        self.session_of_reference.contains_key(reference)
    }

    pub(crate) fn session_json(&self, session: &Session) -> Value {
        let payment = session.payment.as_ref().and_then(|id| self.payments.get(id));
        session.json(&self.base_url, payment)
    }

    pub(crate) fn newest_sessions(&self, n: usize) -> impl Iterator<Item = &Session> {
        self.session_order.iter().rev().take(n).filter_map(|id| self.sessions.get(id))
    }

    // Payments

    pub(crate) fn payment(&self, id: &str) -> Result<&Payment, Fault> {
        self.payments.get(id).ok_or_else(Fault::not_found)
    }

    pub(crate) fn put_payment(&mut self, payment: Payment) {
        self.record(Line::Payment(payment));
    }

    fn index_payment(&mut self, payment: Payment) {
        if !self.payments.contains_key(&payment.id) {
            self.payment_order.push(payment.id.clone());
            if let Some(reference) = &payment.external_order_num {
                let ids = self.payments_of_reference.entry(reference.clone()).or_default();
                ids.push(payment.id.clone());
            }
        }
        if let Some(deadline) = payment.payment_deadline {
            let entry = (deadline, payment.id.clone());
            if payment.status == PaymentStatus::Authorized {
                self.deadlines.insert(entry);
            } else {
                self.deadlines.remove(&entry);
            }
        }
        self.payments.insert(payment.id.clone(), payment);
    }

    /// Payments, newest first; by reference where one is asked for.
    pub(crate) fn payments_newest_first<'a>(
        &'a self,
        reference: Option<&str>,
    ) -> Box<dyn Iterator<Item = &'a Payment> + 'a> {
        let ids = match reference {
            None => self.payment_order.as_slice(),
            Some(reference) => {
                self.payments_of_reference.get(reference).map(Vec::as_slice).unwrap_or_default()
            }
        };
        Box::new(ids.iter().rev().filter_map(|id| self.payments.get(id)))
    }

    /// Payments whose deadline is behind us.
    pub(crate) fn overdue(&self, now: OffsetDateTime) -> Vec<String> {
        let due = self.deadlines.iter().take_while(|(deadline, _)| *deadline < now);
        due.map(|(_, id)| id.clone()).collect()
    }

    // Settlements

    pub(crate) fn put_settlement(&mut self, settlement: Settlement) {
        self.record(Line::Settlement(settlement));
    }

    pub(crate) fn settlement(&self, id: &str) -> Result<&Settlement, Fault> {
        self.settlements.iter().find(|it| it.id == id).ok_or_else(Fault::not_found)
    }

    pub(crate) fn settlements_newest_first(&self) -> impl Iterator<Item = &Settlement> {
        self.settlements.iter().rev()
    }

    // Webhook events

    /// Writes a webhook event down and sends it on its way.
    pub(crate) fn emit(&mut self, kind: &str, subject: &str, data: &Value, reason: Option<&str>) {
        let created_at = clock::now();
        let id = ids::new_id();
        let body = json!({
            "id": id, "type": kind, "resource": "event", "data": data,
            "created_at": clock::payment_time(created_at), "reason": reason,
        });
        self.record(Line::Event(WebhookEvent {
            id: id.clone(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            body: body.to_string(),
            created_at,
        }));
        self.send_again(&id);
    }

    /// Puts a webhook event on its way (again); nothing happens when nobody listens.
    pub(crate) fn send_again(&self, event_id: &str) {
        if let Some(outbox) = &self.outbox {
            let _ = outbox.send(event_id.to_owned());
        }
    }

    pub(crate) fn event(&self, id: &str) -> Result<&WebhookEvent, Fault> {
        self.events.get(id).ok_or_else(Fault::not_found)
    }

    pub(crate) fn events_newest_first(&self) -> impl Iterator<Item = &WebhookEvent> {
        self.event_order.iter().rev().filter_map(|id| self.events.get(id))
    }

    pub(crate) fn settle(&mut self, event_id: &str) {
        if self.unsettled.contains(event_id) {
            self.record(Line::Settled(event_id.to_owned()));
        }
    }

    pub(crate) fn note_delivery(&mut self, delivery: Delivery) {
        self.deliveries.push_front(delivery);
        self.deliveries.truncate(DELIVERIES_MAX);
    }

    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }

    /// Whether every event of this payment has been tried at least once.
    pub(crate) fn is_told(&self, payment_id: &str) -> bool {
        let mut of_payment =
            self.events_newest_first().take(50).filter(|e| e.subject == payment_id);
        of_payment.all(|event| {
            !self.unsettled.contains(&event.id)
                || self.deliveries.iter().any(|delivery| delivery.event_id == event.id)
        })
    }

    // Idempotency keys

    /// Claims `key` for a request; a fresh claim must be followed by `answer`.
    pub(crate) fn claim(&mut self, key: &str, fingerprint: &str, now: OffsetDateTime) -> Claim {
        if self.in_flight.contains_key(key) {
            return Claim::InFlight;
        }
        match self.answers.get(key) {
            Some(answer) if now - answer.answered_at < ANSWERS_KEPT => {
                if answer.fingerprint == fingerprint {
                    Claim::Answered(answer.clone())
                } else {
                    Claim::OtherBody
                }
            }
            _ => {
                self.in_flight.insert(key.to_owned(), fingerprint.to_owned());
                Claim::Fresh
            }
        }
    }

    pub(crate) fn answer(&mut self, answer: Answer) {
        self.in_flight.remove(&answer.key);
        self.record(Line::Answer(answer));
    }

    /// Forgets answers older than a day.
    pub(crate) fn forget_old_answers(&mut self, now: OffsetDateTime) {
        self.answers.retain(|_, answer| now - answer.answered_at < ANSWERS_KEPT);
    }
}
