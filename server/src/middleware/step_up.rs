//! Holds forms that matter back until their sender has confirmed with a second factor, and keeps them meanwhile.
//!
//! One table says which forms matter. What is posted to them waits, sealed, in the web session; the page after the
//! confirmation sends it on. Keys to the REST API confirm nothing: they are given for machines, with scopes.

use app::paths;
use app::ssr::USER_KEY;
use app::ssr::step_up::{CONFIRMED_KEY, WAITING_KEY};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::ids::UserId;
use domain::limits::BODY_BYTES_MAX;
use domain::step_up::Sensitive;
use http::header::REFERER;
use http::{Method, StatusCode};
use operations::account::step_up::{Gate, RecentlyConfirmed, Waiting, gate, seal_waiting};
use tower_sessions::Session;

use crate::failure::Failure;
use crate::state::AppState;

/// What matters, by the beginning of the address it is posted to.
const MATTERS: [(&str, Sensitive); 17] = [
    ("/api/refunds/request", Sensitive::Refund { amount_minor: None }),
    ("/api/refunds/record_by_hand", Sensitive::Refund { amount_minor: None }),
    ("/api/refunds/hand_back", Sensitive::Refund { amount_minor: None }),
    ("/api/event_cancellation/begin", Sensitive::Refund { amount_minor: None }),
    ("/api/cancellations/for_participant", Sensitive::Refund { amount_minor: None }),
    ("/api/return_requests/decide", Sensitive::Refund { amount_minor: None }),
    ("/api/payouts/account", Sensitive::BankDetails),
    ("/api/payouts/", Sensitive::Payout),
    ("/api/transfers/save_account", Sensitive::BankDetails),
    ("/api/api_keys/", Sensitive::Keys),
    ("/api/webhook_endpoints/", Sensitive::Keys),
    ("/api/members/", Sensitive::Members),
    ("/api/administration/", Sensitive::Platform),
    ("/api/step_up/save", Sensitive::OwnAccount),
    ("/api/login/link", Sensitive::OwnAccount),
    ("/api/login/unlink", Sensitive::OwnAccount),
    ("/api/second_factors/", Sensitive::OwnAccount),
];

/// Goes on, or keeps the form and leads to the confirmation.
pub async fn ask_again(
    State(state): State<AppState>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    // The confirmation itself is never held back.
    let action = MATTERS
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix) && path != paths::PROVE_FACTOR)
        .map(|it| it.1);
    let (true, Some(action)) = (*request.method() == Method::POST, action) else {
        return next.run(request).await;
    };
    let user: Option<UserId> = session.get(USER_KEY).await.ok().flatten();
    // Nobody is signed in: the door says so.
    let Some(user) = user else { return next.run(request).await };
    match hold(&state, &session, (user, &path, action), request).await {
        Ok(Held::GoesOn(request)) => next.run(*request).await,
        Ok(Held::Waits) => Redirect::to(paths::CONFIRM).into_response(),
        Err(failure) => failure,
    }
}

enum Held {
    GoesOn(Box<Request>),
    Waits,
}

async fn hold(
    state: &AppState,
    session: &Session,
    (user, path, action): (UserId, &str, Sensitive),
    request: Request,
) -> Result<Held, Response> {
    let (parts, body) = request.into_parts();
    let page = parts.headers.get(REFERER).and_then(|it| it.to_str().ok()).map(path_of);
    let fail = |status| {
        Failure::of(&Request::from_parts(parts.clone(), Body::empty()), status).respond(state)
    };
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return Err(fail(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).unwrap_or_default();
    let confirmed_at: Option<i64> = session.get(CONFIRMED_KEY).await.ok().flatten();
    let proof = RecentlyConfirmed::read(&state.deps, confirmed_at);
    let outcome = gate(&state.deps, user, with_amount(action, &fields), proof).await;
    let kept = match outcome {
        Ok(Gate::Open) => {
            // Whatever waited has come, or something else was done instead.
            session.remove_value(WAITING_KEY).await.map(|_| ()).map_err(anyhow::Error::from)
        }
        Ok(Gate::Confirm) => {
            let page = page.unwrap_or_else(|| paths::EVENTS.to_owned());
            let waiting = Waiting { action: path.to_owned(), fields, page };
            match seal_waiting(&state.deps, user, &waiting) {
                Ok(sealed) => {
                    if session.insert(WAITING_KEY, sealed).await.is_ok() {
                        return Ok(Held::Waits);
                    }
                    Err(anyhow::anyhow!("the form could not be kept"))
                }
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = kept {
        tracing::error!("asking for a confirmation: {error:#}");
        return Err(fail(StatusCode::SERVICE_UNAVAILABLE));
    }
    Ok(Held::GoesOn(Box::new(Request::from_parts(parts, Body::from(body)))))
}

/// A refund whose amount the form says; what cannot be read counts as unknown.
fn with_amount(action: Sensitive, fields: &[(String, String)]) -> Sensitive {
    match action {
        Sensitive::Refund { amount_minor: None } => {
            let mut amounts = fields.iter().filter(|(name, _)| name == "amount");
            let amount = amounts.next().and_then(|(_, text)| text.parse().ok());
            // Two amounts are none: the door might read the other.
            Sensitive::Refund { amount_minor: amount.filter(|_| amounts.next().is_none()) }
        }
        other => other,
    }
}

/// The path and query of one of our own pages; the browser says where the form stood.
fn path_of(referer: &str) -> String {
    let rest = referer.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(paths::EVENTS);
    if path.starts_with("//") { paths::EVENTS.to_owned() } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_doubt_counts_as_unknown() {
        let refund = Sensitive::Refund { amount_minor: None };
        let read = |fields: &[(&str, &str)]| {
            let fields: Vec<_> =
                fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            with_amount(refund, &fields)
        };
        assert_eq!(read(&[("amount", "5000")]), Sensitive::Refund { amount_minor: Some(5000) });
        for doubtful in [&[("amount", "5,000")][..], &[], &[("amount", "1"), ("amount", "9")]] {
            assert_eq!(read(doubtful), refund);
        }
    }

    #[test]
    fn the_way_back_is_a_page_of_ours() {
        assert_eq!(path_of("https://pay.example.jp/o/payouts?x=1"), "/o/payouts?x=1");
        assert_eq!(path_of("https://pay.example.jp"), "/o");
        assert_eq!(path_of("https://pay.example.jp//evil.example"), "/o");
        assert_eq!(path_of("nonsense"), "/o");
    }
}
