//! What an organizer takes out and puts in as files: orders as CSV, the link's QR code, the cover picture.

use app::paths;
use app::ssr::USER_KEY;
use app::ssr::lang_of_headers;
use app::ssr::step_up::CONFIRMED_KEY;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use domain::ids::{EventId, FileId, OrderId, UserId};
use domain::limits::COVER_BYTES_MAX;
use domain::order::OrderStatus;
use domain::permission::Permission;
use http::{HeaderMap, StatusCode, header};
use operations::access::{AccessError, On, enter, membership};
use operations::account;
use operations::account::step_up::Confirmed;
use operations::actor::OrganizerAccess;
use operations::buyer_data::take_out;
use operations::events::cover::{self, CoverError, CoverSize};
use operations::events::export::export;
use operations::events::qr::{LinkCode, link_code};
use operations::orders::list::{ListOrdersError, OrderQuery, PageStart};
use operations::platform::visits;
use serde::Deserialize;
use tower_sessions::Session;

use crate::failure::Failure;
use crate::routes::audit_files;
use crate::routes::participant_files::json_file;
use crate::state::AppState;

/// Bytes of the form around a picture.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// What needs a signed-in member.
pub fn routes() -> Router<AppState> {
    let upload = post(upload_cover).layer(DefaultBodyLimit::max(COVER_BYTES_MAX + FORM_BYTES_MAX));
    Router::new()
        .route("/o/events/{event}/orders.csv", get(orders_csv))
        .merge(audit_files::routes())
        .route("/o/orders/{order}/data.json", get(buyer_data))
        .route("/o/events/{event}/share.svg", get(share_svg))
        .route("/o/events/{event}/share.png", get(share_png))
        .route("/o/events/{event}/cover", upload)
}

/// Pictures, for everybody who knows their id.
pub fn public_routes() -> Router<AppState> {
    Router::new().route("/files/{file}", get(picture))
}

/// Why a file is not for this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barred {
    /// Nobody is signed in, or nobody's member.
    SignIn,
    NotAllowed,
    NotFound,
    Unavailable,
}

impl Barred {
    /// Leads to the login, or says why.
    pub(super) fn respond(self, state: &AppState, failure: Failure) -> Response {
        let status = match self {
            Self::SignIn => return Redirect::to(paths::LOGIN).into_response(),
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        failure.with_status(status).respond(state)
    }
}

/// Who is signed in, as a member of the own organizer who may do this.
pub(super) async fn member(
    state: &AppState,
    session: &Session,
    permission: Permission,
    on: On,
) -> Result<OrganizerAccess, Barred> {
    member_of(state, session, None, (permission, on)).await
}

/// The same for a form, which says whom it was shown for.
pub(super) async fn member_of(
    state: &AppState,
    session: &Session,
    shown_for: Option<&str>,
    (permission, on): (Permission, On),
) -> Result<OrganizerAccess, Barred> {
    let user: Option<UserId> = session.get(USER_KEY).await.ok().flatten();
    let user = user.ok_or(Barred::SignIn)?;
    let home = account::home(&state.deps, user).await.map_err(|_| Barred::SignIn)?;
    if home.user.is_administrator {
        let confirmed = Confirmed::read(session.get(CONFIRMED_KEY).await.ok().flatten());
        let visitor = visits::current(&state.deps, user, confirmed).await;
        // Files are no part of a visit but pictures on its pages, and what is shown meanwhile is not the own.
        if let Some(visitor) = visitor.map_err(|_| Barred::Unavailable)? {
            if permission == Permission::ViewEvents {
                let entered = visits::enter(&state.deps, &visitor, permission, on).await;
                return entered.map_err(|_| Barred::NotFound);
            }
            visits::refuse(&state.deps, &visitor, permission).await;
            return Err(Barred::NotAllowed);
        }
    }
    let organizer = match shown_for {
        Some(text) => home.named(text).ok_or(Barred::NotFound)?.organizer,
        None => home.current().ok_or(Barred::SignIn)?.organizer,
    };
    let member = membership(&state.deps, user, organizer).await.map_err(|_| Barred::SignIn)?;
    enter(&state.deps, &member, permission, on).await.map_err(|error| match error {
        AccessError::Unknown => Barred::NotFound,
        AccessError::NotAllowed | AccessError::SecondFactorNeeded => Barred::NotAllowed,
        AccessError::Unexpected(error) => {
            tracing::error!("whether a file is for its reader is unknown: {error:#}");
            Barred::Unavailable
        }
    })
}

/// What is kept about who placed an order.
async fn buyer_data(
    State(state): State<AppState>,
    session: Session,
    Path(order): Path<String>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    let on = On::named(&order, On::Order);
    let access = match member(&state, &session, Permission::ManageBuyerData, on).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, failure),
    };
    let Ok(order) = order.parse::<OrderId>() else { return failure.respond(&state) };
    let told = take_out::by_organizer(&state.deps.of(&access), &access, order).await;
    json_file(&state, failure, told)
}

/// Which orders the file shall hold; the same words as on the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    q: String,
    status: String,
}

