//! Sends webhook events: signed, retried, and as badly as the behaviour switches say.

use std::sync::{Arc, Weak};
use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::book::Delivery;
use crate::model::WebhookEvent;
use crate::{Shared, background, clock, ids};

/// Seconds before each try. After the last one the event is only to be found in the events list.
const WAITS: [u64; 5] = [0, 1, 3, 10, 30];
const SENDERS_MAX: usize = 32;
/// How long a held-back event waits for another one to overtake it.
const OVERTAKING_TIME: Duration = Duration::from_millis(400);

/// Lower-case hexadecimal HMAC-SHA256 of the raw body, as the `X-Komoju-Signature` header carries it.
pub fn sign(webhook_secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length, so there is no error to meet.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(webhook_secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// Takes webhook events from the outbox until the sandbox is gone.
pub(crate) async fn run(sandbox: Weak<Shared>, mut outbox: UnboundedReceiver<String>) {
    let senders = Arc::new(Semaphore::new(SENDERS_MAX));
    let send = |id: String| {
        let (sandbox, senders) = (sandbox.clone(), Arc::clone(&senders));
        background::spawn(deliver(sandbox, senders, id));
    };
    while let Some(first) = outbox.recv().await {
        let Some(is_reordered) = sandbox.upgrade().map(|s| s.book().behaviour.reorder) else {
            return;
        };
        if is_reordered
            && let Ok(Some(second)) = tokio::time::timeout(OVERTAKING_TIME, outbox.recv()).await
        {
            send(second);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        send(first);
    }
}

async fn deliver(sandbox: Weak<Shared>, senders: Arc<Semaphore>, event_id: String) {
    let Some((delay_ms, n_copies, is_dropped)) = sandbox.upgrade().map(|shared| {
        let behaviour = &mut shared.book().behaviour;
        (behaviour.delay_ms, behaviour.duplicate.saturating_add(1), behaviour.drops_next())
    }) else {
        return;
    };
    if is_dropped {
        if let Some(shared) = sandbox.upgrade() {
            note(&shared, &event_id, 0, Err("dropped on purpose".to_owned()));
            shared.book().settle(&event_id);
        }
        return;
    }
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    for _ in 0..n_copies {
        for (attempt, wait) in WAITS.iter().enumerate() {
            tokio::time::sleep(Duration::from_secs(*wait)).await;
            let Ok(_slot) = senders.acquire().await else { return };
            let Some(shared) = sandbox.upgrade() else { return };
            if post(&shared, &event_id, attempt.saturating_add(1)).await {
                break;
            }
        }
    }
    if let Some(shared) = sandbox.upgrade() {
        shared.book().settle(&event_id);
    }
}

/// Posts once; says whether the shop accepted.
async fn post(shared: &Shared, event_id: &str, attempt: usize) -> bool {
    let Some(url) = shared.settings.webhook_url.as_deref() else { return true };
    let (event, is_forged) = {
        let mut book = shared.book();
        let Ok(event) = book.event(event_id).cloned() else { return true };
        (event, book.behaviour.forges_next())
    };
    let result = match request(shared, url, &event, is_forged).send().await {
        Ok(answer) if answer.status().is_success() => Ok(answer.status().as_u16()),
        Ok(answer) => Err(answer.status().to_string()),
        Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
        Err(_) => Err("no connection".to_owned()),
    };
    let result = match result {
        Err(reason) if is_forged => Err(format!("{reason} (forged signature)")),
        result => result,
    };
    let is_accepted = result.is_ok();
    note(shared, event_id, attempt, result);
    is_accepted
}

fn request(
    shared: &Shared,
    url: &str,
    event: &WebhookEvent,
    is_forged: bool,
) -> reqwest::RequestBuilder {
    let body = event.body.as_bytes();
    let secret = if is_forged { "not-the-secret" } else { &shared.settings.webhook_secret };
    shared
        .client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", "Komoju-Webhook")
        .header("x-komoju-id", ids::new_id())
        .header("x-komoju-event", &event.kind)
        .header("x-komoju-signature", sign(secret, body))
        .body(event.body.clone())
}

fn note(shared: &Shared, event_id: &str, attempt: usize, result: Result<u16, String>) {
    let mut book = shared.book();
    let Ok(event) = book.event(event_id) else { return };
    let delivery = Delivery {
        event_id: event_id.to_owned(),
        kind: event.kind.clone(),
        payment_id: event.subject.clone(),
        attempt,
        is_accepted: result.is_ok(),
        result: result.map_or_else(|reason| reason, |status| status.to_string()),
        at: clock::now(),
    };
    book.note_delivery(delivery);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_published_one() {
        let body = r#"{"id":"evt_1","type":"ping","resource":"event","data":{},"created_at":"2026-01-02T03:04:05Z","reason":null}"#;
        assert_eq!(
            sign("whsec_test", body.as_bytes()),
            "9a235b4f732a5f10e317109541ac1bece8f522f0f01034c9e8e76c68cb96c223"
        );
    }
}
