//! Creating and cancelling hosted pages.

use std::collections::BTreeMap;

use serde_json::Value;
use time::Duration;

use super::Call;
use crate::book::Book;
use crate::fault::Fault;
use crate::model::{METHODS, Session, SessionLine, SessionStatus};
use crate::params::Params;
use crate::{clock, ids};

const SECONDS_MAX: i64 = 86_400;
const CURRENCIES: [&str; 20] = [
    "JPY", "USD", "EUR", "TWD", "KRW", "PLN", "GBP", "HKD", "SGD", "NZD", "AUD", "IDR", "MYR",
    "PHP", "THB", "CNY", "BRL", "CHF", "CAD", "VND",
];

pub(super) fn create(book: &mut Book, call: &Call, params: &Params) -> Result<Value, Fault> {
    let (amount, currency) = read_amount(params)?;
    let seconds = params.integer("expires_in_seconds")?.unwrap_or(SECONDS_MAX);
    if !(1..=SECONDS_MAX).contains(&seconds) {
        let message = "Expires in seconds must be between 1 and 86400";
        return Err(Fault::invalid("expires_in_seconds", message));
    }
    let return_url = params.text("return_url").map(str::to_owned);
    let is_web = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if return_url.as_ref().is_some_and(|url| !is_web(url)) {
        return Err(Fault::invalid("return_url", "Return url is not a valid URL"));
    }
    let external_order_num = params.text("payment_data/external_order_num").map(str::to_owned);
    if external_order_num.as_ref().is_some_and(|reference| book.is_reference_used(reference)) {
        let message = "External order num has already been taken";
        return Err(Fault::invalid("external_order_num", message));
    }
    let created_at = clock::now();
    let text = |name: &str| params.text(name).map(str::to_owned);
    let session = Session {
        id: ids::new_id(),
        status: SessionStatus::Pending,
        amount,
        currency,
        return_url,
        locale: text("default_locale").unwrap_or_else(|| "ja".to_owned()),
        email: text("email"),
        buyer_name: text("payment_data/name"),
        methods: read_methods(params)?,
        line_items: read_lines(params)?,
        metadata: read_metadata(params)?,
        external_order_num,
        is_captured_later: params.text("payment_data/capture") == Some("manual"),
        scenario: call.scenario().map(str::to_owned),
        attempts: Vec::new(),
        payment: None,
        created_at,
        expires_at: created_at + Duration::seconds(seconds),
        cancelled_at: None,
        completed_at: None,
    };
    let answer = book.session_json(&session);
    book.put_session(session);
    Ok(answer)
}

fn read_amount(params: &Params) -> Result<(i64, String), Fault> {
    // Older plugins write both inside `payment_data`.
    let amount = match params.integer("amount")? {
        Some(amount) => Some(amount),
        None => params.integer("payment_data/amount")?,
    };
    let amount = amount.ok_or_else(|| Fault::missing("amount"))?;
    if amount <= 0 {
        return Err(Fault::invalid("amount", "Amount must be greater than 0"));
    }
    let currency = params.text("currency").or_else(|| params.text("payment_data/currency"));
    let currency = currency.ok_or_else(|| Fault::missing("currency"))?.to_uppercase();
    if !CURRENCIES.contains(&currency.as_str()) {
        return Err(Fault::new(422, "invalid_currency", "The currency is not supported."));
    }
    Ok((amount, currency))
}

fn read_methods(params: &Params) -> Result<Vec<String>, Fault> {
    let asked = params.list("payment_types");
    let is_known = |kind: &Params| kind.as_text().is_some_and(|kind| METHODS.contains(&kind));
    if !asked.iter().all(is_known) {
        return Err(Fault::new(422, "invalid_payment_type", "The payment type is not supported."));
    }
    let is_offered = |kind: &&&str| {
        asked.is_empty() || asked.iter().any(|asked| asked.as_text() == Some(**kind))
    };
    Ok(METHODS.iter().filter(is_offered).map(|kind| (*kind).to_owned()).collect())
}

fn read_lines(params: &Params) -> Result<Vec<SessionLine>, Fault> {
    let read = |line: Params| {
        Ok(SessionLine {
            description: line.text("description").unwrap_or_default().to_owned(),
            amount: line.integer("amount")?.ok_or_else(|| Fault::missing("amount"))?,
            quantity: line.integer("quantity")?.unwrap_or(1),
        })
    };
    params.list("line_items").into_iter().map(read).collect()
}

fn read_metadata(params: &Params) -> Result<BTreeMap<String, String>, Fault> {
    let Some(Value::Object(fields)) = params.value("metadata") else { return Ok(BTreeMap::new()) };
    let read = |(name, value): (&String, &Value)| match value {
        Value::String(text) if name.chars().count() <= 30 && text.chars().count() <= 2000 => {
            Ok((name.clone(), text.clone()))
        }
        _ => Err(Fault::invalid("metadata", "Metadata must be short strings")),
    };
    fields.iter().map(read).collect()
}

pub(super) fn cancel(book: &mut Book, id: &str) -> Result<Value, Fault> {
    let mut session = book.session(id)?.clone();
    if session.status != SessionStatus::Pending {
        let message = "The session you requested is not cancellable.";
        return Err(Fault::new(422, "not_cancellable", message));
    }
    session.status = SessionStatus::Cancelled;
    session.cancelled_at = Some(clock::now());
    let answer = book.session_json(&session);
    let attempts = session.attempts.clone();
    book.put_session(session);
    for attempt in attempts {
        // Attempts that failed before cannot be cancelled and need not be.
        let _ = book.cancel_payment(&attempt);
    }
    Ok(answer)
}
