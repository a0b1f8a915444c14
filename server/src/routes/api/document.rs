//! The OpenAPI document, made from the handlers and their types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use domain::event_cancellation::CancellationState;
use domain::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use domain::order::OrderStatus;
use http::{StatusCode, header};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, openapi};

use crate::routes::api::problem::Code;
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
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter();
    let items = paths.flat_map(|it| it.values_mut()).filter_map(Value::as_object_mut);
    for (method, operation) in items.flat_map(|it| it.iter_mut()) {
        if let Some(operation) = operation.as_object_mut() {
            complete(method, operation);
        }
    }
    document.to_string()
});

/// Adds what every call of its kind has: the key that makes sending again safe, the words that a parameter may be, and
/// how it may be refused.
fn complete(method: &str, operation: &mut Map<String, Value>) {
    let is_post = method == "post";
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        for parameter in parameters.iter_mut() {
            let words = match parameter.get("name").and_then(Value::as_str) {
                Some("status") => words(OrderStatus::ALL),
                Some("state") => words(CancellationState::ALL),
                Some(_) | None => continue,
            };
            if let Some(parameter) = parameter.as_object_mut() {
                parameter.insert("schema".to_owned(), json!({ "type": "string", "enum": words }));
            }
        }
        if is_post {
            parameters.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                // Printable characters.
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": IDEMPOTENCY_KEY_BYTES_MAX,
                    "pattern": "^[ -~]+$",
                },
            }));
        }
    }
    let has = |place: &str| {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        parameters.is_some_and(|all| all.iter().any(|it| it.get("in") == Some(&json!(place))))
    };
    let has_body = operation.contains_key("requestBody");
    let may_be = |status: StatusCode| match status {
        // Any call may come while a node is too busy to answer, or cannot tell whether it may.
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => true,
        StatusCode::NOT_FOUND => has("path"),
        StatusCode::BAD_REQUEST => is_post || has("query"),
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => {
            is_post
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => has_body,
        _ => false,
    };
    let mut refusals: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for code in Code::ALL.iter().filter(|it| may_be(it.status())) {
        refusals.entry(code.status().as_u16()).or_default().push(code.as_str());
    }
    let Some(answers) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for (status, codes) in refusals {
        let answer = json!({
            "description": codes.join(", "),
            "content": {
                "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemView" } },
            },
        });
        answers.insert(status.to_string(), answer);
    }
}

fn words(all: &[impl ToString]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

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
