//! The chain of seals over the audit log: its end, lines without a seal, seals with what their lines hash to now.

use domain::ids::{AuditEntryId, Id};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last seal; 0 before the first.
    pub n_sealed: i64,
    pub last_hash: Vec<u8>,
    pub newest_entry: AuditEntryId,
}

/// A committed line that has no seal yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsealed {
    pub entry: AuditEntryId,
    /// SHA-256 of the line.
    pub hash: Vec<u8>,
}

/// A seal to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSeal {
    pub sequence: i64,
    pub entry: AuditEntryId,
    pub entry_hash: Vec<u8>,
    pub previous_hash: Vec<u8>,
}

/// A seal, with what its line hashes to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub sequence: i64,
    pub entry: AuditEntryId,
    pub entry_hash: Vec<u8>,
    pub previous_hash: Vec<u8>,
    /// None when the line is gone.
    pub hash_now: Option<Vec<u8>>,
}

/// Takes the end of the chain for this transaction, with the machine's time in milliseconds; `None` while another
/// process has it.
///
/// # Errors
/// When the database fails.
pub async fn lock_head(conn: &mut Conn) -> Result<Option<(Head, u64)>, StoreError> {
    let row = sqlx::query!(
        r#"select n_sealed, last_hash, newest_entry_id,
                  (extract(epoch from clock_timestamp()) * 1000)::bigint as "now_ms!"
           from audit_chain for update skip locked"#
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let head = Head {
            n_sealed: row.n_sealed,
            last_hash: row.last_hash,
            newest_entry: AuditEntryId::from_uuid(row.newest_entry_id),
        };
        (head, u64::try_from(row.now_ms).unwrap_or_default())
    }))
}

/// The end of the chain as it is now; `None` when somebody removed even that.
///
/// # Errors
/// When the database fails.
pub async fn find_head(conn: &mut Conn) -> Result<Option<Head>, StoreError> {
    let row = sqlx::query!("select n_sealed, last_hash, newest_entry_id from audit_chain")
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| Head {
        n_sealed: row.n_sealed,
        last_hash: row.last_hash,
        newest_entry: AuditEntryId::from_uuid(row.newest_entry_id),
    }))
}

/// Committed lines after `after` that have no seal, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_unsealed(
    conn: &mut Conn,
    after: AuditEntryId,
    limit: i64,
) -> Result<Vec<Unsealed>, StoreError> {
    let rows = sqlx::query!(
        r#"select e.audit_entry_id, sha256(convert_to(audit_line(e), 'UTF8')) as "hash!"
           from audit_entries e
           where e.audit_entry_id > $1
             and not exists (select from audit_seals s where s.audit_entry_id = e.audit_entry_id)
           order by e.audit_entry_id
           limit $2"#,
        after.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let unsealed = |entry, hash| Unsealed { entry: AuditEntryId::from_uuid(entry), hash };
    Ok(rows.into_iter().map(|row| unsealed(row.audit_entry_id, row.hash)).collect())
}

/// Appends seals and moves the end of the chain. Seals are dated in their order, whatever the clocks say.
///
/// # Errors
/// When the database fails.
pub async fn append(
    conn: &mut Conn,
    seals: &[NewSeal],
    head: &Head,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let sequences: Vec<i64> = seals.iter().map(|it| it.sequence).collect();
    let entries: Vec<Uuid> = seals.iter().map(|it| it.entry.uuid()).collect();
    let hashes: Vec<Vec<u8>> = seals.iter().map(|it| it.entry_hash.clone()).collect();
    let previous: Vec<Vec<u8>> = seals.iter().map(|it| it.previous_hash.clone()).collect();
    sqlx::query!(
        "insert into audit_seals (sequence, audit_entry_id, entry_hash, previous_hash, sealed_at)
         select new.sequence, new.entry, new.entry_hash, new.previous_hash, greatest(audit_chain.sealed_at, $5)
         from unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[])
                  as new (sequence, entry, entry_hash, previous_hash),
              audit_chain",
        &sequences,
        &entries,
        &hashes,
        &previous,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update audit_chain
         set n_sealed = $1, last_hash = $2, newest_entry_id = greatest(newest_entry_id, $3),
             sealed_at = greatest(sealed_at, $4)",
        head.n_sealed,
        head.last_hash,
        head.newest_entry.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the caller's transaction see one state to its end, and write nothing.
///
/// # Errors
/// When the database fails, or the transaction did something already.
pub async fn freeze(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(conn)
        .await?;
    Ok(())
}

/// Seals after `after` with what their lines hash to now, in the order of the chain.
///
/// # Errors
/// When the database fails.
pub async fn list_seals(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Seal>, StoreError> {
    let rows = sqlx::query!(
        r#"select s.sequence, s.audit_entry_id, s.entry_hash, s.previous_hash,
                  case when e.audit_entry_id is not null then sha256(convert_to(audit_line(e), 'UTF8')) end as "hash_now?"
           from audit_seals s left join audit_entries e on e.audit_entry_id = s.audit_entry_id
           where s.sequence > $1
           order by s.sequence
           limit $2"#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Seal {
            sequence: row.sequence,
            entry: AuditEntryId::from_uuid(row.audit_entry_id),
            entry_hash: row.entry_hash,
            previous_hash: row.previous_hash,
            hash_now: row.hash_now,
        })
        .collect())
}

/// How many lines older than `minutes` have no seal, and the oldest of them. Ids carry the machine's time, so the
/// machine's time is what they are compared with.
///
/// # Errors
/// When the database fails.
pub async fn count_forgotten(
    conn: &mut Conn,
    minutes: i32,
) -> Result<Option<(AuditEntryId, i64)>, StoreError> {
    let row = sqlx::query!(
        r#"select (array_agg(e.audit_entry_id order by e.audit_entry_id))[1] as "oldest?", count(*) as "n!"
           from audit_entries e
           where e.audit_entry_id < (lpad(to_hex(
                     (extract(epoch from clock_timestamp() - make_interval(mins => $1)) * 1000)::bigint), 12, '0')
                     || '00000000000000000000')::uuid
             and not exists (select from audit_seals s where s.audit_entry_id = e.audit_entry_id)"#,
        minutes,
    )
    .fetch_one(conn)
    .await?;
    Ok(row.oldest.map(|oldest| (AuditEntryId::from_uuid(oldest), row.n)))
}
