//! Pages that look the same to everybody are rendered once and given to many, each with secrets of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::ssr::{FormKeyPlaceholder, cookie, lang_of_headers, security_policy};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, SET_COOKIE};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use leptos::nonce::Nonce;

use crate::middleware::web_session::cookie_name;
use crate::state::AppState;

/// While nothing is committed a page is given out so long: clocks open and close sales without a commit.
const UNCHANGED_KEPT: Duration = Duration::from_secs(1);
/// While others buy, a page is at most so old.
const CHANGED_KEPT: Duration = Duration::from_millis(20);
/// Pages kept at most.
const PAGES_MAX: usize = 200;
/// A longer page is rendered for each reader.
const PAGE_BYTES_MAX: usize = 200_000;
/// Where a rendered page says which key its form has.
const FORM_KEY: &str = "form-key-of-this-answer";

/// One page in one language.
type Name = (String, &'static str);
/// Whoever renders a page holds its lock, so that a crowd waits for one rendering instead of starting many.
type Slot = Arc<tokio::sync::Mutex<Option<SharedPage>>>;

/// The pages that were rendered lately.
#[derive(Debug, Default)]
pub struct SharedPages {
    slots: Mutex<BTreeMap<Name, Slot>>,
}

impl SharedPages {
    fn slot(&self, name: Name) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= PAGES_MAX && !slots.contains_key(&name) {
            slots.clear();
        }
        Arc::clone(slots.entry(name).or_default())
    }
}

/// A rendered page, cut where an answer's secrets stand.
#[derive(Debug)]
struct SharedPage {
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<Piece>,
    seen: Seen,
    rendered: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Nonce,
    FormKey,
}

impl SharedPage {
    fn new(parts: Parts, body: &[u8], (seen, rendered): (Seen, Instant)) -> Self {
        let mut headers = parts.headers;
        headers.remove(CONTENT_LENGTH);
        let policy = headers.remove(CONTENT_SECURITY_POLICY);
        let nonce = policy.as_ref().and_then(nonce_of).unwrap_or_default();
        let pieces = cut(&String::from_utf8_lossy(body), nonce);
        Self { status: parts.status, headers, pieces, seen, rendered }
    }

    fn is_fresh(&self, state: &AppState) -> bool {
        let age = self.rendered.elapsed();
        age < CHANGED_KEPT || (age < UNCHANGED_KEPT && self.seen == Seen::now(state))
    }

    /// The page with a nonce and a form key that nobody had before.
    fn answer(&self) -> Response {
        let (nonce, form_key) = (Nonce::new(), operations::fresh::token());
        let mut body = String::new();
        for piece in &self.pieces {
            body.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Nonce => &nonce,
                Piece::FormKey => &form_key,
            });
        }
        let mut response = (self.status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        *headers = self.headers.clone();
        if let Ok(policy) = HeaderValue::from_str(&security_policy(Some(&nonce))) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// The one-time word in a security policy.
fn nonce_of(policy: &HeaderValue) -> Option<&str> {
    let (_, rest) = policy.to_str().ok()?.split_once("'nonce-")?;
    rest.split_once('\'').map(|(nonce, _)| nonce)
}

/// Cuts a page where its nonce and the place of its form key stand.
fn cut(page: &str, nonce: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (i, part) in page.split(FORM_KEY).enumerate() {
        if i > 0 {
            pieces.push(Piece::FormKey);
        }
        if nonce.is_empty() {
            pieces.push(Piece::Text(part.to_owned()));
            continue;
        }
        for (j, text) in part.split(nonce).enumerate() {
            if j > 0 {
                pieces.push(Piece::Nonce);
            }
            pieces.push(Piece::Text(text.to_owned()));
        }
    }
    pieces
}

/// What had happened when a page was rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    n_commits: u64,
    n_announced: u64,
}

impl Seen {
    fn now(state: &AppState) -> Self {
        Self { n_commits: state.deps.db.n_commits(), n_announced: state.live.n_announced() }
    }
}

/// Answers for an event's page from what was rendered lately, when the reader has nothing of their own on it.
pub async fn answer_from_shared(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(name) = name(&state, &request) else { return next.run(request).await };
    let slot = state.shared_pages.slot(name);
    let mut page = slot.lock().await;
    if let Some(page) = page.as_ref().filter(|page| page.is_fresh(&state)) {
        return page.answer();
    }
    // Read before the page is: what is committed meanwhile makes it old.
    let (seen, rendered) = (Seen::now(&state), Instant::now());
    request.extensions_mut().insert(FormKeyPlaceholder(FORM_KEY));
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let is_shared = parts.status == StatusCode::OK
        && !parts.headers.contains_key(SET_COOKIE)
        && body.len() <= PAGE_BYTES_MAX;
    let fresh = SharedPage::new(parts, &body, (seen, rendered));
    let answer = fresh.answer();
    *page = is_shared.then_some(fresh);
    answer
}

/// Which page is asked for, when it can be shared: nobody is signed in, and the address asks for nothing special.
fn name(state: &AppState, request: &Request) -> Option<Name> {
    let slug = request.uri().path().strip_prefix("/e/")?;
    let is_plain = request.method() == Method::GET
        && !slug.is_empty()
        && !slug.contains('/')
        && request.uri().query().is_none()
        && cookie(request.headers(), cookie_name(state)).is_none();
    is_plain.then(|| (slug.to_owned(), lang_of_headers(request.headers()).code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_where_its_secrets_stand() {
        let page =
            format!("<script nonce=\"abc\"></script><input value=\"{FORM_KEY}\"><i nonce=abc>");
        let text = |text: &str| Piece::Text(text.to_owned());
        let expected = vec![
            text("<script nonce=\""),
            Piece::Nonce,
            text("\"></script><input value=\""),
            Piece::FormKey,
            text("\"><i nonce="),
            Piece::Nonce,
            text(">"),
        ];
        assert_eq!(cut(&page, "abc"), expected);
        assert_eq!(cut("plain", ""), [text("plain")]);
    }

    #[test]
    fn the_nonce_is_read_from_the_policy() {
        let policy =
            HeaderValue::from_static("script-src 'self' 'nonce-a/b+c=='; style-src 'self'");
        assert_eq!(nonce_of(&policy), Some("a/b+c=="));
        assert_eq!(nonce_of(&HeaderValue::from_static("script-src 'self'")), None);
    }
}
