//! KOMOJU's protocol as pure pairs: a request is built here, an answer is read here, and nothing is sent.

mod unconfirmed;
mod wire;

use data_encoding::HEXLOWER_PERMISSIVE;
use domain::bank::AccountKind;
use domain::money::Currency;
use domain::payment::PaymentMethod;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::{
    BadSignature, Capabilities, Page, PaymentQuery, PaymentReading, ProviderEvent, ProviderPayment,
    ProviderSettlement, ProviderSettlementLine, RefundPayment, RequestTransfer, SHORT_BALANCE,
    Span, StartPayment, StartedPayment, VerifiedWebhook,
};
use crate::http::{Method, Request, Response};
use crate::outcome::{Cause, Outcome, Refusal, SetupError};
use crate::secret::Secret;
use wire::{ErrorBody, EventBody, ListBody, PaymentBody, SessionBody, SettlementBody};

/// The provider's name in URLs, in the database and in logs.
pub const NAME: &str = "komoju";

/// The version whose fields the readings below expect.
const API_VERSION: &str = "2025-01-28";
const PER_PAGE: u32 = 100;
/// About a hundred thousand lines of a settlement.
const LINES_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The webhook event that tells of money taken.
pub const CAPTURED_EVENT: &str = "payment.captured";

/// What KOMOJU can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    currencies: &Currency::ALL,
    methods: &[
        PaymentMethod::CreditCard,
        PaymentMethod::Konbini,
        PaymentMethod::PayPay,
        PaymentMethod::BankTransfer,
        PaymentMethod::PayEasy,
    ],
    refundable_methods: &[PaymentMethod::CreditCard, PaymentMethod::PayPay],
    has_partial_refunds: true,
    amount_minor_min: 1,
    expires_in_seconds_max: 86_400,
};

/// Codes of a 502 that are a refusal by the card's or the wallet's company, not a failure on the way.
const DECLINES: [&str; 11] = [
    "card_declined",
    "bad_verification_value",
    "exceeds_limit",
    "card_expired",
    "insufficient_funds",
    "used_number",
    "invalid_password",
    "invalid_number",
    "invalid_account",
    "request_failed",
    "fraudulent",
];

/// Codes of a refused refund that mean "larger than the unsettled balance". The help pages say that it is refused, the
/// code is not published: these are what the sandbox says and the nearest words of the list.
const SHORT_BALANCE_CODES: [&str; 3] =
    ["insufficient_balance", "insufficient_funds", "exceeds_balance"];

/// Where KOMOJU is and which keys open it. `Debug` masks the keys.
#[derive(Debug, Clone)]
pub struct KomojuConfig {
    api_url: Url,
    secret_key: Secret,
    webhook_secret: Secret,
}

impl KomojuConfig {
    /// The real address.
    pub const DEFAULT_URL: &str = "https://komoju.com";

    /// A configuration for the server at `api_url`, which is also the only host that buyers are sent to.
    ///
    /// # Errors
    /// When `api_url` is not an absolute web address.
    pub fn new(
        api_url: &str,
        secret_key: Secret,
        webhook_secret: Secret,
    ) -> Result<Self, SetupError> {
        let bad = || SetupError::BadUrl(api_url.to_owned());
        let url = Url::parse(api_url).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(bad());
        }
        Ok(Self { api_url: url, secret_key, webhook_secret })
    }

    /// The server's address.
    pub fn api_url(&self) -> &str {
        self.api_url.as_str()
    }

    /// Whether a buyer may be sent there.
    fn is_own(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| url.origin() == self.api_url.origin())
    }

    fn url(&self, parts: &[&str], query: &[(&str, &str)]) -> String {
        let mut url = self.api_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1"]).extend(parts);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url.into()
    }

    fn get(&self, call: &'static str, parts: &[&str], query: &[(&str, &str)]) -> Request {
        Request {
            call,
            method: Method::Get,
            url: self.url(parts, query),
            user: self.secret_key.clone(),
            headers: vec![("x-komoju-api-version", API_VERSION.to_owned())],
            body: None,
            answer_bytes_max: None,
        }
    }

    fn post(&self, call: &'static str, parts: &[&str], key: &str, body: &Value) -> Request {
        let headers = vec![
            ("x-komoju-api-version", API_VERSION.to_owned()),
            ("x-komoju-idempotency", key.to_owned()),
        ];
        let body = Some(body.to_string());
        Request { method: Method::Post, headers, body, ..self.get(call, parts, &[]) }
    }
}

