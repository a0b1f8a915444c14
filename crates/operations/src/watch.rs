//! The watch: looks all the time for what does not add up between the provider, our rows and our machinery.
//!
//! Every round closes what became right, asks what the provider took and compares, looks into our own rows, and tells
//! what is new. What the provider does not answer is unknown, and unknown is no difference: nothing is raised then.

use std::collections::BTreeSet;

use domain::alert::AlertRule;
use domain::business_day::japan_date;
use domain::process::{ProcessKind, StepName};
use serde_json::json;
use store::alerts::{self, About, Suspect};
use store::db::Conn;
use store::error::StoreError;
use store::payouts::{self, Overdue};
use store::watch as rows;
use time::{Duration, OffsetDateTime};

use crate::{Deps, fresh, reflection};

pub mod examine;
pub mod provider;
pub mod report;
pub mod tell;

use provider::Heard;

/// How many suspects of one rule a round takes; the next round takes more.
const SUSPECTS_MAX: i64 = 200;
/// Events where something happened within this time are counted.
const ACTIVE: Duration = Duration::minutes(15);
/// How far back late money is looked for, before its grace.
const LATE_MONEY: Duration = Duration::hours(1);
/// So many payments without a single webhook are no accident.
const SILENT_CAPTURES_MIN: i64 = 3;

/// One round of the watch. Safe to repeat, and to run twice at once.
///
/// # Errors
/// When the database fails.
pub async fn watch(deps: &Deps) -> anyhow::Result<()> {
    close_settled(deps).await?;
    let heard = provider::compare(deps).await?;
    look(deps, heard).await?;
    provider::ask_again(deps).await?;
    tell::tell(deps).await?;
    reflection::count(deps).await
}

/// Closes every alert whose facts are right by our own rows; says how many.
///
/// # Errors
/// When the database fails.
pub async fn close_settled(deps: &Deps) -> anyhow::Result<usize> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let settled = rows::list_settled(&mut conn, now, SUSPECTS_MAX).await?;
    for alert in &settled {
        alerts::close(&mut conn, *alert, now).await?;
    }
    Ok(settled.len())
}

/// Raises what is not open yet, each in its own transaction; says how many were new.
///
/// # Errors
/// When the database fails.
pub(crate) async fn raise_all(deps: &Deps, suspects: &[Suspect]) -> Result<usize, StoreError> {
    let now = deps.clock.now();
    let mut n_new = 0_usize;
    for suspect in suspects {
        let mut tx = deps.db.begin().await?;
        if alerts::raise(&mut tx, fresh::id(), suspect, now).await? {
            tracing::warn!(rule = %suspect.rule, subject = suspect.subject, "alert raised");
            n_new = n_new.saturating_add(1);
        }
        tx.commit().await?;
    }
    Ok(n_new)
}

/// Looks into our own rows.
async fn look(deps: &Deps, heard: Heard) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let before = |rule: AlertRule| now - rule.grace(deps.settings.alert_grace);
    let mut conn = deps.db.acquire().await?;
    let conn = &mut *conn;
    let late = before(AlertRule::MoneyLate);
    let mut found = rows::list_late_money(conn, late - LATE_MONEY, late, SUSPECTS_MAX).await?;
    if heard == Heard::Yes {
        // Both wait for the provider; while it does not answer, they wait on purpose.
        let held = before(AlertRule::HoldNotReleased);
        found.extend(rows::list_holds_not_released(conn, held, SUSPECTS_MAX).await?);
        let sent = before(AlertRule::RefundStuck);
        found.extend(rows::list_stuck_refunds(conn, sent, SUSPECTS_MAX).await?);
    }
    let (active, ended) = (now - ACTIVE, before(AlertRule::HoldWithoutOrder));
    found.extend(rows::list_holds_without_order(conn, active, ended, SUSPECTS_MAX).await?);
    found.extend(rows::list_quotas_that_differ(conn, active, SUSPECTS_MAX).await?);
    found.extend(payouts::list_stuck(conn, overdue_payouts(now), SUSPECTS_MAX).await?);
    found.extend(rows::list_refused_mails(conn, SUSPECTS_MAX).await?);
    found.extend(rows::list_dead_jobs(conn, SUSPECTS_MAX).await?);
    found.extend(silence(deps, conn, now).await?);
    let waiting = rows::list_stuck_mails(conn, before(AlertRule::MailStuck), SUSPECTS_MAX).await?;
    close_mails_that_left(conn, &waiting, now).await?;
    found.extend(waiting);
    raise_all(deps, &found).await?;
    Ok(())
}

/// The steps of a payout say for themselves how long they may take.
fn overdue_payouts(now: OffsetDateTime) -> Overdue {
    let since = |name: StepName| {
        let patience = ProcessKind::Payout.step(name).map_or(Duration::ZERO, |step| step.patience);
        now - patience
    };
    Overdue {
        prepared_before: since(StepName::ApprovePayout),
        approved_before: since(StepName::TellBank),
        due_before: japan_date(since(StepName::AwaitBank)),
    }
}

/// Payments arrive and webhooks do not: the address at the provider is wrong, or our door is closed.
async fn silence(
    deps: &Deps,
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Option<Suspect>, StoreError> {
    let rule = AlertRule::WebhooksSilent;
    let grace = rule.grace(deps.settings.alert_grace);
    let arrivals = rows::count_arrivals(conn, now - grace - grace, now - grace).await?;
    let is_silent = arrivals.n_captures >= SILENT_CAPTURES_MIN && arrivals.n_webhooks == 0;
    Ok(is_silent.then(|| Suspect {
        rule,
        subject: deps.provider.name().to_owned(),
        about: About::default(),
        observed: json!({ "webhooks": "none", "payments": "arriving" }),
        expected: json!({ "webhooks": "arriving" }),
    }))
}

async fn close_mails_that_left(
    conn: &mut Conn,
    waiting: &[Suspect],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let waiting: BTreeSet<&str> = waiting.iter().map(|it| it.subject.as_str()).collect();
    for alert in alerts::list_open(conn, AlertRule::MailStuck, SUSPECTS_MAX).await? {
        if !waiting.contains(alert.subject.as_str()) {
            alerts::close(conn, alert.id, now).await?;
        }
    }
    Ok(())
}
