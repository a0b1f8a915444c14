//! Idempotency keys: the same wish with the same key has one effect and one answer.

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::db::Conn;
use crate::error::StoreError;

/// What a key says about a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// It is new, or the request before it died: go on.
    Mine,
    /// It was answered before: answer the same.
    Answered(Value),
    /// The first request with it is still under way.
    Running,
    /// It was used for something else.
    Reused,
}

/// Claims `key` within `scope` for the request that hashes to `request_hash`, for `lease` at most.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    request_hash: &[u8],
    lease: Duration,
    now: OffsetDateTime,
) -> Result<Claim, StoreError> {
    let mine = sqlx::query!(
        "insert into idempotency_keys (scope, key, request_hash, locked_until, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (scope, key) do update set locked_until = excluded.locked_until
         where idempotency_keys.answer is null and idempotency_keys.locked_until <= $5
           and idempotency_keys.request_hash = excluded.request_hash",
        scope,
        key,
        request_hash,
        now + lease,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if mine.rows_affected() == 1 {
        return Ok(Claim::Mine);
    }
    let row = sqlx::query!(
        "select request_hash, answer from idempotency_keys where scope = $1 and key = $2",
        scope,
        key
    )
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        // Released between the two statements: the caller may ask again.
        None => Claim::Running,
        Some(row) if row.request_hash != request_hash => Claim::Reused,
        Some(row) => row.answer.map_or(Claim::Running, Claim::Answered),
    })
}

/// Keeps the answer: whoever asks again gets it.
///
/// # Errors
/// When the database fails.
pub async fn answer(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    answer: &Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update idempotency_keys set answer = $3 where scope = $1 and key = $2",
        scope,
        key,
        answer
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Frees the key: the request failed and may be tried again.
///
/// # Errors
/// When the database fails.
pub async fn release(conn: &mut Conn, scope: &str, key: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from idempotency_keys where scope = $1 and key = $2 and answer is null",
        scope,
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets keys from before `before`; says how many.
///
/// # Errors
/// When the database fails.
pub async fn delete_old(conn: &mut Conn, before: OffsetDateTime) -> Result<u64, StoreError> {
    let gone = sqlx::query!("delete from idempotency_keys where created_at < $1", before)
        .execute(conn)
        .await?;
    Ok(gone.rows_affected())
}
