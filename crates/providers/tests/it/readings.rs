//! What documented answers mean to us.

use expect_test::expect;
use providers::http::Response;
use providers::outcome::{Cause, Outcome};
use providers::payments::{
    PaymentQuery, PaymentReading, ProviderPayment, ProviderPaymentStatus, komoju,
};

use crate::config;

pub(crate) fn answer(status: u16, body: &str) -> Response {
    Response { status, body: body.as_bytes().to_vec() }
}

fn accepted<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Accepted(value) => value,
        other => panic!("{other:?}"),
    }
}

fn session(body: &str) -> PaymentReading {
    accepted(komoju::read_payment(&config(), PaymentQuery::Session("x"), &answer(200, body)))
}

fn payment(body: &str) -> ProviderPayment {
    accepted(komoju::read_changed_payment(&config(), &answer(200, body)))
}

#[test]
fn a_pending_session_has_no_payment() {
    for body in [
        include_str!("../fixtures/komoju/session_pending.json"),
        include_str!("../fixtures/komoju/session_old.json"),
    ] {
        let reading = session(body);
        assert_eq!(reading.payment, None);
        let session = reading.session.unwrap();
        assert!(!session.completed && !session.cancelled && !session.expired);
        assert!(session.hosted_url.is_some());
    }
}

