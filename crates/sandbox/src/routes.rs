//! Every address of the sandbox, and what a browser does there.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use serde_json::{Map, Value, json};

use crate::behaviour::Behaviour;
use crate::cards::TypedCard;
use crate::checkout::{Instrument, Step};
use crate::fault::Fault;
use crate::model::Session;
use crate::pages::{Lang, checkout, control, ended, steps};
use crate::settlements::Mistakes;
use crate::{Sandbox, api, clock, machine};

type Fields = BTreeMap<String, String>;

pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/api/v1/{*path}", any(api::answer))
        .route("/sessions/{id}", get(show_session))
        .route("/sessions/{id}/pay", post(pay))
        .route("/sessions/{id}/abort", post(abort))
        .route("/confirm/{payment}", get(show_confirmation).post(confirm))
        .route("/{lang}/instructions/{payment}", get(show_instructions).post(use_controls))
        .route("/sandbox", get(show_control_room))
        .route("/sandbox/act", post(act))
        .route(
            "/sandbox/behaviour",
            get(machine::behaviour).put(machine::set_behaviour).post(save_behaviour),
        )
        .route("/sandbox/sessions/{id}/pay", post(machine::pay))
        .route("/sandbox/sessions/{id}/expire", post(machine::expire_session))
        .route("/sandbox/payments/{id}/{action}", post(machine::act_on_payment))
        .route("/sandbox/settlements", post(machine::settle_up))
        .route("/sandbox/settlements/{id}", post(machine::change_settlement))
        .route("/", get(|| async { Redirect::to("/sandbox") }))
        .fallback(|| async { ended::not_found() })
        .with_state(sandbox)
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// The page for a session as it stands: the forms while it can be paid, else what became of it.
fn session_page(sandbox: &Sandbox, id: &str, shown: &checkout::Shown<'_>) -> Response {
    let book = sandbox.book();
    let Ok(session) = book.session(id) else { return ended::not_found() };
    if session.is_payable(clock::now()) {
        return checkout::render(session, book.konbini_fee_minor, shown);
    }
    let payment = session.payment.as_deref().and_then(|id| book.payment(id).ok());
    ended::session(session, payment)
}

async fn show_session(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(query): Query<Fields>,
) -> Response {
    let card = query.get("card").map(String::as_str);
    session_page(&sandbox, &id, &checkout::Shown { card, ..checkout::Shown::default() })
}

fn instrument(fields: &Fields) -> Result<Instrument, Fault> {
    match field(fields, "method") {
        "credit_card" => {
            let (number, expiry) = (field(fields, "number"), field(fields, "expiry"));
            let card = TypedCard::read(number, expiry, field(fields, "cvc"));
            card.map(Instrument::Card).map_err(Fault::declined)
        }
        "konbini" => Ok(Instrument::Konbini { store: field(fields, "store").to_owned() }),
        "paypay" => Ok(Instrument::PayPay),
        "bank_transfer" => Ok(Instrument::BankTransfer),
        "pay_easy" => Ok(Instrument::PayEasy),
        _ => Err(Fault::new(422, "invalid_payment_type", "The payment type is not supported.")),
    }
}

async fn pay(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let tried = instrument(&fields).and_then(|instrument| sandbox.book().pay(&id, &instrument));
    match tried {
        Ok((payment_id, Step::Completed)) => send_back(&sandbox, &payment_id).await,
        Ok((payment_id, Step::AwaitsConfirmation)) => {
            Redirect::to(&format!("/confirm/{payment_id}")).into_response()
        }
        Err(fault) => {
            let shown = checkout::Shown {
                card: fields.get("number").map(String::as_str),
                method: fields.get("method").map(String::as_str),
                fault: Some(&fault),
            };
            session_page(&sandbox, &id, &shown)
        }
    }
}

/// Sends the buyer back to the shop, or to the session's own page when the shop named no address.
async fn send_back(sandbox: &Sandbox, payment_id: &str) -> Response {
    sandbox.before_redirect(payment_id).await;
    let book = sandbox.book();
    let session = book.payment(payment_id).and_then(|payment| book.session(&payment.session));
    session.map_or_else(|_| ended::not_found(), leave)
}

fn leave(session: &Session) -> Response {
    let own = || format!("/sessions/{}", session.id);
    Redirect::to(&session.return_target().unwrap_or_else(own)).into_response()
}

