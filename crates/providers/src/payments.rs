//! Payment providers: what we ask of them, what we learn, and the closed list of those we know.

pub mod komoju;

use std::collections::BTreeMap;

use domain::bank::BankAccount;
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use domain::settlement::FeeRate;
use time::OffsetDateTime;

use crate::breaker::BreakerState;
use crate::http::{Http, HttpLimits};
use crate::outcome::{Outcome, SetupError};
use komoju::KomojuConfig;

/// One attempt to collect an amount on a hosted page.
#[derive(Clone)]
pub struct StartPayment {
    /// Ours, unique for every attempt.
    pub payment_reference: String,
    pub amount: Money,
    pub locale: String,
    pub buyer_email: String,
    pub buyer_name: String,
    pub return_url: String,
    pub methods: Vec<PaymentMethod>,
    pub line_items: Vec<LineItem>,
    pub expires_in_seconds: u32,
    pub metadata: BTreeMap<String, String>,
    pub idempotency_key: String,
}

/// A line that the hosted page shows the buyer.
#[derive(Debug, Clone)]
pub struct LineItem {
    pub description: String,
    /// Of one piece.
    pub amount: Money,
    pub quantity: u32,
}

/// A hosted page that waits for the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedPayment {
    pub session_id: String,
    /// Checked to be the provider's own.
    pub hosted_url: String,
}

/// Which payment to look at.
#[derive(Debug, Clone, Copy)]
pub enum PaymentQuery<'a> {
    Session(&'a str),
    Payment(&'a str),
    /// Our own reference, for when the answer with the ids was lost.
    Reference(&'a str),
}

/// What the provider says about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentReading {
    pub session: Option<SessionReading>,
    pub payment: Option<ProviderPayment>,
}

/// The hosted page as it stands. Completed does not mean paid: look at the payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionReading {
    pub id: String,
    pub expired: bool,
    pub cancelled: bool,
    pub completed: bool,
    /// `None` when the provider named an address that is not its own.
    pub hosted_url: Option<String>,
}

/// A payment at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderPayment {
    pub id: String,
    pub reference: Option<String>,
    pub status: ProviderPaymentStatus,
    /// What the order is compared with: without the fee that the buyer paid for the method.
    pub amount: Money,
    pub method_fee: Money,
    pub method: Option<PaymentMethod>,
    pub details: MethodDetails,
    pub deadline_at: Option<OffsetDateTime>,
    pub captured_at: Option<OffsetDateTime>,
    pub amount_refunded: Money,
    pub refunds: Vec<ProviderRefund>,
    pub refund_requests: Vec<ProviderRefundRequest>,
    pub failure_code: Option<String>,
}

impl ProviderPayment {
    /// Whether the provider took the money, whatever went back since.
    pub const fn is_captured(&self) -> bool {
        matches!(self.status, ProviderPaymentStatus::Captured | ProviderPaymentStatus::Refunded)
    }

    /// What the provider holds of it: captured with the method's fee, less what went back. None when nothing was
    /// captured, or no sum of ours could hold it.
    pub fn held(&self) -> Option<Money> {
        if !self.is_captured() {
            return None;
        }
        let taken = self.amount.checked_add(self.method_fee).ok()?;
        taken.checked_sub(self.amount_refunded).ok()
    }
}

/// The provider's word for where a payment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderPaymentStatus {
    Pending,
    Authorized,
    /// Also while a part of it is refunded.
    Captured,
    Refunded,
    Cancelled,
    Expired,
    Failed,
    Other(String),
}

/// What the method needs people to know: the card in short, or where to bring the money.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MethodDetails {
    pub card_brand: Option<String>,
    pub card_last4: Option<String>,
    pub store: Option<String>,
    pub confirmation_code: Option<String>,
    pub receipt: Option<String>,
    pub instructions_url: Option<String>,
    pub bank_name: Option<String>,
    pub bank_branch: Option<String>,
    pub bank_account_type: Option<String>,
    pub bank_account_number: Option<String>,
    pub bank_account_name: Option<String>,
    pub pay_easy_bank_id: Option<String>,
    pub pay_easy_customer_id: Option<String>,
    pub pay_easy_confirmation_id: Option<String>,
    /// Of a transfer to the organizer's own account: what stands before the payer's name.
    pub transfer_number: Option<String>,
    /// Of a transfer that came: who paid, as the bank wrote it.
    pub payer_name: Option<String>,
}

