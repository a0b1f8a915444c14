//! What the platform's staff switched off for everybody. Read where it matters, each time: a switch counts at once, in
//! every process.

use domain::ids::{Id, UserId};
use domain::switch::{Switch, SwitchedOff};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// What is off at this moment.
///
/// # Errors
/// When the database fails.
pub async fn list_off(conn: &mut Conn) -> Result<SwitchedOff, StoreError> {
    let names = sqlx::query_scalar!("select name from feature_switches where not is_on")
        .fetch_all(conn)
        .await?;
    Ok(SwitchedOff::read(&names))
}

/// The last change of a switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub is_on: bool,
    pub reason: String,
    pub by: String,
    pub at: OffsetDateTime,
}

/// The last changes of all switches that were ever changed.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn) -> Result<Vec<Change>, StoreError> {
    Ok(sqlx::query_as!(
        Change,
        r#"select name, is_on, reason, email as by, changed_at as at
           from feature_switches join users on user_id = changed_by order by name"#
    )
    .fetch_all(conn)
    .await?)
}

/// Switches; says whether it was otherwise before.
///
/// # Errors
/// When the database fails.
pub async fn set(
    conn: &mut Conn,
    (switch, is_on): (Switch, bool),
    reason: &str,
    by: UserId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "insert into feature_switches (name, is_on, reason, changed_by, changed_at)
         select $1, $2, $3, $4, $5
         where not $2 or exists (select from feature_switches where name = $1)
         on conflict (name) do update
             set is_on = excluded.is_on, reason = excluded.reason, changed_by = excluded.changed_by,
                 changed_at = excluded.changed_at
             where feature_switches.is_on <> excluded.is_on",
        switch.to_string(),
        is_on,
        reason,
        by.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() == 1)
}
