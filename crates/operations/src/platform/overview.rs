//! How the platform stands, and what of it needs somebody now.

use domain::alert::{AlertRule, Severity};
use domain::standing::Standing;
use domain::upkeep::{Health, MAIL_SECONDS_MAX, Machinery, Need, QUEUE_SECONDS_MAX, health, needs};
use providers::BreakerState;
pub use store::read::platform::{Facts, ProviderFacts, QueueKind};
use store::read::{platform, platform_organizers};
use store::recurring::LastRun;
use time::{Duration, OffsetDateTime};

use crate::actor::AdministratorAccess;
use crate::{Deps, check};

/// The state of everything, read at one moment.
#[derive(Debug, Clone)]
pub struct Overview {
    pub needs: Vec<Need>,
    pub machinery: Machinery,
    pub facts: Facts,
    /// Each with what is known of it.
    pub providers: Vec<(Health, ProviderFacts)>,
    pub queue: Vec<QueueKind>,
    /// The last run of each part of the nightly check.
    pub checks: Vec<LastRun>,
    pub at: OffsetDateTime,
}

/// Reads how the platform stands.
///
/// # Errors
/// When the database fails.
pub async fn overview(deps: &Deps, _: &AdministratorAccess) -> anyhow::Result<Overview> {
    let now = deps.clock.now();
    let checks = check::last_runs(deps).await?;
    let mut conn = deps.db.acquire().await?;
    let alerts = platform::count_open_alerts(&mut conn).await?;
    let queue = platform::queue_kinds(&mut conn, now).await?;
    let inactive = platform_organizers::count_inactive(&mut conn).await?;
    let late = now - Duration::seconds(MAIL_SECONDS_MAX);
    let facts = platform::facts(&mut conn, late, now).await?;
    let own = deps.provider.name();
    let asked_before = now - Duration::seconds(QUEUE_SECONDS_MAX);
    let providers: Vec<_> = platform::providers(&mut conn, &[own.to_owned()], asked_before)
        .await?
        .into_iter()
        .map(|it| {
            // Calls rest in each process by itself: what the others see is in the database.
            let is_resting =
                it.provider == own && deps.provider.breaker_state() == BreakerState::Open;
            (health(is_resting, it.answered_at, it.silent_at), it)
        })
        .collect();
    let is_critical =
        |rule: &str| AlertRule::parse(rule).is_ok_and(|it| it.severity() == Severity::Critical);
    let machinery = Machinery {
        n_alerts: alerts.iter().map(|(_, n)| n).sum(),
        n_critical_alerts: alerts
            .iter()
            .filter(|(rule, _)| is_critical(rule))
            .map(|(_, n)| n)
            .sum(),
        n_dead_jobs: queue.iter().map(|it| it.n_dead).sum(),
        is_provider_silent: providers
            .iter()
            .any(|(health, _)| matches!(health, Health::Resting | Health::Silent)),
        queue_lag_seconds: queue.iter().map(|it| it.lag_seconds).max().unwrap_or_default(),
        n_late_mails: facts.n_late_mails,
        n_waiting_webhooks: facts.n_waiting_webhooks,
        webhook_lag_seconds: facts.webhook_lag_seconds,
        // The part that was left out longest speaks for all.
        check_age_seconds: checks.iter().map(|it| (now - it.ended_at).whole_seconds()).max(),
        n_findings: checks.iter().map(n_findings).sum(),
        n_approved_payouts: facts.n_approved_payouts,
        n_reviews: inactive
            .iter()
            .filter(|(standing, _)| *standing == Standing::InReview)
            .map(|(_, n)| n)
            .sum(),
    };
    Ok(Overview { needs: needs(&machinery), machinery, facts, providers, queue, checks, at: now })
}

/// Rows that a run of the check found.
pub fn n_findings(run: &LastRun) -> i64 {
    run.outcome.get("n_findings").and_then(serde_json::Value::as_i64).unwrap_or_default()
}
