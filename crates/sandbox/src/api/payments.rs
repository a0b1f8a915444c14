//! Lists of payments and of webhook events, page by page, newest first.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Call;
use crate::book::Book;
use crate::fault::Fault;
use crate::model::{Payment, WebhookEvent};

const PER_PAGE: usize = 10;
const PER_PAGE_MAX: usize = 100;

pub(super) fn list(book: &Book, call: &Call) -> Result<Value, Fault> {
    let span = Span::read(call)?;
    let statuses: Option<Vec<&str>> = call.query("status").map(|text| text.split(',').collect());
    let currency = call.query("currency");
    let is_wanted = |payment: &&Payment| {
        span.holds(payment.created_at)
            && currency.is_none_or(|currency| payment.currency == currency)
            && statuses.as_ref().is_none_or(|wanted| wanted.contains(&payment.status.as_str()))
    };
    let found = book.payments_newest_first(call.query("external_order_num")).filter(is_wanted);
    page(call, found.collect(), |payment| json!(payment))
}

pub(super) fn list_events(book: &Book, call: &Call) -> Result<Value, Fault> {
    let span = Span::read(call)?;
    let not_older =
        |event: &&WebhookEvent| span.start.is_none_or(|start| event.created_at >= start);
    let found = book.events_newest_first().take_while(not_older);
    page(call, found.filter(|event| span.holds(event.created_at)).collect(), event_json)
}

pub(super) fn list_settlements(book: &Book, call: &Call) -> Result<Value, Fault> {
    let span = Span::read(call)?;
    let found = book.settlements_newest_first().filter(|it| span.holds(it.created_at));
    page(call, found.collect(), |it| it.json(&book.base_url))
}

pub(super) fn event_json(event: &WebhookEvent) -> Value {
    serde_json::from_str(&event.body).unwrap_or_default()
}

struct Span {
    start: Option<OffsetDateTime>,
    end: Option<OffsetDateTime>,
}

impl Span {
    fn read(call: &Call) -> Result<Self, Fault> {
        let read = |name: &str| match call.query(name) {
            None => Ok(None),
            Some(text) => OffsetDateTime::parse(text, &Rfc3339)
                .map(Some)
                .map_err(|_| Fault::invalid(name, &format!("{name} is not a valid time"))),
        };
        Ok(Self { start: read("start_time")?, end: read("end_time")? })
    }

    fn holds(&self, at: OffsetDateTime) -> bool {
        self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at <= end)
    }
}

fn page<T>(call: &Call, found: Vec<T>, show: impl Fn(T) -> Value) -> Result<Value, Fault> {
    let number = |name: &str, default: usize| match call.query(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| Fault::invalid(name, &format!("{name} must be a positive integer"))),
    };
    let (page, per_page) = (number("page", 1)?, number("per_page", PER_PAGE)?.min(PER_PAGE_MAX));
    let total = found.len();
    let skipped = page.saturating_sub(1).saturating_mul(per_page);
    let data: Vec<Value> = found.into_iter().skip(skipped).take(per_page).map(show).collect();
    Ok(json!({
        "resource": "list", "total": total, "page": page, "per_page": per_page,
        "last_page": total.div_ceil(per_page).max(1), "data": data,
    }))
}
