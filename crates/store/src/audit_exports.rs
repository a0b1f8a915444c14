//! Days of the audit log that were written to the object store, and lines that left the hot table after that.

use domain::ids::{AuditEntryId, Id};
use time::{Date, OffsetDateTime};

use crate::db::Conn;
use crate::error::StoreError;

/// A day's export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditExport {
    pub day: Date,
    pub first_sequence: i64,
    pub n_lines: i64,
    /// The chain's hash before the first line of the day, and after the last.
    pub previous_hash: Vec<u8>,
    pub last_hash: Vec<u8>,
    /// Of the compressed file, once it was read back.
    pub file_hash: Option<Vec<u8>>,
    pub n_bytes: Option<i64>,
    pub archived_at: Option<OffsetDateTime>,
    pub removed_at: Option<OffsetDateTime>,
}

impl AuditExport {
    /// The number of the last line; one less than the first where the day has none.
    pub const fn last_sequence(&self) -> i64 {
        self.first_sequence.saturating_add(self.n_lines).saturating_sub(1)
    }
}

/// A line as it is exported, with what its seal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLine {
    pub sequence: i64,
    pub entry: AuditEntryId,
    pub entry_hash: Vec<u8>,
    pub line: String,
}

/// A seal without its line: where a day ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealBefore {
    pub sequence: i64,
    pub entry: AuditEntryId,
    pub entry_hash: Vec<u8>,
    pub previous_hash: Vec<u8>,
}

macro_rules! select_exports {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            AuditExport,
            "select day, first_sequence, n_lines, previous_hash, last_hash, file_hash, n_bytes, archived_at, removed_at
             from audit_exports " + $rest
            $(, $argument)*
        )
    };
}

/// Every export, by day.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn) -> Result<Vec<AuditExport>, StoreError> {
    Ok(select_exports!("order by day").fetch_all(conn).await?)
}

/// The last day that was planned.
///
/// # Errors
/// When the database fails.
pub async fn find_last(conn: &mut Conn) -> Result<Option<AuditExport>, StoreError> {
    Ok(select_exports!("order by day desc limit 1").fetch_optional(conn).await?)
}

/// The first day that was planned and not finished: whoever began it died.
///
/// # Errors
/// When the database fails.
pub async fn find_unfinished(conn: &mut Conn) -> Result<Option<AuditExport>, StoreError> {
    Ok(select_exports!("where verified_at is null order by day limit 1")
        .fetch_optional(conn)
        .await?)
}

/// Verified days before `before` whose lines are still in the hot table.
///
/// # Errors
/// When the database fails.
pub async fn list_to_archive(
    conn: &mut Conn,
    before: Date,
) -> Result<Vec<AuditExport>, StoreError> {
    Ok(select_exports!(
        "where verified_at is not null and day < $1
           and (archived_at is null
                or exists (select from audit_seals
                           where sequence >= first_sequence and sequence < first_sequence + n_lines))
         order by day",
        before
    )
    .fetch_all(conn)
    .await?)
}

/// Archived days before `before` whose file is still kept.
///
/// # Errors
/// When the database fails.
pub async fn list_to_remove(conn: &mut Conn, before: Date) -> Result<Vec<AuditExport>, StoreError> {
    Ok(select_exports!(
        "where archived_at is not null and removed_at is null and day < $1 order by day",
        before
    )
    .fetch_all(conn)
    .await?)
}

/// When the first line that is still here was sealed.
///
/// # Errors
/// When the database fails.
pub async fn find_first_sealed_at(conn: &mut Conn) -> Result<Option<OffsetDateTime>, StoreError> {
    Ok(sqlx::query_scalar!("select sealed_at from audit_seals order by sequence limit 1")
        .fetch_optional(conn)
        .await?)
}

/// The last seal from before `until`.
///
/// # Errors
/// When the database fails.
pub async fn find_last_before(
    conn: &mut Conn,
    until: OffsetDateTime,
) -> Result<Option<SealBefore>, StoreError> {
    let row = sqlx::query!(
        "select sequence, audit_entry_id, entry_hash, previous_hash from audit_seals
         where sealed_at < $1 order by sealed_at desc, sequence desc limit 1",
        until,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| SealBefore {
        sequence: row.sequence,
        entry: AuditEntryId::from_uuid(row.audit_entry_id),
        entry_hash: row.entry_hash,
        previous_hash: row.previous_hash,
    }))
}

/// Fixes what a day holds, so that every attempt writes the same file.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut Conn,
    export: &AuditExport,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into audit_exports (day, first_sequence, n_lines, previous_hash, last_hash, planned_at)
         values ($1, $2, $3, $4, $5, $6)",
        export.day,
        export.first_sequence,
        export.n_lines,
        export.previous_hash,
        export.last_hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The lines of numbers `first` to `last`.
///
/// # Errors
/// When the database fails.
pub async fn list_lines(
    conn: &mut Conn,
    first: i64,
    last: i64,
) -> Result<Vec<SealedLine>, StoreError> {
    let rows = sqlx::query!(
        r#"select s.sequence, s.audit_entry_id, s.entry_hash, audit_line(e) as "line!"
           from audit_seals s join audit_entries e on e.audit_entry_id = s.audit_entry_id
           where s.sequence between $1 and $2
           order by s.sequence"#,
        first,
        last,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SealedLine {
            sequence: row.sequence,
            entry: AuditEntryId::from_uuid(row.audit_entry_id),
            entry_hash: row.entry_hash,
            line: row.line,
        })
        .collect())
}

/// Notes that a day's file was read back and is what was meant.
///
/// # Errors
/// When the database fails.
pub async fn mark_verified(
    conn: &mut Conn,
    day: Date,
    file_hash: &[u8],
    n_bytes: i64,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update audit_exports set file_hash = $2, n_bytes = $3, verified_at = coalesce(verified_at, $4) where day = $1",
        day,
        file_hash,
        n_bytes,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a verified day's lines leave the hot table.
///
/// # Errors
/// When the database fails.
pub async fn mark_archived(
    conn: &mut Conn,
    day: Date,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update audit_exports set archived_at = coalesce(archived_at, $2) where day = $1",
        day,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a day's file was removed.
///
/// # Errors
/// When the database fails.
pub async fn mark_removed(
    conn: &mut Conn,
    day: Date,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!("update audit_exports set removed_at = $2 where day = $1", day, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes the lines of numbers `first` to `last` and their seals; the database refuses unless their day is archived.
///
/// # Errors
/// When it refuses, or fails.
pub async fn remove_lines(conn: &mut Conn, first: i64, last: i64) -> Result<u64, StoreError> {
    sqlx::query!(
        "delete from audit_entries e using audit_seals s
         where s.audit_entry_id = e.audit_entry_id and s.sequence between $1 and $2",
        first,
        last,
    )
    .execute(&mut *conn)
    .await?;
    let removed =
        sqlx::query!("delete from audit_seals where sequence between $1 and $2", first, last)
            .execute(conn)
            .await?;
    Ok(removed.rows_affected())
}
