//! What recurs: one row each; who claims it does it, once per cluster.

use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Claims a piece of recurring work if nobody began it after `since`; of all processes that ask at once, one is told yes.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    conn: &mut Conn,
    name: &str,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let claimed = sqlx::query!(
        "insert into recurring_work (name, begun_at) values ($1, $2)
         on conflict (name) do update set begun_at = excluded.begun_at where recurring_work.begun_at <= $3",
        name,
        now,
        since,
    )
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Writes down how it ended.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    conn: &mut Conn,
    name: &str,
    outcome: &Value,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into recurring_work (name, begun_at, ended_at, outcome) values ($1, $2, $2, $3)
         on conflict (name) do update set ended_at = excluded.ended_at, outcome = excluded.outcome",
        name,
        now,
        outcome,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The last run of a piece of recurring work.
#[derive(Debug, Clone, PartialEq)]
pub struct LastRun {
    pub name: String,
    pub ended_at: OffsetDateTime,
    pub outcome: Value,
}

/// Lists the last runs of all work whose name begins with `prefix`.
///
/// # Errors
/// When the database fails.
pub async fn list_last_runs(conn: &mut Conn, prefix: &str) -> Result<Vec<LastRun>, StoreError> {
    let rows = sqlx::query!(
        r#"select name, ended_at as "ended_at!", outcome from recurring_work
           where starts_with(name, $1) and ended_at is not null order by name"#,
        prefix
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LastRun { name: row.name, ended_at: row.ended_at, outcome: row.outcome })
        .collect())
}

/// Up to where everything was seen; none before the first look.
///
/// # Errors
/// When the database fails.
pub async fn find_cursor(
    conn: &mut Conn,
    name: &str,
) -> Result<Option<OffsetDateTime>, StoreError> {
    Ok(sqlx::query_scalar!("select seen_until from watch_cursors where name = $1", name)
        .fetch_optional(conn)
        .await?)
}

/// Moves a cursor forward, never back.
///
/// # Errors
/// When the database fails.
pub async fn move_cursor(
    conn: &mut Conn,
    name: &str,
    seen_until: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into watch_cursors (name, seen_until) values ($1, $2)
         on conflict (name) do update set seen_until = greatest(watch_cursors.seen_until, excluded.seen_until)",
        name,
        seen_until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the statements of this transaction more time than a request has: they read everything.
///
/// # Errors
/// When the database fails.
pub async fn give_time(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query!(r#"select set_config('statement_timeout', '40s', true) as "set?""#)
        .fetch_one(conn)
        .await?;
    Ok(())
}
