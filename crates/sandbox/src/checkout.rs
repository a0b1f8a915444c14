//! What happens on the hosted page: attempts, confirmations, completion, and what the buyer does later at a till.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::book::Book;
use crate::cards::{CardBehaviour, TypedCard};
use crate::fault::Fault;
use crate::model::{Payment, PaymentStatus, Session, SessionStatus};
use crate::{clock, ids};

/// Days a buyer has for bringing the money to a shop or a bank.
const DEADLINE_DAYS: i64 = 3;

/// The convenience stores, by the provider's word and by name.
pub(crate) const STORES: [(&str, &str); 6] = [
    ("seven-eleven", "セブン-イレブン"),
    ("lawson", "ローソン"),
    ("family-mart", "ファミリーマート"),
    ("ministop", "ミニストップ"),
    ("daily-yamazaki", "デイリーヤマザキ"),
    ("seicomart", "セイコーマート"),
];

/// How the buyer wants to pay.
#[derive(Debug, Clone)]
pub(crate) enum Instrument {
    Card(TypedCard),
    PayPay,
    Konbini { store: String },
    BankTransfer,
    PayEasy,
}

impl Instrument {
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Card(_) => "credit_card",
            Self::PayPay => "paypay",
            Self::Konbini { .. } => "konbini",
            Self::BankTransfer => "bank_transfer",
            Self::PayEasy => "pay_easy",
        }
    }
}

/// Where an attempt stands after the buyer pressed the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The session is completed: the money came, or a code was issued.
    Completed,
    /// The buyer must first confirm: 3-D Secure, or the wallet's app.
    AwaitsConfirmation,
}

impl Book {
    /// Tries to pay a session. A decline is recorded, told by webhook, and leaves the session open.
    pub(crate) fn pay(
        &mut self,
        session_id: &str,
        instrument: &Instrument,
    ) -> Result<(String, Step), Fault> {
        let session = self.session(session_id)?.clone();
        if !session.is_payable(clock::now()) {
            return Err(Fault::new(
                422,
                "unprocessable_entity",
                "The session cannot be paid any more.",
            ));
        }
        let method = instrument.method();
        if !session.methods.iter().any(|allowed| allowed == method) {
            return Err(Fault::new(
                422,
                "invalid_payment_type",
                "The payment type is not allowed.",
            ));
        }
        let payment = self.new_payment(&session, instrument)?;
        let id = payment.id.clone();
        let mut session = session;
        session.attempts.push(id.clone());
        self.put_session(session.clone());

        if let Some(code) = &session.scenario {
            return Err(self.fail(payment, code));
        }
        match instrument {
            Instrument::Card(card) => match card.behaviour(clock::now()) {
                CardBehaviour::Fails(code) => return Err(self.fail(payment, code)),
                CardBehaviour::AsksForThreeDSecure => {
                    self.put_payment(payment);
                    return Ok((id, Step::AwaitsConfirmation));
                }
                CardBehaviour::Succeeds => self.complete(session, payment),
            },
            Instrument::PayPay => {
                self.put_payment(payment);
                return Ok((id, Step::AwaitsConfirmation));
            }
            Instrument::Konbini { .. } | Instrument::BankTransfer | Instrument::PayEasy => {
                self.complete(session, payment);
            }
        }
        Ok((id, Step::Completed))
    }

    /// The buyer's answer to 3-D Secure or in the wallet's app.
    pub(crate) fn confirm(&mut self, payment_id: &str, is_approved: bool) -> Result<(), Fault> {
        let payment = self.payment(payment_id)?.clone();
        let session = self.session(&payment.session)?.clone();
        if payment.status != PaymentStatus::Pending || !session.is_payable(clock::now()) {
            return Err(Fault::new(
                422,
                "unprocessable_entity",
                "The payment awaits no confirmation.",
            ));
        }
        if is_approved {
            self.complete(session, payment);
            return Ok(());
        }
        let code = if payment.method() == "paypay" { "request_failed" } else { "invalid_password" };
        Err(self.fail(payment, code))
    }

    fn complete(&mut self, mut session: Session, mut payment: Payment) {
        let now = clock::now();
        let is_captured = !payment.is_paid_later() && !session.is_captured_later;
        payment.status =
            if is_captured { PaymentStatus::Captured } else { PaymentStatus::Authorized };
        payment.captured_at = is_captured.then_some(now);
        session.status = SessionStatus::Completed;
        session.completed_at = Some(now);
        session.payment = Some(payment.id.clone());
        self.put_session(session);
        let kind = if is_captured { "payment.captured" } else { "payment.authorized" };
        self.put_and_tell(payment, kind, None);
    }

    fn fail(&mut self, mut payment: Payment, code: &str) -> Fault {
        payment.status = PaymentStatus::Failed;
        // Where the real provider keeps the code is not published; here it is with the details.
        payment.payment_details.insert("failure_code".to_owned(), json!(code));
        self.put_and_tell(payment, "payment.failed", Some(code));
        Fault::declined(code)
    }

