//! Members: who belongs to an organizer, in which role; changed, removed, and never without an owner.

pub mod invitations;

use domain::ids::{EventId, OrganizerId, UserId};
use domain::parsed::TextError;
use domain::permission::{LastOwner, Permission, PermissionSet, Role, may_lose_owner};
use serde_json::{Value, json};
use store::db::Conn;
use store::error::{ResultExt as _, StoreError};
use store::members as rows;
pub use store::members::Member;
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::{Actor, OrganizerAccess};
use crate::trail::{self, About};

/// Why members were not changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    #[error("no such member or invitation")]
    NotFound,
    #[error(transparent)]
    LastOwner(#[from] LastOwner),
    #[error("only a person changes members")]
    NotAUser,
    #[error("the address is malformed")]
    Email(TextError),
    #[error("nobody owns a single event")]
    NoSuchRole,
    #[error("an owner is invited by address")]
    AddressNeeded,
    #[error("too many invitations are open")]
    TooMany,
    /// Used, taken back or too old.
    #[error("the invitation is over")]
    Over,
    /// It was sent to another address.
    #[error("the invitation is for somebody else")]
    OtherAddress,
    #[error("a member already")]
    AlreadyMember,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for MemberError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Everybody who belongs to the organizer.
///
/// # Errors
/// When the database fails.
pub async fn list(deps: &Deps, access: &OrganizerAccess) -> Result<Vec<Member>, MemberError> {
    let organizer = access.organizer_for(Permission::ViewMembers)?;
    let mut conn = deps.db.acquire().await?;
    Ok(rows::list(&mut conn, organizer).await?)
}

/// Whose role it is: of the organizer, or at one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub user: UserId,
    pub event: Option<EventId>,
}

/// Gives a member another role. What the old role had made and the new one may not make ends with it.
///
/// # Errors
/// See [`MemberError`].
pub async fn change_role(
    deps: &Deps,
    access: &OrganizerAccess,
    seat: Seat,
    role: Role,
) -> Result<(), MemberError> {
    let organizer = access.organizer_for(Permission::ManageMembers)?;
    access.actor().user().ok_or(MemberError::NotAUser)?;
    if seat.event.is_some() && role == Role::Owner {
        return Err(MemberError::NoSuchRole);
    }
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    still_may(&mut tx, access, Permission::ManageMembers).await?;
    let before = role_of(&mut tx, organizer, seat).await?.ok_or(MemberError::NotFound)?;
    if before == role {
        return Ok(());
    }
    if seat.event.is_none() && before == Role::Owner {
        may_lose_owner(rows::count_other_owners(&mut tx, organizer, seat.user).await?)?;
    }
    let put = rows::put(&mut tx, organizer, (seat.user, seat.event), role, now).await;
    put.on_constraint("members_last_owner_check", || MemberError::LastOwner(LastOwner))?;
    let ended = end_what_was_made(&mut tx, organizer, (seat.user, before), now).await?;
    let detail = json!({
        "user": seat.user, "event": seat.event, "role": role, "was": before,
        "n_keys_revoked": ended.n_keys, "n_receivers_off": ended.n_receivers,
    });
    let who = (organizer, seat.event, access.actor());
    note(&mut tx, who, ("member.changed", detail), now).await?;
    Ok(tx.commit().await?)
}

/// Removes a member: from this moment no page, file, channel or key of theirs opens anything of the organizer's.
///
/// Their web sessions hold nothing of the organizer: every request looks the role up, and finds none.
///
/// # Errors
/// See [`MemberError`].
pub async fn remove(deps: &Deps, access: &OrganizerAccess, seat: Seat) -> Result<(), MemberError> {
    access.organizer_for(Permission::ManageMembers)?;
    access.actor().user().ok_or(MemberError::NotAUser)?;
    let mut tx = deps.db.begin().await?;
    still_may(&mut tx, access, Permission::ManageMembers).await?;
    end(&mut tx, access, seat, ("member.removed", deps.clock.now())).await?;
    Ok(tx.commit().await?)
}

/// Leaves an organizer, or one of its events, by oneself.
///
/// # Errors
/// See [`MemberError`].
pub async fn leave(
    deps: &Deps,
    access: &OrganizerAccess,
    event: Option<EventId>,
) -> Result<(), MemberError> {
    let (organizer, _) = access.events_for(Permission::ViewEvents)?;
    let user = access.actor().user().ok_or(MemberError::NotAUser)?;
    let mut tx = deps.db.begin().await?;
    rows::lock_all(&mut tx, organizer).await?;
    end(&mut tx, access, Seat { user, event }, ("member.left", deps.clock.now())).await?;
    Ok(tx.commit().await?)
}

