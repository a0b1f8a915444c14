//! Answers when the route did not: after a panic, or when it took too long.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt as _;
use http::StatusCode;

use crate::failure::Failure;
use crate::state::AppState;

/// How long a route may take until its answer begins.
const DEADLINE: Duration = Duration::from_secs(15);

/// Runs the route; whatever happens, somebody gets a page that says what to do.
pub async fn answer_anyway(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let failure = Failure::of(&request, StatusCode::INTERNAL_SERVER_ERROR);
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(DEADLINE, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(panic = panic_text(&*panic), "a request panicked");
            failure.respond(&state)
        }
        Err(_) => {
            tracing::warn!("a request took too long");
            failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
