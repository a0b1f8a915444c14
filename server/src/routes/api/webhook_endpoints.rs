//! Receivers of outgoing webhooks over the API.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use domain::ids::WebhookEndpointId;
use domain::webhook_endpoint::WebhookTopic;
use http::{StatusCode, header};
use operations::api_keys::Scope;
use operations::webhook_endpoints::{
    self, EndpointError, EndpointForm, WebhookEndpoint, get, list, remove,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::idempotency::KeptInstead;
use crate::routes::api::problem::{Code, FieldError, Problem};
use crate::routes::api::strict::{PathId, StrictJson};

/// A receiver to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhookEndpoint {
    /// Must be reachable on the open internet over TLS.
    #[schema(example = "https://example.com/webhooks", max_length = 2000)]
    url: String,
    /// Which facts are sent.
    #[schema(value_type = Vec<String>, example = json!(["order.paid", "refund.succeeded"]))]
    events: Vec<WebhookTopic>,
    #[serde(default)]
    #[schema(max_length = 80)]
    description: String,
}

/// A receiver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEndpointView {
    #[schema(value_type = String, example = "wep_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    id: WebhookEndpointId,
    url: String,
    #[schema(value_type = Vec<String>, example = json!(["order.paid", "refund.succeeded"]))]
    events: Vec<WebhookTopic>,
    description: String,
    /// `on`, `by_hand`, `failing` or `gone`: why nothing is sent.
    #[schema(example = "on")]
    status: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Signs deliveries by the Standard Webhooks scheme; told this once, when the receiver is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
}

/// All of an organizer's receivers.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpoints {
    data: Vec<WebhookEndpointView>,
}

fn view(endpoint: WebhookEndpoint) -> WebhookEndpointView {
    WebhookEndpointView {
        id: endpoint.id,
        url: endpoint.url,
        events: endpoint.topics,
        description: endpoint.description,
        status: endpoint.disabled_reason.unwrap_or_else(|| "on".to_owned()),
        created_at: endpoint.created_at,
        secret: None,
    }
}

/// Registers a receiver of webhooks; the answer holds its secret, a repeated answer does not.
#[utoipa::path(post, path = "/api/v1/webhook_endpoints", tag = "webhooks", request_body = CreateWebhookEndpoint,
    responses((status = 201, body = WebhookEndpointView)))]
pub async fn create_webhook_endpoint(
    Walled(state): Walled,
    caller: Caller,
    StrictJson(wish): StrictJson<CreateWebhookEndpoint>,
) -> Result<Response, Problem> {
    let access = caller.needs(Scope::WebhooksWrite)?;
    let form =
        EndpointForm { url: &wish.url, description: &wish.description, topics: &wish.events };
    let made = webhook_endpoints::register(&state.deps, access, &form).await?;
    let shown = view(get(&state.deps, access, made.id).await?);
    let kept = serde_json::to_string(&shown).unwrap_or_default();
    let told = WebhookEndpointView { secret: Some(made.secret.expose().to_owned()), ..shown };
    let headers = [
        (header::LOCATION, format!("/api/v1/webhook_endpoints/{}", told.id)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let mut response = (StatusCode::CREATED, headers, Json(told)).into_response();
    response.extensions_mut().insert(KeptInstead(kept));
    Ok(response)
}

/// Lists the receivers of webhooks.
#[utoipa::path(get, path = "/api/v1/webhook_endpoints", tag = "webhooks",
    responses((status = 200, body = WebhookEndpoints)))]
pub async fn list_webhook_endpoints(
    Walled(state): Walled,
    caller: Caller,
) -> Result<Json<WebhookEndpoints>, Problem> {
    let access = caller.needs(Scope::WebhooksWrite)?;
    let data = list(&state.deps, access).await?.into_iter().map(view).collect();
    Ok(Json(WebhookEndpoints { data }))
}

/// Tells about a receiver of webhooks.
#[utoipa::path(get, path = "/api/v1/webhook_endpoints/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "`wep_…`")),
    responses((status = 200, body = WebhookEndpointView)))]
pub async fn get_webhook_endpoint(
    Walled(state): Walled,
    caller: Caller,
    PathId(endpoint): PathId<WebhookEndpointId>,
) -> Result<Json<WebhookEndpointView>, Problem> {
    let access = caller.needs(Scope::WebhooksWrite)?;
    Ok(Json(view(get(&state.deps, access, endpoint).await?)))
}

/// Removes a receiver of webhooks.
#[utoipa::path(delete, path = "/api/v1/webhook_endpoints/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "`wep_…`")),
    responses((status = 204)))]
pub async fn delete_webhook_endpoint(
    Walled(state): Walled,
    caller: Caller,
    PathId(endpoint): PathId<WebhookEndpointId>,
) -> Result<StatusCode, Problem> {
    let access = caller.needs(Scope::WebhooksWrite)?;
    remove(&state.deps, access, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        let field = match &error {
            EndpointError::Url(_) => "url",
            EndpointError::Description(_) => "description",
            EndpointError::NoTopic => "events",
            EndpointError::TooMany | EndpointError::Disabled => {
                return Self::new(Code::Conflict).with_detail(error.to_string());
            }
            EndpointError::NotFound => return Self::new(Code::NotFound),
            EndpointError::Unexpected(error) => return Self::unexpected(error),
        };
        let error = FieldError { field: field.to_owned(), detail: error.to_string() };
        Self::new(Code::Invalid).with_errors(vec![error])
    }
}
