//! `Idempotency-Key`: the same request with the same key has one effect and one answer.

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use domain::ids::Id as _;
use domain::parsed::idempotency_key;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::idempotency::{self, Claim};
use time::Duration;

use crate::routes::api::caller::Caller;
use crate::routes::api::post_scope;
use crate::routes::api::problem::{Code, Problem};
use crate::routes::api::strict::read_body;
use crate::state::AppState;

/// The header with the caller's name for the request.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// A request that died frees its key after this time; longer than any request lives.
const LEASE: Duration = Duration::seconds(30);
/// Bytes of an answer worth keeping.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// What is kept of an answer that holds a secret: the same without it.
#[derive(Debug, Clone)]
pub struct KeptInstead(pub String);

/// An answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    status: u16,
    kind: String,
    location: Option<String>,
    body: String,
}

/// Answers a repeated request as the first time; everything else goes on.
pub async fn answer_once(
    State(state): State<AppState>,
    mut caller: Caller,
    request: Request,
    next: Next,
) -> Response {
    // Other methods change nothing twice, or are refused behind this.
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let asked = path.filter(|_| *request.method() == Method::POST).and_then(post_scope);
    let Some(scope) = asked else { return next.run(request).await };
    let key = match key(&request) {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    // What was answered before is for callers who could ask for it themselves.
    if let Err(problem) = caller.needs(scope) {
        return problem.into_response();
    }
    let (parts, body) = request.into_parts();
    let body = match read_body(body).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let scope = format!("api:{}", caller.organizer().uuid());
    let hash = hash(parts.uri.path(), &body);
    match claim(&state, &scope, &key, &hash).await {
        Ok(Claim::Mine) => {}
        Ok(Claim::Answered(kept)) => return replay(kept),
        Ok(Claim::Running) => return Problem::new(Code::StillRunning).into_response(),
        Ok(Claim::Reused) => return Problem::new(Code::KeyReused).into_response(),
        Err(error) => return Problem::from_store(error).into_response(),
    }
    caller.idempotency_key = Some(key.clone());
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    keep(&state, &scope, &key, response).await
}

fn key(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    idempotency_key::check(text).map_err(|_| Problem::new(Code::MalformedKey))?;
    Ok(Some(text.to_owned()))
}

fn hash(path: &str, body: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize().to_vec()
}

async fn claim(
    state: &AppState,
    scope: &str,
    key: &str,
    hash: &[u8],
) -> Result<Claim, store::error::StoreError> {
    let mut conn = state.deps.db.acquire().await?;
    idempotency::claim(&mut conn, scope, key, hash, LEASE, state.deps.clock.now()).await
}

fn replay(kept: serde_json::Value) -> Response {
    let Ok(kept) = serde_json::from_value::<Kept>(kept) else {
        return Problem::new(Code::Unexpected).into_response();
    };
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(kept.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    if let Ok(kind) = HeaderValue::from_str(&kept.kind) {
        headers.insert(CONTENT_TYPE, kind);
    }
    if let Some(Ok(location)) = kept.location.as_deref().map(HeaderValue::from_str) {
        headers.insert(LOCATION, location);
    }
    response
}

/// Whether asking again would come to the same.
fn is_final(status: StatusCode) -> bool {
    let may_change = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::CONFLICT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::TOO_MANY_REQUESTS
    );
    !may_change && !status.is_server_error()
}

/// Keeps a final answer; after any other the key is free again.
async fn keep(state: &AppState, scope: &str, key: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let header = |name: HeaderName| {
        parts.headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
    };
    let kept = Kept {
        status: parts.status.as_u16(),
        kind: header(CONTENT_TYPE).unwrap_or_default(),
        location: header(LOCATION),
        body: match parts.extensions.get::<KeptInstead>() {
            Some(KeptInstead(body)) => body.clone(),
            None => String::from_utf8_lossy(&body).into_owned(),
        },
    };
    let written = write(state, scope, key, is_final(parts.status).then_some(&kept)).await;
    if let Err(error) = written {
        // The request did what it did; the key frees itself, and operations have their own guards.
        tracing::warn!(%error, "an answer could not be kept for its idempotency key");
    }
    Response::from_parts(parts, Body::from(Bytes::clone(&body)))
}

async fn write(
    state: &AppState,
    scope: &str,
    key: &str,
    kept: Option<&Kept>,
) -> anyhow::Result<()> {
    let mut conn = state.deps.db.acquire().await?;
    match kept {
        Some(kept) => {
            let answer = serde_json::to_value(kept)?;
            idempotency::answer(&mut conn, scope, key, &answer).await?;
        }
        None => idempotency::release(&mut conn, scope, key).await?,
    }
    Ok(())
}
