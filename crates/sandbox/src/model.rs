//! Sessions, payments, refunds and webhook events as the sandbox keeps them and as the wire shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{OffsetDateTime, serde::rfc3339};

use crate::clock;

/// The methods the sandbox knows, in the order in which the hosted page offers them.
pub(crate) const METHODS: [&str; 5] =
    ["credit_card", "paypay", "konbini", "bank_transfer", "pay_easy"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Pending,
    Completed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatus {
    Pending,
    Authorized,
    Captured,
    Refunded,
    Cancelled,
    Expired,
    Failed,
}

impl PaymentStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SessionLine {
    pub(crate) description: String,
    pub(crate) amount: i64,
    pub(crate) quantity: i64,
}

/// One hosted page. Kept as a whole in the journal; `Book::session_json` is what the wire shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) status: SessionStatus,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) return_url: Option<String>,
    pub(crate) locale: String,
    pub(crate) email: Option<String>,
    pub(crate) buyer_name: Option<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) line_items: Vec<SessionLine>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) external_order_num: Option<String>,
    pub(crate) is_captured_later: bool,
    /// From the `Komoju-Scenario` header: every attempt fails with this code.
    pub(crate) scenario: Option<String>,
    /// Every payment tried on this page, oldest first.
    pub(crate) attempts: Vec<String>,
    /// The payment that completed it.
    pub(crate) payment: Option<String>,
    #[serde(with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    pub(crate) expires_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    pub(crate) cancelled_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub(crate) completed_at: Option<OffsetDateTime>,
}

impl Session {
    /// Expiry is not a status: the session stays pending and says `expired: true`.
    pub(crate) fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.status == SessionStatus::Pending && now >= self.expires_at
    }

    pub(crate) fn is_payable(&self, now: OffsetDateTime) -> bool {
        self.status == SessionStatus::Pending && !self.is_expired(now)
    }

    /// Where the buyer goes afterwards, with the session's id added to whatever the shop's URL already had.
    pub(crate) fn return_target(&self) -> Option<String> {
        let url = self.return_url.as_deref()?;
        let (address, fragment) = match url.split_once('#') {
            Some((address, fragment)) => (address, format!("#{fragment}")),
            None => (url, String::new()),
        };
        let separator = match address.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        Some(format!("{address}{separator}session_id={}{fragment}", self.id))
    }

    pub(crate) fn json(&self, base_url: &str, payment: Option<&Payment>) -> Value {
        let methods: Vec<Value> = self.methods.iter().map(|kind| json!({"type": kind})).collect();
        json!({
            "id": self.id,
            "resource": "session",
            "mode": "payment",
            "status": self.status,
            "expired": self.is_expired(clock::now()),
            "amount": self.amount,
            "currency": self.currency,
            "session_url": format!("{base_url}/sessions/{}", self.id),
            "return_url": self.return_url,
            "default_locale": self.locale,
            "email": self.email,
            "payment_methods": methods,
            "line_items": self.line_items,
            "metadata": self.metadata,
            "payment_data": {
                "external_order_num": self.external_order_num,
                "capture": if self.is_captured_later { "manual" } else { "auto" },
            },
            "customer_id": null,
            "secure_token": null,
            "payment": payment,
            "created_at": clock::session_time(self.created_at),
            "cancelled_at": self.cancelled_at.map(clock::session_time),
            "completed_at": self.completed_at.map(clock::session_time),
        })
    }
}

/// A payment, field for field as the wire shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) resource: String,
    pub(crate) status: PaymentStatus,
    pub(crate) amount: i64,
    pub(crate) tax: i64,
    pub(crate) customer: Option<String>,
    #[serde(with = "rfc3339::option")]
    pub(crate) payment_deadline: Option<OffsetDateTime>,
    pub(crate) payment_details: BTreeMap<String, Value>,
    pub(crate) payment_method_fee: i64,
    pub(crate) total: i64,
    pub(crate) currency: String,
    pub(crate) description: Option<String>,
    #[serde(with = "rfc3339::option")]
    pub(crate) captured_at: Option<OffsetDateTime>,
    pub(crate) external_order_num: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    pub(crate) amount_refunded: i64,
    pub(crate) locale: String,
    pub(crate) session: String,
    pub(crate) customer_family_name: Option<String>,
    pub(crate) customer_given_name: Option<String>,
    pub(crate) mcc: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) refund_requests: Vec<RefundRequest>,
}

impl Payment {
    pub(crate) fn method(&self) -> &str {
        self.detail("type").unwrap_or_default()
    }

    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.payment_details.get(name).and_then(Value::as_str)
    }

    /// Methods where the buyer brings the money later, and no refund can be sent back the same way.
    pub(crate) fn is_paid_later(&self) -> bool {
        matches!(self.method(), "konbini" | "bank_transfer" | "pay_easy")
    }

    pub(crate) fn refundable(&self) -> i64 {
        self.total.saturating_sub(self.amount_refunded)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) resource: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment: String,
    pub(crate) description: Option<String>,
    #[serde(with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    pub(crate) chargeback: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RefundRequest {
    pub(crate) id: String,
    pub(crate) payment: String,
    pub(crate) amount: i64,
    pub(crate) customer_name: String,
    pub(crate) bank_name: String,
    pub(crate) bank_code: Option<String>,
    pub(crate) branch_name: Option<String>,
    pub(crate) branch_number: String,
    pub(crate) account_number: String,
    pub(crate) description: Option<String>,
    pub(crate) status: String,
    #[serde(with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

/// A webhook event. The body is kept as written, so that every delivery signs the same bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WebhookEvent {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// The payment it speaks of.
    pub(crate) subject: String,
    pub(crate) body: String,
    #[serde(with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(return_url: &str) -> Session {
        Session {
            id: "abc".to_owned(),
            status: SessionStatus::Pending,
            amount: 1,
            currency: "JPY".to_owned(),
            return_url: Some(return_url.to_owned()),
            locale: "ja".to_owned(),
            email: None,
            buyer_name: None,
            methods: Vec::new(),
            line_items: Vec::new(),
            metadata: BTreeMap::new(),
            external_order_num: None,
            is_captured_later: false,
            scenario: None,
            attempts: Vec::new(),
            payment: None,
            created_at: clock::now(),
            expires_at: clock::now(),
            cancelled_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn the_return_url_keeps_its_query_and_fragment() {
        for (given, expected) in [
            ("https://a.example/r", "https://a.example/r?session_id=abc"),
            ("https://a.example/r?", "https://a.example/r?session_id=abc"),
            ("https://a.example/r?x=1", "https://a.example/r?x=1&session_id=abc"),
            ("https://a.example/r?x=1#top", "https://a.example/r?x=1&session_id=abc#top"),
        ] {
            assert_eq!(session(given).return_target().as_deref(), Some(expected));
        }
    }
}
