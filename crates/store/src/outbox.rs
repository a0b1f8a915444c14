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

/// A moment of the database: what was not committed then was written by a transaction that is not older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(String);

/// The moment it is.
///
/// # Errors
/// When the database fails.
pub async fn find_moment(conn: &mut Conn) -> Result<Moment, StoreError> {
    let oldest =
        sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text as "oldest!""#);
    Ok(Moment(oldest.fetch_one(conn).await?))
}

/// Tells every process that there may be jobs, and which events have facts that were not there at `since`; gives the
/// moment from which on the next call tells.
///
/// Called after commits, not inside them: a transaction that announces makes all others that do wait for its commit.
///
/// # Errors
/// When the database fails.
pub async fn announce(conn: &mut Conn, since: &Moment) -> Result<Moment, StoreError> {
    let told = sqlx::query!(
        r#"with changed as (
               select distinct event_id from outbox_messages
               -- What came along from another cluster seems to be written by transactions that are yet to come.
               where written_in >= $1::text::xid8 and written_in < pg_snapshot_xmax(pg_current_snapshot())
                 and event_id is not null
           )
           select pg_snapshot_xmin(pg_current_snapshot())::text as "oldest!", pg_notify('eventpay_jobs', '') as "jobs?",
                  (select count(pg_notify('eventpay_live', event_id::text)) from changed) as "n_events!""#,
        since.0,
    )
    .fetch_one(conn)
    .await?;
    tracing::trace!(n_events = told.n_events, "announced what changed");
    Ok(Moment(told.oldest))
}
