//! What recurs by itself, once per cluster: every process asks, one claims, and the work is a job like any other.

use store::error::StoreError;
use store::recurring;
use time::{Duration, OffsetDateTime, Time};

use crate::Deps;
use crate::check::CheckPart;
use crate::jobs::{self, Job};

/// Between two looks of the watch.
const WATCHED_EVERY: Duration = Duration::seconds(30);
/// Between two looks at what waits no longer: it takes no more than a look at all that does.
const SWEPT_EVERY: Duration = Duration::seconds(30);
/// The provider is asked for settlements this often, and whenever it says that there is news.
const SETTLEMENTS_ASKED_EVERY: Duration = Duration::hours(6);
/// What is done nightly begins at 03:10 in Japan: this much after midnight there, which is 15:00 UTC.
const NIGHT_BEGINS: Duration = Duration::hours(18).saturating_add(Duration::minutes(10));

domain::words! {
    /// What recurs.
    RecurringWork {
        /// [`crate::watch::watch`].
        Watch = "watch",
        /// [`crate::jobs::sweep_out`].
        Sweeping = "sweeping",
        /// [`crate::check::nightly`], a job for each rule.
        Check = "check",
        /// [`crate::watch::report::compare_day`] of the day that ended.
        Report = "report",
        /// [`crate::buyer_data::retention`].
        Erasing = "erasing",
        /// [`crate::settlements::import::import_settlements`].
        Settlements = "settlements",
    }
}

impl RecurringWork {
    /// It is due if it was begun no later than this.
    fn due_since(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Watch => now - WATCHED_EVERY,
            Self::Sweeping => now - SWEPT_EVERY,
            Self::Settlements => now - SETTLEMENTS_ASKED_EVERY,
            Self::Check | Self::Report | Self::Erasing => {
                (now - NIGHT_BEGINS).replace_time(Time::MIDNIGHT) + NIGHT_BEGINS
            }
        }
    }

    fn jobs(self, now: OffsetDateTime) -> Vec<Job> {
        match self {
            Self::Watch => vec![Job::Watch],
            Self::Sweeping => vec![Job::SweepOut],
            Self::Settlements => vec![Job::ImportSettlements],
            Self::Erasing => vec![Job::EraseBuyerData { event: None, after: None }],
            Self::Check => CheckPart::ALL.iter().map(|part| Job::Check { part: *part }).collect(),
            Self::Report => {
                vec![Job::CompareDay { day: crate::watch::report::last_whole_day(now), page: 1 }]
            }
        }
    }
}

/// Writes the jobs of everything that is due and that no other process claimed. Called every few seconds.
///
/// # Errors
/// When the database fails.
pub async fn schedule(deps: &Deps) -> Result<(), StoreError> {
    let now = deps.clock.now();
    for work in RecurringWork::ALL {
        let mut tx = deps.db.begin().await?;
        if recurring::claim(&mut tx, work.as_str(), work.due_since(now), now).await? {
            for job in work.jobs(now) {
                jobs::enqueue(&mut tx, &job, now).await?;
            }
            tx.commit().await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_night_begins_at_ten_past_three_in_japan() {
        let due = |now| RecurringWork::Check.due_since(now);
        let night = datetime!(2026-11-21 18:10 UTC);
        assert_eq!(due(night), night);
        assert_eq!(due(datetime!(2026-11-22 18:09:59 UTC)), night);
        assert_eq!(due(datetime!(2026-11-22 18:10:00 UTC)), night + Duration::DAY);
    }
}
