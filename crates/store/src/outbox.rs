//! The outbox of facts: telling everyone who listens that there are new ones. [`crate::trail`] writes them.

use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Where a change of an event's numbers is announced; the payload is the event's UUID.
pub const LIVE_CHANNEL: &str = "eventpay_live";

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