/// Money that went back, asked by us or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRefund {
    pub id: String,
    pub amount: Money,
    /// The buyer's bank took it back.
    pub is_chargeback: bool,
    pub created_at: Option<OffsetDateTime>,
}

/// A transfer to the buyer's bank account that the provider was asked for and makes by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRefundRequest {
    pub id: String,
    /// What we named it.
    pub key: Option<String>,
    pub status: RefundRequestStatus,
}

/// How far such a transfer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundRequestStatus {
    Pending,
    Completed,
    /// It could not be made, or it came back.
    Rejected,
    Other(String),
}

/// The refusal of a refund because the provider holds less unsettled money than is to go back: later it may not.
pub const SHORT_BALANCE: &str = "short_balance";

/// Money back to the buyer, by the way it came.
#[derive(Debug, Clone)]
pub struct RefundPayment {
    pub payment_id: String,
    pub amount: Money,
    pub description: String,
    /// From the refund, not from the payment: a second partial refund must not look like the first.
    pub idempotency_key: String,
}

/// Money back to a bank account, for methods that cannot return it. No `Debug`: accounts do not belong in logs.
#[derive(Clone)]
pub struct RequestTransfer {
    pub payment_id: String,
    pub amount: Money,
    pub account: BankAccount,
    pub bank_name: String,
    pub branch_name: String,
    /// Comes back in [`ProviderRefundRequest::key`], and is the idempotency key.
    pub key: String,
}

/// Money that the provider pays out, in its own sums. Fees are above zero here, whatever sign the wire gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettlement {
    pub id: String,
    pub reference: String,
    pub status: String,
    pub cycle: String,
    /// Everything that came in, less what went back.
    pub transactions: Money,
    /// What the provider keeps, tax included.
    pub fees: Money,
    /// What reaches the bank account, after the bank's fee.
    pub remittance: Money,
    pub transfer_fee: Money,
    pub cutoff_at: Option<OffsetDateTime>,
    pub created_at: Option<OffsetDateTime>,
}

/// What one payment, refund or chargeback does to a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettlementLine {
    pub kind: SettlementLineKind,
    /// Of the payment or of the refund.
    pub id: String,
    pub payment_id: String,
    pub reference: Option<String>,
    /// Above zero for what came in, below for what went back.
    pub amount: Money,
    /// Tax included.
    pub fee: Money,
    /// By which rate the fee was taken, where the provider says so.
    pub rate: Option<FeeRate>,
}

/// What a line of a settlement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementLineKind {
    Payment,
    Refund,
    Chargeback,
    /// A correction, a monthly fee: something that is no payment's.
    Other,
}

/// A webhook whose signature is right. Its headers were not signed; everything here is from the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedWebhook {
    pub event_id: String,
    pub kind: String,
    pub session_id: Option<String>,
    pub payment_id: Option<String>,
    pub reference: Option<String>,
    pub created_at: Option<OffsetDateTime>,
}

impl VerifiedWebhook {
    /// Whether it tells that money was taken.
    pub fn is_capture(&self) -> bool {
        self.kind == komoju::CAPTURED_EVENT
    }
}

/// A webhook event read from the provider's list, as trustworthy as a verified webhook.
pub type ProviderEvent = VerifiedWebhook;

/// Why a webhook was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("the signature is missing")]
    Missing,
    #[error("the signature is wrong")]
    Wrong,
    #[error("the signature is right, the body cannot be read")]
    Unreadable,
}

/// From when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: OffsetDateTime,
    pub until: OffsetDateTime,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_page: Option<u32>,
}

/// What a provider can do. Ask before offering a choice.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    pub currencies: &'static [Currency],
    pub methods: &'static [PaymentMethod],
    /// Methods whose money can go back the way it came.
    pub refundable_methods: &'static [PaymentMethod],
    pub has_partial_refunds: bool,
    pub amount_minor_min: i64,
    pub expires_in_seconds_max: u32,
}

/// The payment providers we know.
#[derive(Debug, Clone)]
pub enum PaymentProvider {
    Komoju(KomojuConfig, Http),
}

