//! Files of evidence against a chargeback: put in and taken out by the organizer alone.

use app::api::disputes::refusal;
use app::paths;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use domain::ids::{DisputeId, EvidenceId};
use domain::limits::EVIDENCE_BYTES_MAX;
use domain::permission::Permission;
use http::{HeaderMap, StatusCode, header};
use operations::access::On;
use operations::disputes::DisputeError;
use operations::disputes::evidence::{add_file, read_file};
use tower_sessions::Session;

use crate::failure::Failure;
use crate::routes::organizer_files::member;
use crate::state::AppState;

/// Bytes of the form around a file.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// Both need a signed-in member.
pub fn routes() -> Router<AppState> {
    let upload = post(upload).layer(DefaultBodyLimit::max(EVIDENCE_BYTES_MAX + FORM_BYTES_MAX));
    Router::new()
        .route("/o/disputes/{dispute}/files", upload)
        .route("/o/disputes/{dispute}/files/{evidence}", get(download))
}

async fn upload(
    State(state): State<AppState>,
    session: Session,
    Path(dispute): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let on = On::named(&dispute, On::Dispute);
    let access = match member(&state, &session, Permission::AnswerDisputes, on).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, Failure::of_form(&headers)),
    };
    let Ok(dispute) = dispute.parse::<DisputeId>() else {
        return Failure::of_form(&headers).respond(&state);
    };
    let done = match read(form).await {
        Ok((name, bytes)) => {
            match add_file(&state.deps.of(&access), &access, dispute, &name, bytes).await {
                Ok(_) => "evidence_added",
                Err(DisputeError::NotFound) => return Failure::of_form(&headers).respond(&state),
                Err(DisputeError::Unexpected(error)) => {
                    tracing::error!("a file of evidence could not be kept: {error:#}");
                    "busy"
                }
                Err(refused) => refusal(refused).unwrap_or("busy"),
            }
        }
        Err(word) => word,
    };
    Redirect::to(&paths::dispute_after(dispute, done)).into_response()
}

/// Name and bytes of the file, or the word for what was sent instead.
async fn read(mut form: Multipart) -> Result<(String, Bytes), &'static str> {
    let word = |status: StatusCode| {
        if status == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "unreadable" }
    };
    while let Some(field) = form.next_field().await.map_err(|error| word(error.status()))? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| word(error.status()))?;
            return Ok((name, bytes));
        }
    }
    Err("unreadable")
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Path((dispute, evidence)): Path<(String, String)>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    let on = On::named(&dispute, On::Dispute);
    let access = match member(&state, &session, Permission::AnswerDisputes, on).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, failure),
    };
    let (Ok(dispute), Ok(evidence)) =
        (dispute.parse::<DisputeId>(), evidence.parse::<EvidenceId>())
    else {
        return failure.respond(&state);
    };
    match read_file(&state.deps.of(&access), &access, dispute, evidence).await {
        Ok(file) => {
            // Saved, never shown as a page of ours; the name is the database's id, not what somebody typed.
            let extension = match file.content_type.as_str() {
                "application/pdf" => "pdf",
                "image/png" => "png",
                _ => "jpg",
            };
            let headers = [
                (header::CONTENT_TYPE, file.content_type),
                (
                    header::CONTENT_DISPOSITION,
                    format!("attachment; filename=\"{evidence}.{extension}\""),
                ),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, file.bytes).into_response()
        }
        Err(DisputeError::Unexpected(error)) => {
            tracing::error!("a file of evidence could not be read: {error:#}");
            failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
        Err(_) => failure.respond(&state),
    }
}
