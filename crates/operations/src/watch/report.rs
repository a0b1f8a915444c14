//! The provider's report of a day beside our books, to the yen: for every payment begun that day.

use domain::alert::AlertRule;
use providers::outcome::Outcome;
use providers::payments::{ProviderPayment, Span};
use serde_json::json;
use store::provider_report::{self, Named, ReportLine};
use store::recurring;
use time::{Date, Duration, OffsetDateTime, Time, UtcOffset};

use crate::Deps;
use crate::jobs::{self, Job};
use crate::recurring::RecurringWork;
use crate::watch::examine::{Examined, examine};
use crate::watch::raise_all;

/// Days are the provider's: Japan's.
const JAPAN: Duration = Duration::hours(9);
/// Pages that one job reads; the next job goes on.
const PAGES_PER_JOB: u32 = 20;

/// The last day that has ended in Japan.
pub fn last_whole_day(now: OffsetDateTime) -> Date {
    (now.to_offset(UtcOffset::UTC) + JAPAN - Duration::DAY).date()
}

fn span_of(day: Date) -> Span {
    let from = day.with_time(Time::MIDNIGHT).assume_utc() - JAPAN;
    Span { from, until: from + Duration::DAY - Duration::SECOND }
}

/// Compares a part of the day's report with our books, from `page` on; the rest is a job of its own. What differs is
/// asked about by name first: only what still differs then is raised.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; the job is tried again.
pub async fn compare_day(deps: &Deps, day: Date, page: u32) -> anyhow::Result<()> {
    let mut n_differ = 0_usize;
    let mut next = Some(page);
    let end = page.saturating_add(PAGES_PER_JOB);
    while let Some(page) = next.filter(|page| *page < end) {
        let list = match deps.provider.list_captured(span_of(day), page).await {
            Outcome::Accepted(list) => list,
            Outcome::Refused(refusal) => {
                anyhow::bail!("listing the payments of {day}: refused with {}", refusal.code)
            }
            Outcome::Unknown(cause) => anyhow::bail!("listing the payments of {day}: {cause}"),
        };
        n_differ = n_differ.saturating_add(compare_lines(deps, &list.items).await?);
        next = list.next_page;
    }
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    if let Some(page) = next {
        jobs::enqueue(&mut conn, &Job::CompareDay { day, page }, now).await?;
    } else {
        let outcome = json!({ "day": day.to_string(), "n_findings": n_differ });
        recurring::finish(&mut conn, RecurringWork::Report.as_str(), &outcome, now).await?;
    }
    Ok(())
}

async fn compare_lines(deps: &Deps, theirs: &[ProviderPayment]) -> anyhow::Result<usize> {
    let settled = deps.clock.now() - AlertRule::MissingHere.grace(deps.settings.alert_grace);
    let lines: Vec<ReportLine> = theirs.iter().filter_map(|it| line_of(it, settled)).collect();
    let different = {
        let mut conn = deps.db.acquire().await?;
        provider_report::list_different(&mut conn, deps.provider.name(), &lines).await?
    };
    let mut n_differ = 0_usize;
    for payment in different {
        match examine(deps, payment).await? {
            Examined::Agrees => {}
            Examined::Differs(suspect) => {
                n_differ = n_differ.saturating_add(1);
                raise_all(deps, &[*suspect]).await?;
            }
            Examined::Unknown => anyhow::bail!("asking about {payment}: no readable answer"),
        }
    }
    Ok(n_differ)
}

/// What the provider holds of a payment; none while its capture is younger than the grace.
fn line_of(payment: &ProviderPayment, settled: OffsetDateTime) -> Option<ReportLine> {
    if payment.captured_at.is_some_and(|at| at > settled) {
        return None;
    }
    let named = Named {
        provider_payment_id: payment.id.clone(),
        reference: payment.reference.clone().unwrap_or_default(),
    };
    Some(ReportLine { named, held_minor: payment.held()?.minor() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn a_day_is_japans() {
        assert_eq!(last_whole_day(datetime!(2026-11-21 15:00 UTC)), date!(2026 - 11 - 21));
        assert_eq!(last_whole_day(datetime!(2026-11-21 14:59 UTC)), date!(2026 - 11 - 20));
        let span = span_of(date!(2026 - 11 - 21));
        assert_eq!(span.from, datetime!(2026-11-21 0:00 +9));
        assert_eq!(span.until, datetime!(2026-11-21 23:59:59 +9));
    }
}
