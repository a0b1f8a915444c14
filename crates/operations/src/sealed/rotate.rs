//! Changing the secret: the keys that earlier secrets wrapped are wrapped anew with the present one, row by row, however
//! often it is interrupted. No text is opened for it.

use store::sealed::{self as rows, SealedColumn, SealedRow};
use uuid::Uuid;

use super::{Place, SealError, SealedBy, rewrap, sealed_by};
use crate::{Deps, Settings};

/// Envelopes that are read at once.
const BATCH_ROWS: i64 = 200;

/// How the envelopes of one column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnReport {
    pub column: SealedColumn,
    /// Sealed with the present secret; after a rotation those that were sealed anew too.
    pub n_present: u64,
    /// Sealed with an earlier one.
    pub n_previous: u64,
    /// No known secret opens them.
    pub n_unknown: u64,
    /// Sealed anew by this rotation.
    pub n_resealed: u64,
}

/// Looks under which secrets everything is sealed. Opens nothing.
///
/// # Errors
/// When the database fails.
pub async fn look(deps: &Deps) -> anyhow::Result<Vec<ColumnReport>> {
    let mut reports = Vec::new();
    for column in SealedColumn::ALL {
        reports.push(walk(deps, *column, Doing::Looking).await?);
    }
    Ok(reports)
}

/// Seals anew whatever an earlier secret sealed. Each row is a step of its own: to go on after an interruption, run it
/// again. A row that somebody changes at the same moment is sealed by them with the present secret anyway.
///
/// # Errors
/// When the database fails. What no known secret opens is counted and left as it is.
pub async fn rotate(deps: &Deps) -> anyhow::Result<Vec<ColumnReport>> {
    let mut reports = Vec::new();
    for column in SealedColumn::ALL {
        let report = walk(deps, *column, Doing::Resealing).await?;
        tracing::info!(column = %column, resealed = report.n_resealed, "sealed anew");
        reports.push(report);
    }
    Ok(reports)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Looking,
    Resealing,
}

async fn walk(deps: &Deps, column: SealedColumn, doing: Doing) -> anyhow::Result<ColumnReport> {
    let mut report =
        ColumnReport { column, n_present: 0, n_previous: 0, n_unknown: 0, n_resealed: 0 };
    let mut conn = deps.db.acquire().await?;
    let mut after = Uuid::nil();
    loop {
        let batch = rows::list(&mut conn, column, after, BATCH_ROWS).await?;
        let Some(last) = batch.last() else { return Ok(report) };
        after = last.row;
        for row in &batch {
            match sealed_by(&deps.settings, column.bound_to(), &row.envelope) {
                SealedBy::Present => report.n_present += 1,
                SealedBy::Unknown => report.n_unknown += 1,
                SealedBy::Previous if doing == Doing::Looking => report.n_previous += 1,
                SealedBy::Previous => match reseal(&deps.settings, column, row) {
                    Ok(fresh) => {
                        if rows::replace(&mut conn, column, row, &fresh).await? {
                            report.n_resealed += 1;
                        }
                        report.n_present += 1;
                    }
                    Err(error) => {
                        let row = column.row_name(row.row);
                        tracing::error!(%column, row, %error, "an envelope could not be sealed anew");
                        report.n_unknown += 1;
                    }
                },
            }
        }
    }
}

fn reseal(
    settings: &Settings,
    column: SealedColumn,
    row: &SealedRow,
) -> Result<Vec<u8>, SealError> {
    let name = column.row_name(row.row);
    rewrap(settings, Place { column: column.bound_to(), row: &name }, &row.envelope)
}
