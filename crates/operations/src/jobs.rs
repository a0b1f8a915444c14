//! Everything that can happen by itself, on one page: the jobs, their limits, and what runs them.

use std::time::Duration as StdDuration;

use domain::ids::{
    EventId, JobId, MailId, OrderId, OrganizerId, PaymentId, ProcessId, RefundId, WebhookEventId,
};
use domain::process::{ProcessKind, StepName};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::db::Conn;
use store::dead_jobs;
use store::error::StoreError;
use store::jobs::{self, DeadJob, LeasedJob, NewJob};
use time::{Date, Duration, OffsetDateTime};

use crate::Deps;
use crate::actor::Actor;
use crate::check::{self, CheckPart};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::trail::{self, About};
use crate::{
    buyer_data, event_cancellation, fresh, mails, orders, payments, platform, processes, refunds,
    settlements, statements, watch, webhooks,
};

/// How long a worker may hold a job: longer than any job's time limit, so that a lease never ends under a live worker.
pub const LEASE: Duration = Duration::seconds(60);
/// The longest pause between two attempts.
const BACKOFF_SECONDS_MAX: i64 = 3600;
/// How many rows one sweep looks at.
const SWEEP_ROWS: i64 = 500;
/// A refund that did not end within this time is asked for again.
const REFUND_PATIENCE: Duration = Duration::minutes(2);
/// Who has not paid after this time gets the order's link by mail. Who pays at once gets one mail, with the tickets.
const BUYER_PATIENCE: Duration = Duration::minutes(2);

/// Work to do later. Every job can run twice; each says why that is safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Acts on a provider's message. Safe: it only asks the provider and records what is not recorded yet.
    ProcessWebhookEvent { webhook_event: WebhookEventId },
    /// Asks the provider how a payment stands. Safe: as above.
    SyncPayment { payment: PaymentId },
    /// Closes the provider's page of a payment that is not wanted any more. Safe: closing twice is closing.
    ClosePayment { payment: PaymentId },
    /// Asks the provider for a refund. Safe: the refund's id is the idempotency key, and a repeat asks first.
    SendRefund { refund: RefundId },
    /// Ends the hold of an order. Safe: only a hold whose time is over ends, once.
    ExpireOrder { order: OrderId },
    /// Matches the lines of bank statements with orders. Safe: a line is applied once, and proposals are replaced.
    MatchStatements { organizer: OrganizerId },
    /// Asks the provider for its settlements. Safe: a settlement is kept and booked once.
    ImportSettlements,
    /// Mails the links of an address' orders at an event. Safe: each order's link is mailed at most once an hour.
    MailLinks { event: EventId, email_hash: String },
    /// Sends a mail. Safe: a sent mail is not sent again, and its message id stays the same.
    SendMail { mail: MailId },
    /// Writes the mails of orders that were paid together. Safe: an order's mail is written once, with the job that sends it.
    MailPaid { orders: Vec<OrderId> },
    /// Takes a long process as far as it goes now. Safe: what is done is marked done, and looking twice is looking.
    AdvanceProcess { process: ProcessId },
    /// Ends some orders of a called-off event. Safe: each order's row says whether it still waits.
    EndOrders { process: ProcessId, batch: i32 },
    /// Erases what is kept of participants too long, behind this event and order. Safe: what is erased stays so.
    EraseBuyerData { event: Option<EventId>, after: Option<OrderId> },
    /// Removes the evidence in disputes of an erased order. Safe: what is gone is gone.
    RemoveEvidence { order: OrderId },
    /// Takes orders and payments that wait for nothing any more out of the tables of those that wait. Safe: none comes
    /// back.
    SweepOut,
    /// Looks for what does not add up. Safe: a matter that is open is not raised again.
    Watch,
    /// Checks one part over all rows. Safe: as above.
    Check { part: CheckPart },
    /// Compares the provider's report of a day with our books, from a page on. Safe: as above.
    CompareDay { day: Date, page: u32 },
}

/// The limits of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub timeout: StdDuration,
    pub attempts_max: i32,
    /// Smaller goes first: mails wait while money moves.
    pub priority: i16,
}

impl Policy {
    /// Of work that is no step of a process.
    const OWN: Self = Self { timeout: StdDuration::from_secs(45), attempts_max: 12, priority: 0 };
}

