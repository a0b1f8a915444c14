//! The outbox of facts: telling everyone who listens that there are new ones. [`crate::trail`] writes those that are
//! lines of the audit log too.

use domain::ids::{EventId, Id, OrderId, OrganizerId};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Where a change of an event's numbers is announced; the payload is the event's UUID.
pub const LIVE_CHANNEL: &str = "eventpay_live";

/// A message of a stream that is no change of ours: an alert.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    pub topic: &'a str,
    /// What keeps order among messages: the order's code.
    pub key: &'a str,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: Option<OrderId>,
    pub payload: Value,
    pub now: OffsetDateTime,
}

/// Writes a message. Live pages hear of it after the commit ([`announce`]).
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut Conn, message: &NewMessage<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into outbox_messages (topic, key, organizer_id, event_id, order_id, payload, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        message.topic,
        message.key,
        message.organizer.uuid(),
        message.event.uuid(),
        message.order.map(Id::uuid),
        message.payload,
        message.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells every process that there may be jobs, and which events have facts since `since`.
///
/// Called after commits, not inside them: a transaction that announces makes all others that do wait for its commit.
///
/// # Errors
/// When the database fails.
pub async fn announce(conn: &mut Conn, since: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        r#"select pg_notify('eventpay_jobs', '') as "told?"
           union all
           select pg_notify('eventpay_live', changed.event_id::text)
           from (select distinct event_id from outbox_messages where created_at >= $1 and event_id is not null) changed"#,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}
