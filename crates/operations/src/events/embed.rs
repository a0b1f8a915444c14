//! Shows an event inside of a website that has a key for it.

use domain::ids::PublishableKeyId;
use domain::parsed::web_origin::WebOrigin;
use store::publishable_keys;
use time::{Duration, OffsetDateTime};

use crate::Deps;
use crate::events::show::{ShowEventError, ShownEvent, show_event};

/// A key's last use is written down that rarely: its websites may have many readers.
const LAST_USED_PRECISION: Duration = Duration::hours(1);

/// An event and where it may be shown.
#[derive(Debug, Clone)]
pub struct EmbeddedEvent {
    pub event: ShownEvent,
    /// The websites of the key.
    pub sites: Vec<WebOrigin>,
}

/// Reads the event of a link for the websites of a key; `is_framed` when a website asks, not somebody who looks.
///
/// # Errors
/// `NotFound` when the key was revoked, never was, or is another organizer's, and when the event is not published.
pub async fn show_embedded(
    deps: &Deps,
    slug: &str,
    key: &str,
    is_framed: bool,
) -> Result<EmbeddedEvent, ShowEventError> {
    let key: PublishableKeyId = key.parse().map_err(|_| ShowEventError::NotFound)?;
    let mut conn = deps.db.acquire().await?;
    let found = publishable_keys::find_active(&mut conn, key).await?;
    let key = found.ok_or(ShowEventError::NotFound)?;
    drop(conn);
    let event = show_event(deps, slug, None).await?;
    if event.page.organizer != key.organizer {
        return Err(ShowEventError::NotFound);
    }
    if is_framed && key.last_used_at.is_none_or(|used| used + LAST_USED_PRECISION < event.now) {
        note_use(deps, key.id, event.now).await;
    }
    Ok(EmbeddedEvent { event, sites: key.sites })
}

/// Nobody goes without the event because this failed.
async fn note_use(deps: &Deps, key: PublishableKeyId, now: OffsetDateTime) {
    let done = async {
        let mut conn = deps.db.acquire().await?;
        publishable_keys::touch(&mut conn, key, now).await
    };
    if let Err(error) = done.await {
        tracing::warn!(%key, "the use of a publishable key was not written down: {error:#}");
    }
}
