//! Invitations: made by an owner, passed on as a link or by mail, accepted once by who signs in, or taken back.

use domain::account::AccountState;
use domain::ids::{EventId, InvitationId, OrganizerId, UserId};
use domain::parsed::email_address::EmailAddress;
use domain::permission::{Permission, Role};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
pub use store::invitations::Invitation;
use store::invitations::{self as rows, NewInvitation};
use store::members;
use time::Duration;
use words::lang::Lang;

use super::{MemberError, note};
use crate::actor::{Actor, OrganizerAccess};
use crate::mails::enqueue::enqueue_invitation;
use crate::{Deps, Settings, derived, fresh, links};

/// How long an invitation waits.
pub const INVITATION_DAYS: i64 = 7;
/// Invitations that may wait at the same time.
const OPEN_MAX: usize = 50;
/// Invitations a day, whatever became of them: nobody mails the world by ours.
const A_DAY_MAX: i64 = 100;

/// Whom an owner wants.
#[derive(Debug, Clone, Copy)]
pub struct Invite<'a> {
    /// Where it is mailed to, and who alone may accept; empty for a link that is passed on by hand.
    pub email: &'a str,
    pub role: Role,
    /// For one event only.
    pub event: Option<EventId>,
    /// Of the mail.
    pub lang: Lang,
}

/// Asks somebody to become a member, and tells the link.
///
/// # Errors
/// See [`MemberError`].
pub async fn invite(
    deps: &Deps,
    access: &OrganizerAccess,
    wish: Invite<'_>,
) -> Result<String, MemberError> {
    let organizer = access.organizer_for(Permission::ManageMembers)?;
    let user = access.actor().user().ok_or(MemberError::NotAUser)?;
    if wish.event.is_some() && wish.role == Role::Owner {
        return Err(MemberError::NoSuchRole);
    }
    let email = match wish.email.trim() {
        "" => None,
        email => Some(EmailAddress::parse(email).map_err(MemberError::Email)?),
    };
    if email.is_none() && wish.role == Role::Owner {
        return Err(MemberError::AddressNeeded);
    }
    let now = deps.clock.now();
    let id: InvitationId = fresh::id();
    let token = token_of(&deps.settings, id);
    let mut tx = deps.db.begin().await?;
    super::still_may(&mut tx, access, Permission::ManageMembers).await?;
    if let Some(event) = wish.event {
        store::events::get_for_organizer(&mut tx, organizer, event).await?;
    }
    let n_today = rows::count_since(&mut tx, organizer, now - Duration::DAY).await?;
    if n_today >= A_DAY_MAX || rows::list_open(&mut tx, organizer, now).await?.len() >= OPEN_MAX {
        return Err(MemberError::TooMany);
    }
    let new = NewInvitation {
        id,
        organizer,
        event: wish.event,
        role: wish.role,
        email: email.as_ref().map_or("", EmailAddress::as_str),
        email_key: &email.as_ref().map(|it| it.key().to_owned()).unwrap_or_default(),
        token_hash: &fresh::hash(&token),
        invited_by: Some(user),
        now,
        expires_at: now + Duration::days(INVITATION_DAYS),
    };
    rows::insert(&mut tx, &new).await?;
    if let Some(email) = &email {
        enqueue_invitation(&mut tx, email, id, wish.lang, now).await?;
    }
    let by_mail = email.is_some();
    let detail = json!({ "invitation": id, "role": wish.role, "by_mail": by_mail });
    let who = (organizer, wish.event, access.actor());
    note(&mut tx, who, ("invitation.created", detail), now).await?;
    tx.commit().await?;
    Ok(links::invitation(&deps.settings, &token))
}

/// Invitations that still open something, each with its link.
///
/// # Errors
/// When the database fails.
pub async fn list_open(
    deps: &Deps,
    access: &OrganizerAccess,
) -> Result<Vec<(Invitation, String)>, MemberError> {
    let organizer = access.organizer_for(Permission::ManageMembers)?;
    let mut conn = deps.db.acquire().await?;
    let open = rows::list_open(&mut conn, organizer, deps.clock.now()).await?;
    let link = |id| links::invitation(&deps.settings, &token_of(&deps.settings, id));
    Ok(open.into_iter().map(|it| (it.clone(), link(it.id))).collect())
}

