//! Holds back who comes too often: `limits/table.rs` says to which door, who counts, and how many.

use std::net::{IpAddr, SocketAddr};

use app::ssr::sign_in::ClientAddress;
use app::ssr::{ClientCountry, USER_KEY};
use axum::extract::{ConnectInfo, OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::ids::UserId;
use http::{HeaderName, StatusCode};
use tower_sessions::Session;

use crate::failure::Failure;
use crate::limits::table::{rule_for, wrong_key};
use crate::limits::{CACHE_DOWN_WAIT, Verdict, Visit, Who};
use crate::state::AppState;

/// Counts whoever sends a form, by address and by account.
pub async fn limit_forms(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = address(&request, state.is_proxy_trusted);
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    if let Some(country) = country(&request, state.country_header.as_ref()) {
        request.extensions_mut().insert(country);
    }
    let (method, path) = (request.method(), request.uri().path());
    let by_address = rule_for(Who::Address, method, path);
    let by_account = rule_for(Who::Account, method, path);
    let mut visits = Vec::new();
    if let Some(rule) = by_address {
        visits.push(Visit { rule, who: visitor(address) });
    }
    // Who has no account is counted by address alone: a crowd behind one address is many, an account is one.
    if let Some(rule) = by_account
        && let Some(user) = account(&request).await
    {
        visits.push(Visit { rule, who: user.to_string() });
    }
    match refusal(&state, &request, visits).await {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

/// Counts a call of the API by its key; the answer where it comes too often.
pub fn limit_key<'a>(
    state: &'a AppState,
    request: &Request,
    key: String,
) -> impl Future<Output = Option<Response>> + use<'a> {
    let rule = rule_for(Who::Key, request.method(), whole_path(request));
    let visit = rule.map(|rule| Visit { rule, who: key });
    refusal(state, request, visit.into_iter().collect())
}

/// Counts a key that does not work by where it comes from; the answer where that is often.
pub fn limit_wrong_key<'a>(
    state: &'a AppState,
    request: &Request,
) -> impl Future<Output = Option<Response>> + use<'a> {
    let who = visitor(address(request, state.is_proxy_trusted));
    let visit = wrong_key().map(|rule| Visit { rule, who });
    refusal(state, request, visit.into_iter().collect())
}

/// Nothing of the request is held while others are waited for: its body cannot be shared.
fn refusal<'a>(
    state: &'a AppState,
    request: &Request,
    visits: Vec<Visit>,
) -> impl Future<Output = Option<Response>> + use<'a> {
    let failure = Failure::of(request, StatusCode::TOO_MANY_REQUESTS);
    async move {
        match state.limits.count(&visits).await {
            Verdict::Go => None,
            Verdict::Wait(wait) => Some(failure.respond_with_wait(state, wait)),
            Verdict::CannotCount => {
                let failure = failure.with_status(StatusCode::SERVICE_UNAVAILABLE);
                Some(failure.respond_with_wait(state, CACHE_DOWN_WAIT))
            }
        }
    }
}

/// The path as it was asked for; inside the API's router its beginning is cut off.
fn whole_path(request: &Request) -> &str {
    let original = request.extensions().get::<OriginalUri>();
    original.map_or_else(|| request.uri().path(), |it| it.0.path())
}

/// Who is signed in. Without a cookie nothing is looked up.
fn account(request: &Request) -> impl Future<Output = Option<UserId>> + use<> {
    let session = request.extensions().get::<Session>().cloned();
    async move { session?.get(USER_KEY).await.ok().flatten() }
}

/// The visitor's address: the peer's, or the one the trusted proxy appended last.
pub(crate) fn address(request: &Request, is_proxy_trusted: bool) -> Option<IpAddr> {
    let forwarded = || {
        let last = request.headers().get_all("x-forwarded-for").iter().next_back()?;
        forwarded_address(last.to_str().ok()?.rsplit(',').next()?.trim())
    };
    let peer = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
    if is_proxy_trusted { forwarded().or_else(peer) } else { peer() }
}

/// An address as proxies write it: some add the port, some put IPv6 into brackets.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|it| it.ip());
    bare.parse().ok().or_else(with_port)
}

/// What the trusted proxy says of the visitor's country.
fn country(request: &Request, header: Option<&HeaderName>) -> Option<ClientCountry> {
    let told = request.headers().get(header?)?.to_str().ok()?;
    Some(ClientCountry(told.to_owned()))
}

/// Whose counter it is: a network of IPv6 is one visitor.
fn visitor(address: Option<IpAddr>) -> String {
    match address.map(|it| it.to_canonical()) {
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
    fn addresses_of_proxies_are_read_with_and_without_port() {
        for text in ["203.0.113.9", "203.0.113.9:51234"] {
            assert_eq!(forwarded_address(text), "203.0.113.9".parse().ok(), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(forwarded_address(text), "2001:db8::1".parse().ok(), "{text}");
        }
        for text in ["", "unknown", "[]", "203.0.113.9:", "[203.0.113.9"] {
            assert_eq!(forwarded_address(text), None, "{text}");
        }
    }

    #[test]
    fn one_subscriber_is_one_visitor() {
        let read = |text: &str| visitor(text.parse().ok());
        assert_eq!(read("192.0.2.7"), "192.0.2.7");
        assert_eq!(read("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(read("2001:db8:1:2:3:4:5:6"), read("2001:db8:1:2:ffff::1"));
        assert_ne!(read("2001:db8:1:2::1"), read("2001:db8:1:3::1"));
    }
}
