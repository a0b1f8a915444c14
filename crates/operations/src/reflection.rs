//! How fast the provider's money shows here: counted continuously, once per payment, from rows that are there anyway.

use domain::ids::EventId;
use domain::permission::Permission;
use store::db::Conn;
use store::error::StoreError;
use store::reflection::{self, Bucket, SECONDS_ENDLESS};
use store::{events, recurring};
use time::Duration;

use crate::Deps;
use crate::actor::OrganizerAccess;

/// The promise: within this time for [`PROMISED_PERCENT`] of payments.
pub const PROMISED_SECONDS: i32 = 60;
pub const PROMISED_PERCENT: i64 = 99;
/// The upper bounds of the histogram.
pub const BOUNDS: [i32; 12] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600, 21_600];
const CURSOR: &str = "reflection";
/// How far back the first count goes.
const FIRST_LOOK: Duration = Duration::DAY;
/// A fact is dated when its transaction begins and seen when it commits, at most this much later.
const TRANSACTIONS_LAST: Duration = Duration::seconds(60);
/// The event's payments that its page looks at.
const RECENT_PAYMENTS: i64 = 100;

/// Counts what was recorded since the last count.
///
/// # Errors
/// When the database fails.
pub async fn count(deps: &Deps) -> anyhow::Result<()> {
    let until = deps.clock.now() - TRANSACTIONS_LAST;
    let mut tx = deps.db.begin().await?;
    let from = recurring::find_cursor(&mut tx, CURSOR).await?.unwrap_or(until - FIRST_LOOK);
    if from < until {
        reflection::count(&mut tx, from, until, &BOUNDS).await?;
        recurring::move_cursor(&mut tx, CURSOR, until).await?;
    }
    Ok(tx.commit().await?)
}

/// How fast payments showed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reflection {
    pub n_payments: i64,
    /// Of them, how many within the promise.
    pub n_in_time: i64,
    /// Nine of ten took at most so many seconds; none when it was longer than the longest bound.
    pub seconds_p90: Option<i32>,
    /// The same for 99 of 100.
    pub seconds_p99: Option<i32>,
}

impl Reflection {
    /// Reads a histogram; none without payments.
    pub fn of(buckets: &[Bucket]) -> Option<Self> {
        let n_payments: i64 = buckets.iter().map(|it| it.n_payments).sum();
        let within = |bound: i32| -> i64 {
            buckets.iter().filter(|it| it.seconds_max <= bound).map(|it| it.n_payments).sum()
        };
        let bound_for = |percent: i64| {
            let enough = |bound: &&i32| within(**bound) * 100 >= n_payments * percent;
            BOUNDS.iter().find(enough).copied()
        };
        (n_payments > 0).then(|| Self {
            n_payments,
            n_in_time: within(PROMISED_SECONDS),
            seconds_p90: bound_for(90),
            seconds_p99: bound_for(99),
        })
    }

    /// Whether the promise holds.
    pub const fn is_kept(&self) -> bool {
        self.n_in_time * 100 >= self.n_payments * PROMISED_PERCENT
    }

    /// Of a thousand payments, how many within the promise.
    pub const fn permille_in_time(&self) -> i64 {
        if self.n_payments == 0 { 1000 } else { self.n_in_time * 1000 / self.n_payments }
    }
}

/// The last days, or everything ever counted.
///
/// # Errors
/// When the database fails.
pub async fn lately(deps: &Deps, days: Option<Duration>) -> Result<Option<Reflection>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let since = days.map(|days| deps.clock.now() - days);
    Ok(Reflection::of(&reflection::histogram(&mut conn, since).await?))
}

/// How fast the last payments of an event showed.
///
/// # Errors
/// `NotFound` when it is another's.
pub async fn of_event(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Option<Reflection>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
        .await?;
    of_recent(&mut conn, event).await
}

/// The same, where the event is known to be the organizer's.
pub(crate) async fn of_recent(
    conn: &mut Conn,
    event: EventId,
) -> Result<Option<Reflection>, StoreError> {
    let took = reflection::list_recent(conn, event, RECENT_PAYMENTS).await?;
    Ok(Reflection::of(&buckets_of(&took)))
}

fn buckets_of(took: &[Duration]) -> Vec<Bucket> {
    let bounds = BOUNDS.into_iter().chain([SECONDS_ENDLESS]);
    let mut below = 0_i64;
    bounds
        .map(|bound| {
            let limit = Duration::seconds(i64::from(bound));
            let n = took.iter().filter(|it| **it <= limit).count();
            let n = i64::try_from(n).unwrap_or(i64::MAX);
            let bucket = Bucket { seconds_max: bound, n_payments: n - below, seconds_sum: 0 };
            below = n;
            bucket
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promise_is_read_from_the_buckets() {
        let took: Vec<_> =
            (0..100).map(|n| Duration::seconds(if n == 0 { 61 } else { 3 })).collect();
        let all = Reflection::of(&buckets_of(&took)).unwrap();
        assert_eq!((all.n_payments, all.n_in_time), (100, 99));
        assert_eq!((all.seconds_p90, all.seconds_p99), (Some(5), Some(5)));
        assert!(all.is_kept());
        let slow = Reflection::of(&buckets_of(&[Duration::HOUR, Duration::DAY])).unwrap();
        assert!(!slow.is_kept());
        assert_eq!((slow.permille_in_time(), slow.seconds_p99), (0, None));
        assert_eq!(Reflection::of(&[]), None);
    }
}