// Start

/// Asks for a hosted page.
pub fn start_payment(config: &KomojuConfig, start: &StartPayment) -> Request {
    let line = |line: &super::LineItem| {
        let (amount, quantity) = (line.amount.minor(), line.quantity);
        json!({"description": line.description, "amount": amount, "quantity": quantity})
    };
    let mut body = json!({
        "mode": "payment",
        "amount": start.amount.minor(),
        "currency": start.amount.currency().code(),
        "default_locale": start.locale,
        "return_url": start.return_url,
        "expires_in_seconds": start.expires_in_seconds.min(CAPABILITIES.expires_in_seconds_max),
        "email": start.buyer_email,
        "payment_data": {
            "external_order_num": start.payment_reference,
            "capture": "auto",
            "name": start.buyer_name,
        },
        "line_items": start.line_items.iter().map(line).collect::<Vec<_>>(),
        "metadata": start.metadata,
    });
    // An empty list would offer nothing; leaving it out offers everything.
    if let (false, Some(fields)) = (start.methods.is_empty(), body.as_object_mut()) {
        let methods = start.methods.iter().map(|method| json!(method.as_str())).collect();
        fields.insert("payment_types".to_owned(), methods);
    }
    config.post("start_payment", &["sessions"], &start.idempotency_key, &body)
}

/// Reads the hosted page, and refuses one that is not on the provider's own host.
pub fn read_started_payment(config: &KomojuConfig, answer: &Response) -> Outcome<StartedPayment> {
    read::<SessionBody>(answer).and_then(|session| match session.session_url {
        Some(url) if config.is_own(&url) => {
            Outcome::Accepted(StartedPayment { session_id: session.id, hosted_url: url })
        }
        // Nobody will see that page, so nothing can be paid there: a refusal, not a doubt.
        _ => {
            let message = "the hosted page is not on the provider's own host";
            Outcome::Refused(Refusal::last("foreign_hosted_url", message))
        }
    })
}

// Look

/// Asks about a session, a payment, or the payments under a reference.
pub fn fetch_payment(config: &KomojuConfig, query: PaymentQuery<'_>) -> Request {
    match query {
        PaymentQuery::Session(id) => config.get("fetch_session", &["sessions", id], &[]),
        PaymentQuery::Payment(id) => config.get("fetch_payment", &["payments", id], &[]),
        PaymentQuery::Reference(reference) => {
            let filter = [("external_order_num", reference), ("per_page", "100")];
            config.get("find_payment", &["payments"], &filter)
        }
    }
}

/// Reads the answer to the question that was asked.
pub fn read_payment(
    config: &KomojuConfig,
    query: PaymentQuery<'_>,
    answer: &Response,
) -> Outcome<PaymentReading> {
    match query {
        PaymentQuery::Session(_) => {
            read::<SessionBody>(answer).and_then(|session| session.read(|url| config.is_own(url)))
        }
        PaymentQuery::Payment(_) => read_changed_payment(config, answer)
            .map(|payment| PaymentReading { session: None, payment: Some(payment) }),
        PaymentQuery::Reference(_) => read::<ListBody<PaymentBody>>(answer).and_then(|list| {
            // One page may have seen several tries; the one that got furthest is the one that matters.
            let furthest = list.data.into_iter().rev().max_by_key(PaymentBody::progress);
            match furthest.map(|payment| payment.read(|url| config.is_own(url))) {
                None => Outcome::Accepted(PaymentReading { session: None, payment: None }),
                Some(reading) => {
                    reading.map(|payment| PaymentReading { session: None, payment: Some(payment) })
                }
            }
        }),
    }
}

// Change

/// Asks for money back. The amount is always named: without one it would be everything.
pub fn refund(config: &KomojuConfig, refund: &RefundPayment) -> Request {
    let body = json!({"amount": refund.amount.minor(), "description": refund.description});
    let parts = ["payments", refund.payment_id.as_str(), "refund"];
    config.post("refund", &parts, &refund.idempotency_key, &body)
}

