//! Lets old lines leave the hot table once their export was read back, and removes files whose time is over.

use store::audit_exports;
use time::Duration;

use crate::Deps;
use crate::audit::export::verify_file;
use crate::audit::manifest;

/// Lines that leave in one transaction.
const LINES_AT_ONCE: i64 = 2000;

/// How long the log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// In the database, where pages show it.
    pub hot: Duration,
    /// In the object store, counted from the same day.
    pub archive: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { hot: Duration::days(90), archive: Duration::days(2557) }
    }
}

/// Archives every day whose time in the hot table is over; says how many lines left it. A day whose file is not exactly
/// what was sealed stays, and is told by the error.
///
/// # Errors
/// When a file does not verify, or database or object store fail.
pub async fn archive_due(deps: &Deps) -> anyhow::Result<u64> {
    let now = deps.clock.now();
    let before = (now - deps.settings.audit.hot).date();
    let due = audit_exports::list_to_archive(&mut *deps.db.acquire().await?, before).await?;
    let mut n_lines: u64 = 0;
    for export in due {
        if export.archived_at.is_none() {
            let (hash, _) = verify_file(deps, &export).await?;
            anyhow::ensure!(Some(hash) == export.file_hash, "{} is not its manifest's", export.day);
            let mut conn = deps.db.acquire().await?;
            audit_exports::mark_archived(&mut conn, export.day, now).await?;
        }
        let mut next = export.first_sequence;
        while next <= export.last_sequence() {
            let last = next.saturating_add(LINES_AT_ONCE - 1).min(export.last_sequence());
            let mut tx = deps.db.begin().await?;
            n_lines =
                n_lines.saturating_add(audit_exports::remove_lines(&mut tx, next, last).await?);
            tx.commit().await?;
            next = last.saturating_add(1);
        }
    }
    Ok(n_lines)
}

/// Removes the files of days whose time in the archive is over; says how many. Their manifests stay: the chain from the
/// beginning can still be followed.
///
/// # Errors
/// When database or object store fail.
pub async fn remove_due(deps: &Deps) -> anyhow::Result<usize> {
    use object_store::ObjectStoreExt as _;

    let now = deps.clock.now();
    let before = (now - deps.settings.audit.archive).date();
    let due = audit_exports::list_to_remove(&mut *deps.db.acquire().await?, before).await?;
    for export in &due {
        match deps.settings.files.delete(&manifest::file(export.day)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let mut conn = deps.db.acquire().await?;
        audit_exports::mark_removed(&mut conn, export.day, now).await?;
    }
    Ok(due.len())
}