/// The buyer goes back without paying; the session stays open.
async fn abort(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    sandbox.book().session(&id).map_or_else(|_| ended::not_found(), leave)
}

fn confirmation_page(sandbox: &Sandbox, payment_id: &str, is_code_wrong: bool) -> Response {
    let book = sandbox.book();
    let Ok(payment) = book.payment(payment_id) else { return ended::not_found() };
    let Ok(session) = book.session(&payment.session) else { return ended::not_found() };
    if payment.status.as_str() != "pending" || !session.is_payable(clock::now()) {
        return Redirect::to(&format!("/sessions/{}", session.id)).into_response();
    }
    steps::confirmation(payment, session, is_code_wrong)
}

async fn show_confirmation(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    confirmation_page(&sandbox, &id, false)
}

async fn confirm(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let is_approved = field(&fields, "answer") == "approve";
    let code = field(&fields, "code").trim();
    let (session_id, method) = match sandbox.book().payment(&id) {
        Ok(payment) => (payment.session.clone(), payment.method().to_owned()),
        Err(_) => return ended::not_found(),
    };
    if is_approved && method == "credit_card" && code != "123456" {
        return confirmation_page(&sandbox, &id, true);
    }
    let confirmed = sandbox.book().confirm(&id, is_approved);
    match confirmed {
        Ok(()) => send_back(&sandbox, &id).await,
        Err(fault) => {
            let (method, fault) = (Some(method.as_str()), Some(&fault));
            session_page(&sandbox, &session_id, &checkout::Shown { method, fault, card: None })
        }
    }
}

async fn show_instructions(
    State(sandbox): State<Sandbox>,
    Path((lang, id)): Path<(String, String)>,
) -> Response {
    let book = sandbox.book();
    let Ok(payment) = book.payment(&id) else { return ended::not_found() };
    let Ok(session) = book.session(&payment.session) else { return ended::not_found() };
    // The address always says `ja`; the buyer's own language is the session's.
    let is_english = lang == "en" || session.locale == "en";
    steps::instructions(payment, session, if is_english { Lang::En } else { Lang::Ja })
}

async fn use_controls(
    State(sandbox): State<Sandbox>,
    Path((lang, id)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Redirect {
    let mut book = sandbox.book();
    // Pressing twice changes nothing, and the page shows how things stand either way.
    let _ = match field(&fields, "action") {
        "pay" => book.pay_at_store(&id),
        _ => book.expire_payment(&id),
    };
    Redirect::to(&format!("/{}/instructions/{id}", Lang::of(&lang).code()))
}

async fn show_control_room(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Fields>,
) -> Response {
    control::render(&sandbox.book(), Lang::of(field(&query, "lang")))
}

fn back_to_control_room(fields: &Fields) -> Redirect {
    Redirect::to(&format!("/sandbox?lang={}", Lang::of(field(fields, "lang")).code()))
}

async fn act(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Redirect {
    let id = field(&fields, "id");
    let mut book = sandbox.book();
    // A button that no longer fits changes nothing; the room shows how things stand.
    let _ = match field(&fields, "action") {
        "pay_at_store" => book.pay_at_store(id),
        "expire" => book.expire_payment(id),
        "expire_session" => book.expire_session(id),
        "chargeback" => book.charge_back(id, None).map(drop),
        "win_chargeback" => book.win_chargeback(id),
        "complete_refund_request" => book.settle_refund_request(id, true),
        "reject_refund_request" => book.settle_refund_request(id, false),
        "return_refund_request" => book.return_refund_request(id),
        "settle_up" => book.settle_up("JPY", &Mistakes::default()).map(drop),
        "resend" => {
            book.send_again(id);
            Ok(())
        }
        _ => Err(Fault::not_found()),
    };
    back_to_control_room(&fields)
}

async fn save_behaviour(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Redirect {
    let value = |(name, text): (&String, &String)| {
        let value =
            text.parse::<u64>().map_or_else(|_| json!(text == "true"), |number| json!(number));
        (name.clone(), value)
    };
    let switches: Map<String, Value> =
        fields.iter().filter(|(name, _)| *name != "lang").map(value).collect();
    match serde_json::from_value::<Behaviour>(Value::Object(switches)) {
        Ok(behaviour) => sandbox.book().behaviour = behaviour,
        Err(error) => tracing::warn!(%error, "the behaviour form could not be read"),
    }
    back_to_control_room(&fields)
}
