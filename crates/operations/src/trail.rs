//! What every change leaves behind: a line in the audit log and a fact in the outbox, in the change's own transaction.

use domain::ids::{EventId, OrderId, OrganizerId};
use serde_json::Value;
use store::alerts::Alert;
use store::audit::{self, NewAuditEntry};
use store::db::Conn;
use store::error::StoreError;
use store::orders::Order;
use store::trail::{self, Fact, Trail};
use time::OffsetDateTime;

use crate::actor::{Actor, OrganizerAccess};

/// What was changed.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: Option<OrderId>,
}

impl From<&Order> for Place {
    fn from(order: &Order) -> Self {
        Self { organizer: order.organizer, event: order.event, order: Some(order.id) }
    }
}

/// What a line of the audit log is about, as far as it is about somebody's.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    pub organizer: Option<OrganizerId>,
    pub event: Option<EventId>,
    pub order: Option<OrderId>,
}

impl About {
    /// No single organizer's: the platform's, or a user's own account.
    pub(crate) const PLATFORM: Self = Self { organizer: None, event: None, order: None };
}

impl From<OrganizerId> for About {
    fn from(organizer: OrganizerId) -> Self {
        Self { organizer: Some(organizer), ..Self::PLATFORM }
    }
}

impl From<&Order> for About {
    fn from(order: &Order) -> Self {
        Self { organizer: Some(order.organizer), event: Some(order.event), order: Some(order.id) }
    }
}

impl From<&Alert> for About {
    fn from(alert: &Alert) -> Self {
        let about = &alert.about;
        Self { organizer: about.organizer, event: about.event, order: about.order }
    }
}

/// Writes a line into the audit log alone: what nobody who listens to facts has to hear.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note(
    conn: &mut Conn,
    about: impl Into<About>,
    actor: Actor,
    (action, detail): (&str, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let About { organizer, event, order } = about.into();
    let entry = NewAuditEntry {
        organizer,
        event,
        order,
        actor_kind: actor.kind(),
        actor_id: actor.id(),
        action,
        detail,
        now,
    };
    audit::insert(conn, &entry).await
}

/// Writes both lines. `what` is a fact's name (`refund.requested`), `key` keeps facts of one thing in order.
///
/// # Errors
/// When the database fails.
pub async fn leave(
    conn: &mut Conn,
    place: impl Into<Place>,
    actor: Actor,
    what: &str,
    (key, detail): (&str, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let trail = Trail { facts: vec![fact(place, actor, what, (key, detail))], ..Trail::default() };
    trail::write(conn, trail, now).await
}

/// Both lines, to be written with others.
pub(crate) fn fact(
    place: impl Into<Place>,
    actor: Actor,
    what: &str,
    (key, detail): (&str, Value),
) -> Fact {
    let Place { organizer, event, order } = place.into();
    Fact {
        organizer,
        event: Some(event),
        order,
        actor_kind: actor.kind(),
        actor_id: actor.id(),
        what: what.to_owned(),
        key: key.to_owned(),
        detail,
        is_logged: true,
    }
}

/// The same for a change of an event by its organizer.
///
/// # Errors
/// When the database fails.
pub async fn leave_event(
    conn: &mut Conn,
    access: &OrganizerAccess,
    event: EventId,
    what: &str,
    detail: Value,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let place = Place { organizer: access.named(), event, order: None };
    leave(conn, place, access.actor(), what, (&event.to_string(), detail), now).await
}

/// The same for something of an organizer's that belongs to no event: a statement of the bank, say.
///
/// # Errors
/// When the database fails.
pub async fn leave_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    actor: Actor,
    what: &str,
    (key, detail): (&str, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let fact = Fact {
        organizer,
        event: None,
        order: None,
        actor_kind: actor.kind(),
        actor_id: actor.id(),
        what: what.to_owned(),
        key: key.to_owned(),
        detail,
        is_logged: true,
    };
    trail::write(conn, Trail { facts: vec![fact], ..Trail::default() }, now).await
}