/// Asks for a transfer to a bank account (`refund_request`), which people at KOMOJU make.
pub fn request_transfer(config: &KomojuConfig, transfer: &RequestTransfer) -> Request {
    let account = &transfer.account;
    let kind = match account.kind {
        AccountKind::Ordinary => "normal",
        AccountKind::Checking => "checking",
        AccountKind::Savings => "savings",
    };
    let body = json!({
        "amount": transfer.amount.minor(),
        "customer_name": account.holder.as_str(),
        "bank_name": transfer.bank_name,
        "bank_code": account.bank.as_str(),
        "branch_name": transfer.branch_name,
        "branch_number": account.branch.as_str(),
        "account_type": kind,
        "account_number": account.number.as_str(),
        "include_payment_method_fee": false,
        "description": transfer.key,
    });
    let parts = ["payments", transfer.payment_id.as_str(), "refund_request"];
    config.post("request_transfer", &parts, &transfer.key, &body)
}

/// Reads whether the request was taken; its body is empty.
pub fn read_requested_transfer(answer: &Response) -> Outcome<()> {
    match answer.status {
        200 | 202 | 204 => Outcome::Accepted(()),
        _ => naming_short_balance(read_error(answer)),
    }
}

/// Reads the payment after a refund.
pub fn read_refunded_payment(config: &KomojuConfig, answer: &Response) -> Outcome<ProviderPayment> {
    naming_short_balance(read_changed_payment(config, answer))
}

fn naming_short_balance<T>(outcome: Outcome<T>) -> Outcome<T> {
    match outcome {
        Outcome::Refused(refusal) if SHORT_BALANCE_CODES.contains(&refusal.code.as_str()) => {
            Outcome::Refused(Refusal { code: SHORT_BALANCE.to_owned(), ..refusal })
        }
        other => other,
    }
}

/// Asks to take back a promise. The key is the payment's: it can be cancelled only once.
pub fn cancel_payment(config: &KomojuConfig, payment_id: &str) -> Request {
    let key = format!("cancel-payment-{payment_id}");
    config.post("cancel_payment", &["payments", payment_id, "cancel"], &key, &json!({}))
}

/// Reads a payment as it is after a change, or as it is.
pub fn read_changed_payment(config: &KomojuConfig, answer: &Response) -> Outcome<ProviderPayment> {
    read::<PaymentBody>(answer).and_then(|payment| payment.read(|url| config.is_own(url)))
}

/// Asks to close a hosted page.
pub fn cancel_session(config: &KomojuConfig, session_id: &str) -> Request {
    let key = format!("cancel-session-{session_id}");
    config.post("cancel_session", &["sessions", session_id, "cancel"], &key, &json!({}))
}

/// Reads whether the page is closed.
pub fn read_cancelled_session(answer: &Response) -> Outcome<()> {
    read::<SessionBody>(answer).map(|_| ())
}

// Webhook events

/// Asks for the webhook events of a span of time, newest first.
pub fn list_events(config: &KomojuConfig, span: Span, page: u32) -> Request {
    let [from, until, page, per_page] = list_query(span, page);
    let query =
        [("start_time", &*from), ("end_time", &*until), ("page", &*page), ("per_page", &*per_page)];
    config.get("list_events", &["events"], &query)
}

/// Reads a page of webhook events.
pub fn read_events(answer: &Response) -> Outcome<Page<ProviderEvent>> {
    read::<ListBody<EventBody>>(answer).map(|list| Page {
        next_page: list.next_page(),
        items: list.data.into_iter().map(EventBody::read).collect(),
    })
}

/// Asks for the captured payments among those begun in a span of time, newest first.
pub fn list_captured(config: &KomojuConfig, span: Span, page: u32) -> Request {
    let [from, until, page, per_page] = list_query(span, page);
    let query = [
        ("start_time", &*from),
        ("end_time", &*until),
        ("status", "captured,refunded"),
        ("page", &*page),
        ("per_page", &*per_page),
    ];
    config.get("list_payments", &["payments"], &query)
}

/// Reads a page of payments. One that cannot be read (a currency we do not know) is none of ours and is left out.
pub fn read_payments(config: &KomojuConfig, answer: &Response) -> Outcome<Page<ProviderPayment>> {
    read::<ListBody<PaymentBody>>(answer).map(|list| {
        let next_page = list.next_page();
        let payments = list.data.into_iter().map(|payment| payment.read(|url| config.is_own(url)));
        let items = payments.filter_map(|read| match read {
            Outcome::Accepted(payment) => Some(payment),
            Outcome::Refused(_) | Outcome::Unknown(_) => None,
        });
        Page { next_page, items: items.collect() }
    })
}

