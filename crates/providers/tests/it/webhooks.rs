//! Which webhooks are believed.

use providers::PaymentProvider;
use providers::payments::{BadSignature, VerifiedWebhook};
use time::macros::datetime;

use crate::config;

const PING: &str = r#"{"id":"evt_1","type":"ping","resource":"event","data":{},"created_at":"2026-01-02T03:04:05Z","reason":null}"#;
const SIGNATURE: &str = "9a235b4f732a5f10e317109541ac1bece8f522f0f01034c9e8e76c68cb96c223";

fn verify(name: &str, signature: &str, body: &str) -> Result<VerifiedWebhook, BadSignature> {
    let provider = PaymentProvider::komoju(config()).unwrap();
    let headers = [
        // Not signed, so not read.
        ("X-Komoju-Event".to_owned(), "payment.captured".to_owned()),
        (name.to_owned(), signature.to_owned()),
    ];
    provider.verify_webhook(&headers, body.as_bytes())
}

#[test]
fn the_published_vector_is_believed() {
    for name in ["X-Komoju-Signature", "x-komoju-signature"] {
        let webhook = verify(name, SIGNATURE, PING).unwrap();
        assert_eq!((webhook.event_id.as_str(), webhook.kind.as_str()), ("evt_1", "ping"));
        assert_eq!(webhook.created_at, Some(datetime!(2026-01-02 03:04:05 UTC)));
    }
}

#[test]
fn anything_else_is_not() {
    let changed = PING.replace("evt_1", "evt_2");
    assert_eq!(verify("X-Komoju-Signature", SIGNATURE, &changed), Err(BadSignature::Wrong));
    assert_eq!(verify("X-Other", SIGNATURE, PING), Err(BadSignature::Missing));
    for signature in ["", "zz", "9a", &SIGNATURE[..62], &format!("{SIGNATURE}00")] {
        assert_eq!(verify("X-Komoju-Signature", signature, PING), Err(BadSignature::Wrong));
    }
}

#[test]
fn a_signed_body_that_is_no_event_is_told_apart() {
    let signature = sandbox::sign("whsec_test", b"[]");
    assert_eq!(verify("X-Komoju-Signature", &signature, "[]"), Err(BadSignature::Unreadable));
}

#[test]
fn a_refund_webhook_names_its_payment() {
    let body = include_str!("../fixtures/komoju/event_refunded.json");
    let signature = sandbox::sign("whsec_test", body.as_bytes());
    let webhook = verify("X-Komoju-Signature", &signature, body).unwrap();
    assert_eq!(webhook.payment_id.as_deref(), Some("pay_dummy"));
    assert_eq!(webhook.session_id.as_deref(), Some("ses_dummy"));
    assert_eq!(webhook.reference.as_deref(), Some("WC-123-A49R0D"));
}
