//! Payouts as files: a member's statement as CSV, and the administrators' file for the bank.

use app::paths;
use app::ssr::step_up::CONFIRMED_KEY;
use app::ssr::{USER_KEY, lang_of_headers};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use domain::ids::{PayoutFileId, PayoutId, UserId};
use domain::permission::Permission;
use domain::zengin::transfer::LineEnd;
use http::{StatusCode, header};
use operations::access::{AccessError, On, may_administer};
use operations::account::step_up::Confirmed;
use operations::payouts::submit::{SubmitError, payout_file};
use operations::payouts::{PayoutError, show, statement};
use serde::Deserialize;
use tower_sessions::Session;

use crate::failure::Failure;
use crate::routes::organizer_files::member;
use crate::state::AppState;

/// What needs a signed-in member or administrator.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/o/payouts/{payout}/statement.csv", get(statement_csv))
        .route("/admin/payouts/files/{file}", get(bank_file))
}

async fn statement_csv(
    State(state): State<AppState>,
    session: Session,
    Path(payout): Path<String>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    let access = match member(&state, &session, Permission::ViewMoney, On::Organizer).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, failure),
    };
    let Ok(payout) = payout.parse::<PayoutId>() else { return failure.respond(&state) };
    match show::payout(&state.deps.of(&access), &access, payout).await {
        Ok(detail) => {
            let name = statement::file_name(&detail);
            let text = statement::csv(&detail, lang_of_headers(request.headers()));
            attachment("text/csv; charset=utf-8", &name, text.into_bytes())
        }
        Err(PayoutError::NotFound) => failure.respond(&state),
        Err(error) => {
            tracing::error!("a statement could not be made: {error:#}");
            failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}

/// Whether records follow each other without line ends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    bare: String,
}

async fn bank_file(
    State(state): State<AppState>,
    session: Session,
    Path(file): Path<String>,
    Query(wish): Query<Wish>,
    request: Request,
) -> Response {
    let Some(user) = session.get::<UserId>(USER_KEY).await.ok().flatten() else {
        return Redirect::to(paths::LOGIN).into_response();
    };
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    let confirmed = Confirmed::read(session.get(CONFIRMED_KEY).await.ok().flatten());
    let wanted = Permission::RunPayouts;
    let access = match may_administer(&state.deps, user, wanted, confirmed).await {
        Ok(access) => access,
        Err(AccessError::Unexpected(error)) => {
            tracing::error!("whether a file is for its reader is unknown: {error:#}");
            return failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(&state);
        }
        Err(_) => return failure.with_status(StatusCode::FORBIDDEN).respond(&state),
    };
    let Ok(file) = file.parse::<PayoutFileId>() else { return failure.respond(&state) };
    let line_end = if wish.bare.is_empty() { LineEnd::Crlf } else { LineEnd::None };
    match payout_file(&state.deps, &access, file, line_end).await {
        Ok((found, bytes)) => {
            let name = format!("zengin-{}.txt", found.transfer_on);
            attachment("application/octet-stream", &name, bytes)
        }
        Err(SubmitError::NotFound) => failure.respond(&state),
        Err(error) => {
            tracing::error!("a file for the bank could not be made: {error:#}");
            failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}

fn attachment(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
