//! The sandbox's own doors for tests and benchmarks: what a buyer or a bank would do, as JSON.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Sandbox;
use crate::behaviour::Behaviour;
use crate::cards::TypedCard;
use crate::checkout::{Instrument, Step};
use crate::fault::Fault;
use crate::settlements::{Change, Mistakes};

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}

/// A way to pay, as `POST /sandbox/sessions/{id}/pay` takes it.
#[derive(Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(crate) enum PayOrder {
    CreditCard {
        card: String,
    },
    Konbini {
        store: String,
    },
    // One word in the protocol.
    #[serde(rename = "paypay")]
    PayPay,
    BankTransfer,
    PayEasy,
}

/// Pays a session as a buyer would who says yes to every question.
pub(crate) async fn pay(
    State(sandbox): State<Sandbox>,
    Path(session_id): Path<String>,
    Json(order): Json<PayOrder>,
) -> Result<Json<Value>, Fault> {
    let instrument = match order {
        PayOrder::CreditCard { card } => Instrument::Card(TypedCard::in_order(&card)),
        PayOrder::Konbini { store } => Instrument::Konbini { store },
        PayOrder::PayPay => Instrument::PayPay,
        PayOrder::BankTransfer => Instrument::BankTransfer,
        PayOrder::PayEasy => Instrument::PayEasy,
    };
    let mut book = sandbox.book();
    let (payment_id, step) = book.pay(&session_id, &instrument)?;
    if step == Step::AwaitsConfirmation {
        book.confirm(&payment_id, true)?;
    }
    let session = book.session(&session_id)?;
    Ok(Json(json!({
        "session": book.session_json(session),
        "payment": book.payment(&payment_id)?,
        "redirect_url": session.return_target(),
    })))
}

/// The session's time runs out now.
pub(crate) async fn expire_session(
    State(sandbox): State<Sandbox>,
    Path(session_id): Path<String>,
) -> Result<Json<Value>, Fault> {
    let mut book = sandbox.book();
    book.expire_session(&session_id)?;
    Ok(Json(book.session_json(book.session(&session_id)?)))
}

/// `look` (changes nothing), `pay_at_store`, `expire`, `chargeback`, `win_chargeback`, or `complete_`, `reject_` or `return_refund_request`.
pub(crate) async fn act_on_payment(
    State(sandbox): State<Sandbox>,
    Path((payment_id, action)): Path<(String, String)>,
    body: String,
) -> Result<Json<Value>, Fault> {
    let fields: Value = serde_json::from_str(&body).unwrap_or_default();
    let amount = fields.get("amount").and_then(Value::as_i64);
    let mut book = sandbox.book();
    match action.as_str() {
        "pay_at_store" => book.pay_at_store(&payment_id)?,
        "expire" => book.expire_payment(&payment_id)?,
        "look" => {}
        "chargeback" => drop(book.charge_back(&payment_id, amount)?),
        "complete_refund_request" => book.settle_refund_request(&payment_id, true)?,
        "reject_refund_request" => book.settle_refund_request(&payment_id, false)?,
        "return_refund_request" => book.return_refund_request(&payment_id)?,
        "win_chargeback" => book.win_chargeback(&payment_id)?,
        _ => return Err(Fault::not_found()),
    }
    Ok(Json(json!(book.payment(&payment_id)?)))
}

/// Settles what is not settled yet, with the mistakes that the body asks for.
pub(crate) async fn settle_up(
    State(sandbox): State<Sandbox>,
    body: String,
) -> Result<Json<Value>, Fault> {
    let unreadable = |_| Fault::new(400, "bad_request", "The request body could not be read.");
    let mistakes = match body.trim() {
        "" => Mistakes::default(),
        text => serde_json::from_str(text).map_err(unreadable)?,
    };
    Ok(Json(json!(sandbox.book().settle_up("JPY", &mistakes)?)))
}

/// Lets a settlement stand otherwise: `{"status":"pending"}`, `{"other_columns":true}`; paid and readable by itself.
pub(crate) async fn change_settlement(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> Result<StatusCode, Fault> {
    sandbox.book().change_settlement(&id, &change)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The switches as they stand.
pub(crate) async fn behaviour(State(sandbox): State<Sandbox>) -> Json<Behaviour> {
    Json(sandbox.book().behaviour.clone())
}

/// Sets the switches; those left out go back to good behaviour, and the counters start anew.
pub(crate) async fn set_behaviour(
    State(sandbox): State<Sandbox>,
    Json(behaviour): Json<Behaviour>,
) -> Json<Behaviour> {
    sandbox.book().behaviour = behaviour.clone();
    Json(behaviour)
}
