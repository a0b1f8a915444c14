//! What a participant's page offers beside itself: the event as a calendar file, and an order's state for polling.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::event::EventStatus;
use domain::parsed::slug::Slug;
use http::{StatusCode, header};
use operations::access::{AccessError, buyer_access};
use operations::buyer_data::{BuyerDataError, take_out};
use operations::orders::show::order_version;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::failure::Failure;
use crate::state::AppState;

/// Bytes of one line of a calendar file, its end not counted (RFC 5545, 3.1).
const LINE_BYTES_MAX: usize = 75;
/// How long an event lasts whose end nobody told.
const LASTS: Duration = Duration::hours(2);

/// `/e/{slug}/calendar.ics` and `/e/orders/{token}/state`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/e/{slug}/calendar.ics", get(calendar))
        .route("/e/orders/{token}/state", get(order_state))
}

/// `/e/orders/{token}/data.json`: counted like a form, because each leaves a line in the audit log.
pub fn counted_routes() -> Router<AppState> {
    Router::new().route("/e/orders/{token}/data.json", get(order_data))
}

/// What is kept about the order of a personal link.
async fn order_data(
    State(state): State<AppState>,
    Path(token): Path<String>,
    request: axum::extract::Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    let access = match buyer_access(&state.deps, &token).await {
        Ok(access) => access,
        Err(AccessError::Unexpected(error)) => {
            tracing::error!("whose link it is is unknown: {error:#}");
            return failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(&state);
        }
        Err(_) => return failure.respond(&state),
    };
    json_file(&state, failure, take_out::by_buyer(&state.deps, &access).await)
}

/// A file for whoever may see it, and for nobody else to keep.
pub(super) fn json_file(
    state: &AppState,
    failure: Failure,
    told: Result<(String, serde_json::Value), BuyerDataError>,
) -> Response {
    match told {
        Ok((code, told)) => {
            let name = format!("attachment; filename=\"order-{code}.json\"");
            let headers = [
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, Json(told)).into_response()
        }
        Err(BuyerDataError::NotFound) => failure.respond(state),
        Err(error) => {
            tracing::error!("what is kept of a participant could not be told: {error:#}");
            failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(state)
        }
    }
}