/// Holds every other change of members back until this transaction ends, and looks again whether who asks still may:
/// between the door and here a removal may have been waited for.
pub(crate) async fn still_may(
    conn: &mut Conn,
    access: &OrganizerAccess,
    permission: Permission,
) -> Result<(), StoreError> {
    let organizer = access.organizer_for(permission)?;
    rows::lock_all(conn, organizer).await?;
    let Some(user) = access.actor().user() else { return Ok(()) };
    if may(conn, organizer, user, permission).await? { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Whether the user's role for the whole organizer allows it now.
async fn may(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    permission: Permission,
) -> Result<bool, StoreError> {
    let role = rows::find_role(conn, organizer, user).await?;
    Ok(role.is_some_and(|role| PermissionSet::of(role).has(permission)))
}

async fn end(
    conn: &mut Conn,
    access: &OrganizerAccess,
    seat: Seat,
    what: (&str, OffsetDateTime),
) -> Result<(), MemberError> {
    let organizer = access.named();
    let role = role_of(conn, organizer, seat).await?;
    if seat.event.is_none() && role == Some(Role::Owner) {
        may_lose_owner(rows::count_other_owners(conn, organizer, seat.user).await?)?;
    }
    vacate(conn, (organizer, access.actor()), seat, what).await
}

/// Takes a role away, and what its holder could make only with it.
pub(crate) async fn vacate(
    conn: &mut Conn,
    (organizer, actor): (OrganizerId, Actor),
    seat: Seat,
    (what, now): (&str, OffsetDateTime),
) -> Result<(), MemberError> {
    let role = role_of(conn, organizer, seat).await?.ok_or(MemberError::NotFound)?;
    let removed = rows::remove(conn, organizer, seat.user, seat.event).await;
    removed.on_constraint("members_last_owner_check", || MemberError::LastOwner(LastOwner))?;
    let mut events = Vec::new();
    if seat.event.is_none() {
        // Who is out of the organizer is out of its events.
        for (event, _) in rows::list_event_roles(conn, organizer, seat.user).await? {
            rows::remove(conn, organizer, seat.user, Some(event)).await?;
            events.push(event);
        }
    }
    let ended = end_what_was_made(conn, organizer, (seat.user, role), now).await?;
    let detail = json!({
        "user": seat.user, "event": seat.event, "role": role, "events": events,
        "n_keys_revoked": ended.n_keys, "n_receivers_off": ended.n_receivers,
    });
    Ok(note(conn, (organizer, seat.event, actor), (what, detail), now).await?)
}

/// What ended with a role.
struct Ended {
    n_keys: usize,
    n_receivers: usize,
}

/// Ends keys, receivers and invitations that the user could not make any more; after an owner, every link that needs no
/// address, for owners see them all.
async fn end_what_was_made(
    conn: &mut Conn,
    organizer: OrganizerId,
    (user, was): (UserId, Role),
    now: OffsetDateTime,
) -> Result<Ended, StoreError> {
    let role = rows::find_role(conn, organizer, user).await?;
    let allowed = role.map_or(PermissionSet::NONE, PermissionSet::of);
    if !allowed.has(Permission::ManageMembers) {
        store::invitations::revoke_by(conn, organizer, user, now).await?;
        if PermissionSet::of(was).has(Permission::ManageMembers) {
            store::invitations::revoke_bearers(conn, organizer, now).await?;
        }
    }
    let mut ended = Ended { n_keys: 0, n_receivers: 0 };
    if !allowed.has(Permission::ManageApiKeys) {
        ended.n_keys = rows::revoke_keys(conn, organizer, user, now).await?.len();
    }
    if !allowed.has(Permission::ManageWebhooks) {
        ended.n_receivers =
            store::webhook_endpoints::disable_of(conn, (organizer, user), "member_left", now)
                .await?;
    }
    Ok(ended)
}

async fn role_of(
    conn: &mut Conn,
    organizer: OrganizerId,
    seat: Seat,
) -> Result<Option<Role>, StoreError> {
    let Some(event) = seat.event else {
        return rows::find_role(conn, organizer, seat.user).await;
    };
    let roles = rows::list_event_roles(conn, organizer, seat.user).await?;
    Ok(roles.into_iter().find(|it| it.0 == event).map(|it| it.1))
}

/// Makes the user's pages be about another organizer that the user belongs to.
///
/// # Errors
/// `NotFound` when the user does not.
pub async fn act_for(deps: &Deps, user: UserId, organizer: OrganizerId) -> Result<(), MemberError> {
    let mut conn = deps.db.acquire().await?;
    let all = store::organizers::list_for_user(&mut conn, user).await?;
    if !all.iter().any(|it| it.organizer == organizer) {
        return Err(MemberError::NotFound);
    }
    Ok(rows::act_for(&mut conn, user, organizer).await?)
}

/// Notes what became of an organizer's members.
pub(crate) async fn note(
    conn: &mut Conn,
    (organizer, event, actor): (OrganizerId, Option<EventId>, Actor),
    (action, detail): (&str, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let about = About { organizer: Some(organizer), event, order: None };
    trail::note(conn, about, actor, (action, detail), now).await
}
