//! The fields of KOMOJU's objects that we read, and what they mean to us.

use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use serde::Deserialize;
use serde::de::IgnoredAny;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::outcome::{Cause, Outcome};
use crate::payments::{
    MethodDetails, PaymentReading, ProviderEvent, ProviderPayment, ProviderPaymentStatus,
    ProviderRefund, ProviderRefundRequest, ProviderSettlement, RefundRequestStatus, SessionReading,
};

#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ErrorFields,
}

#[derive(Deserialize)]
pub(super) struct ErrorFields {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct ListBody<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    page: u32,
    #[serde(default)]
    last_page: u32,
}

impl<T> ListBody<T> {
    /// The page after this one, where there is one.
    pub(super) fn next_page(&self) -> Option<u32> {
        (self.page < self.last_page).then(|| self.page.saturating_add(1))
    }
}

#[derive(Deserialize)]
pub(super) struct SessionBody {
    pub(super) id: String,
    pub(super) session_url: Option<String>,
    status: String,
    #[serde(default)]
    expired: bool,
    amount: Option<i64>,
    currency: Option<String>,
    payment: Option<PaymentBody>,
}

impl SessionBody {
    pub(super) fn read(self, is_own: impl Fn(&str) -> bool) -> Outcome<PaymentReading> {
        let asked = self.amount.zip(self.currency.as_deref().and_then(|c| Currency::parse(c).ok()));
        let session = SessionReading {
            id: self.id,
            expired: self.expired,
            cancelled: self.status == "cancelled",
            completed: self.status == "completed",
            hosted_url: self.session_url.filter(|url| is_own(url)),
        };
        let Some(payment) = self.payment else {
            return Outcome::Accepted(PaymentReading { session: Some(session), payment: None });
        };
        payment.read(is_own).map(|mut payment| {
            // A buyer may pay in another currency; the order is in the session's.
            if let Some((minor, currency)) = asked
                && currency != payment.amount.currency()
            {
                payment.amount = Money::new(minor, currency);
            }
            PaymentReading { session: Some(session), payment: Some(payment) }
        })
    }
}

#[derive(Deserialize)]
pub(super) struct PaymentBody {
    id: String,
    status: String,
    total: i64,
    #[serde(default)]
    payment_method_fee: i64,
    currency: String,
    external_order_num: Option<String>,
    payment_deadline: Option<String>,
    captured_at: Option<String>,
    #[serde(default)]
    amount_refunded: i64,
    #[serde(default)]
    refunds: Vec<RefundBody>,
    #[serde(default)]
    refund_requests: Vec<RefundRequestBody>,
    #[serde(default)]
    payment_details: DetailsBody,
}

#[derive(Deserialize)]
struct RefundBody {
    id: String,
    amount: i64,
    #[serde(default)]
    chargeback: bool,
    created_at: Option<String>,
}

/// The account in it is not read: we have no use for it here.
#[derive(Deserialize)]
struct RefundRequestBody {
    id: String,
    description: Option<String>,
    status: String,
}

