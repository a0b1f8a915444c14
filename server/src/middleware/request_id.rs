//! Names every request, so that a person's screenshot and our logs meet.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use operations::fresh;

/// The header that carries the name back.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Letters of a request id.
const N_CHARS: usize = 16;

/// Our name for one request.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// The caller's name for what this request is part of (W3C `traceparent`), when it sent one.
#[derive(Debug, Clone)]
pub struct TraceId(pub Option<Arc<str>>);

/// Puts both into the request and the first into the answer.
pub async fn name_request(mut request: Request, next: Next) -> Response {
    let id: Arc<str> =
        fresh::token().to_lowercase().chars().take(N_CHARS).collect::<String>().into();
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let trace = TraceId(trace_id(request.headers()));
    request.extensions_mut().insert(trace);
    let Ok(value) = HeaderValue::from_str(&id) else { return next.run(request).await };
    // Pages read it from here when they have to tell it; what the caller sent under this name is replaced.
    request.headers_mut().insert(X_REQUEST_ID, value.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_REQUEST_ID, value);
    response
}

/// `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`; anything else is as good as nothing.
fn trace_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (_version, trace) = (parts.next()?, parts.next()?);
    let is_hex = trace.len() == 32 && trace.bytes().all(|it| it.is_ascii_hexdigit());
    is_hex.then(|| trace.to_ascii_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_trace_id_is_taken_over() {
        let read = |text: &'static str| {
            trace_id(&HeaderMap::from_iter([(
                HeaderName::from_static("traceparent"),
                HeaderValue::from_static(text),
            )]))
        };
        let whole = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(read(whole).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(read("00-short-00f067aa0ba902b7-01"), None);
        assert_eq!(read("rubbish"), None);
    }
}
