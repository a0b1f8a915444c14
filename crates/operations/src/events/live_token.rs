//! The key to an event's live channel: short-lived, for one member's login and one event, worthless for anything else.

use data_encoding::HEXLOWER;
use domain::ids::{EventId, OrganizerId, UserId};
use domain::permission::Permission;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::web_sessions;
use time::Duration;

use crate::Deps;
use crate::access::{AccessError, On, enter, membership};
use crate::account::sessions::SIGNED_IN_KEY;
use crate::actor::OrganizerAccess;
use crate::platform::visits;

/// How long a token opens the channel; an open channel stays open.
const LIFE: Duration = Duration::minutes(15);

/// Why a token opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum LiveTokenError {
    #[error("the token is malformed or forged")]
    Forged,
    #[error("the token has expired")]
    Expired,
    /// The user is no member any more.
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// Who watches, and since when the browser is signed in: with that login the channel ends.
#[derive(Debug, Clone, Copy)]
pub struct Watcher {
    pub access: OrganizerAccess,
    signed_in_at: i64,
}

/// A token for the page of a member whose browser signed in at that second; none for an API key, which has its own way
/// in.
pub fn issue(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    signed_in_at: i64,
) -> Option<String> {
    let user = access.actor().user()?;
    let expires = (deps.clock.now() + LIFE).unix_timestamp();
    let claim = format!("{}.{user}.{signed_in_at}.{expires}", access.named());
    let seal = seal(deps, &format!("{event}.{claim}"))?;
    Some(format!("{claim}.{seal}"))
}

/// Opens the channel of `event`: the token must be ours, of this event and young, its user still a member and still signed
/// in.
///
/// # Errors
/// As [`LiveTokenError`] says.
pub async fn verify(deps: &Deps, event: EventId, token: &str) -> Result<Watcher, LiveTokenError> {
    let (claim, seal) = token.rsplit_once('.').ok_or(LiveTokenError::Forged)?;
    let seal = HEXLOWER.decode(seal.as_bytes()).map_err(|_| LiveTokenError::Forged)?;
    mac(deps, &format!("{event}.{claim}"))
        .ok_or(LiveTokenError::Forged)?
        .verify_slice(&seal)
        .map_err(|_| LiveTokenError::Forged)?;
    let mut parts = claim.split('.');
    let mut part = || parts.next().ok_or(LiveTokenError::Forged);
    let organizer: OrganizerId = part()?.parse().map_err(|_| LiveTokenError::Forged)?;
    let user: UserId = part()?.parse().map_err(|_| LiveTokenError::Forged)?;
    let signed_in_at: i64 = part()?.parse().map_err(|_| LiveTokenError::Forged)?;
    let expires: i64 = part()?.parse().map_err(|_| LiveTokenError::Forged)?;
    if expires <= deps.clock.now().unix_timestamp() {
        return Err(LiveTokenError::Expired);
    }
    let access = admit(deps, (user, signed_in_at), organizer, event).await?;
    Ok(Watcher { access, signed_in_at })
}

/// Looks again whether who watches still may: the open channel of a removed member, or of a browser that was signed out,
/// ends.
///
/// # Errors
/// When the member may not any more.
pub async fn still(
    deps: &Deps,
    watcher: &Watcher,
    event: EventId,
) -> Result<OrganizerAccess, AccessError> {
    let Watcher { access, signed_in_at } = watcher;
    let user = access.actor().user().ok_or(AccessError::Unknown)?;
    admit(deps, (user, *signed_in_at), access.named(), event).await
}

async fn admit(
    deps: &Deps,
    (user, signed_in_at): (UserId, i64),
    organizer: OrganizerId,
    event: EventId,
) -> Result<OrganizerAccess, AccessError> {
    let mut conn = deps.db.acquire().await?;
    if !web_sessions::is_signed_in_since(&mut conn, user, SIGNED_IN_KEY, signed_in_at).await? {
        return Err(AccessError::Unknown);
    }
    drop(conn);
    let member = match membership(deps, user, organizer).await {
        Err(AccessError::Unknown) => return visits::watch(deps, user, organizer).await,
        found => found?,
    };
    enter(deps, &member, Permission::ViewEvents, On::Event(event)).await
}

fn seal(deps: &Deps, claim: &str) -> Option<String> {
    Some(HEXLOWER.encode(&mac(deps, claim)?.finalize().into_bytes()))
}

fn mac(deps: &Deps, claim: &str) -> Option<Hmac<Sha256>> {
    // Keys of any length are lawful for HMAC, so this is always some.
    let mut mac = Hmac::<Sha256>::new_from_slice(deps.settings.secret.as_bytes()).ok()?;
    mac.update(b"live channel\0");
    mac.update(claim.as_bytes());
    Some(mac)
}