impl RefundRequestBody {
    fn read(self) -> ProviderRefundRequest {
        let status = match self.status.as_str() {
            "pending" => RefundRequestStatus::Pending,
            "completed" => RefundRequestStatus::Completed,
            "rejected" => RefundRequestStatus::Rejected,
            _ => RefundRequestStatus::Other(self.status),
        };
        ProviderRefundRequest { id: self.id, key: self.description, status }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DetailsBody {
    #[serde(rename = "type")]
    kind: Option<String>,
    brand: Option<String>,
    last_four_digits: Option<String>,
    store: Option<String>,
    confirmation_code: Option<String>,
    receipt: Option<String>,
    instructions_url: Option<String>,
    bank_name: Option<String>,
    account_branch_name: Option<String>,
    account_type: Option<String>,
    account_number: Option<String>,
    account_name: Option<String>,
    bank_id: Option<String>,
    customer_id: Option<String>,
    confirmation_id: Option<String>,
    /// Not published by the provider; the sandbox gives it.
    failure_code: Option<String>,
}

impl PaymentBody {
    /// How far a payment got, to choose among the tries of one page.
    pub(super) fn progress(&self) -> u8 {
        match status(&self.status) {
            ProviderPaymentStatus::Captured | ProviderPaymentStatus::Refunded => 3,
            ProviderPaymentStatus::Authorized => 2,
            ProviderPaymentStatus::Pending | ProviderPaymentStatus::Other(_) => 1,
            ProviderPaymentStatus::Cancelled
            | ProviderPaymentStatus::Expired
            | ProviderPaymentStatus::Failed => 0,
        }
    }

    pub(super) fn read(self, is_own: impl Fn(&str) -> bool) -> Outcome<ProviderPayment> {
        let Ok(currency) = Currency::parse(&self.currency) else {
            return Outcome::Unknown(Cause::Unreadable("a currency we do not know".to_owned()));
        };
        let money = |minor: i64| Money::new(minor, currency);
        let Some(amount) = self.total.checked_sub(self.payment_method_fee) else {
            return Outcome::Unknown(Cause::Unreadable("an amount out of range".to_owned()));
        };
        let refund = |refund: RefundBody| ProviderRefund {
            id: refund.id,
            amount: money(refund.amount),
            is_chargeback: refund.chargeback,
            created_at: refund.created_at.as_deref().and_then(moment),
        };
        let details = self.payment_details;
        Outcome::Accepted(ProviderPayment {
            id: self.id,
            reference: self.external_order_num,
            status: status(&self.status),
            amount: money(amount),
            method_fee: money(self.payment_method_fee),
            method: details.kind.as_deref().and_then(method),
            deadline_at: self.payment_deadline.as_deref().and_then(moment),
            captured_at: self.captured_at.as_deref().and_then(moment),
            amount_refunded: money(self.amount_refunded),
            refunds: self.refunds.into_iter().map(refund).collect(),
            refund_requests: self
                .refund_requests
                .into_iter()
                .map(RefundRequestBody::read)
                .collect(),
            failure_code: details.failure_code.clone(),
            details: details.read(is_own),
        })
    }
}

impl DetailsBody {
    fn read(self, is_own: impl Fn(&str) -> bool) -> MethodDetails {
        MethodDetails {
            card_brand: self.brand,
            card_last4: self.last_four_digits,
            store: self.store,
            confirmation_code: self.confirmation_code,
            receipt: self.receipt,
            instructions_url: self.instructions_url.filter(|url| is_own(url)),
            bank_name: self.bank_name,
            bank_branch: self.account_branch_name,
            bank_account_type: self.account_type,
            bank_account_number: self.account_number,
            bank_account_name: self.account_name,
            pay_easy_bank_id: self.bank_id,
            pay_easy_customer_id: self.customer_id,
            pay_easy_confirmation_id: self.confirmation_id,
            ..MethodDetails::default()
        }
    }
}

/// `GET /settlements`, fields as the official SDK names them (API 2025-01-28). "Cents" is the smallest unit.
#[derive(Deserialize)]
pub(super) struct SettlementBody {
    id: String,
    #[serde(default)]
    reference: String,
    status: String,
    #[serde(default)]
    cycle: String,
    currency: String,
    transaction_amount_cents: i64,
    #[serde(default)]
    fee_amount_cents: i64,
    #[serde(default)]
    fee_tax_amount_cents: i64,
    #[serde(default)]
    bank_transfer_fee_amount_cents: Option<i64>,
    remittance_amount_cents: i64,
    cutoff_time: Option<String>,
    created_at: Option<String>,
}

impl SettlementBody {
    /// None where the currency is unknown or a sum does not fit.
    pub(super) fn read(self) -> Option<ProviderSettlement> {
        let currency = Currency::parse(&self.currency).ok()?;
        let money = |minor: i64| Money::new(minor, currency);
        // The changelog: integers related to fees can be negative. What is kept is kept, whatever its sign.
        let fees = self
            .fee_amount_cents
            .checked_abs()?
            .checked_add(self.fee_tax_amount_cents.checked_abs()?)?;
        let transfer_fee = self.bank_transfer_fee_amount_cents.unwrap_or_default().checked_abs()?;
        Some(ProviderSettlement {
            id: self.id,
            reference: self.reference,
            status: self.status,
            cycle: self.cycle,
            transactions: money(self.transaction_amount_cents),
            fees: money(fees),
            remittance: money(self.remittance_amount_cents),
            transfer_fee: money(transfer_fee),
            cutoff_at: self.cutoff_time.as_deref().and_then(moment),
            created_at: self.created_at.as_deref().and_then(moment),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct EventBody {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: EventData,
    created_at: Option<String>,
}

/// What an event is about: a payment, or something that names one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EventData {
    id: Option<String>,
    resource: Option<String>,
    session: Option<String>,
    payment: Option<PaymentName>,
    external_order_num: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PaymentName {
    Id(String),
    Other(IgnoredAny),
}

impl EventBody {
    pub(super) fn read(self) -> ProviderEvent {
        let EventData { id, resource, session, payment, external_order_num } = self.data;
        let payment_id = match (resource.as_deref(), payment) {
            (Some("payment"), _) => id,
            (_, Some(PaymentName::Id(id))) => Some(id),
            (_, Some(PaymentName::Other(_)) | None) => None,
        };
        ProviderEvent {
            event_id: self.id,
            kind: self.kind,
            session_id: session,
            payment_id,
            reference: external_order_num,
            created_at: self.created_at.as_deref().and_then(moment),
        }
    }
}

fn status(word: &str) -> ProviderPaymentStatus {
    match word {
        "pending" => ProviderPaymentStatus::Pending,
        "authorized" => ProviderPaymentStatus::Authorized,
        "captured" => ProviderPaymentStatus::Captured,
        "refunded" => ProviderPaymentStatus::Refunded,
        "cancelled" => ProviderPaymentStatus::Cancelled,
        "expired" => ProviderPaymentStatus::Expired,
        "failed" => ProviderPaymentStatus::Failed,
        other => ProviderPaymentStatus::Other(other.to_owned()),
    }
}

fn method(word: &str) -> Option<PaymentMethod> {
    METHODS.into_iter().find(|method| method.as_str() == word)
}

const METHODS: [PaymentMethod; 5] = [
    PaymentMethod::CreditCard,
    PaymentMethod::Konbini,
    PaymentMethod::PayPay,
    PaymentMethod::BankTransfer,
    PaymentMethod::PayEasy,
];

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
