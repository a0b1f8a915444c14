//! Organizers before the platform's staff: found, looked at, suspended and let go on.

use domain::ids::OrganizerId;
use domain::limits::REASON_CHARS_MAX;
use domain::money::Money;
use domain::parsed::text;
use domain::standing::{Standing, StandingStep, step};
use serde_json::json;
use store::error::StoreError;
use store::organizers::{self, Organizer};
use store::payout_settings::{self, PayoutSettings};
use store::publishable_keys;
use store::read::platform_organizers as rows;
pub use store::read::platform_organizers::{
    EventLine, KeyLine, MemberLine, OrganizerLine, PayoutLine,
};
use store::standings;
pub use store::standings::KeptStanding;

use crate::actor::{AdministratorAccess, OrganizerAccess};
use crate::publishable_keys::{PUBLISHABLE_KEYS_MAX, PublishableKey};
use crate::{Deps, trail};

/// Organizers of a page.
const PAGE_ORGANIZERS: i64 = 30;

/// Which organizers are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizerQuery {
    /// A part of a name, an address or an event's title, or an id; empty for all.
    pub text: String,
    pub standing: Option<Standing>,
}

/// A page of organizers and the way on.
#[derive(Debug, Clone)]
pub struct OrganizerPage {
    pub organizers: Vec<OrganizerLine>,
    /// Where the next page begins; none at the end.
    pub older: Option<OrganizerId>,
    /// How many are of each standing that is not active.
    pub inactive: Vec<(Standing, i64)>,
}

/// An organizer with what is known of it.
#[derive(Debug, Clone)]
pub struct OrganizerDetail {
    pub organizer: Organizer,
    pub standing: KeptStanding,
    pub payouts: PayoutSettings,
    pub members: Vec<MemberLine>,
    pub events: Vec<EventLine>,
    /// Accounts of the ledger by kind, debits positive.
    pub balances: Vec<(String, Money)>,
    pub last_payouts: Vec<PayoutLine>,
    pub keys: Vec<KeyLine>,
    /// Those by which websites show its events, every one that works among them.
    pub publishable_keys: Vec<PublishableKey>,
    /// Open ones, by rule.
    pub alerts: Vec<(String, i64)>,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    #[error("there is no such organizer")]
    NotFound,
    #[error("a reason is needed, of one line and not too long")]
    MalformedReason,
    #[error("somebody else is changing the same; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for StandingError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// A page of organizers, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    _: &AdministratorAccess,
    query: &OrganizerQuery,
    older_than: Option<OrganizerId>,
) -> Result<OrganizerPage, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let wanted = PAGE_ORGANIZERS.saturating_add(1);
    let asked = (query.text.as_str(), query.standing);
    let id = query.text.parse().ok();
    let mut organizers = rows::list(&mut conn, asked, id, older_than, wanted).await?;
    let is_more = i64::try_from(organizers.len()).is_ok_and(|n| n > PAGE_ORGANIZERS);
    if is_more {
        organizers.pop();
    }
    let older = organizers.last().map(|it| it.organizer).filter(|_| is_more);
    let inactive = rows::count_inactive(&mut conn).await?;
    Ok(OrganizerPage { organizers, older, inactive })
}

/// One organizer; none when there is none of this id.
///
/// # Errors
/// When the database fails.
pub async fn show(
    deps: &Deps,
    _: &AdministratorAccess,
    organizer: OrganizerId,
) -> Result<Option<OrganizerDetail>, StoreError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let found = match organizers::get(&mut conn, organizer).await {
        Ok(found) => found,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(OrganizerDetail {
        organizer: found,
        standing: standings::get(&mut conn, organizer).await?,
        payouts: payout_settings::get(&mut conn, organizer).await?,
        members: rows::list_members(&mut conn, organizer).await?,
        events: rows::list_events(&mut conn, organizer).await?,
        balances: rows::list_balances(&mut conn, organizer).await?,
        last_payouts: rows::list_payouts(&mut conn, organizer).await?,
        keys: rows::list_keys(&mut conn, organizer, now).await?,
        publishable_keys: publishable_keys::list_for_organizer(
            &mut conn,
            organizer,
            PUBLISHABLE_KEYS_MAX,
        )
        .await?,
        alerts: rows::count_open_alerts(&mut conn, organizer).await?,
    }))
}

/// Decides how an organizer stands from now on. When this returns after a suspension, no order that did not see it is
/// still being placed.
///
/// # Errors
/// `MalformedReason` without a reason; `Busy` when somebody is slow to let go, in which case nothing is decided or, for
/// orders under way at a suspension, they are not waited for any longer.
pub async fn set_standing(
    deps: &Deps,
    access: &AdministratorAccess,
    organizer: OrganizerId,
    to: Standing,
    reason: &str,
) -> Result<(), StandingError> {
    let reason =
        text::line(reason, REASON_CHARS_MAX).map_err(|_| StandingError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let kept = standings::lock(&mut tx, organizer).await?;
    let was_reviewed = match step(kept.standing, to) {
        StandingStep::AlreadyThere => return Ok(()),
        StandingStep::PassReview => true,
        StandingStep::Move => false,
    };
    // Whose standing is in order has nothing to explain; why it was let go on stays in the audit log.
    let shown = if to == Standing::Active { "" } else { &reason };
    standings::set(&mut tx, organizer, (to, shown), was_reviewed, now).await?;
    let detail = json!({ "from": kept.standing, "to": to, "reason": reason });
    trail::note(&mut tx, organizer, access.actor(), (&format!("organizer.{to}"), detail), now)
        .await?;
    tx.commit().await?;
    if !to.may_sell() {
        let mut tx = deps.db.begin().await?;
        standings::wait_for_sellers(&mut tx, organizer).await?;
    }
    Ok(())
}

/// How the member's organizer stands, for what stands above its pages.
///
/// # Errors
/// When the database fails.
pub async fn own_standing(
    deps: &Deps,
    access: &OrganizerAccess,
) -> Result<KeptStanding, StoreError> {
    let mut conn = deps.db.acquire().await?;
    standings::get(&mut conn, access.named()).await
}
