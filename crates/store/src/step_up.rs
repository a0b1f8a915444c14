//! When an organizer's members confirm themselves again.

use domain::ids::{Id, OrganizerId, UserId};
use domain::step_up::Rule;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// The rule of an organizer.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn get(conn: &mut Conn, organizer: OrganizerId) -> Result<Rule, StoreError> {
    let row = sqlx::query!(
        "select asks_again, asks_again_above_minor from organizers where organizer_id = $1",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(Rule { is_on: row.asks_again, refunds_above_minor: row.asks_again_above_minor })
}

/// The strictest rule of all organizers that a user is a member of.
///
/// # Errors
/// When the database refuses.
pub async fn strictest(conn: &mut Conn, user: UserId) -> Result<Rule, StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(bool_or(asks_again), false) as "is_on!",
                  coalesce(min(asks_again_above_minor) filter (where asks_again), 0) as "above!"
           from organizers join members using (organizer_id) where user_id = $1"#,
        user.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(Rule { is_on: row.is_on, refunds_above_minor: row.above })
}

/// Sets the rule of an organizer.
///
/// # Errors
/// When the database refuses.
pub async fn set(
    conn: &mut Conn,
    organizer: OrganizerId,
    rule: Rule,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update organizers set asks_again = $2, asks_again_above_minor = $3, updated_at = $4
         where organizer_id = $1",
        organizer.uuid(),
        rule.is_on,
        rule.refunds_above_minor,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
