//! Jobs that gave up: why, and what a person decides about them.

use domain::ids::JobId;
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use serde_json::json;
use store::dead_jobs;
use store::error::StoreError;
pub use store::jobs::DeadJob;
use store::read::platform::{self, QueueKind};

use crate::actor::AdministratorAccess;
use crate::trail::{self, About};
use crate::{Deps, jobs, watch};

/// Jobs of a page.
const PAGE_JOBS: i64 = 50;

/// A page of dead jobs, and the queue by kind.
#[derive(Debug, Clone)]
pub struct JobPage {
    pub queue: Vec<QueueKind>,
    pub dead: Vec<DeadJob>,
    /// Where the next page begins; none at the end.
    pub older: Option<JobId>,
}

/// Which jobs are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    One(JobId),
    /// All dead ones of a kind.
    Kind(String),
}

/// Why nothing was given up.
#[derive(Debug, thiserror::Error)]
pub enum GiveUpError {
    #[error("a reason is needed, of one line and not too long")]
    MalformedReason,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for GiveUpError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// A page of dead jobs, of one kind or of all, the last that died first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    _: &AdministratorAccess,
    kind: Option<&str>,
    older_than: Option<JobId>,
) -> Result<JobPage, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let queue = platform::queue_kinds(&mut conn, deps.clock.now()).await?;
    let wanted = PAGE_JOBS.saturating_add(1);
    let mut dead = dead_jobs::list(&mut conn, kind, older_than, wanted).await?;
    let is_more = i64::try_from(dead.len()).is_ok_and(|n| n > PAGE_JOBS);
    if is_more {
        dead.pop();
    }
    let older = dead.last().map(|job| job.id).filter(|_| is_more);
    Ok(JobPage { queue, dead, older })
}

/// Gives dead jobs new attempts and counts those that were woken; a job whose wish waits already stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn try_again(
    deps: &Deps,
    access: &AdministratorAccess,
    chosen: &Chosen,
) -> anyhow::Result<u64> {
    let n = match chosen {
        Chosen::One(job) => u64::from(jobs::revive(deps, access.actor(), *job).await?),
        Chosen::Kind(kind) => {
            let now = deps.clock.now();
            let mut tx = deps.db.begin().await?;
            let n = dead_jobs::revive_kind(&mut tx, kind, now).await?;
            if n > 0 {
                let detail = json!({ "kind": kind, "n": n });
                trail::note(&mut tx, About::PLATFORM, access.actor(), ("job.revived", detail), now)
                    .await?;
            }
            tx.commit().await?;
            n
        }
    };
    watch::close_settled(deps).await?;
    Ok(n)
}

/// Removes dead jobs for good and counts them. What they were and why they were given up stays in the audit log.
///
/// # Errors
/// `MalformedReason` without a reason.
pub async fn give_up(
    deps: &Deps,
    access: &AdministratorAccess,
    chosen: &Chosen,
    reason: &str,
) -> Result<usize, GiveUpError> {
    let reason = text::line(reason, REASON_CHARS_MAX).map_err(|_| GiveUpError::MalformedReason)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let (n, detail) = match chosen {
        Chosen::One(job) => match dead_jobs::remove(&mut tx, *job).await? {
            Some(job) => {
                let what = json!({
                    "job": job.id, "kind": job.kind, "payload": job.payload, "lastError": job.last_error,
                    "reason": reason,
                });
                (1, what)
            }
            None => return Ok(0),
        },
        Chosen::Kind(kind) => {
            let removed = dead_jobs::remove_kind(&mut tx, kind).await?;
            (removed.len(), json!({ "kind": kind, "jobs": removed, "reason": reason }))
        }
    };
    if n > 0 {
        trail::note(&mut tx, About::PLATFORM, access.actor(), ("job.given_up", detail), now)
            .await?;
    }
    tx.commit().await?;
    watch::close_settled(deps).await.map_err(GiveUpError::Unexpected)?;
    Ok(n)
}
