//! Acting on a stored message: find the payment it speaks of, ask the provider, record the answer.

use domain::ids::WebhookEventId;
use store::payments::{self, ProviderNames};
use store::webhook_events;

use crate::Deps;
use crate::jobs::{self, Job};
use crate::payments::record_fact::Cause;
use crate::payments::sync::ask_and_record;

/// Messages about money that the provider pays out.
const SETTLEMENT: &str = "settlement.";

/// Acts on a stored message. A replay does the same again, and changes nothing that is recorded.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; the job is tried again.
pub async fn process(deps: &Deps, event: WebhookEventId) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let stored = webhook_events::get(&mut conn, event).await?;
    if let (true, Some(payment)) = (stored.body.is_empty(), stored.payment) {
        // Erased with the rest of the order's personal data; what it was about is still known.
        let payment = payments::get(&mut conn, payment).await?;
        drop(conn);
        return ask_and_record(deps, &payment, Cause::Webhook(event)).await;
    }
    let Ok(read) = deps.provider.read_webhook(&stored.body) else {
        webhook_events::mark_processed(&mut conn, event, None, "malformed", now).await?;
        return Ok(());
    };
    if read.kind.starts_with(SETTLEMENT) {
        jobs::enqueue(&mut conn, &Job::ImportSettlements, now).await?;
        webhook_events::mark_processed(&mut conn, event, None, "about a settlement", now).await?;
        return Ok(());
    }
    let names = ProviderNames {
        session_id: read.session_id.as_deref(),
        payment_id: read.payment_id.as_deref(),
        reference: read.reference.as_deref(),
    };
    // Our row is committed before the provider hears of it: a payment we cannot find now is not ours.
    let Some(payment) = payments::find_by_provider(&mut conn, &stored.provider, names).await?
    else {
        webhook_events::mark_processed(&mut conn, event, None, "not about a payment of ours", now)
            .await?;
        return Ok(());
    };
    let payment = payments::get(&mut conn, payment).await?;
    drop(conn);
    ask_and_record(deps, &payment, Cause::Webhook(event)).await
}