/// Takes an invitation back; twice is once.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    deps: &Deps,
    access: &OrganizerAccess,
    id: InvitationId,
) -> Result<(), MemberError> {
    let organizer = access.organizer_for(Permission::ManageMembers)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if rows::mark_revoked(&mut tx, organizer, id, now).await? {
        let who = (organizer, None, access.actor());
        let detail = json!({ "invitation": id });
        note(&mut tx, who, ("invitation.revoked", detail), now).await?;
    }
    Ok(tx.commit().await?)
}

/// The invitation behind a link, if it still opens something.
///
/// # Errors
/// `NotFound` when there is no such link, `Over` when it was used, taken back or is too old.
pub async fn look(deps: &Deps, token: &str) -> Result<Invitation, MemberError> {
    let mut conn = deps.db.acquire().await?;
    let found = rows::find_by_token(&mut conn, &fresh::hash(token)).await?;
    let found = found.ok_or(MemberError::NotFound)?;
    if is_open(deps, &found) { Ok(found) } else { Err(MemberError::Over) }
}

/// Makes the signed-in user a member: once, in the invited role, and only for whom it is meant.
///
/// # Errors
/// See [`MemberError`].
pub async fn accept(deps: &Deps, user: UserId, token: &str) -> Result<OrganizerId, MemberError> {
    let invitation = look(deps, token).await?;
    let organizer = invitation.organizer;
    let event = invitation.event.as_ref().map(|it| it.0);
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    // The user before the organizer, as where a profile is saved.
    if store::users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(MemberError::NotFound);
    }
    members::lock_all(&mut tx, organizer).await?;
    let reader = store::users::get(&mut tx, user).await?;
    if !invitation.email_key.is_empty() && invitation.email_key != reader.email.key() {
        return Err(MemberError::OtherAddress);
    }
    if !is_stood_by(&mut tx, &invitation).await? {
        return Err(MemberError::Over);
    }
    let seat = super::Seat { user, event };
    if super::role_of(&mut tx, organizer, seat).await?.is_some() {
        return Err(MemberError::AlreadyMember);
    }
    if !rows::mark_accepted(&mut tx, invitation.id, user, now).await? {
        return Err(MemberError::Over);
    }
    members::put(&mut tx, organizer, (user, event), invitation.role, now).await?;
    members::act_for(&mut tx, user, organizer).await?;
    let detail = json!({
        "user": user, "event": event, "role": invitation.role, "invitation": invitation.id,
        "invited_by": invitation.invited_by,
    });
    let who = (organizer, event, Actor::User(user));
    note(&mut tx, who, ("member.added", detail), now).await?;
    tx.commit().await?;
    Ok(organizer)
}

/// Whether whoever invited could still do so: still in the role, and with an account that is not disabled.
async fn is_stood_by(conn: &mut Conn, invitation: &Invitation) -> Result<bool, StoreError> {
    let Some(by) = invitation.invited_by else { return Ok(true) };
    Ok(super::may(conn, invitation.organizer, by, Permission::ManageMembers).await?
        && store::users::state(conn, by).await? == AccountState::Active)
}

/// An invitation that is still open, and its token, for its mail.
pub(crate) async fn to_mail(
    deps: &Deps,
    id: InvitationId,
) -> Result<Option<(Invitation, String)>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let found = rows::get(&mut conn, id).await?;
    let is_open = is_open(deps, &found) && is_stood_by(&mut conn, &found).await?;
    Ok(is_open.then(|| (found, token_of(&deps.settings, id))))
}

fn is_open(deps: &Deps, invitation: &Invitation) -> bool {
    let Invitation { accepted_at, revoked_at, expires_at, .. } = invitation;
    accepted_at.is_none() && revoked_at.is_none() && *expires_at > deps.clock.now()
}

/// The secret of an invitation: derived, so that its owner can look the link up again, and not to be guessed.
fn token_of(settings: &Settings, id: InvitationId) -> String {
    derived::token(settings, "invitation", id)
}
