//! The audit log: who did what when and from where. Append-only.

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

/// Where a change comes from, as far as the log keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Our name for the request.
    pub request_id: String,
    /// The network it came from, shortened.
    pub client: Option<String>,
    /// The family of the browser or program.
    pub browser: Option<String>,
}

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Does `work` as part of a request: every line written in it says where it came from.
///
/// Carried around the request rather than through each signature, so that no line can forget it. What happens outside
/// of requests (jobs) has none.
pub async fn within<Work: Future>(origin: Origin, work: Work) -> Work::Output {
    ORIGIN.scope(origin, work).await
}

/// Does `work` that belongs to no request, whoever happens to do it.
pub async fn without_origin<Work: Future>(work: Work) -> Work::Output {
    ORIGIN.scope(Origin::default(), work).await
}

/// Where the running request comes from.
pub fn origin() -> Option<Origin> {
    ORIGIN.try_with(Clone::clone).ok().filter(|origin| *origin != Origin::default())
}

/// Writes a line. It is chained after the commit (`audit_chain`): nobody waits for anybody here.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut Conn, entry: &NewAuditEntry<'_>) -> Result<(), StoreError> {
    let origin = origin();
    sqlx::query!(
        "insert into audit_entries
             (audit_entry_id, organizer_id, event_id, order_id, actor_kind, actor_id, action, detail, created_at,
              request_id, client, browser)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        Uuid::now_v7(),
        entry.organizer.map(Id::uuid),
        entry.event.map(Id::uuid),
        entry.order.map(Id::uuid),
        entry.actor_kind,
        entry.actor_id,
        entry.action,
        entry.detail,
        entry.now,
        origin.as_ref().map(|it| it.request_id.as_str()),
        origin.as_ref().and_then(|it| it.client.as_deref()),
        origin.as_ref().and_then(|it| it.browser.as_deref()),
    )
    .execute(conn)
    .await?;
    Ok(())
}
