//! Whether somebody confirms again before going on: the organizer's rule, and always for administrators.

use data_encoding::BASE64;
use domain::ids::{OrderId, UserId};
use domain::money::Currency;
use domain::notice::Notice;
use domain::permission::Permission;
use domain::step_up::{CONFIRMED_MINUTES, Rule, Sensitive, Who, is_asked, wants_fresh_login};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::{second_factors, step_up, users};
use time::{Duration, OffsetDateTime};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::account::notices::tell;
use crate::account::second_factors::is_asked_at_login;
use crate::actor::OrganizerAccess;
use crate::sealed::{self, Place};
use crate::{Deps, trail};

/// Refunds of one person within this time count together.
const TOGETHER: Duration = Duration::days(1);
/// Where a process ends in the middle of a refund, the next turn begins after this; a refund takes seconds at most.
const TURN_MAX: Duration = Duration::minutes(1);

/// Proof that somebody confirmed, or signed in, a short while ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentlyConfirmed {
    until: OffsetDateTime,
}

impl RecentlyConfirmed {
    /// The proof, if what the web session remembers is recent; `confirmed_at` in seconds since 1970.
    pub fn read(deps: &Deps, confirmed_at: Option<i64>) -> Option<Self> {
        let now = deps.clock.now();
        let at = OffsetDateTime::from_unix_timestamp(confirmed_at?).ok()?;
        let until = at.checked_add(Duration::minutes(CONFIRMED_MINUTES))?;
        (at <= now && now < until).then_some(Self { until })
    }

    /// When it ends.
    pub const fn until(&self) -> OffsetDateTime {
        self.until
    }
}

/// Proof that a second factor was proved in this web session, at its login or since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed(());

impl Confirmed {
    /// The proof, if the web session remembers when; `confirmed_at` in seconds since 1970.
    pub fn read(confirmed_at: Option<i64>) -> Option<Self> {
        confirmed_at.map(|_| Self(()))
    }
}

/// What somebody is about to do, as the form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    pub action: Sensitive,
    /// Whose money a refund gives back.
    pub order: Option<OrderId>,
}

/// What a web session has proved lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proofs {
    /// A second factor.
    pub confirmed: Option<RecentlyConfirmed>,
    /// The login itself, by somebody who was there.
    pub signed_in: Option<RecentlyConfirmed>,
}

/// What somebody meets who is about to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// Confirm first.
    Confirm,
    /// Log in again first: there is nothing else to confirm with.
    SignIn,
}

/// The turn of somebody who gives money back: until it is given back, nobody else of the same name has one. It holds no
/// connection meanwhile: the refund needs one itself.
#[derive(Debug)]
pub struct Turn {
    deps: Deps,
    user: UserId,
    /// None once it was given back.
    id: Option<Uuid>,
}

impl Turn {
    /// Gives it back.
    pub async fn give_back(mut self) {
        if let Some(id) = self.id {
            give_back(&self.deps, self.user, id).await;
            self.id = None;
        }
    }
}

/// Whose browser goes away in the middle gives the turn back, too.
impl Drop for Turn {
    fn drop(&mut self) {
        if let (Some(id), Ok(runtime)) = (self.id.take(), Handle::try_current()) {
            let (deps, user) = (self.deps.clone(), self.user);
            runtime.spawn(async move { give_back(&deps, user, id).await });
        }
    }
}

async fn give_back(deps: &Deps, user: UserId, turn: Uuid) {
    let given = async {
        let mut conn = deps.db.acquire().await?;
        step_up::give_turn_back(&mut conn, user, turn).await
    };
    if let Err(error) = given.await {
        tracing::warn!("a turn ends by itself: {error:#}");
    }
}

/// Takes the turn for one refund; none while another one of the same person is under way. What went back before is summed
/// up when a refund begins, so two that began together would each count without the other.
///
/// # Errors
/// When the database fails.
pub async fn take_turn(deps: &Deps, user: UserId) -> Result<Option<Turn>, StoreError> {
    let (id, now) = (Uuid::now_v7(), deps.clock.now());
    let mut conn = deps.db.acquire().await?;
    let is_taken = step_up::take_turn(&mut conn, user, id, now, now + TURN_MAX).await?;
    Ok(is_taken.then(|| Turn { deps: deps.clone(), user, id: Some(id) }))
}

