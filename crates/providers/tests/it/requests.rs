//! What leaves the house, byte for byte.

use std::collections::BTreeMap;

use domain::bank::{AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode};
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use expect_test::{Expect, expect};
use providers::http::Request;
use providers::payments::{
    LineItem, PaymentQuery, RefundPayment, RequestTransfer, Span, StartPayment, komoju,
};
use time::macros::datetime;

use crate::config;

pub(crate) fn start(reference: &str) -> StartPayment {
    let amount = Money::new(3000, Currency::JPY);
    StartPayment {
        payment_reference: reference.to_owned(),
        amount,
        locale: "ja".to_owned(),
        buyer_email: "guest@example.com".to_owned(),
        buyer_name: "佐藤 健".to_owned(),
        return_url: "https://app.example/pay/return?attempt=01JABC".to_owned(),
        methods: vec![PaymentMethod::CreditCard, PaymentMethod::Konbini, PaymentMethod::PayPay],
        line_items: vec![LineItem { description: "参加費".to_owned(), amount, quantity: 1 }],
        expires_in_seconds: 86_400,
        metadata: BTreeMap::from([("attempt_id".to_owned(), "01JABC".to_owned())]),
        idempotency_key: format!("start-{reference}"),
    }
}

fn check(request: &Request, expected: &Expect) {
    let mut text = format!("{:?} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(request.body.as_deref().unwrap_or_default());
    expected.assert_eq(&text);
}

#[test]
fn starting_asks_for_a_hosted_page() {
    check(
        &komoju::start_payment(&config(), &start("EV-01JABC-A49R0D")),
        &expect![[r#"
        Post https://komoju.com/api/v1/sessions
        x-komoju-api-version: 2025-01-28
        x-komoju-idempotency: start-EV-01JABC-A49R0D
        {"amount":3000,"currency":"JPY","default_locale":"ja","email":"guest@example.com","expires_in_seconds":86400,"line_items":[{"amount":3000,"description":"参加費","quantity":1}],"metadata":{"attempt_id":"01JABC"},"mode":"payment","payment_data":{"capture":"auto","external_order_num":"EV-01JABC-A49R0D","name":"佐藤 健"},"payment_types":["credit_card","konbini","paypay"],"return_url":"https://app.example/pay/return?attempt=01JABC"}"#]],
    );
}

#[test]
fn no_methods_means_all_methods() {
    let request =
        komoju::start_payment(&config(), &StartPayment { methods: Vec::new(), ..start("A") });
    assert!(!request.body.unwrap().contains("payment_types"));
}

#[test]
fn looking_asks_by_session_payment_or_reference() {
    check(
        &komoju::fetch_payment(&config(), PaymentQuery::Session("abc")),
        &expect![[r#"
        Get https://komoju.com/api/v1/sessions/abc
        x-komoju-api-version: 2025-01-28
    "#]],
    );
    check(
        &komoju::fetch_payment(&config(), PaymentQuery::Payment("a/../b")),
        &expect![[r#"
        Get https://komoju.com/api/v1/payments/a%2F..%2Fb
        x-komoju-api-version: 2025-01-28
    "#]],
    );
    check(
        &komoju::fetch_payment(&config(), PaymentQuery::Reference("A&B=1")),
        &expect![[r#"
        Get https://komoju.com/api/v1/payments?external_order_num=A%26B%3D1&per_page=100
        x-komoju-api-version: 2025-01-28
    "#]],
    );
}

#[test]
fn changing_carries_a_key() {
    let refund = RefundPayment {
        payment_id: "pay1".to_owned(),
        amount: Money::new(1000, Currency::JPY),
        description: "キャンセル".to_owned(),
        idempotency_key: "refund-ref1".to_owned(),
    };
    check(
        &komoju::refund(&config(), &refund),
        &expect![[r#"
        Post https://komoju.com/api/v1/payments/pay1/refund
        x-komoju-api-version: 2025-01-28
        x-komoju-idempotency: refund-ref1
        {"amount":1000,"description":"キャンセル"}"#]],
    );
    let transfer = RequestTransfer {
        payment_id: "pay1".to_owned(),
        amount: Money::new(1000, Currency::JPY),
        account: account(),
        bank_name: "みずほ".to_owned(),
        branch_name: "渋谷".to_owned(),
        key: "ref1-2".to_owned(),
    };
    check(
        &komoju::request_transfer(&config(), &transfer),
        &expect![[r#"
        Post https://komoju.com/api/v1/payments/pay1/refund_request
        x-komoju-api-version: 2025-01-28
        x-komoju-idempotency: ref1-2
        {"account_number":"1234567","account_type":"savings","amount":1000,"bank_code":"0001","bank_name":"みずほ","branch_name":"渋谷","branch_number":"210","customer_name":"ｻﾄｳ ｹﾝ","description":"ref1-2","include_payment_method_fee":false}"#]],
    );
    check(
        &komoju::cancel_session(&config(), "ses1"),
        &expect![[r#"
        Post https://komoju.com/api/v1/sessions/ses1/cancel
        x-komoju-api-version: 2025-01-28
        x-komoju-idempotency: cancel-session-ses1
        {}"#]],
    );
    check(
        &komoju::cancel_payment(&config(), "pay1"),
        &expect![[r#"
        Post https://komoju.com/api/v1/payments/pay1/cancel
        x-komoju-api-version: 2025-01-28
        x-komoju-idempotency: cancel-payment-pay1
        {}"#]],
    );
}

#[test]
fn lists_ask_from_when_until_when() {
    let span = Span { from: datetime!(2026-11-21 19:00 +9), until: datetime!(2026-11-21 19:05 +9) };
    check(
        &komoju::list_events(&config(), span, 2),
        &expect![[r#"
        Get https://komoju.com/api/v1/events?start_time=2026-11-21T10%3A00%3A00Z&end_time=2026-11-21T10%3A05%3A00Z&page=2&per_page=100
        x-komoju-api-version: 2025-01-28
    "#]],
    );
    check(
        &komoju::list_captured(&config(), span, 1),
        &expect![[r#"
        Get https://komoju.com/api/v1/payments?start_time=2026-11-21T10%3A00%3A00Z&end_time=2026-11-21T10%3A05%3A00Z&status=captured%2Crefunded&page=1&per_page=100
        x-komoju-api-version: 2025-01-28
    "#]],
    );
}

#[test]
fn nothing_prints_a_key() {
    let printed = format!("{:?} {:?}", config(), komoju::cancel_payment(&config(), "pay1"));
    assert!(!printed.contains("sk_test_x") && !printed.contains("whsec_test"), "{printed}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    for url in ["komoju.com", "ftp://komoju.com", "data:text/plain,x"] {
        let secret = || providers::Secret::new("x");
        assert!(providers::KomojuConfig::new(url, secret(), secret()).is_err(), "{url}");
    }
}

fn account() -> BankAccount {
    BankAccount {
        bank: BankCode::parse("0001").unwrap(),
        branch: BranchCode::parse("210").unwrap(),
        kind: AccountKind::Savings,
        number: AccountNumber::parse("1234567").unwrap(),
        holder: BankKana::parse("サトウ　ケン").unwrap(),
    }
}
