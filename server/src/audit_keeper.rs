//! Keeps the audit log: seals its lines, writes its days to the object store, lets old ones go.

use std::time::Duration;

use operations::Deps;
use operations::audit::seal::{Reach, seal};
use operations::audit::{archive, export};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Lines wait at most this long for their seal.
const SEALED_EVERY: Duration = Duration::from_secs(10);
/// Every so many rounds all lines are looked through for forgotten ones, and days that are over are written.
const ROUNDS_TO_EXPORT: u32 = 60;

/// Keeps the log until `stop`. Several processes may: the end of the chain is one row, and who has it works.
pub async fn keep(deps: Deps, stop: CancellationToken) {
    let mut rounds = tokio::time::interval(SEALED_EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut n_rounds: u32 = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        let outcome = if n_rounds.is_multiple_of(ROUNDS_TO_EXPORT) {
            put_away(&deps).await
        } else {
            seal(&deps, Reach::Recent).await.map(|_| ())
        };
        if let Err(error) = outcome {
            tracing::error!("the audit log could not be kept: {error:#}");
        }
        n_rounds = n_rounds.wrapping_add(1);
    }
}

async fn put_away(deps: &Deps) -> anyhow::Result<()> {
    let n_days = export::export_due(deps).await?;
    let n_lines = archive::archive_due(deps).await?;
    let n_files = archive::remove_due(deps).await?;
    if n_days > 0 || n_lines > 0 || n_files > 0 {
        tracing::info!(
            n_days,
            n_lines,
            n_files,
            "audit log: days written, lines archived, files removed"
        );
    }
    Ok(())
}
