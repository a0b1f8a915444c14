//! The adapter against the sandbox over HTTP: what we believe about the provider, played through.

use std::time::Duration;

use domain::bank::{AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode};
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use providers::http::HttpLimits;
use providers::payments::{
    PaymentQuery, ProviderPayment, ProviderPaymentStatus as Status, RefundPayment,
    RefundRequestStatus, RequestTransfer, SHORT_BALANCE, Span, StartedPayment,
};
use providers::{Cause, Outcome, PaymentProvider};
use sandbox::{Sandbox, SandboxSettings};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;

use crate::config_at;
use crate::requests::start;

struct Story {
    base: String,
    provider: PaymentProvider,
    browser: reqwest::Client,
}

impl Story {
    async fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let settings = SandboxSettings {
            secret_key: "sk_test_x".to_owned(),
            webhook_secret: "whsec_test".to_owned(),
            base_url: base.clone(),
            ..SandboxSettings::default()
        };
        let sandbox = Sandbox::open(settings).unwrap();
        #[expect(clippy::disallowed_methods, reason = "tests start servers")]
        tokio::spawn(async move { sandbox.serve(listener, std::future::pending()).await });
        let limits = HttpLimits { deadline: Duration::from_secs(2), ..HttpLimits::default() };
        let provider = PaymentProvider::komoju_within(config_at(&base), limits).unwrap();
        let browser = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { base, provider, browser }
    }

    async fn post(&self, path: &str, body: &'static str) -> u16 {
        let request = self.browser.post(format!("{}{path}", self.base));
        let request = request.header("content-type", "application/json").body(body);
        request.send().await.unwrap().status().as_u16()
    }

    async fn start(&self, reference: &str) -> StartedPayment {
        accepted(self.provider.start_payment(&start(reference)).await)
    }

    async fn paid(&self, reference: &str, way: &'static str) -> ProviderPayment {
        let started = self.start(reference).await;
        assert_eq!(
            self.post(&format!("/sandbox/sessions/{}/pay", started.session_id), way).await,
            200
        );
        let query = PaymentQuery::Session(&started.session_id);
        accepted(self.provider.fetch_payment(query).await).payment.unwrap()
    }

    async fn look(&self, payment: &ProviderPayment) -> ProviderPayment {
        let query = PaymentQuery::Payment(&payment.id);
        accepted(self.provider.fetch_payment(query).await).payment.unwrap()
    }
}

const BY_CARD: &str = r#"{"method":"credit_card","card":"4111111111111111"}"#;
const BY_KONBINI: &str = r#"{"method":"konbini","store":"lawson"}"#;

fn accepted<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Accepted(value) => value,
        other => panic!("{other:?}"),
    }
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY)
}

fn refund(payment: &ProviderPayment, minor: i64, key: &str) -> RefundPayment {
    RefundPayment {
        payment_id: payment.id.clone(),
        amount: yen(minor),
        description: "cancelled".to_owned(),
        idempotency_key: key.to_owned(),
    }
}

#[tokio::test]
async fn a_card_payment_from_page_to_capture() {
    let story = Story::begin().await;
    let started = story.start("A-1").await;
    assert!(started.hosted_url.starts_with(&story.base));
    assert_eq!(story.start("A-1").await, started, "the same key opens the same page");
    let waiting = story.provider.fetch_payment(PaymentQuery::Session(&started.session_id)).await;
    assert_eq!(accepted(waiting).payment, None);

    let path = format!("/sandbox/sessions/{}/pay", started.session_id);
    assert_eq!(
        story.post(&path, r#"{"method":"credit_card","card":"4123111111111000"}"#).await,
        502
    );
    let found = accepted(story.provider.fetch_payment(PaymentQuery::Reference("A-1")).await);
    let failed = found.payment.unwrap();
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(failed.failure_code.as_deref(), Some("insufficient_funds"));

    assert_eq!(story.post(&path, BY_CARD).await, 200);
    let found = accepted(story.provider.fetch_payment(PaymentQuery::Reference("A-1")).await);
    let payment = found.payment.unwrap();
    assert_eq!(payment.status, Status::Captured);
    assert_eq!((payment.amount, payment.method_fee), (yen(3000), yen(0)));
    assert_eq!(payment.method, Some(PaymentMethod::CreditCard));
    assert_eq!(payment.details.card_last4.as_deref(), Some("1111"));
    assert!(payment.captured_at.is_some());
}

#[tokio::test]
async fn a_konbini_payment_waits_and_is_compared_without_its_fee() {
    let story = Story::begin().await;
    let payment = story.paid("A-1", BY_KONBINI).await;
    assert_eq!(payment.status, Status::Authorized);
    assert_eq!((payment.amount, payment.method_fee), (yen(3000), yen(190)));
    assert!(payment.deadline_at.is_some() && payment.details.confirmation_code.is_some());
    assert!(payment.details.instructions_url.is_some());
    story.post(&format!("/sandbox/payments/{}/pay_at_store", payment.id), "{}").await;
    let payment = story.look(&payment).await;
    assert_eq!(payment.status, Status::Captured);
    match story.provider.refund(&refund(&payment, 3000, "r-1")).await {
        Outcome::Refused(refusal) => assert_eq!(refusal.code, "not_refundable"),
        other => panic!("{other:?}"),
    }
    let expired = story.paid("A-2", BY_KONBINI).await;
    story.post(&format!("/sandbox/payments/{}/expire", expired.id), "{}").await;
    assert_eq!(story.look(&expired).await.status, Status::Expired);
}

#[tokio::test]
async fn refunds_by_us_and_by_the_bank() {
    let story = Story::begin().await;
    let payment = story.paid("A-1", BY_CARD).await;
    let once = accepted(story.provider.refund(&refund(&payment, 1000, "r-1")).await);
    let again = accepted(story.provider.refund(&refund(&payment, 1000, "r-1")).await);
    assert_eq!(once, again, "the same key refunds once");
    assert_eq!((once.status, once.amount_refunded), (Status::Captured, yen(1000)));
    let too_much = story.provider.refund(&refund(&payment, 2001, "r-2")).await;
    assert!(matches!(too_much, Outcome::Refused(refusal) if !refusal.retryable));
    story.post(&format!("/sandbox/payments/{}/chargeback", payment.id), "{}").await;
    let payment = story.look(&payment).await;
    assert_eq!(payment.status, Status::Refunded);
    assert_eq!(payment.refunds.iter().map(|r| r.is_chargeback).collect::<Vec<_>>(), [false, true]);

    let span = Span { from: OffsetDateTime::UNIX_EPOCH, until: datetime!(2200-01-01 0:00 UTC) };
    let page = accepted(story.provider.list_events(span, 1).await);
    let kinds: Vec<&str> = page.items.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "payment.refunded",
            "payment.refund.created",
            "payment.refund.created",
            "payment.captured"
        ]
    );
    assert!(
        page.items.iter().all(|event| event.payment_id.as_deref() == Some(payment.id.as_str()))
    );
    assert_eq!(page.next_page, None);
    assert_eq!(page.items.iter().filter(|event| event.is_capture()).count(), 1);
    assert_eq!(accepted(story.provider.list_captured(span, 1).await).items, [payment]);
    let before = Span { from: span.from, until: datetime!(2020-01-01 0:00 UTC) };
    assert_eq!(accepted(story.provider.list_captured(before, 1).await).items, []);
    assert_eq!(accepted(story.provider.list_events(before, 1).await).items, []);
}

