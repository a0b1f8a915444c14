//! Holds forms that matter back until their sender has confirmed with a second factor, and keeps them meanwhile.
//!
//! One table says which forms matter. What is posted to them waits, sealed, in the web session; the page after the
//! confirmation sends it on. Keys to the REST API confirm nothing: they are given for machines, with scopes.

use app::paths;
use app::ssr::USER_KEY;
use app::ssr::sign_in::NEXT_KEY;
use app::ssr::step_up::{CONFIRMED_KEY, PRESENT_KEY, WAITING_KEY};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::ids::UserId;
use domain::limits::BODY_BYTES_MAX;
use domain::step_up::{Own, Sensitive};
use http::header::REFERER;
use http::{Method, StatusCode};
use operations::account::step_up::{
    Gate, Matter, Proofs, RecentlyConfirmed, Turn, Waiting, gate, open_waiting, seal_waiting,
    take_turn,
};
use tower_sessions::Session;

use crate::failure::Failure;
use crate::state::AppState;

/// What matters, by the method and the beginning of the address.
const MATTERS: &[(&Method, &str, Sensitive)] = &[
    (&Method::POST, "/api/refunds/request", REFUND),
    (&Method::POST, "/api/refunds/record_by_hand", REFUND),
    (&Method::POST, "/api/refunds/hand_back", REFUND),
    // Somebody's word that a transfer came back sends the money out once more.
    (&Method::POST, "/api/refunds/came_back", REFUND),
    (&Method::POST, "/api/event_cancellation/begin", REFUND),
    (&Method::POST, "/api/cancellations/for_participant", REFUND),
    // What came in part goes back with it.
    (&Method::POST, "/api/organizer_orders/cancel", REFUND),
    (&Method::POST, "/api/return_requests/decide", REFUND),
    // What was paid for an order that is turned away goes back.
    (&Method::POST, SCREENINGS, REFUND),
    (&Method::POST, ALERTS, REFUND),
    (&Method::POST, "/api/payouts/account", Sensitive::BankDetails),
    (&Method::POST, "/api/payouts/", Sensitive::Payout),
    (&Method::POST, "/api/transfers/save_account", Sensitive::BankDetails),
    (&Method::POST, "/api/api_keys/", Sensitive::Keys),
    (&Method::POST, "/api/publishable_keys/", Sensitive::Keys),
    (&Method::POST, "/api/webhook_endpoints/", Sensitive::Keys),
    (&Method::POST, "/api/members/change_role", Sensitive::Members),
    (&Method::POST, "/api/members/invite", Sensitive::Members),
    (&Method::POST, "/api/members/remove", Sensitive::Members),
    (&Method::POST, "/api/buyer_data/erase", Sensitive::BuyerData),
    // Whoever stops looking is not held back.
    (&Method::POST, paths::admin::END_VISIT, Sensitive::Nothing),
    (&Method::POST, "/api/administration/", Sensitive::Platform),
    (&Method::POST, "/api/organizer_orders/replay_webhook", Sensitive::Platform),
    // The file for the bank: everybody's accounts, and the money of the day.
    (&Method::GET, "/admin/payouts/files/", Sensitive::Platform),
    (&Method::POST, "/api/step_up/save", Sensitive::Rule),
    (&Method::POST, "/api/email_change/request", Sensitive::OwnAccount(Own::Address)),
    (&Method::POST, "/api/personal_data/delete", Sensitive::OwnAccount(Own::End)),
    (&Method::GET, paths::EXPORT_DATA, Sensitive::OwnAccount(Own::Data)),
    (&Method::POST, "/api/login/link", Sensitive::OwnAccount(Own::WaysIn)),
    (&Method::POST, "/api/login/unlink", Sensitive::OwnAccount(Own::WaysIn)),
    (&Method::POST, paths::PROVE_FACTOR, Sensitive::Nothing),
    (&Method::POST, "/api/second_factors/", Sensitive::OwnAccount(Own::WaysIn)),
];
const REFUND: Sensitive = Sensitive::Refund { amount_minor: None };
/// The doors whose form says how much; any other may say what it likes.
const SAYS_AMOUNT: [&str; 2] = ["/api/refunds/request", "/api/refunds/record_by_hand"];
const ALERTS: &str = "/api/alerts/act";
const SCREENINGS: &str = "/api/screenings/decide";

/// Goes on, or keeps the form and leads to the confirmation.
pub async fn ask_again(
    State(state): State<AppState>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let Some(action) = matter(request.method(), &path) else { return next.run(request).await };
    let user: Option<UserId> = match session.get(USER_KEY).await {
        Ok(user) => user,
        // Whoever cannot be known is not let through to a door that may know them a moment later.
        Err(error) => {
            tracing::error!("who asks is unknown: {error:#}");
            return Failure::of(&request, StatusCode::SERVICE_UNAVAILABLE).respond(&state);
        }
    };
    // Nobody is signed in: the door says so.
    let Some(user) = user else { return next.run(request).await };
    let mut turn = None;
    let response = match hold(&state, &session, (user, &path, action), request, &mut turn).await {
        Ok(Held::GoesOn(request)) => next.run(*request).await,
        Ok(Held::Waits) => Redirect::to(paths::CONFIRM).into_response(),
        Ok(Held::SignsIn) => Redirect::to(paths::LOGIN_AGAIN).into_response(),
        Err(failure) => failure,
    };
    // Before the answer, which leads to a page with the next form.
    if let Some(turn) = turn {
        turn.give_back().await;
    }
    response
}

