//! The job queue: rows that are born in the transaction that causes them, leased while somebody works on them.

use domain::ids::{Id, JobId};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// Where a new job is announced.
pub const CHANNEL: &str = "eventpay_jobs";

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub id: JobId,
    pub kind: &'static str,
    pub payload: Value,
    /// At most one waiting job per key.
    pub dedupe_key: Option<String>,
    pub run_at: OffsetDateTime,
    /// Smaller goes first.
    pub priority: i16,
    pub attempts_max: i32,
    pub now: OffsetDateTime,
}

/// A job that this worker holds until the lease ends.
#[derive(Debug, Clone)]
pub struct LeasedJob {
    pub id: JobId,
    pub kind: String,
    pub payload: Value,
    /// This attempt included.
    pub attempts: i32,
    pub attempts_max: i32,
    pub lease_token: Uuid,
    pub created_at: OffsetDateTime,
}

/// Writes a job; with a waiting job of the same key it is one wish, which news hurry to this one's time. Workers hear of it after the
/// commit ([`crate::outbox::announce`]).
///
/// # Errors
/// When the database fails.
pub async fn enqueue(conn: &mut Conn, job: &NewJob, is_news: bool) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into jobs (job_id, kind, payload, dedupe_key, run_at, attempts_max, created_at, priority)
         values ($1, $2, $3, $4, $5, $6, $7, $9)
         on conflict (dedupe_key) where dead_at is null and lease_token is null
         do update set run_at = case when $8 then least(jobs.run_at, excluded.run_at) else jobs.run_at end",
        job.id.uuid(),
        job.kind,
        job.payload,
        job.dedupe_key,
        job.run_at,
        job.attempts_max,
        job.now,
        is_news,
        job.priority,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes up to `limit` ready jobs for `lease`: by priority, then oldest first. Also takes jobs whose worker died: their
/// lease has ended. On the way it removes what is `done`, as [`finish`] would one by one.
///
/// # Errors
/// When the database fails.
pub async fn exchange(
    conn: &mut Conn,
    done: &[LeasedJob],
    (limit, lease): (i64, Duration),
    now: OffsetDateTime,
) -> Result<Vec<LeasedJob>, StoreError> {
    let ids: Vec<_> = done.iter().map(|job| job.id.uuid()).collect();
    let tokens: Vec<_> = done.iter().map(|job| job.lease_token).collect();
    let rows = sqlx::query!(
        r#"
        with finished as (
            delete from jobs
            where job_id = any ($5) and lease_token = ($6::uuid[])[array_position($5, job_id)]
        ), ready as (
            select job_id from jobs
            where run_at <= $1 and dead_at is null and (lease_until is null or lease_until <= $1)
              and job_id <> all ($5)
            order by priority, run_at
            limit $2
            for update skip locked
        )
        update jobs set attempts = attempts + 1, lease_token = $3, lease_until = $4
        from ready where jobs.job_id = ready.job_id
        returning jobs.job_id, kind, payload, attempts, attempts_max, lease_token as "lease_token!", created_at
        "#,
        now,
        limit,
        Uuid::now_v7(),
        now + lease,
        &ids,
        &tokens,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LeasedJob {
            id: JobId::from_uuid(row.job_id),
            kind: row.kind,
            payload: row.payload,
            attempts: row.attempts,
            attempts_max: row.attempts_max,
            lease_token: row.lease_token,
            created_at: row.created_at,
        })
        .collect())
}

/// Removes a job that was done; a worker whose lease was taken over removes nothing.
///
/// # Errors
/// When the database fails.
pub async fn finish(conn: &mut Conn, job: &LeasedJob) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "delete from jobs where job_id = $1 and lease_token = $2",
        job.id.uuid(),
        job.lease_token
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a job back to be tried again at `run_at`. Where the same wish waits already, that one stands for both.
///
/// # Errors
/// When the database fails.
pub async fn retry(
    conn: &mut Conn,
    job: &LeasedJob,
    run_at: OffsetDateTime,
    error: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with twin as (
             select w.job_id from jobs j join jobs w on w.dedupe_key = j.dedupe_key and w.job_id <> j.job_id
             where j.job_id = $1 and w.dead_at is null and w.lease_token is null
         ), gone as (
             delete from jobs where job_id = $1 and lease_token = $2 and exists (select from twin)
         )
         update jobs set run_at = $3, lease_token = null, lease_until = null, last_error = $4
         where job_id = $1 and lease_token = $2 and not exists (select from twin)",
        job.id.uuid(),
        job.lease_token,
        run_at,
        error,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Buries a job that cannot be done: it stays to be seen and run again by a person.
///
/// # Errors
/// When the database fails.
pub async fn bury(
    conn: &mut Conn,
    job: &LeasedJob,
    error: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update jobs set dead_at = $3, lease_token = null, lease_until = null, last_error = $4
         where job_id = $1 and lease_token = $2",
        job.id.uuid(),
        job.lease_token,
        now,
        error,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a dead job new attempts; says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn revive(conn: &mut Conn, job: JobId, now: OffsetDateTime) -> Result<bool, StoreError> {
    let revived = sqlx::query!(
        "update jobs set dead_at = null, attempts = 0, run_at = $2
         where job_id = $1 and dead_at is not null
           and not exists (select from jobs w where w.dedupe_key = jobs.dedupe_key and w.dead_at is null)",
        job.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(revived.rows_affected() == 1)
}

/// A job that needs a person.
#[derive(Debug, Clone)]
pub struct DeadJob {
    pub id: JobId,
    pub kind: String,
    pub payload: Value,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub dead_at: OffsetDateTime,
}

/// How the queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueState {
    /// Jobs whose time has come.
    pub n_ready: i64,
    /// Jobs whose time will come.
    pub n_later: i64,
    pub n_dead: i64,
    /// Seconds that the oldest ready job has waited.
    pub lag_seconds: i64,
}

/// Tells how the queue stands.
///
/// # Errors
/// When the database fails.
pub async fn state(conn: &mut Conn, now: OffsetDateTime) -> Result<QueueState, StoreError> {
    let row = sqlx::query!(
        r#"select count(*) filter (where dead_at is null and run_at <= $1) as "n_ready!",
                  count(*) filter (where dead_at is null and run_at > $1) as "n_later!",
                  count(*) filter (where dead_at is not null) as "n_dead!",
                  coalesce(extract(epoch from $1 - min(run_at) filter (where dead_at is null and run_at <= $1)), 0)::bigint
                      as "lag_seconds!"
           from jobs"#,
        now
    )
    .fetch_one(conn)
    .await?;
    Ok(QueueState {
        n_ready: row.n_ready,
        n_later: row.n_later,
        n_dead: row.n_dead,
        lag_seconds: row.lag_seconds,
    })
}

/// Forgets what went wrong with these jobs: an address may stand there.
///
/// # Errors
/// When the database fails.
pub async fn forget_errors(conn: &mut Conn, dedupe_keys: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "update jobs set last_error = null where dedupe_key = any ($1) and last_error is not null",
        dedupe_keys
    )
    .execute(conn)
    .await?;
    Ok(())
}
