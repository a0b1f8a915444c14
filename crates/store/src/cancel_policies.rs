//! Cancel policies: what an event says today, and what an order was sold with.

use domain::cancel_policy::{CancelPolicy, FrozenPolicy};
use domain::ids::{EventId, Id, OrderId, OrganizerId};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// What an order was sold with, and when its event starts now.
#[derive(Debug, Clone)]
pub struct SoldPolicy {
    pub frozen: FrozenPolicy,
    pub starts_at: Option<OffsetDateTime>,
}

/// What the organizer's event says about cancelling.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
) -> Result<CancelPolicy, StoreError> {
    let policy = sqlx::query_scalar!(
        "select cancel_policy from events where event_id = $1 and organizer_id = $2",
        event.uuid(),
        organizer.uuid(),
    )
    .fetch_one(conn)
    .await?;
    read(policy)
}

/// Says something else from now on; orders keep what they were sold with.
///
/// # Errors
/// When the database fails.
pub async fn set(
    conn: &mut Conn,
    event: EventId,
    policy: &CancelPolicy,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let policy = serde_json::to_value(policy).map_err(|_| StoreError::Malformed("policy"))?;
    sqlx::query!(
        "update events set cancel_policy = $2, updated_at = $3 where event_id = $1",
        event.uuid(),
        policy,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What an order was sold with. Orders from before there were policies were sold with none.
///
/// # Errors
/// `NotFound` when there is no such order.
pub async fn get_sold(conn: &mut Conn, order: OrderId) -> Result<SoldPolicy, StoreError> {
    let row = sqlx::query!(
        r#"select orders.cancel_policy, starts_at, time_zone, events.status = 'cancelled' as "is_called_off!"
           from orders join events using (event_id) where order_id = $1"#,
        order.uuid()
    )
    .fetch_one(conn)
    .await?;
    let sold = row.cancel_policy.map(read_frozen).transpose()?;
    // A called-off event gives everything back by itself: nobody pays a fee for being faster.
    let frozen = sold.filter(|_| !row.is_called_off).unwrap_or(FrozenPolicy {
        policy: CancelPolicy::closed(),
        starts_at: row.starts_at,
        time_zone: row.time_zone,
    });
    Ok(SoldPolicy { frozen, starts_at: row.starts_at })
}

/// Reads the column of an order.
pub(crate) fn read_frozen(policy: Value) -> Result<FrozenPolicy, StoreError> {
    let frozen: FrozenPolicy = serde_json::from_value(policy)
        .map_err(|_| StoreError::Malformed("frozen cancel policy"))?;
    known(&frozen.policy)?;
    Ok(frozen)
}

/// Reads the column of an event.
pub(crate) fn read(policy: Value) -> Result<CancelPolicy, StoreError> {
    let policy =
        serde_json::from_value(policy).map_err(|_| StoreError::Malformed("cancel policy"))?;
    known(&policy)?;
    Ok(policy)
}

fn known(policy: &CancelPolicy) -> Result<(), StoreError> {
    if policy.is_known() { Ok(()) } else { Err(StoreError::Malformed("cancel policy's version")) }
}