async fn orders_csv(
    State(state): State<AppState>,
    session: Session,
    Path(event): Path<String>,
    Query(wish): Query<Wish>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    let on = On::named(&event, On::Event);
    let access = match member(&state, &session, Permission::ExportOrders, on).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, failure),
    };
    let Ok(event) = event.parse::<EventId>() else { return failure.respond(&state) };
    let statuses = match wish.status.as_str() {
        "unpaid" => vec![OrderStatus::Pending, OrderStatus::AwaitingPayment],
        "paid" => vec![OrderStatus::Paid],
        "ended" => vec![OrderStatus::Cancelled, OrderStatus::Expired],
        _ => Vec::new(),
    };
    let query = OrderQuery { search: wish.q, statuses, start: PageStart::Newest };
    let lang = lang_of_headers(request.headers());
    match export(&state.deps.of(&access), &access, event, &query, lang).await {
        Ok(file) => {
            let name = format!("attachment; filename=\"{}\"", file.file_name);
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, Body::from_stream(file.lines)).into_response()
        }
        Err(ListOrdersError::NotFound) => {
            Failure::of(&request, StatusCode::NOT_FOUND).respond(&state)
        }
        Err(ListOrdersError::Unexpected(error)) => {
            tracing::error!("orders could not be exported: {error:#}");
            Failure::of(&request, StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}

async fn share_svg(
    State(state): State<AppState>,
    session: Session,
    Path(event): Path<String>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    share(&state, &session, &event, failure, "svg").await
}

async fn share_png(
    State(state): State<AppState>,
    session: Session,
    Path(event): Path<String>,
    request: Request,
) -> Response {
    let failure = Failure::of(&request, StatusCode::NOT_FOUND);
    share(&state, &session, &event, failure, "png").await
}

async fn share(
    state: &AppState,
    session: &Session,
    event: &str,
    failure: Failure,
    kind: &str,
) -> Response {
    let on = On::named(event, On::Event);
    let access = match member(state, session, Permission::ViewEvents, on).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(state, failure),
    };
    let drawn = match event.parse::<EventId>() {
        Ok(event) => link_code(&state.deps.of(&access), &access, event).await,
        Err(_) => Ok(None),
    };
    let drawn = drawn.and_then(|code| code.map(|code| picture_of(&code, kind)).transpose());
    match drawn {
        Ok(Some(response)) => response,
        Ok(None) => failure.respond(state),
        Err(error) => {
            tracing::error!("a QR code could not be drawn: {error:#}");
            failure.with_status(StatusCode::SERVICE_UNAVAILABLE).respond(state)
        }
    }
}

fn picture_of(code: &LinkCode, kind: &str) -> anyhow::Result<Response> {
    let (content_type, bytes) = match kind {
        "svg" => ("image/svg+xml", code.svg().into_bytes()),
        _ => ("image/png", code.png()?),
    };
    // Shown inside the page and saved under its own name: `inline`, with a name.
    let name = format!("inline; filename=\"{}.{kind}\"", code.slug);
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

async fn upload_cover(
    State(state): State<AppState>,
    session: Session,
    Path(event): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let on = On::named(&event, On::Event);
    let access = match member(&state, &session, Permission::EditEvents, on).await {
        Ok(access) => access,
        Err(barred) => return barred.respond(&state, Failure::of_form(&headers)),
    };
    let Ok(event) = event.parse::<EventId>() else {
        return Failure::of_form(&headers).respond(&state);
    };
    let done = match read_picture(form).await {
        Ok(bytes) => match cover::set(&state.deps.of(&access), &access, event, bytes).await {
            Ok(_) => "cover_saved",
            Err(CoverError::TooLarge) => "cover_too_large",
            Err(CoverError::Unreadable) => "cover_unreadable",
            Err(CoverError::NotFound) => return Failure::of_form(&headers).respond(&state),
            Err(CoverError::Unexpected(error)) => {
                tracing::error!("a cover picture could not be kept: {error:#}");
                "cover_unreadable"
            }
        },
        Err(word) => word,
    };
    Redirect::to(&paths::edit_event_after(event, done)).into_response()
}

/// The bytes of the picture, or the word for what was sent instead.
async fn read_picture(mut form: Multipart) -> Result<Bytes, &'static str> {
    let word = |status: StatusCode| {
        if status == StatusCode::PAYLOAD_TOO_LARGE { "cover_too_large" } else { "cover_unreadable" }
    };
    while let Some(field) = form.next_field().await.map_err(|error| word(error.status()))? {
        if field.name() == Some("cover") {
            return field.bytes().await.map_err(|error| word(error.status()));
        }
    }
    Err("cover_unreadable")
}

/// Which size of a picture is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Width {
    w: String,
}

async fn picture(
    State(state): State<AppState>,
    Path(file): Path<String>,
    Query(width): Query<Width>,
    request: Request,
) -> Response {
    let size = if width.w == "800" { CoverSize::Narrow } else { CoverSize::Wide };
    let found = match file.parse::<FileId>() {
        Ok(file) => cover::read(&state.deps, file, size).await,
        Err(_) => Err(CoverError::NotFound),
    };
    match found {
        Ok(bytes) => {
            // A picture never changes: another one has another id.
            let caching = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
            ([(header::CONTENT_TYPE, "image/jpeg"), caching], bytes).into_response()
        }
        Err(CoverError::NotFound) => Failure::of(&request, StatusCode::NOT_FOUND).respond(&state),
        Err(error) => {
            tracing::error!("a picture could not be read: {error:#}");
            Failure::of(&request, StatusCode::SERVICE_UNAVAILABLE).respond(&state)
        }
    }
}
