//! Messages as nobody would send them, many of them: what is not signed is not read, what is signed is read or refused,
//! and nothing makes the reader panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use providers::PaymentProvider;
use providers::payments::{BadSignature, VerifiedWebhook};
use serde_json::{Value, json};

use crate::config;

const SECRET: &str = "whsec_test";
const REFUNDED: &[u8] = include_bytes!("../fixtures/komoju/event_refunded.json");

fn verify(signature: &str, body: &[u8]) -> Result<VerifiedWebhook, BadSignature> {
    static PROVIDER: LazyLock<PaymentProvider> =
        LazyLock::new(|| PaymentProvider::komoju(config()).unwrap());
    PROVIDER.verify_webhook(&[("X-Komoju-Signature".to_owned(), signature.to_owned())], body)
}

/// A true message with bytes changed, taken out, put in, or with its end cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((any::<Index>(), 0u8..4, any::<u8>()), 1..6).prop_map(|damages| {
        let mut bytes = REFUNDED.to_vec();
        for (at, how, byte) in damages {
            let at = at.index(bytes.len().max(1));
            match how {
                0 if at < bytes.len() => drop(bytes.splice(at..=at, [byte])),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ => bytes.insert(at.min(bytes.len()), byte),
            }
        }
        bytes
    })
}

/// Any JSON, as deep as the doors let it in.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(Value::from),
        Just(json!("2026-13-45T99:99:99Z")),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A true message, one of whose fields says something else, at any depth.
fn with_another_value() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), any_json()).prop_map(|(at, other)| {
        let mut message: Value = serde_json::from_slice(REFUNDED).unwrap();
        let mut places = Vec::new();
        pointers(&message, String::new(), &mut places);
        if let Some(place) = message.pointer_mut(&places[at.index(places.len())]) {
            *place = other;
        }
        message.to_string().into_bytes()
    })
}

fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    if let Value::Object(map) = value {
        for (name, inner) in map {
            let name = name.replace('~', "~0").replace('/', "~1");
            pointers(inner, format!("{here}/{name}"), found);
        }
    }
    found.push(here);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_not_signed_is_not_read(body in prop::collection::vec(any::<u8>(), 0..400), signature in ".{0,80}") {
        prop_assert!(matches!(verify(&signature, &body), Err(BadSignature::Wrong)));
    }

    #[test]
    fn a_changed_message_needs_a_signature_of_its_own(body in damaged()) {
        let of_the_true_one = sandbox::sign(SECRET, REFUNDED);
        prop_assume!(body != REFUNDED);
        prop_assert_eq!(verify(&of_the_true_one, &body), Err(BadSignature::Wrong));
    }

    /// Signed, and damaged before: read or refused, with the same answer each time.
    #[test]
    fn whatever_was_signed_is_read_or_refused(
        body in prop_oneof![
            damaged(),
            with_another_value(),
            any_json().prop_map(|it| it.to_string().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..400),
        ],
    ) {
        let signature = sandbox::sign(SECRET, &body);
        let read = verify(&signature, &body);
        prop_assert!(!matches!(read, Err(BadSignature::Missing | BadSignature::Wrong)));
        prop_assert_eq!(read, verify(&signature, &body));
    }
}

/// Deeper than any message is: refused, and not by the end of the stack.
#[test]
fn a_body_without_an_end_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{}{}", open.repeat(200_000), close.repeat(200_000));
        let signature = sandbox::sign(SECRET, body.as_bytes());
        assert_eq!(verify(&signature, body.as_bytes()), Err(BadSignature::Unreadable));
    }
}
