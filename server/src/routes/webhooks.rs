//! Where providers tell us news: checked, written down, answered. Working on it comes later, elsewhere.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::post;
use domain::limits::WEBHOOK_BYTES_MAX;
use http::{HeaderMap, StatusCode};
use operations::webhooks::receive::{ReceiveError, receive};

use crate::state::AppState;

/// `POST /webhooks/komoju`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/webhooks/komoju", post(komoju))
}

async fn komoju(State(state): State<AppState>, request: Request) -> impl IntoResponse {
    let (parts, body) = request.into_parts();
    let Some(body) = read(body).await else {
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
        Err(ReceiveError::Malformed) => (StatusCode::BAD_REQUEST, "malformed"),
        Err(error) => {
            // Not written down: the provider shall send it again.
            tracing::error!("a webhook could not be stored: {error:#}");
            (StatusCode::SERVICE_UNAVAILABLE, "try again")
        }
    }
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
