//! The organizer's events with how much came in of how much: the first screen after login.

use domain::ids::EventId;
use domain::money::Money;
use domain::parsed::slug::Slug;
use domain::permission::Permission;
use store::error::StoreError;
pub use store::events::Event;
use store::read::dashboard;
pub use store::read::dashboard::EventLine;

use crate::Deps;
use crate::actor::OrganizerAccess;

/// Events of one page.
pub const PAGE_EVENTS: i64 = 24;

/// Why events were not shown.
#[derive(Debug, thiserror::Error)]
pub enum ListEventsError {
    #[error("no such event")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ListEventsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// A page of events, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<EventLine>,
    pub next: Option<EventId>,
}

/// The organizer's events, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    before: Option<EventId>,
) -> Result<EventPage, ListEventsError> {
    let mut conn = deps.db.acquire().await?;
    let wanted = PAGE_EVENTS + 1;
    let mut events = dashboard::list_events(
        &mut conn,
        access.events_for(Permission::ViewEvents)?,
        before,
        wanted,
    )
    .await?;
    let has_more = i64::try_from(events.len()).is_ok_and(|n| n == wanted);
    if has_more {
        events.pop();
    }
    let next = if has_more { events.last().map(|event| event.id) } else { None };
    Ok(EventPage { events, next })
}

/// One event of the organizer, in whatever status.
///
/// # Errors
/// [`ListEventsError::NotFound`] when there is none or it is somebody else's.
pub async fn get(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Event, ListEventsError> {
    let mut conn = deps.db.acquire().await?;
    Ok(store::events::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::ViewEvents)?,
        event,
    )
    .await?)
}

/// One event of the organizer by its link.
///
/// # Errors
/// [`ListEventsError::NotFound`] when there is none or it is somebody else's.
pub async fn get_by_slug(
    deps: &Deps,
    access: &OrganizerAccess,
    slug: &Slug,
) -> Result<Event, ListEventsError> {
    let mut conn = deps.db.acquire().await?;
    let found = store::events::find_by_slug(&mut conn, slug).await?;
    let organizer = access.organizer_for(Permission::ViewEvents)?;
    found.filter(|event| event.organizer == organizer).ok_or(ListEventsError::NotFound)
}

/// What the event's money adds up to: collected, and collected with everything that is still to come.
pub fn collected_of_expected(line: &EventLine) -> (Money, Money) {
    let expected = line.collected_minor.saturating_add(line.open_minor);
    (Money::new(line.collected_minor, line.currency), Money::new(expected, line.currency))
}