impl Job {
    /// The word in the table and in metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ProcessWebhookEvent { .. } => "process_webhook_event",
            Self::SyncPayment { .. } => "sync_payment",
            Self::ClosePayment { .. } => "close_payment",
            Self::SendRefund { .. } => "send_refund",
            Self::ExpireOrder { .. } => "expire_order",
            Self::MatchStatements { .. } => "match_statements",
            Self::ImportSettlements => "import_settlements",
            Self::MailLinks { .. } => "mail_links",
            Self::SendMail { .. } => "send_mail",
            Self::MailPaid { .. } => "mail_paid",
            Self::AdvanceProcess { .. } => "advance_process",
            Self::EndOrders { .. } => "end_orders",
            Self::EraseBuyerData { .. } => "erase_buyer_data",
            Self::RemoveEvidence { .. } => "remove_evidence",
            Self::SweepOut => "sweep_out",
            Self::Watch => "watch",
            Self::Check { .. } => "check",
            Self::CompareDay { .. } => "compare_day",
        }
    }

    /// The step of a declared process that it works on.
    const fn step(&self) -> Option<(ProcessKind, StepName)> {
        match self {
            Self::ExpireOrder { .. } => Some((ProcessKind::Purchase, StepName::KeepPlaces)),
            Self::ClosePayment { .. } => Some((ProcessKind::Purchase, StepName::OpenPage)),
            Self::SyncPayment { .. } => Some((ProcessKind::Purchase, StepName::TakeMoney)),
            Self::SendRefund { .. } => Some((ProcessKind::Refund, StepName::SendRefund)),
            Self::EndOrders { .. } => Some((ProcessKind::EventCancellation, StepName::EndOrders)),
            Self::ProcessWebhookEvent { .. }
            | Self::MatchStatements { .. }
            | Self::ImportSettlements
            | Self::MailLinks { .. }
            | Self::SendMail { .. }
            | Self::MailPaid { .. }
            | Self::AdvanceProcess { .. }
            | Self::EraseBuyerData { .. }
            | Self::RemoveEvidence { .. }
            | Self::SweepOut
            | Self::Watch
            | Self::Check { .. }
            | Self::CompareDay { .. } => None,
        }
    }

    /// Its limits: those of the step it works on. What the sweeper would ask for again outlives a provider's outage of
    /// a day.
    pub fn policy(&self) -> Policy {
        let declared = self.step().and_then(|(kind, name)| kind.step(name));
        let limits = declared.map_or(Policy::OWN, |step| Policy {
            timeout: step.timeout.unsigned_abs(),
            attempts_max: step.attempts_max,
            ..Policy::OWN
        });
        let is_mail =
            matches!(self, Self::SendMail { .. } | Self::MailPaid { .. } | Self::MailLinks { .. });
        let priority = if is_mail { 1 } else { 0 };
        Policy { priority, ..limits }
    }

    /// At most one waiting job has it.
    pub(crate) fn dedupe_key(&self) -> String {
        match self {
            Self::ProcessWebhookEvent { webhook_event } => format!("webhook:{webhook_event}"),
            Self::SyncPayment { payment } => format!("sync:{payment}"),
            Self::ClosePayment { payment } => format!("close:{payment}"),
            Self::SendRefund { refund } => format!("refund:{refund}"),
            Self::ExpireOrder { order } => format!("expire:{order}"),
            Self::MatchStatements { organizer } => format!("statements:{organizer}"),
            Self::ImportSettlements => "settlements".to_owned(),
            Self::MailLinks { event, email_hash } => format!("links:{event}:{email_hash}"),
            Self::SendMail { mail } => format!("mail:{mail}"),
            Self::MailPaid { orders } => {
                format!("paid:{}", orders.first().map(ToString::to_string).unwrap_or_default())
            }
            Self::AdvanceProcess { process } => format!("advance:{process}"),
            Self::EndOrders { process, batch } => format!("end:{process}:{batch}"),
            // One walk at a time.
            Self::EraseBuyerData { .. } => "erase_buyer_data".to_owned(),
            Self::RemoveEvidence { order } => format!("remove_evidence:{order}"),
            Self::SweepOut => "sweep_out".to_owned(),
            Self::Watch => "watch".to_owned(),
            Self::Check { part } => format!("check:{part}"),
            Self::CompareDay { day, page } => format!("report:{day}:{page}"),
        }
    }
}

/// Writes a job into the caller's transaction: it exists exactly if the transaction does. One that waits to be tried
/// again is hurried: there is news.
///
/// # Errors
/// When the database fails.
pub async fn enqueue(conn: &mut Conn, job: &Job, now: OffsetDateTime) -> Result<(), StoreError> {
    write(conn, job, true, now).await
}