/// Whether `user` confirms first. Somebody who did so recently does not do it again.
///
/// # Errors
/// When the database fails.
pub async fn gate(
    deps: &Deps,
    user: UserId,
    matter: Matter,
    proofs: Proofs,
) -> Result<Gate, StoreError> {
    // What only staff does wants a factor that is still there, too.
    if proofs.confirmed.is_some() && matter.action != Sensitive::Platform {
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
    let who = Who { is_administrator, has_factor };
    if proofs.confirmed.is_some() && (has_factor || !is_administrator) {
        return Ok(Gate::Open);
    }
    if wants_fresh_login(matter.action, who) && proofs.signed_in.is_none() {
        return Ok(Gate::SignIn);
    }
    let rule = step_up::strictest(&mut conn, user).await?;
    let action = with_what_went_before(deps, &mut conn, user, matter).await?;
    Ok(if is_asked(action, rule, who) { Gate::Confirm } else { Gate::Open })
}

/// A refund together with what the same person gave back within a day: many small ones are a large one. The limit is in
/// yen, so the amount in another currency counts as unknown.
async fn with_what_went_before(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
    matter: Matter,
) -> Result<Sensitive, StoreError> {
    let Sensitive::Refund { amount_minor: Some(amount) } = matter.action else {
        return Ok(matter.action);
    };
    let currency = match matter.order {
        Some(order) => step_up::currency_of(conn, order).await?,
        None => None,
    };
    if amount <= 0 || currency != Some(Currency::JPY) {
        return Ok(Sensitive::Refund { amount_minor: None });
    }
    let before = step_up::refunded_since(conn, user, deps.clock.now() - TOGETHER).await?;
    Ok(Sensitive::Refund { amount_minor: amount.checked_add(before) })
}

/// The organizer's rule.
///
/// # Errors
/// When the database fails.
pub async fn rule(deps: &Deps, access: &OrganizerAccess) -> Result<Rule, StoreError> {
    let organizer = access.organizer_for(Permission::ManageMembers)?;
    let mut conn = deps.db.acquire().await?;
    step_up::get(&mut conn, organizer).await
}

/// Sets the organizer's rule.
///
/// # Errors
/// When the database fails.
pub async fn set_rule(deps: &Deps, access: &OrganizerAccess, rule: Rule) -> Result<(), StoreError> {
    let organizer = access.organizer_for(Permission::ManageMembers)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let before = step_up::get(&mut tx, organizer).await?;
    if before != rule {
        step_up::set(&mut tx, organizer, rule, now).await?;
        let detail = json!({ "is_on": rule.is_on, "above": rule.refunds_above_minor });
        let told = ("organizer.asks_again_set", detail);
        trail::note(&mut tx, organizer, access.actor(), told, now).await?;
    }
    if rule.is_looser_than(before) {
        for member in store::members::list(&mut tx, organizer).await? {
            if member.event.is_none() {
                let (notice, detail) = (Notice::RuleLoosened, String::new());
                tell(&mut tx, member.user, notice, detail, now).await?;
            }
        }
    }
    tx.commit().await
}

/// A form that waits until its sender has confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Where it was going, with its query unless it asks by GET.
    pub action: String,
    /// Whether it asked for something, a file, rather than telling us.
    pub is_get: bool,
    pub fields: Vec<(String, String)>,
    /// The page it stood on.
    pub page: String,
    /// What it would do, a word of [`Sensitive::word`], and how much as it was typed, where the form says so.
    pub what: String,
    pub amount: Option<String>,
    /// When it was held back, in seconds since 1970.
    pub since: i64,
}

/// What was held back longer ago is forgotten: nobody remembers what it was.
const WAITING_SECONDS_MAX: i64 = 15 * 60;

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
    let plain = sealed::open(&deps.settings, place, &envelope).ok()?;
    let waiting: Waiting = serde_json::from_slice(&plain).ok()?;
    let waited = deps.clock.now().unix_timestamp().saturating_sub(waiting.since);
    (waited <= WAITING_SECONDS_MAX).then_some(waiting)
}
