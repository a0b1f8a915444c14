//! The outbox of facts: what happened, for everyone who listens.

use domain::ids::{EventId, Id, OrderId, OrganizerId};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Where a change of an event's numbers is announced; the payload is the event's UUID.
pub const LIVE_CHANNEL: &str = "eventpay_live";

/// A fact to be told.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// `order.paid`, `payment.captured`, …
    pub topic: &'a str,
    /// What keeps order among messages: the order's code, the payment's id.
    pub key: &'a str,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: Option<OrderId>,
    pub payload: Value,
    pub now: OffsetDateTime,
}

/// Writes a fact and wakes the pages that show its event; both happen at commit.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut Conn, message: &NewMessage<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "with written as (
             insert into outbox_messages (topic, key, organizer_id, event_id, order_id, payload, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)
         )
         select pg_notify('eventpay_live', $4::uuid::text)",
        message.topic,
        message.key,
        message.organizer.uuid(),
        message.event.uuid(),
        message.order.map(Id::uuid),
        message.payload,
        message.now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}
