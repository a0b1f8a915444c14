//! The organizer's audit log as a CSV file, streamed page by page.

use bytes::Bytes;
use domain::ids::{AuditEntryId, OrganizerId};
use domain::order::OrderStatus;
use domain::permission::Permission;
use futures::stream::{self, Stream};
use serde_json::Value;
use store::error::StoreError;
use store::read::audit_log::{self, AuditFilter, AuditLogLine};
use words::audit as texts;
use words::lang::Lang;
use words::status;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::audit::list::{AuditQuery, filter};
use crate::events::export::{Export, MARK, csv_line};

/// Lines read at a time.
const PAGE_LINES: i64 = 500;
/// Of times that changed, which do not say whose they are.
const ZONE: &str = domain::time_zone::JAPAN;

/// The lines that match, newest first, in the reader's words.
///
/// # Errors
/// When the access is not for the log.
pub fn export(
    deps: &Deps,
    access: &OrganizerAccess,
    query: &AuditQuery,
    lang: Lang,
) -> Result<Export<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>>, StoreError> {
    let walk = Walk {
        deps: deps.clone(),
        organizer: access.organizer_for(Permission::ViewAudit)?,
        filter: filter(query),
        zone: query.zone().to_owned(),
        lang,
        next: Next::Head,
    };
    Ok(Export {
        file_name: "audit-log.csv".to_owned(),
        lines: stream::try_unfold(walk, Walk::step),
    })
}

struct Walk {
    deps: Deps,
    organizer: OrganizerId,
    filter: AuditFilter,
    zone: String,
    lang: Lang,
    next: Next,
}

enum Next {
    Head,
    Page(Option<AuditEntryId>),
    End,
}

impl Walk {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        let older_than = match self.next {
            Next::Head => {
                let head = texts::csv_head(self.lang);
                self.next = Next::Page(None);
                let line =
                    format!("{MARK}{}", csv_line(head.iter().map(|cell| (*cell).to_owned())));
                return Ok(Some((Bytes::from(line), self)));
            }
            Next::Page(older_than) => older_than,
            Next::End => return Ok(None),
        };
        let mut conn = self.deps.db.acquire().await?;
        let lines =
            audit_log::list(&mut conn, Some(self.organizer), &self.filter, older_than, PAGE_LINES)
                .await?;
        drop(conn);
        let is_full = i64::try_from(lines.len()).is_ok_and(|n| n == PAGE_LINES);
        let last = lines.last().map(|line| line.id).filter(|_| is_full);
        self.next = last.map_or(Next::End, |last| Next::Page(Some(last)));
        if lines.is_empty() {
            return Ok(None);
        }
        let text: String =
            lines.iter().map(|it| csv_line(cells(it, &self.zone, self.lang).into_iter())).collect();
        Ok(Some((Bytes::from(text), self)))
    }
}

fn cells(line: &AuditLogLine, zone: &str, lang: Lang) -> Vec<String> {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let changes: Vec<String> = changes(&line.detail, lang)
        .into_iter()
        .map(|change| format!("{}: {} → {}", change.field, change.from, change.to))
        .collect();
    vec![
        domain::time_zone::wall(line.at, zone).unwrap_or_default().replace('T', " "),
        texts::actor(&line.actor_kind, lang).to_owned(),
        text(&line.actor_name),
        texts::action(&line.action, line.buyer_name.as_deref().unwrap_or_default(), lang),
        line.action.clone(),
        text(&line.event_title),
        text(&line.order_code),
        changes.join(" / "),
        text(&line.client),
        text(&line.browser),
        text(&line.request_id),
        line.id.to_string(),
    ]
}

/// A field that changed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub from: String,
    pub to: String,
}

/// What a line says that it changed, in words.
pub fn changes(detail: &Value, lang: Lang) -> Vec<Change> {
    let fields = detail.get("changes").and_then(Value::as_object);
    let change = |(name, it): (&String, &Value)| {
        let of = |side: &str| {
            let value = it.get(side);
            match value.and_then(Value::as_str).and_then(|word| OrderStatus::parse(word).ok()) {
                Some(status) if name == "order_status" => {
                    status::order(status, lang).word.to_owned()
                }
                _ => self::value(value, lang),
            }
        };
        Change { field: texts::field(name, lang), from: of("from"), to: of("to") }
    };
    fields.into_iter().flatten().map(change).collect()
}

fn value(value: Option<&Value>, lang: Lang) -> String {
    match value {
        None | Some(Value::Null) => texts::was_empty(lang).to_owned(),
        Some(Value::String(text)) if text.is_empty() => texts::was_empty(lang).to_owned(),
        Some(Value::String(text)) => readable(text),
        Some(Value::Array(items)) => {
            items.iter().map(|it| self::value(Some(it), lang)).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// A time as people read it; any other text as it is.
fn readable(text: &str) -> String {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(at) => domain::time_zone::wall(at, ZONE).unwrap_or_default().replace('T', " "),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_in_words() {
        let detail = json!({ "changes": {
            "starts_at": { "from": null, "to": "2026-12-18T10:00:00Z" },
            "methods": { "from": ["konbini"], "to": ["konbini", "paypay"] },
            "order_status": { "from": "pending", "to": "paid" },
        } });
        let told: Vec<_> = changes(&detail, Lang::En)
            .into_iter()
            .map(|it| format!("{}: {} > {}", it.field, it.from, it.to))
            .collect();
        assert_eq!(
            told,
            [
                "Payment methods: konbini > konbini, paypay",
                "Order: Not paid yet > Paid",
                "Starts: (none) > 2026-12-18 19:00"
            ]
        );
        assert_eq!(changes(&json!({ "changes": 3 }), Lang::Ja), []);
    }
}
