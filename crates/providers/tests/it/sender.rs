//! The sender against servers that misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use providers::http::HttpLimits;
use providers::payments::PaymentQuery;
use providers::{BreakerState, Cause, Outcome, PaymentProvider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::config_at;
use crate::requests::start;

/// A server that gives `answer` to every connection, and counts them.
async fn serve(answer: Option<String>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let n_calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_calls);
    #[expect(clippy::disallowed_methods, reason = "tests start servers")]
    tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = vec![0; 8192];
            let _ = stream.read(&mut request).await;
            if let Some(answer) = &answer {
                let _ = stream.write_all(answer.as_bytes()).await;
            } else {
                kept.push(stream);
            }
        }
    });
    (url, n_calls)
}

fn http(status: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ))
}

fn provider(url: &str) -> PaymentProvider {
    let limits = HttpLimits {
        deadline: Duration::from_millis(200),
        body_bytes_max: 1000,
        breaker_failures_max: 4,
        breaker_rest: Duration::from_millis(300),
        ..HttpLimits::default()
    };
    PaymentProvider::komoju_within(config_at(url), limits).unwrap()
}

#[tokio::test]
async fn silence_is_unknown_and_a_change_is_sent_once() {
    let (url, n_calls) = serve(None).await;
    let outcome = provider(&url).start_payment(&start("A-1")).await;
    assert_eq!(outcome, Outcome::Unknown(Cause::TimedOut));
    assert_eq!(n_calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_reading_is_tried_again() {
    let (url, n_calls) = serve(http("500 Oops", "")).await;
    let outcome = provider(&url).fetch_payment(PaymentQuery::Payment("x")).await;
    assert_eq!(outcome, Outcome::Unknown(Cause::ServerError { status: 500 }));
    assert_eq!(n_calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let (url, n_calls) = serve(http("404 Not Found", "")).await;
    let outcome = provider(&url).fetch_payment(PaymentQuery::Payment("x")).await;
    assert!(matches!(outcome, Outcome::Refused(_)));
    assert_eq!(n_calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn too_long_and_broken_answers_are_unknown() {
    let (url, _) = serve(http("200 OK", &"x".repeat(2000))).await;
    let outcome = provider(&url).cancel_session("x").await;
    assert!(matches!(outcome, Outcome::Unknown(Cause::Unreadable(_))));
    let (url, _) =
        serve(Some("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".to_owned())).await;
    let outcome = provider(&url).cancel_session("x").await;
    assert_eq!(outcome, Outcome::Unknown(Cause::Broken));
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    match provider(&url).start_payment(&start("A-1")).await {
        Outcome::Unknown(cause) => assert!(cause.is_safe_to_retry()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn after_many_failures_it_stops_asking_for_a_while() {
    let (url, n_calls) = serve(http("503 Busy", "")).await;
    let provider = provider(&url);
    for _ in 0..4 {
        assert_eq!(
            provider.cancel_session("x").await,
            Outcome::Unknown(Cause::ServerError { status: 503 })
        );
    }
    assert_eq!(provider.breaker_state(), BreakerState::Open);
    let outcome = provider.cancel_session("x").await;
    assert!(matches!(outcome, Outcome::Unknown(Cause::NotSent(_))));
    assert_eq!(n_calls.load(Ordering::SeqCst), 4);
    tokio::time::sleep(Duration::from_millis(320)).await;
    assert_eq!(provider.breaker_state(), BreakerState::HalfOpen);
    let _ = provider.cancel_session("x").await;
    assert_eq!(n_calls.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_settlements_file_that_we_cannot_read_is_an_answer_and_may_be_long() {
    let (url, n_calls) = serve(http("200 OK", &"明細番号,金額\n".repeat(200))).await;
    let provider = provider(&url);
    for _ in 0..5 {
        assert_eq!(provider.fetch_settlement_lines("s").await, Outcome::Accepted(None));
    }
    assert_eq!(n_calls.load(Ordering::SeqCst), 5, "nothing is asked twice");
    assert_eq!(provider.breaker_state(), BreakerState::Closed, "payments go on");
}
