//! Who may do what: the only maker of access proofs.

use domain::ids::{OrderId, OrganizerId, UserId};
use domain::permission::PermissionSet;
use store::error::StoreError;
use time::Duration;

use crate::Deps;
use crate::actor::{Actor, AdministratorAccess, BuyerAccess, OrganizerAccess, Reach};
use crate::api_keys::Scope;
use crate::fresh;
use crate::screening::Whereabouts;

mod gate;

pub(crate) use gate::judge;
pub use gate::{Membership, On, enter, may_administer, membership, note_refusal};

/// A key's last use is written down at most this often.
const LAST_USED_PRECISION: Duration = Duration::minutes(1);
/// A personal link's token has this many letters.
const LINK_TOKEN_CHARS: usize = 32;

/// Why access was refused. What one may not see does not exist for one.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Nobody is known by this link, key or session.
    #[error("unknown")]
    Unknown,
    /// Known, but not allowed.
    #[error("not allowed")]
    NotAllowed,
    /// Allowed, once a second factor is set up and was proved in this web session.
    #[error("a second factor is needed")]
    SecondFactorNeeded,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for AccessError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::Unknown,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Who holds the personal link of an order may see it, pay it and cancel it while it is unpaid.
///
/// # Errors
/// `Unknown` when no order has this link.
pub async fn buyer_access(deps: &Deps, link_token: &str) -> Result<BuyerAccess, AccessError> {
    let is_token = link_token.len() == LINK_TOKEN_CHARS
        && link_token.bytes().all(|it| it.is_ascii_alphanumeric());
    if !is_token {
        return Err(AccessError::Unknown);
    }
    let mut conn = deps.db.acquire().await?;
    let order = store::orders::find_by_link_token(&mut conn, link_token).await?;
    order.map(placed_by).ok_or(AccessError::Unknown)
}

/// A member may act for the whole organizer, as its role says. Members of single events come in by [`enter`].
///
/// # Errors
/// `Unknown` when the user is no member.
pub async fn member_access(
    deps: &Deps,
    user: UserId,
    organizer: OrganizerId,
) -> Result<OrganizerAccess, AccessError> {
    let membership = membership(deps, user, organizer).await?;
    let role = membership.role.ok_or(AccessError::Unknown)?;
    Ok(membership.access(PermissionSet::of(role), Reach::Organizer))
}

/// An API key may act for its organizer within its scopes.
///
/// # Errors
/// `Unknown` when the key does not exist, was revoked or has ended.
pub async fn api_key_access(
    deps: &Deps,
    secret: &str,
) -> Result<(OrganizerAccess, Vec<Scope>), AccessError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let key = store::api_keys::find_active(&mut conn, &fresh::hash(secret), now).await?;
    let key = key.ok_or(AccessError::Unknown)?;
    if key.last_used_at.is_none_or(|used| used + LAST_USED_PRECISION < now) {
        store::api_keys::touch(&mut conn, key.id, now).await?;
    }
    let scopes: Vec<Scope> =
        key.scopes.iter().filter_map(|scope| Scope::parse(scope).ok()).collect();
    let access = OrganizerAccess {
        organizer: key.organizer,
        actor: Actor::ApiKey(key.id),
        allowed: Scope::allowed(&scopes),
        reach: Reach::Organizer,
    };
    Ok((access, scopes))
}

/// Our own staff, by the role alone. People come in by [`may_administer`].
///
/// # Errors
/// `NotAllowed` when the user is not.
pub async fn administrator_access(
    deps: &Deps,
    user: UserId,
) -> Result<AdministratorAccess, AccessError> {
    let mut conn = deps.db.acquire().await?;
    let found = store::users::get(&mut conn, user).await?;
    if found.is_administrator {
        Ok(AdministratorAccess { user })
    } else {
        Err(AccessError::NotAllowed)
    }
}

/// A just placed order belongs to who placed it.
pub(crate) fn placed_by(order: OrderId) -> BuyerAccess {
    BuyerAccess { order, whereabouts: Whereabouts::default() }
}
