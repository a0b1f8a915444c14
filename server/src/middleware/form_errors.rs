//! What a form cannot mean, or may not do, is told by a page: the framework answers such errors in words of its own.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, StatusCode, header};

use crate::failure::Failure;
use crate::state::AppState;

/// Set by the framework on every error of a server function.
const SERVER_FN_ERROR: HeaderName = HeaderName::from_static("serverfnerror");
/// An error is a few words; more is none.
const ERROR_BYTES_MAX: usize = 16 * 1024;
/// How errors of reading arguments begin, in the framework's words or in those of `AppError`.
const UNREADABLE: [&str; 4] = ["Args|", "MissingArg|", "Deserialization|", "{\"Invalid\""];

/// Turns "the arguments cannot be read" from 500 into 400, and gives refusals of forms a page.
pub async fn blame_the_sender(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let failure = Failure::of(&request, StatusCode::BAD_REQUEST);
    let accepts = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok());
    let wants_page = accepts.is_some_and(|it| it.contains("text/html"));
    let response = next.run(request).await;
    let status = response.status();
    let is_refused = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
    if wants_page && is_refused && response.headers().contains_key(SERVER_FN_ERROR) {
        return failure.with_status(status).respond(&state);
    }
    let is_suspect = response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && response.headers().contains_key(SERVER_FN_ERROR);
    if !is_suspect {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, ERROR_BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    if UNREADABLE.iter().any(|it| text.starts_with(it)) {
        failure.respond(&state)
    } else {
        Response::from_parts(parts, Body::from(body))
    }
}
