//! The provider's API under `/api/v1`: keys, idempotency, misbehaviour, and the table of calls.

mod payments;
mod sessions;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::book::{Answer, Claim};
use crate::fault::Fault;
use crate::model::METHODS;
use crate::params::Params;
use crate::{Sandbox, background, clock, ids};

const HANGING_TIME: Duration = Duration::from_secs(30);
const KEY_CHARS_MAX: usize = 100;

/// One API call, out of HTTP's clothes.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn scenario(&self) -> Option<&str> {
        self.header("komoju-scenario").filter(|code| !code.is_empty())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn params(&self) -> Result<Params, Fault> {
        Params::read(self.header("content-type").unwrap_or_default(), &self.body)
    }
}

/// What goes back: a status and a body that can be given again byte for byte.
#[derive(Clone)]
struct Reply {
    status: u16,
    body: String,
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Self {
        Self { status: fault.status, body: fault.body().to_string() }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
        (status, kind, self.body).into_response()
    }
}

/// Answers every call under `/api/v1`.
pub(crate) async fn answer(
    State(sandbox): State<Sandbox>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().trim_start_matches("/api/v1").trim_matches('/').to_owned();
    let call = Call { method, path, query, headers, body };
    // On a task of its own: work that was begun is finished even when the caller hangs up.
    match background::spawn(process(sandbox, call)).await {
        Ok(reply) => reply.into_response(),
        Err(_) => Reply::from(Fault::new(500, "internal_server_error", "Something went wrong."))
            .into_response(),
    }
}

async fn process(sandbox: Sandbox, call: Call) -> Reply {
    let (fails, hangs, delay_ms) = {
        let behaviour = &mut sandbox.book().behaviour;
        (behaviour.fails_next(), behaviour.hangs_next(), behaviour.api_delay_ms)
    };
    if fails {
        return Fault::new(503, "service_unavailable", "The service is unavailable.").into();
    }
    if !is_authorized(&sandbox, &call) {
        return Fault::new(401, "unauthorized", "Authentication failed.").into();
    }
    let key = match claim(&sandbox, &call) {
        Ok(key) => key,
        Err(reply) => return reply,
    };
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    let reply = match route(&sandbox, &call) {
        Ok(Value::Null) => Reply { status: 200, body: String::new() },
        // The one answer that is no JSON: a settlement's file.
        Ok(Value::String(body)) => Reply { status: 200, body },
        Ok(value) => Reply { status: 200, body: value.to_string() },
        Err(fault) => fault.into(),
    };
    if let Some((key, fingerprint)) = key {
        let Reply { status, body } = reply.clone();
        let answered_at = clock::now();
        sandbox.book().answer(Answer { key, fingerprint, status, body, answered_at });
    }
    if hangs {
        tokio::time::sleep(HANGING_TIME).await;
    }
    reply
}

fn is_authorized(sandbox: &Sandbox, call: &Call) -> bool {
    let encoded = call.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let decoded = encoded.and_then(|text| BASE64.decode(text.trim().as_bytes()).ok());
    decoded.is_some_and(|pair| pair == format!("{}:", sandbox.settings().secret_key).as_bytes())
}

/// Claims the idempotency key of a POST, or gives the reply that the key already has.
fn claim(sandbox: &Sandbox, call: &Call) -> Result<Option<(String, String)>, Reply> {
    if call.method != Method::POST {
        return Ok(None);
    }
    let Some(key) = call.headers.get("x-komoju-idempotency") else { return Ok(None) };
    let key = key.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        let message = "Idempotency key must have 1 to 100 ASCII characters";
        return Err(Fault::invalid("X-KOMOJU-IDEMPOTENCY", message).into());
    }
    let fingerprint = ids::fingerprint(call.method.as_str(), &call.path, &call.body);
    match sandbox.book().claim(key, &fingerprint, clock::now()) {
        Claim::Fresh => Ok(Some((key.to_owned(), fingerprint))),
        Claim::Answered(answer) => Err(Reply { status: answer.status, body: answer.body }),
        Claim::InFlight => {
            Err(Fault::new(409, "conflict", "The first request with this key is still running.")
                .into())
        }
        Claim::OtherBody => {
            let message = "The idempotency key was used for another request.";
            Err(Fault::new(422, "unprocessable_entity", message).into())
        }
    }
}

/// The table of calls.
fn route(sandbox: &Sandbox, call: &Call) -> Result<Value, Fault> {
    let params = call.params()?;
    let parts: Vec<&str> = call.path.split('/').collect();
    let mut book = sandbox.book();
    match (call.method.as_str(), parts.as_slice()) {
        ("POST", ["sessions"]) => sessions::create(&mut book, call, &params),
        ("GET", ["sessions", id]) => book.session(id).map(|session| book.session_json(session)),
        ("POST", ["sessions", id, "cancel"]) => sessions::cancel(&mut book, id),
        ("GET", ["payments"]) => payments::list(&book, call),
        ("GET", ["payments", id]) => book.payment(id).map(|payment| json!(payment)),
        ("POST", ["payments", id, "cancel"]) => book.cancel_payment(id).map(|p| json!(p)),
        ("POST", ["payments", id, "capture"]) => book.capture_payment(id).map(|p| json!(p)),
        ("POST", ["payments", id, "refund"]) => {
            let amount = params.integer("amount")?;
            book.refund(id, amount, params.text("description")).map(|p| json!(p))
        }
        ("POST", ["payments", id, "refund_request"]) => {
            book.request_refund(id, &params).map(|()| Value::Null)
        }
        ("GET", ["settlements"]) => payments::list_settlements(&book, call),
        ("GET", ["settlements", id]) => book.settlement(id).map(|it| it.json(&book.base_url)),
        ("GET", ["settlements", id, "csv"]) => book.settlement_csv(id).map(Value::String),
        ("GET", ["events"]) => payments::list_events(&book, call),
        ("GET", ["events", id]) => book.event(id).map(payments::event_json),
        ("GET", ["payment_methods"]) => {
            Ok(METHODS.iter().map(|kind| json!({"type": kind})).collect())
        }
        _ => Err(Fault::not_found()),
    }
}
