//! What every change leaves behind: a line in the audit log and a fact in the outbox, in the change's own transaction.

use domain::ids::{EventId, OrderId, OrganizerId};
use serde_json::Value;
use store::audit::{self, NewAuditEntry};
use store::db::Conn;
use store::error::StoreError;
use store::outbox::{self, NewMessage};
use time::OffsetDateTime;

use crate::actor::Actor;

/// Whose change it is.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: OrderId,
}

/// Writes both lines. `what` is a fact's name (`refund.requested`), `key` keeps facts of one thing in order.
///
/// # Errors
/// When the database fails.
pub async fn leave(
    conn: &mut Conn,
    place: Place,
    actor: Actor,
    what: &str,
    (key, detail): (&str, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    audit::insert(
        conn,
        &NewAuditEntry {
            organizer: Some(place.organizer),
            event: Some(place.event),
            order: Some(place.order),
            actor_kind: actor.kind(),
            actor_id: actor.id(),
            action: what,
            detail: detail.clone(),
            now,
        },
    )
    .await?;
    outbox::insert(
        conn,
        &NewMessage {
            topic: what,
            key,
            organizer: place.organizer,
            event: place.event,
            order: Some(place.order),
            payload: detail,
            now,
        },
    )
    .await
}
