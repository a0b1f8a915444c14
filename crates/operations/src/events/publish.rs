//! Puts an event on sale, or says everything that still stands in the way.

use domain::event::{EventStatus, NotPublishable, PublishCheck, publish_obstacles};
use domain::ids::EventId;
use domain::payment::PaymentMethod;
use domain::permission::Permission;
use serde_json::json;
use store::error::StoreError;
use store::events::{self, Event};
use store::ticket_types::{self, TicketType};
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::trail;

/// Why an event was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("{} obstacles", .0.len())]
    Obstacles(Vec<NotPublishable>),
    #[error("no such event")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Publishes a draft. Publishing what is published already changes nothing.
///
/// # Errors
/// [`PublishError::Obstacles`] with all of them.
pub async fn publish(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<(), PublishError> {
    open_sales(deps, access, event, "event.published").await
}

/// Opens the sales of a closed event again, under the same conditions as publishing it.
///
/// # Errors
/// [`PublishError::Obstacles`] with all of them.
pub async fn reopen(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<(), PublishError> {
    open_sales(deps, access, event, "event.reopened").await
}

async fn open_sales(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    action: &str,
) -> Result<(), PublishError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    if found.status == EventStatus::Published {
        return Ok(());
    }
    if found.status == EventStatus::Cancelled {
        return Err(PublishError::Obstacles(vec![NotPublishable::IsCancelled]));
    }
    let on_offer = ticket_types::list_for_event(&mut tx, event).await?;
    let obstacles = obstacles(&found, &on_offer, now);
    if !obstacles.is_empty() {
        return Err(PublishError::Obstacles(obstacles));
    }
    if events::mark_published(&mut tx, event, now).await? {
        let detail = json!({ "slug": found.slug });
        trail::leave_event(&mut tx, access, event, action, detail, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Everything that stands between an event and its publication.
pub fn obstacles(
    event: &Event,
    on_offer: &[TicketType],
    now: OffsetDateTime,
) -> Vec<NotPublishable> {
    let check = check_of(&event.title, event.starts_at, event.ends_at, &event.methods, on_offer);
    publish_obstacles(&check, now)
}

pub(crate) fn check_of<'a>(
    title: &'a str,
    starts_at: Option<OffsetDateTime>,
    ends_at: Option<OffsetDateTime>,
    methods: &'a [PaymentMethod],
    on_offer: &[TicketType],
) -> PublishCheck<'a> {
    PublishCheck {
        title,
        starts_at,
        ends_at,
        n_ticket_types: on_offer.len(),
        has_paid_ticket_types: on_offer.iter().any(|it| it.terms.price.is_positive()),
        methods,
    }
}
