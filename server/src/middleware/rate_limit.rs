//! Token buckets in this process: by address for signing in and ordering, by key for the API.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::ssr::sign_in::ClientAddress;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method, StatusCode};

use crate::failure::Failure;
use crate::state::AppState;

/// Where people sign in.
const SIGN_IN: [&str; 7] = [
    "/api/account/request_login",
    "/api/account/confirm_login",
    "/api/login/set_out",
    "/api/login/passkey",
    "/api/login/link",
    "/api/second_factors/prove",
    "/api/second_factors/confirm_totp",
];
/// Buckets kept at most; when there are more, the full ones are forgotten.
const BUCKETS_MAX: usize = 50_000;

/// What is limited, each with its own buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    SignIn,
    Checkout,
    Api,
}

impl Limit {
    /// How many may come at once, and how many come back each minute.
    const fn burst_and_rate(self) -> (u32, u32) {
        match self {
            Self::SignIn => (60, 60),
            // A whole company may sit behind one address when the sale opens.
            Self::Checkout => (200, 1_200),
            Self::Api => (4_000, 120_000),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a token.
    level: u64,
    seen: Instant,
}

/// All buckets of this process.
#[derive(Debug, Default)]
pub struct RateLimits {
    buckets: Mutex<BTreeMap<(Limit, String), Bucket>>,
}

impl RateLimits {
    /// Takes a token.
    ///
    /// # Errors
    /// With the time until the next token when there is none.
    pub fn take(&self, limit: Limit, who: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|(limit, _), bucket| refilled(*limit, *bucket, now) < full(*limit));
        }
        let fresh = Bucket { level: full(limit), seen: now };
        let bucket = buckets.entry((limit, who.to_owned())).or_insert(fresh);
        bucket.level = refilled(limit, *bucket, now);
        bucket.seen = now;
        match bucket.level.checked_sub(1000) {
            Some(left) => {
                bucket.level = left;
                Ok(())
            }
            None => {
                let missing = 1000u64.saturating_sub(bucket.level);
                let (_, per_minute) = limit.burst_and_rate();
                let millis = missing.saturating_mul(60).div_ceil(u64::from(per_minute));
                Err(Duration::from_millis(millis))
            }
        }
    }
}

fn full(limit: Limit) -> u64 {
    u64::from(limit.burst_and_rate().0).saturating_mul(1000)
}

fn refilled(limit: Limit, bucket: Bucket, now: Instant) -> u64 {
    let (_, per_minute) = limit.burst_and_rate();
    let waited = u64::try_from(now.saturating_duration_since(bucket.seen).as_millis());
    let back = waited.unwrap_or(u64::MAX).saturating_mul(u64::from(per_minute)) / 60;
    bucket.level.saturating_add(back).min(full(limit))
}

/// Holds the forms that guess or hoard back: signing in, and ordering.
pub async fn limit_forms(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = address(&request, state.is_proxy_trusted);
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    let path = request.uri().path();
    let limit = if *request.method() != Method::POST {
        None
    } else if SIGN_IN.contains(&path) {
        Some(Limit::SignIn)
    } else if path.starts_with("/api/orders/") {
        Some(Limit::Checkout)
    } else {
        None
    };
    let Some(limit) = limit else { return next.run(request).await };
    match state.limits.take(limit, &visitor(address), Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let mut response = Failure::of(&request, StatusCode::TOO_MANY_REQUESTS).respond(&state);
            response.headers_mut().insert(RETRY_AFTER, retry_after(wait));
            response
        }
    }
}

/// Whole seconds, at least one.
pub fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX))
}

/// The visitor's address: the peer's, or the one the trusted proxy appended last.
pub(super) fn address(request: &Request, is_proxy_trusted: bool) -> Option<IpAddr> {
    let forwarded = || {
        let last = request.headers().get_all("x-forwarded-for").iter().next_back()?;
        last.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let peer = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
    if is_proxy_trusted { forwarded().or_else(peer) } else { peer() }
}

/// Whose bucket it is: a network of IPv6 is one visitor.
fn visitor(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Some(address @ IpAddr::V4(_)) => address.to_string(),
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limits = RateLimits::default();
        let now = Instant::now();
        for _ in 0..60 {
            assert_eq!(limits.take(Limit::SignIn, "a", now), Ok(()));
        }
        let wait = limits.take(Limit::SignIn, "a", now).unwrap_err();
        assert_eq!(wait, Duration::from_secs(1));
        assert_eq!(limits.take(Limit::SignIn, "b", now), Ok(()));
        assert_eq!(limits.take(Limit::Checkout, "a", now), Ok(()));
        assert_eq!(limits.take(Limit::SignIn, "a", now + wait), Ok(()));
        assert!(limits.take(Limit::SignIn, "a", now + wait).is_err());
    }

    #[test]
    fn waits_are_told_in_whole_seconds() {
        assert_eq!(retry_after(Duration::from_millis(1)), "1");
        assert_eq!(retry_after(Duration::from_millis(1001)), "2");
    }
}