fn list_query(span: Span, page: u32) -> [String; 4] {
    let told =
        |at: OffsetDateTime| at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default();
    [told(span.from), told(span.until), page.to_string(), PER_PAGE.to_string()]
}

// Settlements

/// Asks for settlements, newest first.
pub fn list_settlements(config: &KomojuConfig, since: OffsetDateTime, page: u32) -> Request {
    let since = since.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default();
    let (page, per_page) = (page.to_string(), PER_PAGE.to_string());
    let query = [("start_time", since.as_str()), ("page", &page), ("per_page", &per_page)];
    config.get("list_settlements", &["settlements"], &query)
}

/// Reads a page of settlements. One that cannot be read (a currency we do not know) is none of ours and is left out.
pub fn read_settlements(answer: &Response) -> Outcome<Page<ProviderSettlement>> {
    read::<ListBody<SettlementBody>>(answer).map(|list| Page {
        next_page: list.next_page(),
        items: list.data.into_iter().filter_map(SettlementBody::read).collect(),
    })
}

/// Asks for the lines of a settlement: its CSV file, the one place that names single payments.
pub fn fetch_settlement_lines(config: &KomojuConfig, settlement_id: &str) -> Request {
    let request = config.get("fetch_settlement_lines", &["settlements", settlement_id, "csv"], &[]);
    Request { answer_bytes_max: Some(LINES_BYTES_MAX), ..request }
}

/// Reads the lines of a settlement; none where the file has columns that we do not know. The provider answered all the
/// same: its columns are not published, and a payment must not wait because of them.
pub fn read_settlement_lines(answer: &Response) -> Outcome<Option<Vec<ProviderSettlementLine>>> {
    if answer.status != 200 {
        return read_error(answer);
    }
    Outcome::Accepted(unconfirmed::read_settlement_csv(&answer.body))
}

/// Compares in constant time, and reads only what was signed: the body.
pub fn verify_webhook(
    config: &KomojuConfig,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<VerifiedWebhook, BadSignature> {
    let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-komoju-signature"));
    let (_, given) = header.ok_or(BadSignature::Missing)?;
    let given =
        HEXLOWER_PERMISSIVE.decode(given.trim().as_bytes()).map_err(|_| BadSignature::Wrong)?;
    let key = config.webhook_secret.expose().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| BadSignature::Wrong)?;
    mac.update(body);
    if !bool::from(mac.finalize().into_bytes().as_slice().ct_eq(&given)) {
        return Err(BadSignature::Wrong);
    }
    read_webhook(body)
}

/// Reads a webhook's body. Only for bodies that were verified.
///
/// # Errors
/// `Unreadable` when it is not an event of KOMOJU's.
pub fn read_webhook(body: &[u8]) -> Result<VerifiedWebhook, BadSignature> {
    let event: EventBody = serde_json::from_slice(body).map_err(|_| BadSignature::Unreadable)?;
    Ok(event.read())
}

/// Reads a 200; everything else is sorted into refusals and doubts.
fn read<T: DeserializeOwned>(answer: &Response) -> Outcome<T> {
    if answer.status != 200 {
        return read_error(answer);
    }
    match serde_json::from_slice(&answer.body) {
        Ok(body) => Outcome::Accepted(body),
        // serde's message names fields, never values of strings.
        Err(error) => Outcome::Unknown(Cause::Unreadable(format!(
            "{:?} at column {}",
            error.classify(),
            error.column()
        ))),
    }
}

fn read_error<T>(answer: &Response) -> Outcome<T> {
    let error = serde_json::from_slice::<ErrorBody>(&answer.body).ok().map(|body| body.error);
    let code = error.as_ref().map(|error| error.code.as_str()).unwrap_or_default();
    let is_refusal = match answer.status {
        409 => return Outcome::Unknown(Cause::InFlight),
        504 => return Outcome::Unknown(Cause::NotProcessed),
        // A 502 is a decline only when its code says so.
        502 => DECLINES.contains(&code),
        400..=499 => true,
        _ => false,
    };
    if !is_refusal {
        return Outcome::Unknown(Cause::ServerError { status: answer.status });
    }
    let (code, message) = match error {
        Some(error) => (error.code, error.message),
        None => (format!("http_{}", answer.status), String::new()),
    };
    Outcome::Refused(Refusal { code, message, retryable: matches!(answer.status, 408 | 429) })
}