async fn write(
    conn: &mut Conn,
    job: &Job,
    is_news: bool,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    jobs::enqueue(conn, &row(job, now)?, is_news).await
}

/// The row of a job, to be written with others.
pub(crate) fn row(job: &Job, now: OffsetDateTime) -> Result<NewJob, StoreError> {
    let payload = serde_json::to_value(job).map_err(|_| StoreError::Malformed("job"))?;
    let Policy { attempts_max, priority, .. } = job.policy();
    Ok(NewJob {
        id: fresh::id(),
        kind: job.kind(),
        payload,
        dedupe_key: Some(job.dedupe_key()),
        run_at: now,
        priority,
        attempts_max,
        now,
    })
}

/// Does one job.
///
/// # Errors
/// When it should be tried again.
pub async fn run(deps: &Deps, job: Job) -> anyhow::Result<()> {
    match job {
        Job::ProcessWebhookEvent { webhook_event } => {
            webhooks::process::process(deps, webhook_event).await
        }
        Job::SyncPayment { payment } => payments::sync::sync_payment(deps, payment).await,
        Job::ClosePayment { payment } => payments::close::close_payment(deps, payment).await,
        Job::SendRefund { refund } => refunds::send::send_refund(deps, refund).await,
        Job::ExpireOrder { order } => orders::expire::expire_order(deps, order).await,
        Job::MatchStatements { organizer } => {
            statements::matching::match_undecided(deps, organizer).await
        }
        Job::ImportSettlements => settlements::import::import_settlements(deps).await,
        Job::MailLinks { event, email_hash } => {
            orders::personal_link::mail_links(deps, event, &email_hash).await
        }
        Job::SendMail { mail } => mails::send::send_mail(deps, mail).await,
        Job::MailPaid { orders } => Ok(mails::enqueue::mail_paid(deps, &orders).await?),
        Job::AdvanceProcess { process } => processes::advance(deps, process).await,
        Job::EndOrders { process, batch } => {
            event_cancellation::run::end_orders(deps, process, batch).await
        }
        Job::EraseBuyerData { event, after } => {
            buyer_data::retention::erase_what_is_over(deps, (event, after)).await
        }
        Job::RemoveEvidence { order } => buyer_data::erase::remove_evidence(deps, order).await,
        Job::SweepOut => Ok(sweep_out(deps).await?),
        Job::Watch => watch::watch(deps).await,
        Job::Check { part } => check::nightly(deps, part).await,
        Job::CompareDay { day, page } => watch::report::compare_day(deps, day, page).await,
    }
}

/// How a leased job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    Retried,
    Dead,
}

/// Takes up to `limit` jobs whose time has come.
///
/// # Errors
/// When the database fails.
pub async fn claim(deps: &Deps, limit: i64) -> Result<Vec<LeasedJob>, StoreError> {
    exchange(deps, &[], limit).await
}

/// Removes what is `done` and takes up to `limit` jobs whose time has come, in one step: a busy worker needs one
/// commit for both.
///
/// # Errors
/// When the database fails; what was done then stays leased, and is done again when the lease ends.
pub async fn exchange(
    deps: &Deps,
    done: &[LeasedJob],
    limit: i64,
) -> Result<Vec<LeasedJob>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    jobs::exchange(&mut conn, done, (limit, LEASE), deps.clock.now()).await
}

/// Does a leased job within its time and writes down how it ended.
///
/// # Errors
/// When the database fails; the lease then ends by itself and another worker takes over.
pub async fn work(deps: &Deps, leased: &LeasedJob) -> Result<Ended, StoreError> {
    let ended = attempt(deps, leased).await?;
    if ended == Ended::Done {
        let mut conn = deps.db.acquire().await?;
        jobs::finish(&mut conn, leased).await?;
    }
    Ok(ended)
}

/// As [`work`], but what is done is left to be removed by [`exchange`].
///
/// # Errors
/// When the database fails; the lease then ends by itself and another worker takes over.
pub async fn attempt(deps: &Deps, leased: &LeasedJob) -> Result<Ended, StoreError> {
    let result = match serde_json::from_value::<Job>(leased.payload.clone()) {
        Ok(job) => match tokio::time::timeout(job.policy().timeout, run(deps, job)).await {
            Ok(result) => result,
            Err(_) => Err(anyhow::anyhow!("took longer than its limit")),
        },
        Err(error) => Err(anyhow::Error::new(error).context("reading the job's payload")),
    };
    match result {
        Ok(()) => Ok(Ended::Done),
        Err(error) => give_back(deps, leased, &format!("{error:#}")).await,
    }
}

