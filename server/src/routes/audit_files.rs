//! The organizer's audit log as a file.

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::audit::AuditMatter;
use domain::permission::Permission;
use http::{StatusCode, header};
use operations::access::On;
use operations::actor::OrganizerAccess;
use operations::audit::csv::export;
use operations::audit::list::{AuditQuery, Who, parse_day};
use serde::Deserialize;
use tower_sessions::Session;

use crate::failure::Failure;
use crate::routes::organizer_files::member;
use crate::state::AppState;
use app::ssr::lang_of_headers;

/// `/o/audit.csv`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/o/audit.csv", get(audit_csv))
}

/// Which lines the file shall hold; the same words as on the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    who: String,
    what: String,
    event: String,
    from: String,
    until: String,
}

/// The time zone of whoever reads, as on the page.
async fn zone_of(state: &AppState, access: &OrganizerAccess) -> Option<String> {
    let user = access.actor().user()?;
    operations::account::home(&state.deps, user).await.ok().map(|it| it.user.time_zone)
}

async fn audit_csv(
    State(state): State<AppState>,
    session: Session,
    Query(wish): Query<Wish>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::SERVICE_UNAVAILABLE);
    let access = match member(&state, &session, Permission::ViewAudit, On::Organizer).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, failure),
    };
    let query = AuditQuery {
        who: Who::parse(&wish.who),
        what: AuditMatter::parse(&wish.what).ok(),
        event: wish.event.parse().ok(),
        from: parse_day(&wish.from),
        until: parse_day(&wish.until),
        zone: zone_of(&state, &access).await,
    };
    let lang = lang_of_headers(request.headers());
    let Ok(file) = export(&state.deps.of(&access), &access, &query, lang) else {
        return failure.respond(&state);
    };
    let name = format!("attachment; filename=\"{}\"", file.file_name);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(file.lines)).into_response()
}