async fn calendar(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    request: axum::extract::Request,
) -> Response {
    match find_calendar(&state, &slug).await {
        Ok(Some(file)) => {
            let kind = (header::CONTENT_TYPE, "text/calendar; charset=utf-8");
            let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"event.ics\"");
            ([kind, name, (header::CACHE_CONTROL, "no-cache")], file).into_response()
        }
        Ok(None) => Failure::of(&request, StatusCode::NOT_FOUND).respond(&state),
        Err(error) => {
            tracing::error!("a calendar file could not be made: {error:#}");
            Failure::of(&request, StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}

async fn find_calendar(state: &AppState, slug: &str) -> anyhow::Result<Option<String>> {
    let Ok(slug) = Slug::parse(slug) else { return Ok(None) };
    let mut conn = state.deps.db.acquire().await?;
    let event = store::events::find_by_slug(&mut conn, &slug).await?;
    let Some(event) = event.filter(|it| it.status != EventStatus::Draft) else { return Ok(None) };
    let Some(starts_at) = event.starts_at else { return Ok(None) };
    let place = [event.place_name.as_str(), event.place_address.as_str()];
    let place: Vec<&str> = place.into_iter().filter(|it| !it.is_empty()).collect();
    let host = state.public_url.split_once("://").map_or("", |(_, it)| it);
    let calendar = CalendarEvent {
        uid: format!("{}@{host}", event.id),
        title: &event.title,
        place: place.join(" "),
        url: format!("{}/e/{slug}", state.public_url),
        starts_at,
        ends_at: event.ends_at.unwrap_or(starts_at + LASTS),
        changed_at: event.updated_at,
        is_cancelled: event.status == EventStatus::Cancelled,
    };
    Ok(Some(calendar.file()))
}

/// Little enough to be asked every few seconds by a page that waits.
async fn order_state(State(state): State<AppState>, Path(token): Path<String>) -> Response {
    match find_state(&state, &token).await {
        Ok(Some(view)) => ([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, Json(json!({"code": "not_found"}))).into_response(),
        Err(error) => {
            tracing::warn!("an order's state could not be read: {error:#}");
            let view = Json(json!({"code": "unavailable"}));
            (StatusCode::SERVICE_UNAVAILABLE, view).into_response()
        }
    }
}

async fn find_state(state: &AppState, token: &str) -> anyhow::Result<Option<serde_json::Value>> {
    // Nothing else is a token, and nothing else reaches the database.
    if token.len() > 100 || !token.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let access = match buyer_access(&state.deps, token).await {
        Ok(access) => access,
        Err(AccessError::Unexpected(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    // A word, not a number: it has more digits than scripts count exactly.
    let version = order_version(&state.deps, &access).await?;
    Ok(Some(json!({ "version": version.to_string() })))
}

/// A calendar file's event.
#[derive(Debug)]
pub(crate) struct CalendarEvent<'a> {
    pub(crate) uid: String,
    pub(crate) title: &'a str,
    pub(crate) place: String,
    pub(crate) url: String,
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) ends_at: OffsetDateTime,
    pub(crate) changed_at: OffsetDateTime,
    pub(crate) is_cancelled: bool,
}

impl CalendarEvent<'_> {
    /// The file.
    pub(crate) fn file(&self) -> String {
        let lines = [
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//EventPay//EventPay//EN".to_owned(),
            "CALSCALE:GREGORIAN".to_owned(),
            "METHOD:PUBLISH".to_owned(),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", self.uid),
            format!("DTSTAMP:{}", utc(self.changed_at)),
            format!("DTSTART:{}", utc(self.starts_at)),
            format!("DTEND:{}", utc(self.ends_at)),
            format!("SUMMARY:{}", escaped(self.title)),
            format!("LOCATION:{}", escaped(&self.place)),
            format!("URL:{}", self.url),
            format!("STATUS:{}", if self.is_cancelled { "CANCELLED" } else { "CONFIRMED" }),
            "END:VEVENT".to_owned(),
            "END:VCALENDAR".to_owned(),
        ];
        lines.iter().map(|line| folded(line)).collect()
    }
}

fn utc(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", at.hour(), at.minute(), at.second())
}

/// Text with what has a meaning in calendar files escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(char);
            }
            '\n' => escaped.push_str("\\n"),
            char if char.is_control() => {}
            char => escaped.push(char),
        }
    }
    escaped
}

/// The line in pieces of at most 75 bytes; each further piece begins with a space, and no character is torn.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len());
    let mut n_bytes = 0;
    for char in line.chars() {
        if n_bytes + char.len_utf8() > LINE_BYTES_MAX {
            folded.push_str("\r\n ");
            n_bytes = 1;
        }
        folded.push(char);
        n_bytes += char.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_calendar_file_follows_its_standard() {
        let event = CalendarEvent {
            uid: "evt_1@pay.example.jp".to_owned(),
            title: "忘年会、乾杯; 二次会, あり",
            place: "渋谷区\n2階".to_owned(),
            url: "https://pay.example.jp/e/bonenkai".to_owned(),
            starts_at: datetime!(2026-12-18 19:00 +9),
            ends_at: datetime!(2026-12-18 21:00 +9),
            changed_at: datetime!(2026-11-21 0:00 UTC),
            is_cancelled: true,
        };
        let file = event.file();
        assert!(file.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
        assert!(file.contains("STATUS:CANCELLED\r\n"));
        assert!(file.contains("DTSTART:20261218T100000Z\r\n"));
        assert!(file.contains("SUMMARY:忘年会、乾杯\\; 二次会\\, あり\r\n"));
        assert!(file.contains("LOCATION:渋谷区\\n2階\r\n"));
        assert!(file.lines().all(|line| line.len() <= 75));
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let line = format!("SUMMARY:{}", "忘年会".repeat(30));
        let folded = folded(&line);
        assert!(folded.split("\r\n").all(|piece| piece.len() <= 75));
        assert_eq!(folded.replace("\r\n ", "").trim_end(), line);
    }
}
