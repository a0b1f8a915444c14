//! Alerts: what does not add up, one line per matter.

use domain::ids::{AlertId, EventId, Id, OrderId, OrganizerId, PaymentId};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// An alert to be raised.
#[derive(Debug, Clone)]
pub struct NewAlert<'a> {
    pub id: AlertId,
    /// `money.double`, `money.late`, `money.short`, `money.over`, …
    pub rule: &'a str,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub detail: Value,
    pub now: OffsetDateTime,
}

/// Raises an alert once per rule and payment.
///
/// # Errors
/// When the database fails.
pub async fn insert_once(conn: &mut Conn, alert: &NewAlert<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into alerts (alert_id, rule, dedupe_key, organizer_id, event_id, order_id, payment_id, detail, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (dedupe_key) do nothing",
        alert.id.uuid(),
        alert.rule,
        format!("{}:{}", alert.rule, alert.payment),
        alert.organizer.uuid(),
        alert.event.uuid(),
        alert.order.uuid(),
        alert.payment.uuid(),
        alert.detail,
        alert.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes the open alerts of a payment: its money found its place.
///
/// # Errors
/// When the database fails.
pub async fn resolve_for_payment(
    conn: &mut Conn,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let closed = sqlx::query!(
        "update alerts set resolved_at = $2 where payment_id = $1 and resolved_at is null",
        payment.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(closed.rows_affected())
}
