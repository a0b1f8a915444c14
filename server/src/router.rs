//! All routes: a table of contents.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use domain::limits::BODY_BYTES_MAX;
use http::StatusCode;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use tower_http::compression::CompressionLayer;
use tower_http::compression::CompressionLevel;
use tower_http::limit::RequestBodyLimitLayer;

use crate::failure::Failure;
use crate::middleware::{
    form_errors, last_resort, origin, origin_check, rate_limit, request_id, request_log,
    security_headers, shared_pages, step_up, web_session,
};
use crate::routes::{
    api, assets, dev_mail, evidence_files, health, live, organizer_files, own_data,
    participant_files, payout_files, statement_files, webhooks,
};
use crate::state::AppState;

/// Everything the server answers.
pub fn router(state: &AppState) -> Router {
    let browsers = Router::new()
        .merge(pages(state))
        .merge(organizer_files::routes())
        .merge(own_data::routes())
        .merge(participant_files::counted_routes())
        .merge(evidence_files::routes())
        .merge(payout_files::routes())
        .merge(statement_files::routes())
        .layer(from_fn_with_state(state.clone(), step_up::ask_again))
        .layer(from_fn_with_state(state.clone(), web_session::keep_age))
        .layer(from_fn_with_state(state.clone(), rate_limit::limit_forms))
        .layer(web_session::layer(state))
        .layer(from_fn_with_state(state.clone(), origin_check::refuse_other_sites))
        .layer(from_fn_with_state(state.clone(), shared_pages::answer_from_shared));
    let mut routes = Router::new()
        .merge(browsers)
        .merge(participant_files::routes())
        .merge(organizer_files::public_routes())
        .merge(live::routes())
        .merge(assets::routes())
        .merge(health::routes())
        .merge(webhooks::routes())
        .merge(api::routes(state));
    if state.is_mail_shown {
        routes = routes.merge(dev_mail::routes());
    }
    routes
        .fallback(site_file_or_not_found)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(state.clone(), last_resort::answer_anyway))
        .layer(from_fn_with_state(state.clone(), security_headers::set_security_headers))
        .layer(from_fn_with_state(state.clone(), origin::note_origin))
        .layer(from_fn(request_log::log_request))
        .layer(from_fn(request_id::name_request))
        .with_state(state.clone())
}

/// The pages of `app` and the functions its forms post to.
fn pages(state: &AppState) -> Router<AppState> {
    let list = generate_route_list(app::App);
    let context = context(state);
    Router::new()
        .leptos_routes_with_context(state, list, context, app::shell)
        .layer(from_fn_with_state(state.clone(), form_errors::blame_the_sender))
        .layer(from_fn_with_state(state.clone(), assets::explain_missing_site))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
}

/// What pages and functions find in their context.
fn context(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let deps = state.deps.clone();
    let assets = (*state.assets).clone();
    move || {
        provide_context(deps.clone());
        provide_context(assets.clone());
    }
}

/// Files at the root of the site (`/sw.js`, `/manifest.webmanifest`, icons); all else is a page that is not there.
async fn site_file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let request = match assets::root_file(&state, request).await {
        Ok(response) => return response,
        Err(request) => *request,
    };
    let is_page =
        !["/api/", "/live/", "/dev/"].iter().any(|it| request.uri().path().starts_with(it));
    if !is_page || !request.method().is_safe() {
        return Failure::of(&request, StatusCode::NOT_FOUND).respond(&state);
    }
    leptos_axum::render_app_async_with_context(context(&state), app::shell)(request).await
}
