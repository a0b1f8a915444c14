//! The one sender: a deadline, a size limit, one log line, a metric and a circuit breaker for every call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;

use crate::breaker::{Breaker, BreakerState};
use crate::outcome::{Cause, Outcome, SetupError};
use crate::secret::Secret;

/// What a request does to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads; may be repeated.
    Get,
    /// Changes something; sent once.
    Post,
}

/// A request that an adapter built. Nothing in it prints a secret.
#[derive(Debug, Clone)]
pub struct Request {
    /// The call's name in logs and metrics.
    pub call: &'static str,
    pub method: Method,
    pub url: String,
    /// Sent as the user name of Basic authentication, with an empty password.
    pub user: Secret,
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
    /// Where an answer may be longer than the sender allows others.
    pub answer_bytes_max: Option<usize>,
}

/// An answer, whole and within the size limit.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

/// The limits of a sender.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// For one try, from connecting to the last byte.
    pub deadline: Duration,
    pub body_bytes_max: usize,
    /// Tries of a reading call. A changing call is tried once: only who asked knows whether it may be repeated.
    pub get_attempts_max: u32,
    pub breaker_failures_max: u32,
    pub breaker_rest: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(15),
            body_bytes_max: 1024 * 1024,
            get_attempts_max: 3,
            breaker_failures_max: 8,
            breaker_rest: Duration::from_secs(10),
        }
    }
}

/// Sends requests to one provider.
#[derive(Debug, Clone)]
pub struct Http {
    provider: &'static str,
    client: reqwest::Client,
    limits: HttpLimits,
    breaker: Arc<Breaker>,
}

impl Http {
    /// A sender for the provider at `url`.
    ///
    /// # Errors
    /// When the system has no certificates to trust.
    pub fn new(provider: &'static str, url: &str, limits: HttpLimits) -> Result<Self, SetupError> {
        let mut builder = reqwest::Client::builder()
            .user_agent("EventPay")
            .redirect(reqwest::redirect::Policy::none())
            .https_only(url.starts_with("https://"));
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        let breaker = Breaker::new(limits.breaker_failures_max, limits.breaker_rest);
        Ok(Self { provider, client: builder.build()?, limits, breaker: Arc::new(breaker) })
    }

    /// Whether calls go through at the moment.
    pub fn breaker_state(&self) -> BreakerState {
        self.breaker.state()
    }

    /// Sends and reads. What cannot be read is `Unknown`; reading calls are tried again a few times first.
    pub async fn call<T>(
        &self,
        request: Request,
        read: impl Fn(Response) -> Outcome<T>,
    ) -> Outcome<T> {
        let attempts_max = match request.method {
            Method::Get => self.limits.get_attempts_max.max(1),
            Method::Post => 1,
        };
        let mut attempt: u32 = 1;
        loop {
            let outcome = self.call_once(&request, &read).await;
            if !matches!(outcome, Outcome::Unknown(_)) || attempt >= attempts_max {
                return outcome;
            }
            tokio::time::sleep(wait_before(attempt)).await;
            attempt = attempt.saturating_add(1);
        }
    }

    async fn call_once<T>(
        &self,
        request: &Request,
        read: impl Fn(Response) -> Outcome<T>,
    ) -> Outcome<T> {
        if !self.breaker.lets_through() {
            let cause = Cause::NotSent("the provider has not been answering".to_owned());
            self.log(request, None, Duration::ZERO, "unknown");
            return Outcome::Unknown(cause);
        }
        let began = Instant::now();
        let answer = match tokio::time::timeout(self.limits.deadline, self.send(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Cause::TimedOut),
        };
        let status = answer.as_ref().ok().map(|response| response.status);
        let outcome = match answer {
            Ok(response) => read(response),
            Err(cause) => Outcome::Unknown(cause),
        };
        // A request still in flight is a healthy answer.
        self.breaker
            .record(!matches!(&outcome, Outcome::Unknown(cause) if *cause != Cause::InFlight));
        self.log(request, status, began.elapsed(), outcome.word());
        outcome
    }

    async fn send(&self, request: &Request) -> Result<Response, Cause> {
        let builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url),
        };
        let mut builder = builder.basic_auth(request.user.expose(), Some(""));
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.header("content-type", "application/json").body(body.clone());
        }
        let mut answer = builder.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                Cause::NotSent("no connection to the provider".to_owned())
            } else {
                Cause::Broken
            }
        })?;
        let status = answer.status().as_u16();
        let bytes_max = request.answer_bytes_max.unwrap_or(self.limits.body_bytes_max);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| Cause::Broken)? {
            if body.len().saturating_add(chunk.len()) > bytes_max {
                return Err(Cause::Unreadable("longer than allowed".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, body })
    }

    /// One line a call: never the URL, the body or a header.
    fn log(&self, request: &Request, status: Option<u16>, took: Duration, outcome: &'static str) {
        let (provider, call) = (self.provider, request.call);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(provider, call, status, duration_ms, outcome, "provider call");
        let labels = [("provider", provider), ("call", call), ("outcome", outcome)];
        metrics::histogram!("provider_call_seconds", &labels).record(took);
    }
}

fn is_loopback(url: &str) -> bool {
    let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]")
}

/// Twice as long each time, with jitter so that many callers do not come back together.
fn wait_before(attempt: u32) -> Duration {
    let base_ms = 100_u64.saturating_mul(1_u64.checked_shl(attempt.min(6)).unwrap_or(64));
    Duration::from_millis(rand::rng().random_range(base_ms / 2..=base_ms))
}