    /// Saves a payment and tells the shop, in this order.
    pub(crate) fn put_and_tell(&mut self, payment: Payment, kind: &str, reason: Option<&str>) {
        let data = json!(payment);
        let id = payment.id.clone();
        self.put_payment(payment);
        self.emit(kind, &id, &data, reason);
    }

    /// The buyer brings the money to the till, the bank or the machine.
    pub(crate) fn pay_at_store(&mut self, payment_id: &str) -> Result<(), Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        if payment.status != PaymentStatus::Authorized || !payment.is_paid_later() {
            return Err(Fault::new(422, "unprocessable_entity", "The payment awaits no money."));
        }
        payment.status = PaymentStatus::Captured;
        payment.captured_at = Some(clock::now());
        self.put_and_tell(payment, "payment.captured", None);
        Ok(())
    }

    /// The deadline passes, or the authorisation lapses.
    pub(crate) fn expire_payment(&mut self, payment_id: &str) -> Result<(), Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        if !matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Authorized) {
            return Err(Fault::new(
                422,
                "unprocessable_entity",
                "The payment cannot expire any more.",
            ));
        }
        payment.status = PaymentStatus::Expired;
        self.put_and_tell(payment, "payment.expired", None);
        Ok(())
    }

    /// The session's time is over from this moment on.
    pub(crate) fn expire_session(&mut self, session_id: &str) -> Result<(), Fault> {
        let mut session = self.session(session_id)?.clone();
        session.expires_at = session.expires_at.min(clock::now());
        self.put_session(session);
        Ok(())
    }

    fn new_payment(&self, session: &Session, instrument: &Instrument) -> Result<Payment, Fault> {
        let id = ids::new_id();
        let now = clock::now();
        let method = instrument.method();
        let fee = if method == "konbini" { self.konbini_fee_minor } else { 0 };
        let is_paid_later = matches!(method, "konbini" | "bank_transfer" | "pay_easy");
        let deadline = is_paid_later.then(|| clock::end_of_day_in_japan(now, DEADLINE_DAYS));
        let mut details = self.details(&id, instrument)?;
        details.insert("type".to_owned(), json!(method));
        details.insert("email".to_owned(), json!(session.email));
        if let (Some(at), "bank_transfer") = (deadline, method) {
            details.insert("payment_deadline".to_owned(), json!(clock::payment_time(at)));
        }
        Ok(Payment {
            id,
            resource: "payment".to_owned(),
            status: PaymentStatus::Pending,
            amount: session.amount,
            tax: 0,
            customer: None,
            payment_deadline: deadline,
            payment_details: details,
            payment_method_fee: fee,
            total: session.amount.saturating_add(fee),
            currency: session.currency.clone(),
            description: None,
            captured_at: None,
            external_order_num: session.external_order_num.clone(),
            metadata: session.metadata.clone(),
            created_at: now,
            amount_refunded: 0,
            locale: session.locale.clone(),
            session: session.id.clone(),
            customer_family_name: None,
            customer_given_name: None,
            mcc: None,
            statement_descriptor: None,
            refunds: Vec::new(),
            refund_requests: Vec::new(),
        })
    }

    fn details(
        &self,
        payment_id: &str,
        instrument: &Instrument,
    ) -> Result<BTreeMap<String, Value>, Fault> {
        let instructions = format!("{}/ja/instructions/{payment_id}", self.base_url);
        let details = match instrument {
            Instrument::Card(card) => json!({
                "brand": card.brand(), "last_four_digits": card.last_four_digits(),
                "month": card.month, "year": card.year,
            }),
            Instrument::PayPay => json!({
                "redirect_url": format!("{}/confirm/{payment_id}", self.base_url),
                "external_payment_id": ids::new_digits(20),
            }),
            Instrument::Konbini { store } => {
                if !STORES.iter().any(|(known, _)| known == store) {
                    return Err(Fault::invalid("store", "Store is not included in the list"));
                }
                json!({
                    "store": store, "confirmation_code": ids::new_digits(6),
                    "receipt": ids::new_digits(11), "instructions_url": instructions,
                })
            }
            Instrument::BankTransfer => json!({
                "order_id": ids::new_digits(8), "bank_name": "テスト銀行",
                "account_branch_name": "サンドボックス支店", "account_number": ids::new_digits(7),
                "account_type": "普通", "account_name": "カ)サンドボックス",
                "instructions_url": instructions,
            }),
            Instrument::PayEasy => json!({
                "bank_id": "58091", "customer_id": ids::new_digits(11),
                "confirmation_id": ids::new_digits(6), "instructions_url": instructions,
                "payment_url": null, "cvs_code": null,
            }),
        };
        match details {
            Value::Object(fields) => Ok(fields.into_iter().collect()),
            _ => Ok(BTreeMap::new()),
        }
    }
}
