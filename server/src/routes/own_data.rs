//! What is kept about one's own account, as a file.

use app::paths;
use app::ssr::USER_KEY;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use domain::ids::UserId;
use http::{StatusCode, header};
use operations::account::personal_data::export;
use tower_sessions::Session;

use crate::failure::Failure;
use crate::state::AppState;

/// `/o/account/data.json`: about whoever asks, so it demands no permission.
pub fn routes() -> Router<AppState> {
    Router::new().route(paths::EXPORT_DATA, get(own_data))
}

async fn own_data(State(state): State<AppState>, session: Session, request: Request) -> Response {
    let user: Option<UserId> = session.get(USER_KEY).await.ok().flatten();
    let Some(user) = user else { return Redirect::to(paths::LOGIN).into_response() };
    match export(&state.deps, user).await {
        Ok(pieces) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"eventpay-account.json\""),
                (header::CACHE_CONTROL, "private, no-store"),
            ];
            (headers, Body::from_stream(pieces)).into_response()
        }
        Err(error) => {
            tracing::error!("one's own data could not be told: {error:#}");
            Failure::of(&request, StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}
