//! From the outbox to deliveries: every receiver that wants a fact gets one, whatever the order of commits.

use domain::ids::{Id, WebhookMessageId};
use domain::webhook_endpoint::DELIVERIES_KEPT;
use store::error::StoreError;
use store::outbox_readers::{self, WantedMessage};
use store::webhook_deliveries::{self, NewDelivery};
use store::webhook_endpoints;

use crate::{Deps, fresh};

/// The name of our place in the outbox.
const READER: &str = "webhooks";
/// Messages read in one transaction.
const MESSAGES_AT_ONCE: i64 = 2000;
/// Deliveries removed in one go.
const REMOVED_AT_ONCE: i64 = 5000;

/// Reads the outbox to its end and says how many deliveries that made. One process at a time does; safe to repeat: a
/// receiver gets a fact once.
///
/// # Errors
/// When the database fails.
pub async fn fan_out(deps: &Deps) -> Result<u64, StoreError> {
    let mut n_made: u64 = 0;
    loop {
        let (n_messages, made) = read_batch(deps).await?;
        n_made = n_made.saturating_add(made);
        if n_messages < MESSAGES_AT_ONCE {
            return Ok(n_made);
        }
    }
}

async fn read_batch(deps: &Deps) -> Result<(i64, u64), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let mut read = (0, 0);
    if let Some(place) = outbox_readers::lock_place(&mut tx, READER).await? {
        if place.is_foreign {
            tracing::warn!(
                "the database moved to another cluster: the outbox is read on from here"
            );
            outbox_readers::restart(&mut tx, READER).await?;
        } else if let Some(end) =
            outbox_readers::find_batch_end(&mut tx, &place, MESSAGES_AT_ONCE).await?
        {
            let wanted = outbox_readers::list_wanted(&mut tx, &place, &end).await?;
            let deliveries: Vec<NewDelivery> = wanted.into_iter().map(delivery).collect();
            let n_made = if deliveries.is_empty() {
                0
            } else {
                webhook_deliveries::insert(&mut tx, &deliveries, now).await?
            };
            outbox_readers::advance(&mut tx, READER, &end).await?;
            read = (end.n, n_made);
        }
    }
    // Ended here rather than some time after a drop: the next look wants the place at once.
    tx.commit().await?;
    Ok(read)
}

fn delivery(wanted: WantedMessage) -> NewDelivery {
    NewDelivery {
        id: fresh::id(),
        endpoint: wanted.endpoint,
        message: wanted.message,
        message_id: WebhookMessageId::from_uuid(wanted.message_id),
        topic: wanted.topic,
    }
}

/// Removes deliveries whose time in the log is over, and secrets that sign no more.
///
/// # Errors
/// When the database fails.
pub async fn tidy_up(deps: &Deps) -> Result<u64, StoreError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    webhook_endpoints::forget_old_secrets(&mut conn, now).await?;
    webhook_deliveries::delete_old(&mut conn, now - DELIVERIES_KEPT, REMOVED_AT_ONCE).await
}
