//! Bodies, queries and ids of requests, read strictly: what is not understood is refused, not ignored.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use domain::limits::BODY_BYTES_MAX;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::routes::api::problem::{Code, Problem};
use crate::state::AppState;

/// A JSON body with exactly the expected fields.
#[derive(Debug)]
pub struct StrictJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for StrictJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let kind = kind.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(Code::UnsupportedMediaType));
        }
        let body = read_body(request.into_body()).await?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let code = if error.is_data() { Code::MalformedBody } else { Code::MalformedJson };
            Problem::new(code).with_detail(error.to_string())
        })
    }
}

/// The whole body, up to the limit.
///
/// # Errors
/// When it is larger, or breaks off.
pub async fn read_body(body: axum::body::Body) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| {
        let is_too_large = std::error::Error::source(&error)
            .is_some_and(|it| it.to_string().contains("length limit exceeded"));
        Problem::new(if is_too_large { Code::TooLarge } else { Code::MalformedJson })
    })
}

/// The parameters behind the question mark.
#[derive(Debug)]
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for StrictQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query)
            .map(Self)
            .map_err(|error| Problem::new(Code::MalformedQuery).with_detail(error.to_string()))
    }
}

/// The id in the path; what is no id names nothing.
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<T: FromStr> FromRequestParts<AppState> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let not_found = || Problem::new(Code::NotFound);
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        text.parse().map(Self).map_err(|_| not_found())
    }
}
