//! The key to an event's live channel: short-lived, for one member and one event, worthless for anything else.

use data_encoding::HEXLOWER;
use domain::ids::{EventId, OrganizerId, UserId};
use domain::permission::Permission;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::Duration;

use crate::Deps;
use crate::access::{AccessError, On, enter, membership};
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

/// A token for a member's page; none for an API key, which has its own way in.
pub fn issue(deps: &Deps, access: &OrganizerAccess, event: EventId) -> Option<String> {
    let user = access.actor().user()?;
    let expires = (deps.clock.now() + LIFE).unix_timestamp();
    let claim = format!("{event}.{}.{user}.{expires}", access.named());
    let seal = seal(deps, &claim)?;
    Some(format!("{}.{user}.{expires}.{seal}", access.named()))
}

/// Opens the channel of `event`: the token must be ours, of this event and young, and its user still a member.
///
/// # Errors
/// As [`LiveTokenError`] says.
pub async fn verify(
    deps: &Deps,
    event: EventId,
    token: &str,
) -> Result<OrganizerAccess, LiveTokenError> {
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
    let expires: i64 = part()?.parse().map_err(|_| LiveTokenError::Forged)?;
    if expires <= deps.clock.now().unix_timestamp() {
        return Err(LiveTokenError::Expired);
    }
    Ok(admit(deps, user, organizer, event).await?)
}

/// Looks again whether who watches still may: a removed member's open channel falls silent.
///
/// # Errors
/// When the member may not any more.
pub async fn still(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<OrganizerAccess, AccessError> {
    let user = access.actor().user().ok_or(AccessError::Unknown)?;
    admit(deps, user, access.named(), event).await
}

async fn admit(
    deps: &Deps,
    user: UserId,
    organizer: OrganizerId,
    event: EventId,
) -> Result<OrganizerAccess, AccessError> {
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
