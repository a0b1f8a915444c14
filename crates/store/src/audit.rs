//! The audit log: who did what when. Append-only.

use domain::ids::{EventId, Id, OrderId, OrganizerId};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// A line to be written.
#[derive(Debug, Clone)]
pub struct NewAuditEntry<'a> {
    pub organizer: Option<OrganizerId>,
    pub event: Option<EventId>,
    pub order: Option<OrderId>,
    pub actor_kind: &'a str,
    pub actor_id: Option<Uuid>,
    /// A dotted sentence: `refund.requested`.
    pub action: &'a str,
    pub detail: Value,
    pub now: OffsetDateTime,
}

/// Writes a line.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut Conn, entry: &NewAuditEntry<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into audit_entries
             (audit_entry_id, organizer_id, event_id, order_id, actor_kind, actor_id, action, detail, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Uuid::now_v7(),
        entry.organizer.map(Id::uuid),
        entry.event.map(Id::uuid),
        entry.order.map(Id::uuid),
        entry.actor_kind,
        entry.actor_id,
        entry.action,
        entry.detail,
        entry.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