#[tokio::test]
async fn pages_and_promises_can_be_cancelled_while_open() {
    let story = Story::begin().await;
    let started = story.start("A-1").await;
    accepted(story.provider.cancel_session(&started.session_id).await);
    let reading = story.provider.fetch_payment(PaymentQuery::Session(&started.session_id)).await;
    assert!(accepted(reading).session.unwrap().cancelled);
    let promised = story.paid("A-2", BY_KONBINI).await;
    assert_eq!(
        accepted(story.provider.cancel_payment(&promised.id).await).status,
        Status::Cancelled
    );
    let paid = story.paid("A-3", BY_CARD).await;
    assert!(matches!(story.provider.cancel_payment(&paid.id).await, Outcome::Refused(_)));
    let expired = story.start("A-4").await;
    story.post(&format!("/sandbox/sessions/{}/expire", expired.session_id), "{}").await;
    let reading = story.provider.fetch_payment(PaymentQuery::Session(&expired.session_id)).await;
    assert!(accepted(reading).session.unwrap().expired);
}

#[tokio::test]
async fn work_done_in_silence_is_found_by_asking_again() {
    let story = Story::begin().await;
    let url = format!("{}/sandbox/behaviour", story.base);
    let behave = |body: &'static str| {
        story.browser.put(&url).header("content-type", "application/json").body(body).send()
    };
    behave(r#"{"api_timeout_percent":100}"#).await.unwrap();
    let silent = story.provider.start_payment(&start("A-1")).await;
    assert_eq!(silent, Outcome::Unknown(Cause::TimedOut));
    behave("{}").await.unwrap();
    let started = story.start("A-1").await;
    assert_eq!(
        story.post(&format!("/sandbox/sessions/{}/pay", started.session_id), BY_CARD).await,
        200
    );
    behave(r#"{"api_fail_percent":100}"#).await.unwrap();
    let busy = story.provider.cancel_session(&started.session_id).await;
    assert_eq!(busy, Outcome::Unknown(Cause::ServerError { status: 503 }));
}

#[tokio::test]
async fn a_transfer_is_asked_for_once_and_a_short_balance_has_its_name() {
    let story = Story::begin().await;
    let payment = story.paid("T-1", BY_KONBINI).await;
    story.post(&format!("/sandbox/payments/{}/pay_at_store", payment.id), "{}").await;
    let transfer = RequestTransfer {
        payment_id: payment.id.clone(),
        amount: yen(3000),
        account: BankAccount {
            bank: BankCode::parse("0001").unwrap(),
            branch: BranchCode::parse("210").unwrap(),
            kind: AccountKind::Ordinary,
            number: AccountNumber::parse("1234567").unwrap(),
            holder: BankKana::parse("サトウ ケン").unwrap(),
        },
        bank_name: "みずほ".to_owned(),
        branch_name: "渋谷".to_owned(),
        key: "ref-1".to_owned(),
    };
    let short = r#"{"short_balance":true}"#;
    let url = format!("{}/sandbox/behaviour", story.base);
    for (behaviour, key) in [(short, "ref-0"), ("{}", "ref-1"), ("{}", "ref-1")] {
        let set = story.browser.put(&url).header("content-type", "application/json");
        set.body(behaviour).send().await.unwrap();
        let transfer = RequestTransfer { key: key.to_owned(), ..transfer.clone() };
        match story.provider.request_transfer(&transfer).await {
            Outcome::Refused(refusal) => {
                assert_eq!((refusal.code.as_str(), key), (SHORT_BALANCE, "ref-0"));
            }
            other => accepted(other),
        }
    }
    let requests = story.look(&payment).await.refund_requests;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.key.as_deref(), Some("ref-1"));
    assert_eq!(request.status, RefundRequestStatus::Pending);
}
