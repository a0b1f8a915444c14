//! What every change of an event leaves behind: a line in the audit log and a fact for everyone who listens.

use domain::ids::EventId;
use serde_json::Value;
use store::audit::{self, NewAuditEntry};
use store::db::Conn;
use store::error::StoreError;
use store::outbox::{self, NewMessage};
use time::OffsetDateTime;

use crate::actor::OrganizerAccess;

/// Writes both, in the transaction of the change.
pub(crate) async fn leave(
    conn: &mut Conn,
    access: &OrganizerAccess,
    event: EventId,
    action: &str,
    detail: Value,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let actor = access.actor();
    let entry = NewAuditEntry {
        organizer: Some(access.organizer()),
        event: Some(event),
        order: None,
        actor_kind: actor.kind(),
        actor_id: actor.id(),
        action,
        detail: detail.clone(),
        now,
    };
    audit::insert(conn, &entry).await?;
    let message = NewMessage {
        topic: action,
        key: &event.to_string(),
        organizer: access.organizer(),
        event,
        order: None,
        payload: detail,
        now,
    };
    outbox::insert(conn, &message).await
}
