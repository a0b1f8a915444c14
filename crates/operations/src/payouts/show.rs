//! Payouts as people look at them: the organizer's own, and all of them for administrators.

use domain::permission::Permission;
use std::collections::BTreeMap;

use domain::business_day::start_of_day;
use domain::ids::{Id as _, OrganizerId, PayoutId};
pub use store::payouts::{Payout, PayoutLine};
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::{AdministratorAccess, OrganizerAccess};
use crate::payouts::PayoutError;

/// Payouts that administrators see at once.
const ADMINISTRATOR_ROWS: i64 = 200;

/// A payout with what it is made of.
#[derive(Debug, Clone)]
pub struct PayoutDetail {
    pub payout: Payout,
    pub lines: Vec<PayoutLine>,
    /// Members of the organizer, for the rule of four eyes.
    pub n_members: i64,
    pub organizer_name: String,
    /// When the day begins on which the bank pays, if it was told.
    pub transfer_at: Option<OffsetDateTime>,
    /// When all this was read.
    pub now: OffsetDateTime,
}

/// The organizer's own payout.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn payout(
    deps: &Deps,
    access: &OrganizerAccess,
    payout: PayoutId,
) -> Result<PayoutDetail, PayoutError> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ViewMoney)?;
    let payout = store::payouts::get_for_organizer(&mut conn, organizer, payout).await?;
    let lines = store::payouts::list_lines(&mut conn, payout.id, payout.amount.currency()).await?;
    let n_members = store::payout_settings::get(&mut conn, organizer).await?.n_members;
    let organizer_name = store::organizers::get(&mut conn, organizer).await?.display_name;
    let transfer_at = match payout.file {
        Some(file) => {
            Some(start_of_day(store::payouts::get_file(&mut conn, file).await?.transfer_on))
        }
        None => None,
    };
    let now = deps.clock.now();
    Ok(PayoutDetail { payout, lines, n_members, organizer_name, transfer_at, now })
}

/// The organizer's payouts that are older than `before`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn payouts(
    deps: &Deps,
    access: &OrganizerAccess,
    before: Option<PayoutId>,
    limit: i64,
) -> anyhow::Result<Vec<Payout>> {
    let mut conn = deps.db.acquire().await?;
    Ok(store::payouts::list_for_organizer(
        &mut conn,
        access.organizer_for(Permission::ViewMoney)?,
        before,
        limit,
    )
    .await?)
}

/// A payout as an administrator sees it.
#[derive(Debug, Clone)]
pub struct ForAdministrator {
    pub payout: Payout,
    pub organizer_name: String,
}

/// Every organizer's payouts that wait for the bank or were there lately.
///
/// # Errors
/// When the database fails.
pub async fn for_administrators(
    deps: &Deps,
    _: &AdministratorAccess,
) -> anyhow::Result<Vec<ForAdministrator>> {
    let mut conn = deps.db.acquire().await?;
    let found = store::payouts::list_for_administrators(&mut conn, ADMINISTRATOR_ROWS).await?;
    let mut names = BTreeMap::new();
    for organizer in found.iter().map(|payout| payout.organizer) {
        if let std::collections::btree_map::Entry::Vacant(place) = names.entry(organizer.uuid()) {
            place.insert(name(&mut conn, organizer).await?);
        }
    }
    let named = found.into_iter().map(|payout| ForAdministrator {
        organizer_name: names.get(&payout.organizer.uuid()).cloned().unwrap_or_default(),
        payout,
    });
    Ok(named.collect())
}

async fn name(conn: &mut store::db::Conn, organizer: OrganizerId) -> anyhow::Result<String> {
    Ok(store::organizers::get(conn, organizer).await?.display_name)
}
