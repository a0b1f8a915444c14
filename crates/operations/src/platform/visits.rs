//! Visits: somebody of the staff sees an organizer's pages as its members do, for a while and with a reason, and changes
//! nothing. Everything is done under the own name; the organizer reads of it in its audit log.

use std::collections::BTreeMap;

use domain::account::AccountState;
use domain::ids::{OrganizerId, UserId};
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use domain::permission::{Permission, PermissionSet, Role};
use domain::standing::VISIT_MINUTES_MAX;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
pub use store::staff_visits::StaffVisit;
use store::{organizers, staff_visits, users};
use time::{Duration, OffsetDateTime};

use crate::access::{AccessError, Membership, On, administrator_access, judge, note_refusal};
use crate::account::Home;
use crate::account::second_factors::{factors, is_asked_at_login};
use crate::account::step_up::Confirmed;
use crate::actor::{Actor, AdministratorAccess, OrganizerAccess, Reach};
use crate::{Deps, fresh, trail};

/// Why no visit began.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    #[error("there is no such organizer")]
    NotFound,
    #[error("a reason is needed, of one line and not too long")]
    MalformedReason,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for VisitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Begins a visit; another one of the same person ends.
///
/// # Errors
/// `MalformedReason` without a reason.
pub async fn begin(
    deps: &Deps,
    access: &AdministratorAccess,
    organizer: OrganizerId,
    reason: &str,
) -> Result<StaffVisit, VisitError> {
    let reason = text::line(reason, REASON_CHARS_MAX).map_err(|_| VisitError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    organizers::get(&mut tx, organizer).await?;
    // Of two that begin at once, the second waits here and ends the first.
    users::lock(&mut tx, access.user).await?;
    end_of(&mut tx, access.user, access.actor(), now).await?;
    let visit = StaffVisit {
        visit: fresh::id(),
        user: access.user,
        organizer,
        reason,
        until: now + Duration::minutes(VISIT_MINUTES_MAX),
    };
    staff_visits::insert(&mut tx, &visit, now).await?;
    let detail = json!({ "visit": visit.visit, "reason": visit.reason });
    trail::note(&mut tx, organizer, access.actor(), ("visit.begun", detail), now).await?;
    tx.commit().await?;
    Ok(visit)
}

/// Ends the visit that goes on; says of whom it was.
///
/// # Errors
/// When the database fails.
pub async fn end(
    deps: &Deps,
    access: &AdministratorAccess,
) -> Result<Option<OrganizerId>, StoreError> {
    let mut tx = deps.db.begin().await?;
    let ended = end_of(&mut tx, access.user, access.actor(), deps.clock.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends the visit of a user that goes on, if one does: also where the user logs out or is put out.
pub(crate) async fn end_of(
    conn: &mut Conn,
    user: UserId,
    by: Actor,
    now: OffsetDateTime,
) -> Result<Option<OrganizerId>, StoreError> {
    let Some(visit) = staff_visits::mark_ended(conn, user, now).await? else { return Ok(None) };
    let told = ("visit.ended", json!({ "visit": visit.visit, "user": visit.user }));
    trail::note(conn, visit.organizer, by, told, now).await?;
    Ok(Some(visit.organizer))
}

/// Writes the end of visits whose time is over. The sweeper calls it; one that ended is not found again.
///
/// # Errors
/// When the database fails.
pub async fn end_overdue(deps: &Deps) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    for visit in staff_visits::mark_overdue(&mut tx, now).await? {
        let told = ("visit.ended", json!({ "visit": visit.visit, "user": visit.user }));
        trail::note(&mut tx, visit.organizer, Actor::System, told, now).await?;
    }
    tx.commit().await
}

/// A visitor in place of a member.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub visit: StaffVisit,
    /// The visitor, with the visited organizer as the only one.
    pub home: Home,
    pub membership: Membership,
}

/// The visit that this user is on, in a web session that proved a second factor.
///
/// # Errors
/// When the database fails.
pub async fn current(
    deps: &Deps,
    user: UserId,
    confirmed: Option<Confirmed>,
) -> anyhow::Result<Option<Visitor>> {
    if confirmed.is_none() {
        return Ok(None);
    }
    let mut conn = deps.db.acquire().await?;
    let Some(visit) = staff_visits::find_open(&mut conn, user, deps.clock.now()).await? else {
        return Ok(None);
    };
    let found = users::get(&mut conn, user).await?;
    let organizer = organizers::get(&mut conn, visit.organizer).await?;
    drop(conn);
    // Who is of the staff no more, or gave the second factor up, visits nobody.
    if !found.is_administrator || !is_asked_at_login(&factors(deps, user).await?) {
        return Ok(None);
    }
    let membership = Membership {
        user,
        organizer: visit.organizer,
        role: Some(Role::Viewer),
        events: BTreeMap::new(),
    };
    let home = Home { user: found, organizers: vec![organizer] };
    Ok(Some(Visitor { visit, home, membership }))
}

/// Lets a visitor see one kind of thing.
///
/// # Errors
/// `NotAllowed` for anything but looking, with a line in the audit log; `Unknown` when nothing is named.
pub async fn enter(
    deps: &Deps,
    visitor: &Visitor,
    permission: Permission,
    on: On,
) -> Result<OrganizerAccess, AccessError> {
    if on == On::Nothing {
        return Err(AccessError::Unknown);
    }
    let access = visitor.membership.access(PermissionSet::of_visitor(), Reach::Organizer);
    judge(deps, access, permission, on).await
}

/// Writes down which page a visitor opened, once in a visit; what was searched for on it is not kept.
///
/// # Errors
/// When the database fails.
pub async fn note_page(deps: &Deps, visitor: &Visitor, path: &str) -> Result<(), StoreError> {
    let visit = &visitor.visit;
    let told = ("visit.page", json!({ "visit": visit.visit, "page": path }));
    let mut tx = deps.db.begin().await?;
    // A page that renews itself is one page.
    if staff_visits::mark_opened(&mut tx, visit.visit, path).await? {
        let by = Actor::User(visit.user);
        trail::note(&mut tx, visit.organizer, by, told, deps.clock.now()).await?;
    }
    tx.commit().await
}

/// Lets whoever visits the organizer watch its events live, as long as the visit goes on.
///
/// # Errors
/// `Unknown` when the user does not visit this organizer.
pub(crate) async fn watch(
    deps: &Deps,
    user: UserId,
    organizer: OrganizerId,
) -> Result<OrganizerAccess, AccessError> {
    // Who is nobody here learns no more than that.
    administrator_access(deps, user).await.map_err(|error| match error {
        AccessError::NotAllowed => AccessError::Unknown,
        other => other,
    })?;
    if !is_asked_at_login(&factors(deps, user).await?) {
        return Err(AccessError::Unknown);
    }
    let mut conn = deps.db.acquire().await?;
    if users::state(&mut conn, user).await? != AccountState::Active {
        return Err(AccessError::Unknown);
    }
    let visit = staff_visits::find_open(&mut conn, user, deps.clock.now()).await?;
    let visit = visit.filter(|it| it.organizer == organizer).ok_or(AccessError::Unknown)?;
    Ok(OrganizerAccess {
        organizer: visit.organizer,
        actor: Actor::User(user),
        allowed: PermissionSet::of_visitor(),
        reach: Reach::Organizer,
    })
}

/// Refuses a form to a visitor, whoever else may send it, with a line in the audit log.
pub async fn refuse(deps: &Deps, visitor: &Visitor, permission: Permission) -> AccessError {
    let access = visitor.membership.access(PermissionSet::NONE, Reach::Organizer);
    match note_refusal(deps, &access, permission.as_str()).await {
        Ok(()) => AccessError::NotAllowed,
        Err(error) => error.into(),
    }
}
