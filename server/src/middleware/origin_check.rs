//! Refuses state-changing requests that another site made somebody's browser send.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, StatusCode};

use crate::failure::Failure;
use crate::state::AppState;

/// Lets everything through that reads, and what our own pages send. Routes that carry their own proof (API keys,
/// signed webhooks) are not behind this check.
pub async fn refuse_other_sites(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_reading || is_ours(request.headers(), &state.public_url) {
        return next.run(request).await;
    }
    tracing::info!("refused a request from another site");
    Failure::of(&request, StatusCode::FORBIDDEN).by_another_site().respond(&state)
}

/// The browser's own word (`Sec-Fetch-Site`) decides where there is one; older browsers send `Origin`; a request with
/// neither does not come from a page, and carries no cookie that our `SameSite` would not have held back.
fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_, it)| it);
            origin == public_url || (authority.is_some() && authority == text(HOST.as_str()))
        }
        (None, None) => !headers.contains_key(ORIGIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_change_things() {
        let ours = |headers: &[(&'static str, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
            is_ours(&headers.collect(), "https://pay.example.jp")
        };
        assert!(ours(&[]));
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(ours(&[("origin", "https://pay.example.jp")]));
        assert!(ours(&[("origin", "http://localhost:3000"), ("host", "localhost:3000")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("sec-fetch-site", "same-site"), ("origin", "https://pay.example.jp")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "pay.example.jp")]));
        assert!(!ours(&[("origin", "null"), ("host", "pay.example.jp")]));
    }
}
