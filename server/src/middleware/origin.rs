//! Carries where a request comes from to the audit lines that are written in it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::origin::{browser_family, network};
use http::header::USER_AGENT;
use store::audit::{Origin, within};

use crate::middleware::rate_limit::address;
use crate::middleware::request_id::RequestId;
use crate::state::AppState;

/// Goes on with the request's name, its network and its browser's family at hand.
pub async fn note_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|it| it.0.to_string());
    let browser = request.headers().get(USER_AGENT).and_then(|it| it.to_str().ok());
    let origin = Origin {
        request_id: id.unwrap_or_default(),
        client: address(&request, state.is_proxy_trusted).map(network),
        browser: browser.map(browser_family),
    };
    within(origin, next.run(request)).await
}