#[test]
fn a_konbini_session_is_completed_but_not_paid() {
    let reading = session(include_str!("../fixtures/komoju/session_konbini.json"));
    assert!(reading.session.unwrap().completed);
    let payment = reading.payment.unwrap();
    assert_eq!(payment.amount.minor(), 3000, "the fee is not the order's");
    expect![[r#"
        ProviderPayment {
            id: "7e8c55a54256ce23e387f2838c",
            reference: Some(
                "EV-01JABC-A49R0D",
            ),
            status: Authorized,
            amount: Money {
                minor: 3000,
                currency: JPY,
            },
            method_fee: Money {
                minor: 190,
                currency: JPY,
            },
            method: Some(
                Konbini,
            ),
            details: MethodDetails {
                card_brand: None,
                card_last4: None,
                store: Some(
                    "lawson",
                ),
                confirmation_code: Some(
                    "123456",
                ),
                receipt: Some(
                    "12345678901",
                ),
                instructions_url: Some(
                    "https://komoju.com/ja/instructions/7e8c55a54256ce23e387f2838c",
                ),
                bank_name: None,
                bank_branch: None,
                bank_account_type: None,
                bank_account_number: None,
                bank_account_name: None,
                pay_easy_bank_id: None,
                pay_easy_customer_id: None,
                pay_easy_confirmation_id: None,
                transfer_number: None,
                payer_name: None,
            },
            deadline_at: Some(
                2018-10-18 14:59:59.0 +00:00:00,
            ),
            captured_at: None,
            amount_refunded: Money {
                minor: 0,
                currency: JPY,
            },
            refunds: [],
            refund_requests: [],
            failure_code: None,
        }
    "#]]
    .assert_debug_eq(&payment);
}

#[test]
fn a_chargeback_is_told_apart() {
    let payment = payment(include_str!("../fixtures/komoju/payment_charged_back.json"));
    assert_eq!(payment.status, ProviderPaymentStatus::Refunded);
    assert!(payment.refunds[0].is_chargeback);
    assert_eq!(payment.details.card_last4.as_deref(), Some("3795"));
}

#[test]
fn a_payment_in_another_currency_is_compared_by_the_session() {
    let reading = session(include_str!("../fixtures/komoju/session_other_currency.json"));
    let amount = reading.payment.unwrap().amount;
    assert_eq!((amount.minor(), amount.currency().code()), (3000, "JPY"));
}

#[test]
fn words_we_do_not_know_become_other() {
    let payment = payment(include_str!("../fixtures/komoju/payment_unknown_words.json"));
    assert_eq!(payment.status, ProviderPaymentStatus::Other("on_the_moon".to_owned()));
    assert_eq!(payment.method, None);
}

#[test]
fn among_the_tries_of_one_page_the_furthest_counts() {
    let body = include_str!("../fixtures/komoju/payments_of_one_page.json");
    let query = PaymentQuery::Reference("WC-123-A49R0D");
    let found = accepted(komoju::read_payment(&config(), query, &answer(200, body)));
    assert_eq!(found.payment.unwrap().id, "second");
    let none = r#"{"resource":"list","total":0,"page":1,"per_page":100,"last_page":1,"data":[]}"#;
    let found = accepted(komoju::read_payment(&config(), query, &answer(200, none)));
    assert_eq!(found.payment, None);
}

#[test]
fn events_come_in_pages() {
    let body = include_str!("../fixtures/komoju/events.json");
    let page = accepted(komoju::read_events(&answer(200, body)));
    assert_eq!(page.next_page, Some(2));
    expect![[r#"
        [
            VerifiedWebhook {
                event_id: "evt_dummy",
                kind: "payment.refunded",
                session_id: Some(
                    "ses_dummy",
                ),
                payment_id: Some(
                    "pay_dummy",
                ),
                reference: Some(
                    "WC-123-A49R0D",
                ),
                created_at: Some(
                    2023-08-28 2:13:48.0 +00:00:00,
                ),
            },
            VerifiedWebhook {
                event_id: "evt_2",
                kind: "refund_request.updated",
                session_id: None,
                payment_id: Some(
                    "pay_dummy",
                ),
                reference: None,
                created_at: Some(
                    2023-08-28 2:13:48.0 +00:00:00,
                ),
            },
        ]
    "#]]
    .assert_debug_eq(&page.items);
}

#[test]
fn a_hosted_page_elsewhere_is_refused() {
    for url in [
        "https://evil.example/sessions/x",
        "https://komoju.com.evil.example/sessions/x",
        "http://komoju.com/sessions/x",
        "https://komoju.com:444/sessions/x",
        "javascript:alert(1)",
        "/sessions/x",
    ] {
        let body = format!(r#"{{"id":"x","status":"pending","session_url":"{url}"}}"#);
        let outcome = komoju::read_started_payment(&config(), &answer(200, &body));
        assert!(matches!(outcome, Outcome::Refused(r) if r.code == "foreign_hosted_url"), "{url}");
    }
    let body = include_str!("../fixtures/komoju/session_pending.json");
    assert!(
        accepted(komoju::read_started_payment(&config(), &answer(200, body)))
            .hosted_url
            .ends_with("gm")
    );
}

#[test]
fn what_cannot_be_read_is_unknown() {
    for body in [
        "",
        "<html>",
        "{}",
        r#"{"id":1}"#,
        r#"{"id":"x","status":"captured","total":1,"currency":"XXX"}"#,
    ] {
        let outcome = komoju::read_changed_payment(&config(), &answer(200, body));
        assert!(matches!(outcome, Outcome::Unknown(Cause::Unreadable(_))), "{body}");
    }
}

/// The published fields of `GET /settlements`; fees may come below zero, and are kept all the same.
#[test]
fn a_settlement_is_read_with_its_fees_above_zero() {
    let body = r#"{"resource":"list","total":1,"page":1,"per_page":10,"last_page":1,"data":[{
        "id":"7e8c55a54256ce23e387f2838","resource":"settlement","reference":"S-1","status":"pending",
        "merchant_name":"Shop","company_name":null,"cycle":"weekly","transaction_amount_cents":26000,"currency":"JPY",
        "fee_amount_cents":-1080,"fee_tax_amount_cents":-108,"settlement_amount_cents":24812,
        "fx_currency":null,"fx_conversion_rate":null,"fx_conversion_amount_cents":null,
        "bank_transfer_fee_amount_cents":null,"remittance_amount_cents":24812,
        "cutoff_time":"2026-11-20T15:00:00Z","created_at":"2026-11-21T00:00:00Z","download":{"csv":null}}]}"#;
    let page = accepted(komoju::read_settlements(&answer(200, body)));
    assert_eq!(page.next_page, None);
    let [settlement] = page.items.as_slice() else { panic!("one settlement") };
    assert_eq!((settlement.fees.minor(), settlement.remittance.minor()), (1188, 24_812));
    assert_eq!(settlement.transfer_fee.minor(), 0);
    assert!(settlement.cutoff_at.is_some());
    let odd = body.replace("JPY", "XXX");
    let others = accepted(komoju::read_settlements(&answer(200, &odd)));
    assert!(others.items.is_empty(), "in a currency that we do not know, and so none of ours");
    let html = komoju::read_settlement_lines(&answer(200, "<html>"));
    assert_eq!(html, Outcome::Accepted(None), "an answer, though not one that we can read");
}
