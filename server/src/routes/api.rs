//! The REST API: one table of its routes, and what stands around them.

pub mod caller;
pub mod cancellations;
pub mod docs;
pub mod document;
pub mod event_cancellation;
pub mod events;
pub mod idempotency;
pub mod ledger;
pub mod orders;
pub mod payouts;
pub mod problem;
pub mod refunds;
pub mod settlements;
pub mod strict;
pub mod webhook_endpoints;

use app::ssr::lang_of_headers;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use domain::limits::BODY_BYTES_MAX;
use operations::api_keys::Scope;
use tower_http::limit::RequestBodyLimitLayer;

use crate::middleware::request_id::RequestId;
use crate::routes::api::problem::{Code, Problem};
use crate::state::AppState;

/// Where all of it lives.
pub const PREFIX: &str = "/api/v1";

/// A path below [`PREFIX`] and what answers there.
pub type Row = (&'static str, fn() -> MethodRouter<AppState>);

/// Every route. The document at `/api/openapi.json` is compared with it by a test.
pub const ROUTES: [Row; 17] = [
    ("/events", || post(events::create_event)),
    ("/events/{id}", || get(events::get_event)),
    ("/events/{id}/ticket_types", || post(events::create_ticket_type)),
    ("/events/{id}/publish", || post(events::publish_event)),
    ("/events/{id}/summary", || get(events::get_summary)),
    ("/events/{id}/cancel", || post(event_cancellation::cancel_event)),
    ("/events/{id}/cancellation", || get(event_cancellation::get_cancellation)),
    ("/events/{id}/orders", || post(orders::create_order).get(orders::list_orders)),
    ("/orders/{id}", || get(orders::get_order)),
    ("/orders/{id}/cancel", || post(cancellations::cancel_order)),
    ("/payments/{id}/refunds", || post(refunds::create_refund)),
    ("/ledger/balances", || get(ledger::get_balances)),
    ("/webhook_endpoints", || {
        post(webhook_endpoints::create_webhook_endpoint)
            .get(webhook_endpoints::list_webhook_endpoints)
    }),
    ("/webhook_endpoints/{id}", || {
        get(webhook_endpoints::get_webhook_endpoint)
            .delete(webhook_endpoints::delete_webhook_endpoint)
    }),
    ("/payouts", || get(payouts::list_payouts)),
    ("/payouts/{id}", || get(payouts::get_payout)),
    ("/settlements", || get(settlements::list_own_settlements)),
];

/// What each route asks of a key before it is posted to; compared with the routes themselves by a test.
pub const POST_SCOPES: [(&str, Scope); 8] = [
    ("/events", Scope::EventsWrite),
    ("/events/{id}/ticket_types", Scope::EventsWrite),
    ("/events/{id}/publish", Scope::EventsWrite),
    ("/events/{id}/cancel", Scope::EventsWrite),
    ("/events/{id}/orders", Scope::OrdersWrite),
    ("/orders/{id}/cancel", Scope::OrdersWrite),
    ("/payments/{id}/refunds", Scope::RefundsWrite),
    ("/webhook_endpoints", Scope::WebhooksWrite),
];

/// What is asked of a key that posts to this route.
fn post_scope(path: &str) -> Option<Scope> {
    let path = path.strip_prefix(PREFIX).unwrap_or(path);
    POST_SCOPES.iter().find(|it| it.0 == path).map(|it| it.1)
}

/// The API, its document and the page that shows it.
pub fn routes(state: &AppState) -> Router<AppState> {
    let rows = ROUTES.iter().fold(Router::new(), |router, (path, row)| router.route(path, row()));
    let api = rows
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .layer(from_fn_with_state(state.clone(), idempotency::answer_once))
        .layer(from_fn_with_state(state.clone(), caller::authenticate))
        .fallback(async || Problem::new(Code::NotFound))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(from_fn(too_large_is_a_problem))
        .layer(from_fn(speak_to_the_reader));
    Router::new().nest(PREFIX, api).merge(document::routes()).merge(docs::routes())
}

/// Says problems in the reader's language and with the request's number.
async fn speak_to_the_reader(request: Request, next: Next) -> Response {
    let lang = lang_of_headers(request.headers());
    let id = request.extensions().get::<RequestId>().map(|it| it.0.to_string());
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let problem = problem.in_lang(lang).with_request_id(id.unwrap_or_default());
    let mut said = problem.into_response();
    // What was said beside the body stays: how long to wait, say.
    for (name, value) in response.headers() {
        if !said.headers().contains_key(name) && name != http::header::CONTENT_LENGTH {
            said.headers_mut().insert(name, value.clone());
        }
    }
    said
}

/// The limit of a body that announces its size answers by itself, in plain text.
async fn too_large_is_a_problem(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_bare = response.status() == http::StatusCode::PAYLOAD_TOO_LARGE
        && response.extensions().get::<Problem>().is_none();
    if is_bare { Problem::new(Code::TooLarge).into_response() } else { response }
}
