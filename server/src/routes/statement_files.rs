//! Bank statements, as an organizer sends them in.

use std::collections::BTreeMap;

use app::pages::organizer::statements::UPLOAD_FORM;
use app::paths;
use app::ssr::flash::{Flash, WHOLE_FORM, session_key};
use app::ssr::lang_of_headers;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use bytes::Bytes;
use domain::limits::STATEMENT_BYTES_MAX;
use domain::permission::Permission;
use http::{HeaderMap, StatusCode};
use operations::access::On;
use operations::statements::import::{ImportError, ImportStatement, import};
use serde::Deserialize;
use tower_sessions::Session;
use words::lang::Lang;
use words::{errors, transfer};

use crate::failure::Failure;
use crate::routes::organizer_files::member_of;
use crate::state::AppState;

/// Bytes of the form around a file.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// What needs a signed-in member.
pub fn routes() -> Router<AppState> {
    let limit = DefaultBodyLimit::max(STATEMENT_BYTES_MAX + FORM_BYTES_MAX);
    Router::new().route(paths::UPLOAD_STATEMENT, post(upload).layer(limit))
}

/// Whom the form was shown for.
#[derive(Debug, Default, Deserialize)]
struct ShownFor {
    #[serde(rename = "for")]
    shown_for: Option<String>,
}

async fn upload(
    State(state): State<AppState>,
    session: Session,
    headers: HeaderMap,
    Query(of): Query<ShownFor>,
    form: Multipart,
) -> Response {
    let wanted = (Permission::ReconcileStatements, On::Organizer);
    let access = match member_of(&state, &session, of.shown_for.as_deref(), wanted).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, Failure::of_form(&headers)),
    };
    let lang = lang_of_headers(&headers);
    let why = match read_file(form, lang).await {
        Err(why) => why,
        Ok((name, bytes)) => {
            let file = ImportStatement { file_name: &name, bytes: &bytes };
            match import(&state.deps.of(&access), &access, file).await {
                Ok(read) => {
                    let next = paths::statement_read(read.import, read.is_new);
                    return Redirect::to(&next).into_response();
                }
                Err(error) => sentence(error, lang),
            }
        }
    };
    let errors = BTreeMap::from([(WHOLE_FORM.to_owned(), why)]);
    let kept = Flash { values: BTreeMap::new(), errors };
    if let Err(error) = session.insert(&session_key(UPLOAD_FORM), kept).await {
        tracing::warn!("why a statement was refused could not be kept: {error:#}");
    }
    Redirect::to(paths::STATEMENT_REFUSED).into_response()
}

fn sentence(error: ImportError, lang: Lang) -> String {
    match error {
        ImportError::TooLarge => transfer::too_large(lang).to_owned(),
        ImportError::Broken(broken) => transfer::broken(broken, lang),
        ImportError::OtherAccount => transfer::other_account(lang).to_owned(),
        ImportError::Unexpected(error) => {
            tracing::error!("a statement could not be read in: {error:#}");
            errors::unexpected(lang).to_owned()
        }
    }
}

/// The file's name and bytes, or why there are none.
async fn read_file(mut form: Multipart, lang: Lang) -> Result<(String, Bytes), String> {
    let why = |status: StatusCode| {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            transfer::too_large(lang).to_owned()
        } else {
            transfer::no_file(lang).to_owned()
        }
    };
    while let Some(field) = form.next_field().await.map_err(|error| why(error.status()))? {
        if field.name() == Some("statement") {
            let name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| why(error.status()))?;
            if !bytes.is_empty() {
                return Ok((name, bytes));
            }
        }
    }
    Err(transfer::no_file(lang).to_owned())
}
