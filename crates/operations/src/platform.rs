//! What our own staff looks at and does: the platform as a whole.

pub mod jobs;
pub mod organizers;
pub mod overview;
pub mod users;

use domain::ids::OrganizerId;
use serde_json::Value;
use store::audit::{self, NewAuditEntry};
use store::db::Conn;
use store::error::StoreError;
use time::OffsetDateTime;

use crate::actor::AdministratorAccess;

/// Writes a line of the staff's into the audit log.
async fn note(
    conn: &mut Conn,
    access: &AdministratorAccess,
    organizer: Option<OrganizerId>,
    (action, detail): (&str, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let actor = access.actor();
    let entry = NewAuditEntry {
        organizer,
        event: None,
        order: None,
        actor_kind: actor.kind(),
        actor_id: actor.id(),
        action,
        detail,
        now,
    };
    audit::insert(conn, &entry).await
}
