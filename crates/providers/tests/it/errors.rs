//! Every documented error, and what it means to whoever asked.

use providers::outcome::{Cause, Outcome};
use providers::payments::komoju;

use crate::config;
use crate::readings::answer;

#[derive(Debug, PartialEq)]
enum Meaning {
    RefusedForGood,
    RefusedForNow,
    Unknown,
    UnknownButNotDone,
}

fn meaning(status: u16, body: &str) -> Meaning {
    match komoju::read_changed_payment(&config(), &answer(status, body)) {
        Outcome::Accepted(payment) => panic!("{payment:?}"),
        Outcome::Refused(refusal) if refusal.retryable => Meaning::RefusedForNow,
        Outcome::Refused(_) => Meaning::RefusedForGood,
        Outcome::Unknown(cause) if cause.is_safe_to_retry() => Meaning::UnknownButNotDone,
        Outcome::Unknown(_) => Meaning::Unknown,
    }
}

fn body(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"…","param":null,"details":{{}}}}}}"#)
}

#[test]
fn every_documented_code_has_one_meaning() {
    use Meaning::{RefusedForGood, Unknown, UnknownButNotDone};
    let table = [
        (400, "bad_request", RefusedForGood),
        (401, "unauthorized", RefusedForGood),
        (402, "request_failed", RefusedForGood),
        (403, "forbidden", RefusedForGood),
        (404, "not_found", RefusedForGood),
        (409, "conflict", Unknown),
        (422, "unprocessable_entity", RefusedForGood),
        (422, "missing_parameter", RefusedForGood),
        (422, "invalid_parameter", RefusedForGood),
        (422, "invalid_payment_type", RefusedForGood),
        (422, "invalid_token", RefusedForGood),
        (422, "invalid_currency", RefusedForGood),
        (422, "not_refundable", RefusedForGood),
        (422, "not_capturable", RefusedForGood),
        (422, "not_cancellable", RefusedForGood),
        (422, "fraudulent", RefusedForGood),
        (502, "card_declined", RefusedForGood),
        (502, "bad_verification_value", RefusedForGood),
        (502, "exceeds_limit", RefusedForGood),
        (502, "card_expired", RefusedForGood),
        (502, "insufficient_funds", RefusedForGood),
        (502, "used_number", RefusedForGood),
        (502, "invalid_password", RefusedForGood),
        (502, "invalid_number", RefusedForGood),
        (502, "invalid_account", RefusedForGood),
        (502, "bad_gateway", Unknown),
        (500, "internal_server_error", Unknown),
        (503, "service_unavailable", Unknown),
        (504, "gateway_timeout", UnknownButNotDone),
    ];
    for (status, code, expected) in table {
        assert_eq!(meaning(status, &body(code)), expected, "{status} {code}");
    }
}

#[test]
fn too_many_requests_is_a_refusal_for_now() {
    assert_eq!(meaning(429, ""), Meaning::RefusedForNow);
}

#[test]
fn the_status_decides_when_there_is_no_code() {
    assert_eq!(meaning(404, "<html>"), Meaning::RefusedForGood);
    assert_eq!(meaning(502, "<html>"), Meaning::Unknown);
    assert_eq!(meaning(201, "{}"), Meaning::Unknown, "only 200 is a success");
    assert_eq!(meaning(302, ""), Meaning::Unknown);
}

#[test]
fn the_code_reaches_the_caller() {
    let outcome = komoju::read_cancelled_session(&answer(422, &body("not_cancellable")));
    assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.code == "not_cancellable"));
    let outcome = komoju::read_cancelled_session(&answer(409, ""));
    assert_eq!(outcome, Outcome::Unknown(Cause::InFlight));
}
