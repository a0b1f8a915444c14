//! Whether somebody confirms again before going on: the organizer's rule, and always for administrators.

use data_encoding::BASE64;
use domain::ids::UserId;
use domain::step_up::{CONFIRMED_MINUTES, Rule, Sensitive, Who, is_asked};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::NewAuditEntry;
use store::error::StoreError;
use store::{second_factors, step_up, users};
use time::OffsetDateTime;

use crate::Deps;
use crate::account::second_factors::is_asked_at_login;
use crate::actor::OrganizerAccess;
use crate::sealed::{self, Place};

/// Proof that somebody confirmed with a second factor a short while ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentlyConfirmed {
    until: OffsetDateTime,
}

impl RecentlyConfirmed {
    /// The proof, if what the web session remembers is recent; `confirmed_at` in seconds since 1970.
    pub fn read(deps: &Deps, confirmed_at: Option<i64>) -> Option<Self> {
        let now = deps.clock.now();
        let at = OffsetDateTime::from_unix_timestamp(confirmed_at?).ok()?;
        let until = at.checked_add(time::Duration::minutes(CONFIRMED_MINUTES))?;
        (at <= now && now < until).then_some(Self { until })
    }

    /// When it ends.
    pub const fn until(&self) -> OffsetDateTime {
        self.until
    }
}

/// What somebody meets who is about to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// Confirm first.
    Confirm,
}

/// Whether `user` confirms first. Somebody who did so recently does not do it again.
///
/// # Errors
/// When the database fails.
pub async fn gate(
    deps: &Deps,
    user: UserId,
    action: Sensitive,
    proof: Option<RecentlyConfirmed>,
) -> Result<Gate, StoreError> {
    if proof.is_some() {
        return Ok(Gate::Open);
    }
    let mut conn = deps.db.acquire().await?;
    let is_administrator = match users::get(&mut conn, user).await {
        Ok(user) => user.is_administrator,
        // Whoever is not there any more is turned away by the door itself.
        Err(StoreError::NotFound) => return Ok(Gate::Open),
        Err(error) => return Err(error),
    };
    let has_factor = is_asked_at_login(&second_factors::factors(&mut conn, user).await?);
    let rule = step_up::strictest(&mut conn, user).await?;
    let who = Who { is_administrator, has_factor };
    Ok(if is_asked(action, rule, who) { Gate::Confirm } else { Gate::Open })
}

/// The organizer's rule.
///
/// # Errors
/// When the database fails.
pub async fn rule(deps: &Deps, access: &OrganizerAccess) -> Result<Rule, StoreError> {
    let mut conn = deps.db.acquire().await?;
    step_up::get(&mut conn, access.organizer()).await
}

/// Sets the organizer's rule.
///
/// # Errors
/// When the database fails.
pub async fn set_rule(deps: &Deps, access: &OrganizerAccess, rule: Rule) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let before = step_up::get(&mut tx, access.organizer()).await?;
    if before != rule {
        step_up::set(&mut tx, access.organizer(), rule, now).await?;
        let actor = access.actor();
        let entry = NewAuditEntry {
            organizer: Some(access.organizer()),
            event: None,
            order: None,
            actor_kind: actor.kind(),
            actor_id: actor.id(),
            action: "organizer.asks_again_set",
            detail: json!({ "is_on": rule.is_on, "above": rule.refunds_above_minor }),
            now,
        };
        store::audit::insert(&mut tx, &entry).await?;
    }
    tx.commit().await
}

/// A form that waits until its sender has confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Where it was going.
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// The page it stood on.
    pub page: String,
}

const WAITING: &str = "web_sessions.waiting";

/// Seals a form for the web session of its sender: it may hold a bank account.
///
/// # Errors
/// When it cannot be sealed.
pub fn seal_waiting(deps: &Deps, user: UserId, waiting: &Waiting) -> anyhow::Result<String> {
    let plain = serde_json::to_vec(waiting)?;
    let place = Place { column: WAITING, row: &user.to_string() };
    Ok(BASE64.encode(&sealed::seal(&deps.settings, place, &plain)?))
}

/// The form that waits, if this user sent it.
pub fn open_waiting(deps: &Deps, user: UserId, envelope: &str) -> Option<Waiting> {
    let envelope = BASE64.decode(envelope.as_bytes()).ok()?;
    let place = Place { column: WAITING, row: &user.to_string() };
    serde_json::from_slice(&sealed::open(&deps.settings, place, &envelope).ok()?).ok()
}
