//! The gate: a member's roles against what is wanted and where; a refusal leaves its line in the audit log.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::account::AccountState;
use domain::ids::{DisputeId, EventId, OrderId, OrganizerId, RefundId, ReturnRequestId, UserId};
use domain::permission::{Permission, PermissionSet, Role};
use serde_json::json;
use store::error::StoreError;
use store::members;

use super::{AccessError, administrator_access};
use crate::Deps;
use crate::account::second_factors::{factors, is_asked_at_login};
use crate::account::step_up::Confirmed;
use crate::actor::{Actor, AdministratorAccess, OrganizerAccess, Reach};
use crate::trail::{self, About};

/// What a user is to an organizer: for all of it, for some of its events, or both.
#[derive(Debug, Clone)]
pub struct Membership {
    pub user: UserId,
    pub organizer: OrganizerId,
    pub role: Option<Role>,
    pub events: BTreeMap<EventId, Role>,
}

/// What an action is about, as far as it matters for members of single events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The organizer itself: what is lent for one event does not count.
    Organizer,
    /// The list of events: everybody sees the own ones.
    OwnEvents,
    Event(EventId),
    Order(OrderId),
    Refund(RefundId),
    Dispute(DisputeId),
    ReturnRequest(ReturnRequestId),
    /// The address or form names nothing.
    Nothing,
}

impl On {
    /// The event, order, … that the text names.
    pub fn named<Id: FromStr>(text: &str, kind: fn(Id) -> Self) -> Self {
        text.parse().map_or(Self::Nothing, kind)
    }

    /// What was asked for, as the audit log tells it.
    fn named_in_log(self) -> Option<String> {
        match self {
            Self::Organizer | Self::OwnEvents | Self::Nothing => None,
            Self::Event(event) => Some(event.to_string()),
            Self::Order(order) => Some(order.to_string()),
            Self::Refund(refund) => Some(refund.to_string()),
            Self::Dispute(dispute) => Some(dispute.to_string()),
            Self::ReturnRequest(request) => Some(request.to_string()),
        }
    }
}

impl Membership {
    pub(crate) const fn access(&self, allowed: PermissionSet, reach: Reach) -> OrganizerAccess {
        let actor = Actor::User(self.user);
        OrganizerAccess { organizer: self.organizer, actor, allowed, reach }
    }

    /// Whether an event that is not public yet is for the member's eyes.
    pub fn may_see(&self, event: EventId) -> bool {
        self.at(Some(event)).has(Permission::ViewEvents)
    }

    /// What the role for the whole organizer allows.
    fn everywhere(&self) -> PermissionSet {
        self.role.map_or(PermissionSet::NONE, PermissionSet::of)
    }

    /// What either role allows at this event.
    fn at(&self, event: Option<EventId>) -> PermissionSet {
        let role = event.and_then(|event| self.events.get(&event));
        let here = role.map_or(PermissionSet::NONE, |role| PermissionSet::of_in_event(*role));
        self.everywhere().or(here)
    }
}

/// The user's roles with the organizer.
///
/// # Errors
/// `Unknown` when there is none, or the account is not active.
pub async fn membership(
    deps: &Deps,
    user: UserId,
    organizer: OrganizerId,
) -> Result<Membership, AccessError> {
    let mut conn = deps.db.acquire().await?;
    let role = members::find_role(&mut conn, organizer, user).await?;
    let events = members::list_event_roles(&mut conn, organizer, user).await?;
    let is_active = store::users::state(&mut conn, user).await? == AccountState::Active;
    if !is_active || (role.is_none() && events.is_empty()) {
        return Err(AccessError::Unknown);
    }
    Ok(Membership { user, organizer, role, events: events.into_iter().collect() })
}

