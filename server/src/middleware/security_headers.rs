//! Headers that tell browsers what our pages never do.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::state::AppState;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: &str =
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()";

/// Pages that run scripts send a policy of their own; all others are covered by this one.
const POLICY: &str = "default-src 'self'; script-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; \
                      img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Sets them where the route has not said otherwise.
pub async fn set_security_headers(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    // Cover pictures are shown by whoever links to an event, and websites that show one load a script; nothing else of
    // ours is for other sites to load.
    let path = request.uri().path();
    let is_for_everybody = path.starts_with("/files/") || path == "/embed.js";
    let is_personal = path.starts_with("/e/orders/");
    let mut response = next.run(request).await;
    // The older header knows no list of websites.
    let is_framed = names_frames(response.headers());
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !is_framed {
        set(X_FRAME_OPTIONS, "DENY");
    }
    // A personal link must not travel to the provider in a referrer.
    let referrer = if is_personal { "no-referrer" } else { "strict-origin-when-cross-origin" };
    set(REFERRER_POLICY, referrer);
    set(PERMISSIONS_POLICY, PERMISSIONS);
    set(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    let loaded_by = if is_for_everybody { "cross-origin" } else { "same-origin" };
    set(CROSS_ORIGIN_RESOURCE_POLICY, loaded_by);
    if state.is_https() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}

/// Whether the policy names websites that may show the page in a frame; one that says nothing about it names none.
fn names_frames(headers: &HeaderMap) -> bool {
    let policy = headers.get(CONTENT_SECURITY_POLICY).and_then(|it| it.to_str().ok());
    let framed_by = policy.unwrap_or_default().split(';').find_map(|it| {
        let (directive, sources) = it.trim().split_once(' ')?;
        (directive == "frame-ancestors").then_some(sources.trim())
    });
    framed_by.is_some_and(|it| !it.is_empty() && it != "'none'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_policy_that_names_websites_goes_without_the_older_header() {
        let names = |policy: &'static str| {
            let policy = HeaderValue::from_static(policy);
            names_frames(&[(CONTENT_SECURITY_POLICY, policy)].into_iter().collect())
        };
        assert!(names("default-src 'self'; frame-ancestors https://a.example"));
        for closed in
            [POLICY, "default-src 'self'", "", "frame-ancestors", "frame-ancestors  'none' "]
        {
            assert!(!names(closed), "{closed}");
        }
        assert!(!names_frames(&HeaderMap::new()));
    }
}
