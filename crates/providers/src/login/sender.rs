//! The HTTP client of the login protocol, in the terms of `openidconnect`: the same stack as every other call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::outcome::SetupError;

/// For one call, from connecting to the last byte.
const DEADLINE: Duration = Duration::from_secs(10);
/// Descriptions, keys and tokens are a few kilobytes.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// Sends what `openidconnect` asks; follows no redirect, because one could lead anywhere.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    client: reqwest::Client,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct NoAnswer(&'static str);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoAnswer {}

impl Sender {
    /// A sender to the provider at `issuer`.
    ///
    /// # Errors
    /// When the system has no certificates to trust.
    pub(super) fn new(issuer: &str) -> Result<Self, SetupError> {
        let is_tls = issuer.starts_with("https://");
        let mut builder = reqwest::Client::builder()
            .user_agent("EventPay")
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .https_only(is_tls);
        if !is_tls {
            // A provider on this machine, for development.
            builder = builder.no_proxy();
        }
        Ok(Self { client: builder.build()? })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let began = Instant::now();
        let answer = self.exchange(request).await;
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = answer.as_ref().ok().map(|it| it.status().as_u16());
        tracing::info!(status, duration_ms, "login provider call");
        answer
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let request = reqwest::Request::try_from(request).map_err(|_| NoAnswer("no request"))?;
        let mut answer =
            self.client.execute(request).await.map_err(|_| NoAnswer("no connection"))?;
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| NoAnswer("broken off"))? {
            if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
                return Err(NoAnswer("longer than allowed"));
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(|_| NoAnswer("no answer in HTTP"))
    }
}

impl<'c> AsyncHttpClient<'c> for Sender {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