/// Gives back a job that failed: for another attempt, or to the dead.
///
/// # Errors
/// When the database fails.
pub async fn give_back(deps: &Deps, leased: &LeasedJob, error: &str) -> Result<Ended, StoreError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    if leased.attempts >= leased.attempts_max {
        tracing::error!(job.id = %leased.id, job.kind = leased.kind, attempts = leased.attempts, error, "job is dead");
        jobs::bury(&mut conn, leased, error, now).await?;
        return Ok(Ended::Dead);
    }
    let pause = backoff(leased.attempts, rand::random());
    tracing::warn!(job.id = %leased.id, job.kind = leased.kind, attempts = leased.attempts, error, "job will be tried again");
    jobs::retry(&mut conn, leased, now + pause, error).await?;
    Ok(Ended::Retried)
}

/// The pause before the next attempt: doubles each time, ±25 % so that a crowd does not come back together.
fn backoff(attempts: i32, chance: u8) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 12)).unwrap_or_default();
    let seconds = (1_i64 << doublings).min(BACKOFF_SECONDS_MAX);
    let percent = 75 + i64::from(chance) * 50 / 255;
    Duration::milliseconds(seconds * 10 * percent)
}

/// Writes jobs for everything no message spoke of: holds that ended, payments that were not asked about, refunds that
/// did not leave, processes that wait for something; and mails to buyers who left without paying. The worker calls it
/// every few seconds; one sweep too many does nothing.
///
/// # Errors
/// When the database fails.
pub async fn sweep(deps: &Deps) -> Result<usize, StoreError> {
    let now = deps.clock.now();
    platform::visits::end_overdue(deps).await?;
    let mut conn = deps.db.acquire().await?;
    let ended = store::order_holds::list_ended(&mut conn, now, SWEEP_ROWS).await?;
    let unsynced = store::open_payments::take_unsynced(&mut conn, now, SWEEP_ROWS).await?;
    let stuck =
        store::refunds::list_stuck(&mut conn, now - REFUND_PATIENCE, now, SWEEP_ROWS).await?;
    let due = store::processes::list_due(&mut conn, now, SWEEP_ROWS).await?;
    let untold =
        store::mails::list_untold(&mut conn, now - BUYER_PATIENCE, now, SWEEP_ROWS).await?;
    for order in untold {
        enqueue_order_mail(&mut conn, deps, order, OrderMail::Received).await?;
    }
    let found: Vec<Job> = (ended.into_iter().map(|order| Job::ExpireOrder { order }))
        .chain(unsynced.into_iter().map(|payment| Job::SyncPayment { payment }))
        .chain(stuck.into_iter().map(|refund| Job::SendRefund { refund }))
        .chain(due.into_iter().map(|process| Job::AdvanceProcess { process }))
        .collect();
    for job in &found {
        // No news: a job that failed before keeps its pause.
        write(&mut conn, job, false, now).await?;
    }
    Ok(found.len())
}

/// Takes what is paid, ended or closed out of the tables of what waits.
///
/// # Errors
/// When the database fails.
pub async fn sweep_out(deps: &Deps) -> Result<(), StoreError> {
    let mut conn = deps.db.acquire().await?;
    store::order_holds::sweep_out(&mut conn).await?;
    store::open_payments::sweep_out(&mut conn).await
}

/// Lists the dead jobs, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_dead(deps: &Deps) -> Result<Vec<DeadJob>, StoreError> {
    dead_jobs::list(&mut *deps.db.acquire().await?, None, None, SWEEP_ROWS).await
}

/// Gives a dead job new attempts and says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn revive(deps: &Deps, actor: Actor, job: JobId) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let is_revived = jobs::revive(&mut tx, job, now).await?;
    if is_revived {
        let told = ("job.revived", json!({ "job": job }));
        trail::note(&mut tx, About::PLATFORM, actor, told, now).await?;
    }
    tx.commit().await?;
    Ok(is_revived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds: Vec<_> =
            (1..=14).map(|attempts| backoff(attempts, 128).whole_seconds()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
        assert!(backoff(3, 0) < backoff(3, 255));
    }

    #[test]
    fn no_job_outlives_its_lease() {
        let job = Job::SyncPayment { payment: fresh::id() };
        assert!(job.policy().timeout < StdDuration::from_secs(60));
    }
}
