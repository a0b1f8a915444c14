//! Where providers tell us news: checked, written down, answered. Working on it comes later, elsewhere.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::post;
use domain::limits::WEBHOOK_BYTES_MAX;
use http::{HeaderMap, StatusCode};
use operations::webhooks::receive::{ReceiveError, receive};

use crate::middleware::rate_limit;
use crate::state::AppState;

/// `POST /webhooks/komoju`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/webhooks/komoju", post(komoju))
}

async fn komoju(State(state): State<AppState>, request: Request) -> impl IntoResponse {
    if !is_from_where_it_may(&state, &request) {
        refused("address");
        return (StatusCode::FORBIDDEN, "this address may not");
    }
    let (parts, body) = request.into_parts();
    let Some(body) = read(body).await else {
        refused("size");
        return (StatusCode::PAYLOAD_TOO_LARGE, "too large");
    };
    match receive(&state.deps, &plain(&parts.headers), &body).await {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(ReceiveError::BadSignature) => {
            metrics::counter!("webhook_signature_failures_total", "provider" => "komoju")
                .increment(1);
            tracing::warn!(provider = "komoju", "refused a webhook with a bad signature");
            (StatusCode::UNAUTHORIZED, "bad signature")
        }
        Err(ReceiveError::Malformed) => {
            refused("malformed");
            (StatusCode::BAD_REQUEST, "malformed")
        }
        Err(ReceiveError::TooDeep) => {
            refused("depth");
            (StatusCode::BAD_REQUEST, "nested too deeply")
        }
        Err(ReceiveError::OutOfTime) => {
            refused("time");
            (StatusCode::BAD_REQUEST, "too old or from the future")
        }
        Err(error) => {
            // Not written down: the provider shall send it again.
            tracing::error!("a webhook could not be stored: {error:#}");
            (StatusCode::SERVICE_UNAVAILABLE, "try again")
        }
    }
}

/// Whether the message comes from an address the provider is known by. Without a list every address may.
fn is_from_where_it_may(state: &AppState, request: &Request) -> bool {
    let networks = &state.webhook_networks;
    let address = rate_limit::address(request, state.is_proxy_trusted);
    networks.is_empty()
        || address.is_some_and(|it| networks.iter().any(|network| network.holds(it)))
}

fn refused(why: &'static str) {
    metrics::counter!("webhooks_refused_total", "provider" => "komoju", "why" => why).increment(1);
    tracing::warn!(provider = "komoju", why, "refused a webhook");
}

/// Headers as text; one that is none cannot be a signature.
fn plain(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    text.collect()
}

async fn read(body: Body) -> Option<bytes::Bytes> {
    axum::body::to_bytes(body, WEBHOOK_BYTES_MAX).await.ok()
}