/// The first line of the table that fits.
fn matter(method: &Method, path: &str) -> Option<Sensitive> {
    // Who asks for the head only learns as much as who asks for all.
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let found = MATTERS.iter().find(|(of, prefix, _)| *of == method && path.starts_with(prefix));
    found.map(|it| it.2).filter(|it| *it != Sensitive::Nothing)
}

enum Held {
    GoesOn(Box<Request>),
    Waits,
    /// Logs in again, and comes back to the page.
    SignsIn,
}

async fn hold(
    state: &AppState,
    session: &Session,
    (user, path, action): (UserId, &str, Sensitive),
    request: Request,
    turn: &mut Option<Turn>,
) -> Result<Held, Response> {
    let (parts, body) = request.into_parts();
    let is_get = parts.method != Method::POST;
    let page = parts.headers.get(REFERER).and_then(|it| it.to_str().ok()).map(path_of);
    let fail = |status| {
        Failure::of(&Request::from_parts(parts.clone(), Body::empty()), status).respond(state)
    };
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return Err(fail(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let said = if is_get { parts.uri.query().unwrap_or_default().as_bytes() } else { &body[..] };
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(said).unwrap_or_default();
    let action = as_the_form_says(path, action, &fields);
    let Ok(action) = in_turn(state, user, action, turn).await else {
        return Err(fail(StatusCode::SERVICE_UNAVAILABLE));
    };
    let order = only(&fields, "order").and_then(|text| text.parse().ok());
    let page = page.unwrap_or_else(|| paths::EVENTS.to_owned());
    let proofs = Proofs {
        confirmed: recent(state, session, CONFIRMED_KEY).await,
        signed_in: recent(state, session, PRESENT_KEY).await,
    };
    let kept = match gate(&state.deps, user, Matter { action, order }, proofs).await {
        Ok(Gate::Open) => forget(state, session, user, path).await,
        Ok(Gate::SignIn) => match session.insert(NEXT_KEY, page).await {
            Ok(()) => return Ok(Held::SignsIn),
            Err(error) => Err(error.into()),
        },
        Ok(Gate::Confirm) => {
            let says_amount = SAYS_AMOUNT.contains(&path);
            let amount = only(&fields, "amount").filter(|_| says_amount).map(str::to_owned);
            let (what, since) = (action.word().to_owned(), state.deps.clock.now().unix_timestamp());
            // A form says for whom its page was made; what is asked for by GET has its query in the fields.
            let action = match parts.uri.path_and_query() {
                Some(whole) if !is_get => whole.to_string(),
                Some(_) | None => path.to_owned(),
            };
            let waiting = Waiting { action, is_get, fields, page, what, amount, since };
            match keep(state, session, user, &waiting).await {
                Ok(()) => return Ok(Held::Waits),
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

/// A refund that is judged by its amount takes its turn. How much goes back together with another one that is under way
/// nobody knows.
async fn in_turn(
    state: &AppState,
    user: UserId,
    action: Sensitive,
    turn: &mut Option<Turn>,
) -> Result<Sensitive, ()> {
    let Sensitive::Refund { amount_minor: Some(_) } = action else { return Ok(action) };
    match take_turn(&state.deps, user).await {
        Ok(taken) => {
            *turn = taken;
            Ok(if turn.is_some() { action } else { REFUND })
        }
        Err(error) => {
            tracing::error!("whether a refund goes back alone is unknown: {error:#}");
            Err(())
        }
    }
}

async fn recent(
    state: &AppState,
    session: &Session,
    key: &'static str,
) -> Option<RecentlyConfirmed> {
    RecentlyConfirmed::read(&state.deps, session.get(key).await.ok().flatten())
}

async fn keep(
    state: &AppState,
    session: &Session,
    user: UserId,
    waiting: &Waiting,
) -> anyhow::Result<()> {
    let sealed = seal_waiting(&state.deps, user, waiting)?;
    Ok(session.insert(WAITING_KEY, sealed).await?)
}

/// Whatever waited has come, or something else was done instead. It waits on while somebody sets up the factor that it
/// waits for.
async fn forget(
    state: &AppState,
    session: &Session,
    user: UserId,
    path: &str,
) -> anyhow::Result<()> {
    let Some(kept) = session.get::<String>(WAITING_KEY).await? else { return Ok(()) };
    let waiting = open_waiting(&state.deps, user, &kept);
    let has_come = waiting.is_none_or(|it| it.action.split('?').next() == Some(path));
    if has_come || !path.starts_with("/api/second_factors/") {
        session.remove_value(WAITING_KEY).await?;
    }
    Ok(())
}

/// The same, in the light of the form: a refund of so much, or no refund at all; what cannot be read counts as unknown.
fn as_the_form_says(path: &str, action: Sensitive, fields: &[(String, String)]) -> Sensitive {
    match action {
        Sensitive::Refund { .. } if path == ALERTS => match only(fields, "action") {
            Some("ask" | "accept" | "open" | "repair") => Sensitive::Nothing,
            Some(_) | None => action,
        },
        Sensitive::Refund { .. } if path == SCREENINGS => match only(fields, "verdict") {
            Some("approve") => Sensitive::Nothing,
            Some(_) | None => action,
        },
        Sensitive::Refund { .. } if SAYS_AMOUNT.contains(&path) => {
            let amount = only(fields, "amount").and_then(|text| text.parse().ok());
            Sensitive::Refund { amount_minor: amount }
        }
        other => other,
    }
}

/// The one value of this name. Two are none, and so is one whose name goes on: the door might read the other.
fn only<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = fields.iter().filter(|it| it.0.starts_with(name));
    let first = found.next().filter(|it| it.0 == name);
    first.filter(|_| found.next().is_none()).map(|it| it.1.as_str())
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

    fn read(path: &str, fields: &[(&str, &str)]) -> Sensitive {
        let fields: Vec<_> =
            fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        as_the_form_says(path, REFUND, &fields)
    }

    #[test]
    fn amounts_are_read_and_doubt_counts_as_unknown() {
        let read = |fields: &[(&str, &str)]| read("/api/refunds/request", fields);
        assert_eq!(read(&[("amount", "5000")]), Sensitive::Refund { amount_minor: Some(5000) });
        for doubtful in [
            &[("amount", "5,000")][..],
            &[],
            &[("amount", "1"), ("amount", "9")],
            &[("amount", "1"), ("amount[0]", "9")],
            &[("amount[]", "1")],
        ] {
            assert_eq!(read(doubtful), REFUND);
        }
    }

    #[test]
    fn an_amount_means_nothing_where_the_form_has_none() {
        for path in [
            "/api/event_cancellation/begin",
            "/api/cancellations/for_participant",
            "/api/return_requests/decide",
            "/api/refunds/hand_back",
            "/api/organizer_orders/cancel",
        ] {
            assert_eq!(read(path, &[("amount", "0")]), REFUND, "{path}");
        }
    }

    #[test]
    fn who_lets_an_order_through_gives_nothing_back() {
        assert_eq!(read(SCREENINGS, &[("verdict", "approve")]), Sensitive::Nothing);
        for matters in [
            &[("verdict", "deny")][..],
            &[("verdict", "approve"), ("verdict", "deny")],
            &[("verdict", "approve"), ("verdict[0]", "deny")],
            &[],
        ] {
            assert_eq!(read(SCREENINGS, matters), REFUND);
        }
    }

    #[test]
    fn of_the_alerts_only_what_gives_money_back_matters() {
        assert_eq!(read(ALERTS, &[("action", "ask"), ("note", "")]), Sensitive::Nothing);
        for matters in [
            &[("action", "refund")][..],
            &[("action", "ask"), ("action", "refund")],
            &[("action", "ask"), ("action[0]", "refund")],
            &[],
        ] {
            assert_eq!(read(ALERTS, matters), REFUND);
        }
    }

    #[test]
    fn the_table_is_read_from_the_top() {
        let post = |path: &str| matter(&Method::POST, path);
        assert_eq!(post("/api/payouts/account"), Some(Sensitive::BankDetails));
        assert_eq!(post("/api/payouts/approve"), Some(Sensitive::Payout));
        assert_eq!(
            post("/api/second_factors/remove_totp"),
            Some(Sensitive::OwnAccount(Own::WaysIn))
        );
        // Confirming, accepting an invitation and looking are never held back.
        assert_eq!(post(paths::PROVE_FACTOR), None);
        assert_eq!(post("/api/members/accept"), None);
        assert_eq!(matter(&Method::GET, "/o/payouts/account"), None);
        let file = "/admin/payouts/files/pof_1";
        assert_eq!(matter(&Method::GET, file), Some(Sensitive::Platform));
        assert_eq!(matter(&Method::HEAD, file), Some(Sensitive::Platform));
    }

    #[test]
    fn the_way_back_is_a_page_of_ours() {
        assert_eq!(path_of("https://pay.example.jp/o/payouts?x=1"), "/o/payouts?x=1");
        assert_eq!(path_of("https://pay.example.jp"), "/o");
        assert_eq!(path_of("https://pay.example.jp//evil.example"), "/o");
        assert_eq!(path_of("nonsense"), "/o");
    }
}
