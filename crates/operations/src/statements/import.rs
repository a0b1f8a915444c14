//! Reading a bank's file in: the same bytes twice are one import, the same line twice is one line.

use domain::permission::Permission;
use std::collections::BTreeMap;

use domain::ids::StatementImportId;
use domain::limits::{LINE_CHARS_MAX, STATEMENT_BYTES_MAX};
use domain::statement::{BrokenStatement, Direction, Flaw, Statement, StatementLine, csv, zengin};
use encoding_rs::SHIFT_JIS;
use sha2::{Digest, Sha256};
use store::db::Conn;
use store::error::StoreError;
use store::statements::{self, Counted, NewImport, NewLine};
use store::transfers;
use time::OffsetDateTime;
use words::statement::VOCABULARY;

use crate::actor::OrganizerAccess;
use crate::jobs::{self, Job};
use crate::statements::matching;
use crate::{Deps, fresh, trail};

/// A file as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct ImportStatement<'a> {
    pub file_name: &'a str,
    pub bytes: &'a [u8],
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    pub import: StatementImportId,
    /// Whether these bytes were never read before.
    pub is_new: bool,
    /// Lines that no earlier file had.
    pub n_new: usize,
}

/// Why a file was refused. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file is larger than {STATEMENT_BYTES_MAX} bytes")]
    TooLarge,
    #[error(transparent)]
    Broken(#[from] BrokenStatement),
    #[error("the lines are of another account than the organizer's")]
    OtherAccount,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Reads a file of the organizer's bank, keeps its new lines, and matches them with orders.
///
/// # Errors
/// See [`ImportError`]; nothing of the file was kept then.
pub async fn import(
    deps: &Deps,
    access: &OrganizerAccess,
    file: ImportStatement<'_>,
) -> Result<Imported, ImportError> {
    if file.bytes.len() > STATEMENT_BYTES_MAX {
        return Err(ImportError::TooLarge);
    }
    let (format, read) = read(file.bytes)?;
    let imported = keep(deps, access, file, format, &read).await?;
    if imported.n_new > 0 {
        // The job that was written with the lines does the same, should we die here or a line not be recorded; what pays
        // an order is written beyond the organizer's wall, as the job does.
        if let Err(error) = matching::match_undecided(
            &deps.of_everybody(),
            access.organizer_for(Permission::ReconcileStatements)?,
        )
        .await
        {
            tracing::warn!("lines are left to the job: {error:#}");
        }
    }
    Ok(imported)
}

/// Reads bytes as the format that they are in.
fn read(bytes: &[u8]) -> Result<(&'static str, Vec<Statement>), BrokenStatement> {
    if zengin::is_zengin(bytes) {
        return Ok(("zengin", zengin::read(bytes)?));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or(Flaw::UnknownLetters.at(0))?,
    };
    Ok(("csv", csv::read(&text, &VOCABULARY)?))
}

async fn keep(
    deps: &Deps,
    access: &OrganizerAccess,
    file: ImportStatement<'_>,
    format: &'static str,
    read: &[Statement],
) -> Result<Imported, ImportError> {
    let now = deps.clock.now();
    let organizer = access.organizer_for(Permission::ReconcileStatements)?;
    let mut tx = deps.db.begin().await?;
    let account = own_account(&mut tx, access, read).await?;
    let name = file_name(file.file_name);
    let id: StatementImportId = fresh::id();
    let new = NewImport {
        id,
        organizer,
        file_name: &name,
        file_hash: &Sha256::digest(file.bytes),
        format,
        account: &account,
        imported_by: access.actor().user(),
        now,
    };
    let kept = statements::insert_import_once(&mut tx, &new).await?;
    if kept != id {
        return Ok(Imported { import: kept, is_new: false, n_new: 0 });
    }
    let lines: Vec<&StatementLine> = read.iter().flat_map(|it| &it.lines).collect();
    let n_new = keep_lines(&mut tx, access, id, &lines, now).await?;
    let days = || lines.iter().map(|line| line.booked_on);
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let counted = Counted {
        n_lines: count(lines.len()),
        n_new: count(n_new),
        first_day: days().min(),
        last_day: days().max(),
    };
    statements::mark_counted(&mut tx, id, counted).await?;
    jobs::enqueue(&mut tx, &Job::MatchStatements { organizer }, now).await?;
    let detail = serde_json::json!({
        "statement_import": id, "file_name": name, "format": format, "n_lines": lines.len(), "n_new": n_new,
    });
    let key = id.to_string();
    trail::leave_organizer(
        &mut tx,
        access.organizer_for(Permission::ReconcileStatements)?,
        access.actor(),
        "statement.imported",
        (&key, detail),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(Imported { import: id, is_new: true, n_new })
}

/// Names the account of a file for people; a file that says it is of another account than the organizer's is refused. An
/// account that buyers were told before it was changed is the organizer's still.
async fn own_account(
    conn: &mut Conn,
    access: &OrganizerAccess,
    read: &[Statement],
) -> Result<String, ImportError> {
    let own = transfers::find_account(conn, access.organizer_for(Permission::ReconcileStatements)?)
        .await?;
    let mut named = Vec::new();
    for account in read.iter().filter_map(|it| it.account.as_ref()) {
        if let Some(own) = &own {
            let own = &own.account;
            let is_own = account.bank == own.bank.as_str()
                && account.branch == own.branch.as_str()
                && account.number.ends_with(own.number.as_str());
            let digits = (&*account.bank, &*account.branch, &*account.number);
            if !is_own
                && !transfers::was_named(
                    conn,
                    access.organizer_for(Permission::ReconcileStatements)?,
                    digits,
                )
                .await?
            {
                return Err(ImportError::OtherAccount);
            }
        }
        let tail: String = account.number.chars().rev().take(3).collect();
        let tail: String = tail.chars().rev().collect();
        named.push(format!("{}-{}-…{tail}", account.bank, account.branch));
    }
    Ok(named.join(", "))
}

/// Keeps the lines that no earlier file had; says how many.
async fn keep_lines(
    conn: &mut Conn,
    access: &OrganizerAccess,
    import: StatementImportId,
    lines: &[&StatementLine],
    now: OffsetDateTime,
) -> Result<usize, StoreError> {
    let mut n_new = 0;
    let mut n_same = BTreeMap::new();
    for line in lines {
        let identity = identity(line);
        // Two people may pay the same on the same day: the second such line of a file is a line of its own.
        let nth = n_same.entry(identity.clone()).or_insert(0_u32);
        *nth += 1;
        let key = Sha256::digest(format!("{identity}\n{nth}").as_bytes());
        let new = NewLine {
            id: fresh::id(),
            import,
            organizer: access.organizer_for(Permission::ReconcileStatements)?,
            row: i32::try_from(line.row).unwrap_or(i32::MAX),
            key: &key,
            booked_on: line.booked_on,
            direction: line.direction,
            amount: line.amount,
            payer: &cut(&line.payer),
            memo: &cut(&line.memo),
            bank_reference: &cut(&line.bank_reference),
            now,
        };
        if statements::insert_line_once(conn, &new).await? && line.direction == Direction::In {
            n_new += 1;
        }
    }
    Ok(n_new)
}

/// What makes a line this line in every file of the same bank.
fn identity(line: &StatementLine) -> String {
    let balance = line.balance.map(|balance| balance.minor().to_string()).unwrap_or_default();
    let parts = [
        line.booked_on.to_string(),
        line.direction.to_string(),
        line.amount.minor().to_string(),
        balance,
        line.payer.clone(),
        line.memo.clone(),
        line.bank_reference.clone(),
    ];
    parts.join("\u{1F}")
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX).collect()
}

/// The file's name without what browsers and attackers put before it.
fn file_name(name: &str) -> String {
    cut(name.rsplit(['/', '\\']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests;
