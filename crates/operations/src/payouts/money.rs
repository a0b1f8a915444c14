//! The organizer's money: what is owed, what of it can be paid out today, what waits and why.

use domain::business_day::japan_date;
use domain::money::{Currency, Money};
use domain::payout::{self, EventShare, PayoutModel, Wait};
use domain::permission::Permission;
use store::db::Conn;
pub use store::payout_settings::PayoutSettings;
pub use store::payouts::Payout;
use store::read::payable;
pub use store::read::payable::EventMoney;
use time::{Date, OffsetDateTime};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::payouts::account::{self, AccountLine};

/// Payouts that the money page shows.
const HISTORY_ROWS: i64 = 50;

/// An event's money and how it is parted today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPart {
    pub money: EventMoney,
    pub share: EventShare,
}

/// Everything the money page says.
#[derive(Debug, Clone)]
pub struct Overview {
    pub settings: PayoutSettings,
    pub account: Option<AccountLine>,
    pub events: Vec<EventPart>,
    /// Owed in all.
    pub balance: Money,
    /// What a payout would be today; less than nothing when events owe more than others have.
    pub available: Money,
    pub waiting: Money,
    /// When money that waits can be paid out next.
    pub next_on: Option<Date>,
    pub history: Vec<Payout>,
    /// Whether the platform holds money for organizers at all: it has to have an account to pay from.
    pub can_collect: bool,
}

impl Overview {
    /// Whether a payout can be prepared now.
    pub fn is_payable(&self) -> bool {
        let minimum = self.settings.terms.minimum.minor().max(1);
        self.settings.model == PayoutModel::Collect && self.available.minor() >= minimum
    }
}

/// The organizer's money.
///
/// # Errors
/// When the database fails.
pub async fn overview(deps: &Deps, access: &OrganizerAccess) -> anyhow::Result<Overview> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ViewMoney)?;
    let settings = store::payout_settings::get(&mut conn, organizer).await?;
    let events = parts(&mut conn, access, &settings, deps.clock.now()).await?;
    let account = account::find(&mut conn, organizer).await?;
    let history =
        store::payouts::list_for_organizer(&mut conn, organizer, None, HISTORY_ROWS).await?;
    let yen = Currency::JPY;
    let waits = || events.iter().filter_map(|event| event.share.waiting);
    let balance = Money::sum(yen, events.iter().map(|event| event.money.balance))?;
    let waiting = Money::sum(yen, waits().map(|(money, _)| money))?;
    let available = payout::available(yen, &shares(&events))?;
    let next_on = waits().filter_map(|(_, wait): (Money, Wait)| wait.until()).min();
    let can_collect = deps.settings.requester.is_some();
    Ok(Overview {
        settings,
        account,
        events,
        balance,
        available,
        waiting,
        next_on,
        history,
        can_collect,
    })
}

/// Each event's money, parted as of `now`.
pub(crate) async fn parts(
    conn: &mut Conn,
    access: &OrganizerAccess,
    settings: &PayoutSettings,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<EventPart>> {
    let today = japan_date(now);
    let found =
        payable::list(conn, access.organizer_for(Permission::ViewMoney)?, Currency::JPY).await?;
    let parted = found.into_iter().map(|money| {
        let share = payout::share(&settings.terms, &money.as_balance(), today)?;
        Ok(EventPart { money, share })
    });
    parted.collect()
}

pub(crate) fn shares(events: &[EventPart]) -> Vec<EventShare> {
    events.iter().map(|event| event.share).collect()
}
