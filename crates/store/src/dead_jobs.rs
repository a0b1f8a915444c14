//! Jobs that gave up: looked through, tried again, or given up for good by a person.

use domain::ids::{Id, JobId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::jobs::DeadJob;

/// One page of dead jobs of a kind, or of every kind; the last that died first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    kind: Option<&str>,
    older_than: Option<JobId>,
    limit: i64,
) -> Result<Vec<DeadJob>, StoreError> {
    let rows = sqlx::query!(
        r#"select job_id, kind, payload, attempts, last_error, dead_at as "dead_at!" from jobs
           where dead_at is not null and ($1::text is null or kind = $1)
             and ($2::uuid is null
                  or (dead_at, job_id) < (select dead_at, job_id from jobs where job_id = $2))
           order by dead_at desc, job_id desc limit $3"#,
        kind,
        older_than.map(Id::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeadJob {
            id: JobId::from_uuid(row.job_id),
            kind: row.kind,
            payload: row.payload,
            attempts: row.attempts,
            last_error: row.last_error,
            dead_at: row.dead_at,
        })
        .collect())
}

/// Gives all dead jobs of a kind new attempts and counts them. Of several that wish the same the last one stands for all,
/// and none is woken whose wish waits already.
///
/// # Errors
/// When the database fails.
pub async fn revive_kind(
    conn: &mut Conn,
    kind: &str,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let revived = sqlx::query!(
        "update jobs set dead_at = null, attempts = 0, run_at = $2
         where job_id in (
             select distinct on (coalesce(dedupe_key, job_id::text)) job_id from jobs
             where kind = $1 and dead_at is not null
               and not exists (select from jobs w where w.dedupe_key = jobs.dedupe_key and w.dead_at is null)
             order by coalesce(dedupe_key, job_id::text), dead_at desc)",
        kind,
        now,
    )
    .execute(conn)
    .await?;
    Ok(revived.rows_affected())
}

/// Removes a dead job for good and tells what it was; none when it is not dead (any more).
///
/// # Errors
/// When the database fails.
pub async fn remove(conn: &mut Conn, job: JobId) -> Result<Option<DeadJob>, StoreError> {
    let row = sqlx::query!(
        r#"delete from jobs where job_id = $1 and dead_at is not null
           returning job_id, kind, payload, attempts, last_error, dead_at as "dead_at!""#,
        job.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| DeadJob {
        id: JobId::from_uuid(row.job_id),
        kind: row.kind,
        payload: row.payload,
        attempts: row.attempts,
        last_error: row.last_error,
        dead_at: row.dead_at,
    }))
}

/// Removes all dead jobs of a kind for good and tells which they were.
///
/// # Errors
/// When the database fails.
pub async fn remove_kind(conn: &mut Conn, kind: &str) -> Result<Vec<JobId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "delete from jobs where kind = $1 and dead_at is not null returning job_id",
        kind
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(JobId::from_uuid).collect())
}
