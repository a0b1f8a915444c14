//! The door for the provider's messages: from where, how large, how deep, how old.

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, StatusCode};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;
use testkit::app::WEBHOOK_SECRET;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::harness::{Answer, Harness};

async fn deliver(server: &Harness, body: &str, from: &str, forwarded: &str) -> Answer {
    let signature = sandbox::sign(WEBHOOK_SECRET, body.as_bytes());
    deliver_signed(server, body.as_bytes().to_vec(), &signature, (from, forwarded)).await
}

async fn deliver_signed(
    server: &Harness,
    body: Vec<u8>,
    signature: &str,
    (from, forwarded): (&str, &str),
) -> Answer {
    let mut request = Request::post("/webhooks/komoju").header("x-komoju-signature", signature);
    if !forwarded.is_empty() {
        request = request.header("x-forwarded-for", forwarded);
    }
    let mut request = request.body(Body::from(body)).expect("a request");
    let peer = std::net::SocketAddr::new(from.parse().expect("an address"), 4000);
    request.extensions_mut().insert(ConnectInfo(peer));
    server.send(request).await
}

fn message(id: &str, created_at: OffsetDateTime) -> String {
    let created_at = created_at.format(&Rfc3339).expect("a time");
    json!({ "id": id, "type": "ping", "data": {}, "created_at": created_at }).to_string()
}

const STORED: &str = "select count(*) from webhook_events";

#[tokio::test]
async fn only_addresses_of_the_list_may_when_there_is_one() {
    let list = ("KOMOJU_WEBHOOK_ADDRESSES", "192.0.2.7, 198.51.100.0/24,2001:db8::/32");
    let server = Harness::start_with(&[list]).await;
    let now = OffsetDateTime::now_utc();
    for (n, (from, is_taken)) in [
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("198.51.100.200", true),
        ("::ffff:198.51.100.1", true),
        ("2001:db8:7::1", true),
        ("2001:db9::1", false),
        ("127.0.0.1", false),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = deliver(&server, &message(&format!("evt_{n}"), now), from, "").await;
        let wanted = if is_taken { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, wanted, "{from}: {}", answer.body);
    }
    // What a stranger writes about themselves is not believed.
    let lie = deliver(&server, &message("evt_lie", now), "192.0.2.8", "192.0.2.7").await;
    assert_eq!(lie.status, StatusCode::FORBIDDEN);
    assert_eq!(server.app.look(STORED).await, "4");

    let behind = Harness::start_with(&[list, ("EVENTPAY_TRUST_PROXY", "true")]).await;
    let told = deliver(&behind, &message("evt_1", now), "10.0.0.1", "203.0.113.5, 192.0.2.7").await;
    assert_eq!(told.status, StatusCode::OK);
    // Only what the proxy itself appended counts.
    let lie = deliver(&behind, &message("evt_2", now), "10.0.0.1", "192.0.2.7, 203.0.113.5").await;
    assert_eq!(lie.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_too_large_too_deep_or_out_of_time_is_refused_clearly() {
    let server = Harness::start().await;
    let now = OffsetDateTime::now_utc();
    let deep = format!(
        r#"{{"id":"evt_d","type":"ping","data":{}{}}}"#,
        "[".repeat(90_000),
        "]".repeat(90_000)
    );
    let large =
        format!(r#"{{"id":"evt_l","type":"ping","data":{{}},"x":"{}"}}"#, "x".repeat(300_000));
    for (body, status, text) in [
        (large, StatusCode::PAYLOAD_TOO_LARGE, "too large"),
        (deep, StatusCode::BAD_REQUEST, "nested too deeply"),
        (
            message("evt_o", now - Duration::days(31)),
            StatusCode::BAD_REQUEST,
            "too old or from the future",
        ),
        (
            message("evt_f", now + Duration::HOUR),
            StatusCode::BAD_REQUEST,
            "too old or from the future",
        ),
        ("{}".to_owned(), StatusCode::BAD_REQUEST, "malformed"),
        (message("evt_1", now), StatusCode::OK, "ok"),
        (r#"{"id":"evt_2","type":"ping","data":{}}"#.to_owned(), StatusCode::OK, "ok"),
    ] {
        let answer = deliver(&server, &body, "192.0.2.7", "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, text));
    }
    assert_eq!(server.app.look(STORED).await, "2");
}

/// Letters that make a JSON text another one, in front of all others.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    let good = message("evt_fuzz", OffsetDateTime::UNIX_EPOCH).into_bytes();
    let letter = prop_oneof![Just(b'{'), Just(b'['), Just(b'"'), Just(b'\\'), Just(0), any::<u8>()];
    let damage = (any::<Index>(), any::<bool>(), prop::collection::vec(letter, 1..40));
    let damaged = prop::collection::vec(damage, 1..4).prop_map(move |damages| {
        let mut bytes = good.clone();
        for (at, is_cut, letters) in damages {
            let at = at.index(bytes.len() + 1);
            if is_cut {
                bytes.truncate(at);
            }
            bytes.splice(at..at, letters);
        }
        bytes
    });
    prop_oneof![damaged, prop::collection::vec(any::<u8>(), 0..2000)]
}

/// Other messages each time: what fails is printed.
#[tokio::test]
async fn whatever_comes_is_answered_and_leaves_nothing_unless_it_is_signed_and_read() {
    let server = Harness::start().await;
    let mut runner = TestRunner::default();
    for n in 0..400 {
        let bytes = sent().new_tree(&mut runner).expect("a message").current();
        let signature = sandbox::sign(WEBHOOK_SECRET, &bytes);
        let is_signed = n % 2 == 0;
        let other = if signature.starts_with('f') { "e" } else { "f" };
        let wrong = format!("{other}{}", &signature[1..]);
        let signature = if is_signed { signature } else { wrong };
        let before = server.app.look(STORED).await;
        let from = ("192.0.2.7", "");
        let answer = deliver_signed(&server, bytes.clone(), &signature, from).await;
        let shown = format!("{}: {:?} {bytes:?}", answer.status, String::from_utf8_lossy(&bytes));
        let is_taken = answer.status == StatusCode::OK;
        assert!(is_taken || answer.status.is_client_error(), "{shown}");
        assert!(
            !is_taken || (is_signed && serde_json::from_slice::<serde_json::Value>(&bytes).is_ok()),
            "{shown}"
        );
        if !is_taken {
            assert_eq!(server.app.look(STORED).await, before, "{shown}");
        }
    }
}
