//! The OpenAPI document, made from the handlers and their types.

use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use http::header;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, openapi};

use crate::routes::api::{
    cancellations, event_cancellation, events, ledger, orders, payouts, problem, refunds,
    settlements, webhook_endpoints,
};
use crate::state::AppState;

/// Gathers every path; a test compares it with the routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(title = "EventPay REST API", version = "1", license(name = "Apache-2.0 OR MIT")),
    paths(
        events::create_event,
        events::get_event,
        events::create_ticket_type,
        events::publish_event,
        events::get_summary,
        event_cancellation::cancel_event,
        event_cancellation::get_cancellation,
        orders::create_order,
        orders::list_orders,
        orders::get_order,
        cancellations::cancel_order,
        refunds::create_refund,
        ledger::get_balances,
        webhook_endpoints::create_webhook_endpoint,
        webhook_endpoints::list_webhook_endpoints,
        webhook_endpoints::get_webhook_endpoint,
        webhook_endpoints::delete_webhook_endpoint,
        payouts::list_payouts,
        payouts::get_payout,
        settlements::list_own_settlements,
    ),
    components(schemas(problem::ProblemView, problem::FieldError)),
    modifiers(&BearerKey),
    security(("api_key" = []))
)]
struct Document;

/// How callers show who they are.
struct BearerKey;

impl Modify for BearerKey {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key made in the organizer's settings: `ek_live_…`"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    // Any call may come while a node is too busy to answer, or cannot tell whether it may.
    let later = json!({
        "description": "Not now: `busy`, `unavailable` or `provider_unavailable`; `Retry-After` tells when",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemView" } } },
    });
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter();
    let items = paths.flat_map(|it| it.values_mut()).filter_map(Value::as_object_mut);
    for operation in items.flat_map(|it| it.values_mut()) {
        let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
        if let Some(answers) = answers {
            answers.insert("503".to_owned(), later.clone());
        }
    }
    document.to_string()
});

/// The document as JSON.
pub fn document() -> Value {
    serde_json::from_str(&TEXT).unwrap_or_default()
}

/// `/api/openapi.json`.
pub fn routes() -> Router<AppState> {
    Router::new().route(
        "/api/openapi.json",
        get(async || ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())),
    )
}