/// Lets a member do one kind of thing, at one place.
///
/// # Errors
/// `NotAllowed` when the roles do not allow it, with a line in the audit log; `Unknown` when there is nothing of this
/// name where the member may look.
pub async fn enter(
    deps: &Deps,
    member: &Membership,
    permission: Permission,
    on: On,
) -> Result<OrganizerAccess, AccessError> {
    if on == On::Nothing {
        return Err(AccessError::Unknown);
    }
    if on == On::OwnEvents && member.role.is_none() {
        let lent = member.events.values().map(|role| PermissionSet::of_in_event(*role));
        let allowed = lent.fold(PermissionSet::NONE, PermissionSet::or);
        let access = member.access(allowed, Reach::OwnEvents(member.user));
        return judge(deps, access, permission, on).await;
    }
    // Who is a member of no single event needs no event looked up.
    let event = if member.events.is_empty() { None } else { event_of(deps, member, on).await? };
    let is_of_organizer = matches!(on, On::Organizer | On::OwnEvents);
    let is_strange = event.is_none_or(|event| !member.events.contains_key(&event));
    if member.role.is_none() && !is_of_organizer && is_strange {
        return Err(AccessError::Unknown);
    }
    let reach = if member.role.is_some() { Reach::Organizer } else { Reach::Event };
    judge(deps, member.access(member.at(event), reach), permission, on).await
}

/// Our own staff, for one kind of thing, in a web session that proved a second factor.
///
/// # Errors
/// `NotAllowed` when the user is not, with a line in the audit log; `SecondFactorNeeded` when none is set up, or none was
/// proved.
pub async fn may_administer(
    deps: &Deps,
    user: UserId,
    permission: Permission,
    confirmed: Option<Confirmed>,
) -> Result<AdministratorAccess, AccessError> {
    match administrator_access(deps, user).await {
        Ok(access) if PermissionSet::of_administrator().has(permission) => {
            let has_factor = is_asked_at_login(&factors(deps, user).await?);
            if has_factor && confirmed.is_some() {
                Ok(access)
            } else {
                Err(AccessError::SecondFactorNeeded)
            }
        }
        Ok(_) | Err(AccessError::NotAllowed) => {
            note(deps, (None, Actor::User(user)), permission.as_str(), On::Nothing).await?;
            Err(AccessError::NotAllowed)
        }
        Err(error) => Err(error),
    }
}

/// Writes down that somebody was refused; `what` is the permission or scope that was missing.
///
/// # Errors
/// When the database fails.
pub async fn note_refusal(
    deps: &Deps,
    access: &OrganizerAccess,
    what: &str,
) -> Result<(), StoreError> {
    note(deps, (Some(access.named()), access.actor()), what, On::Nothing).await
}

pub(crate) async fn judge(
    deps: &Deps,
    access: OrganizerAccess,
    permission: Permission,
    on: On,
) -> Result<OrganizerAccess, AccessError> {
    if access.may(permission) {
        return Ok(access);
    }
    note(deps, (Some(access.named()), access.actor()), permission.as_str(), on).await?;
    Err(AccessError::NotAllowed)
}

async fn note(
    deps: &Deps,
    (organizer, actor): (Option<OrganizerId>, Actor),
    what: &str,
    on: On,
) -> Result<(), StoreError> {
    let about = About { organizer, ..About::PLATFORM };
    let detail = json!({ "permission": what, "on": on.named_in_log() });
    let mut conn = deps.db.acquire().await?;
    trail::note(&mut conn, about, actor, ("access.refused", detail), deps.clock.now()).await
}

/// The event that something of the organizer's belongs to.
async fn event_of(
    deps: &Deps,
    member: &Membership,
    on: On,
) -> Result<Option<EventId>, AccessError> {
    let mut conn = deps.db.acquire().await?;
    let of = member.organizer;
    Ok(match on {
        On::Organizer | On::OwnEvents | On::Nothing => None,
        On::Event(event) => Some(event),
        On::Order(order) => members::event_of_order(&mut conn, of, order).await?,
        On::Refund(refund) => members::event_of_refund(&mut conn, of, refund).await?,
        On::Dispute(dispute) => members::event_of_dispute(&mut conn, of, dispute).await?,
        On::ReturnRequest(request) => members::event_of_return(&mut conn, of, request).await?,
    })
}
