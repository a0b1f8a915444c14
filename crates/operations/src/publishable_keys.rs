//! Keys by which websites show an organizer's events: making one, listing and revoking. docs/decisions/0029.

use domain::ids::PublishableKeyId;
use domain::limits::{LINE_CHARS_MAX, NAME_CHARS_MAX, SITES_PER_KEY_MAX};
use domain::parsed::text;
use domain::parsed::web_origin::WebOrigin;
use domain::permission::Permission;
use serde_json::json;
use store::error::StoreError;
pub use store::publishable_keys::PublishableKey;
use store::publishable_keys::{self, NewPublishableKey};

use crate::access::AccessError;
use crate::actor::OrganizerAccess;
use crate::members::still_may;
use crate::{Deps, fresh, trail};

/// Keys that work at the same time, of one organizer.
pub const PUBLISHABLE_KEYS_MAX: i64 = 50;

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreatePublishableKeyError {
    #[error("the name is empty, longer than {NAME_CHARS_MAX} letters or holds what cannot be seen")]
    MalformedName,
    #[error("no website was named")]
    NoSite,
    /// The line that names none, cut.
    #[error("not the address of a website: {0}")]
    MalformedSite(String),
    #[error("more than {SITES_PER_KEY_MAX} websites")]
    TooManySites,
    #[error("there are {PUBLISHABLE_KEYS_MAX} keys already")]
    TooMany,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for CreatePublishableKeyError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Makes a key for the websites, each on a line of its own.
///
/// # Errors
/// See [`CreatePublishableKeyError`].
pub async fn create(
    deps: &Deps,
    access: &OrganizerAccess,
    name: &str,
    sites: &str,
) -> Result<PublishableKeyId, CreatePublishableKeyError> {
    let name =
        text::line(name, NAME_CHARS_MAX).map_err(|_| CreatePublishableKeyError::MalformedName)?;
    let sites = read_sites(sites)?;
    let organizer = access.organizer_for(Permission::ManageApiKeys)?;
    let now = deps.clock.now();
    let id = fresh::id();
    let mut tx = deps.db.begin().await?;
    still_may(&mut tx, access, Permission::ManageApiKeys).await?;
    if publishable_keys::count_active(&mut tx, organizer).await? >= PUBLISHABLE_KEYS_MAX {
        return Err(CreatePublishableKeyError::TooMany);
    }
    let key = NewPublishableKey { id, organizer, name: &name, sites: &sites, created_at: now };
    publishable_keys::insert(&mut tx, &key).await?;
    let sites: Vec<&str> = sites.iter().map(WebOrigin::as_str).collect();
    let detail = json!({ "publishable_key": id, "name": name, "sites": sites });
    trail::note(&mut tx, organizer, access.actor(), ("publishable_key.created", detail), now)
        .await?;
    tx.commit().await?;
    Ok(id)
}

fn read_sites(lines: &str) -> Result<Vec<WebOrigin>, CreatePublishableKeyError> {
    let mut sites = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let site = WebOrigin::parse(line).map_err(|_| {
            CreatePublishableKeyError::MalformedSite(line.chars().take(LINE_CHARS_MAX).collect())
        })?;
        if sites.contains(&site) {
            continue;
        }
        if sites.len() == SITES_PER_KEY_MAX {
            return Err(CreatePublishableKeyError::TooManySites);
        }
        sites.push(site);
    }
    if sites.is_empty() { Err(CreatePublishableKeyError::NoSite) } else { Ok(sites) }
}

/// The organizer's keys, newest first. Whoever sees its events may see them: they stand in the websites' pages.
///
/// # Errors
/// When the database does not answer.
pub async fn list(deps: &Deps, access: &OrganizerAccess) -> anyhow::Result<Vec<PublishableKey>> {
    let organizer = access.organizer_for(Permission::ViewEvents)?;
    let mut conn = deps.db.acquire().await?;
    let limit = PUBLISHABLE_KEYS_MAX.saturating_mul(4);
    Ok(publishable_keys::list_for_organizer(&mut conn, organizer, limit).await?)
}

/// Ends a key from this moment on: its websites show nothing any more. Ending it twice is ending it once.
///
/// # Errors
/// `Unknown` when the organizer has no such key.
pub async fn revoke(
    deps: &Deps,
    access: &OrganizerAccess,
    key: PublishableKeyId,
) -> Result<(), AccessError> {
    let organizer = access.organizer_for(Permission::ManageApiKeys)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if publishable_keys::mark_revoked(&mut tx, organizer, key, now).await? {
        let told = ("publishable_key.revoked", json!({ "publishable_key": key }));
        trail::note(&mut tx, organizer, access.actor(), told, now).await?;
    }
    Ok(tx.commit().await?)
}
