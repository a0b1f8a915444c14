//! One log line and two figures a request: the route's template, never the path, which may hold somebody's link.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::middleware::request_id::{RequestId, TraceId};

/// Logs and counts the request.
pub async fn log_request(request: Request, next: Next) -> Response {
    let since = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let route = route.to_owned();
    let span = span(&request, &route);
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let duration = since.elapsed();
    let labels = [
        ("method", method.as_str().to_owned()),
        ("route", route.clone()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route)
        .record(duration.as_secs_f64());
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), duration_ms, "answered with a failure");
        } else if !method.is_safe() {
            tracing::info!(status = status.as_u16(), duration_ms, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), duration_ms, "answered");
        }
    });
    response
}

fn span(request: &Request, route: &str) -> tracing::Span {
    let extensions = request.extensions();
    let span = tracing::info_span!(
        "request",
        request.id = Empty,
        trace.id = Empty,
        http.method = %request.method(),
        http.route = route,
        event.id = Empty,
        order.id = Empty,
        payment.id = Empty,
    );
    if let Some(RequestId(id)) = extensions.get() {
        span.record("request.id", &**id);
    }
    if let Some(TraceId(Some(id))) = extensions.get() {
        span.record("trace.id", &**id);
    }
    for segment in request.uri().path().split('/') {
        let (is_id, digits) = match segment.split_once('_') {
            Some((prefix, digits)) => (["evt", "ord", "pay"].contains(&prefix), digits),
            None => (false, ""),
        };
        if is_id && digits.len() == 26 && digits.bytes().all(|it| it.is_ascii_alphanumeric()) {
            let field = match segment.get(..3) {
                Some("evt") => "event.id",
                Some("ord") => "order.id",
                _ => "payment.id",
            };
            span.record(field, segment);
        }
    }
    span
}