impl PaymentProvider {
    /// KOMOJU, or a sandbox that speaks like it.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn komoju(config: KomojuConfig) -> Result<Self, SetupError> {
        Self::komoju_within(config, HttpLimits::default())
    }

    /// KOMOJU with limits of one's own.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn komoju_within(config: KomojuConfig, limits: HttpLimits) -> Result<Self, SetupError> {
        let http = Http::new(komoju::NAME, config.api_url(), limits)?;
        Ok(Self::Komoju(config, http))
    }

    /// The provider's name in URLs, in the database and in logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Komoju(..) => komoju::NAME,
        }
    }

    /// What it can do.
    pub fn capabilities(&self) -> &'static Capabilities {
        match self {
            Self::Komoju(..) => &komoju::CAPABILITIES,
        }
    }

    /// Whether calls go through at the moment.
    pub fn breaker_state(&self) -> BreakerState {
        match self {
            Self::Komoju(_, http) => http.breaker_state(),
        }
    }

    /// Opens a hosted page. Safe to repeat with the same key and the same content.
    pub async fn start_payment(&self, start: &StartPayment) -> Outcome<StartedPayment> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::start_payment(config, start);
                http.call(request, |answer| komoju::read_started_payment(config, &answer)).await
            }
        }
    }

    /// Looks at an attempt. By reference it finds payments, not pages that nobody used.
    pub async fn fetch_payment(&self, query: PaymentQuery<'_>) -> Outcome<PaymentReading> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::fetch_payment(config, query);
                http.call(request, |answer| komoju::read_payment(config, query, &answer)).await
            }
        }
    }

    /// Gives money back. Safe to repeat with the same key and the same content.
    pub async fn refund(&self, refund: &RefundPayment) -> Outcome<ProviderPayment> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::refund(config, refund);
                http.call(request, |answer| komoju::read_refunded_payment(config, &answer)).await
            }
        }
    }

    /// Asks for a transfer to the buyer's account; how it ends is seen on the payment. Safe to repeat within a day with
    /// the same key and the same content, later only after a look at the payment.
    pub async fn request_transfer(&self, transfer: &RequestTransfer) -> Outcome<()> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::request_transfer(config, transfer);
                http.call(request, |answer| komoju::read_requested_transfer(&answer)).await
            }
        }
    }

    /// Closes a hosted page; refused once it is completed.
    pub async fn cancel_session(&self, session_id: &str) -> Outcome<()> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::cancel_session(config, session_id);
                http.call(request, |answer| komoju::read_cancelled_session(&answer)).await
            }
        }
    }

    /// Takes back a promise to pay; refused once the money came.
    pub async fn cancel_payment(&self, payment_id: &str) -> Outcome<ProviderPayment> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::cancel_payment(config, payment_id);
                http.call(request, |answer| komoju::read_changed_payment(config, &answer)).await
            }
        }
    }

    /// Lists the webhook events of a span of time, newest first, for those that never arrived. Pages start at 1.
    pub async fn list_events(&self, span: Span, page: u32) -> Outcome<Page<ProviderEvent>> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::list_events(config, span, page);
                http.call(request, |answer| komoju::read_events(&answer)).await
            }
        }
    }

    /// Lists the captured payments among those begun in a span of time, refunded ones too, newest first. Pages start
    /// at 1.
    pub async fn list_captured(&self, span: Span, page: u32) -> Outcome<Page<ProviderPayment>> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::list_captured(config, span, page);
                http.call(request, |answer| komoju::read_payments(config, &answer)).await
            }
        }
    }

    /// Lists settlements since a moment, newest first. Pages start at 1.
    pub async fn list_settlements(
        &self,
        since: OffsetDateTime,
        page: u32,
    ) -> Outcome<Page<ProviderSettlement>> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::list_settlements(config, since, page);
                http.call(request, |answer| komoju::read_settlements(&answer)).await
            }
        }
    }

    /// The lines of one settlement; none where its file cannot be read.
    pub async fn fetch_settlement_lines(
        &self,
        settlement_id: &str,
    ) -> Outcome<Option<Vec<ProviderSettlementLine>>> {
        match self {
            Self::Komoju(config, http) => {
                let request = komoju::fetch_settlement_lines(config, settlement_id);
                http.call(request, |answer| komoju::read_settlement_lines(&answer)).await
            }
        }
    }

    /// Believes a webhook, or not. The caller has limited the body's size.
    ///
    /// # Errors
    /// When the signature is missing or wrong, or the body is not what the provider sends.
    pub fn verify_webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<VerifiedWebhook, BadSignature> {
        match self {
            Self::Komoju(config, _) => komoju::verify_webhook(config, headers, body),
        }
    }

    /// Reads again the body of a webhook that was verified when it came.
    ///
    /// # Errors
    /// `Unreadable` when the body is not what the provider sends.
    pub fn read_webhook(&self, body: &[u8]) -> Result<VerifiedWebhook, BadSignature> {
        match self {
            Self::Komoju(..) => komoju::read_webhook(body),
        }
    }
}
