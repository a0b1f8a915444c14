//! When an organizer's members confirm themselves again.

use domain::ids::{Id, OrderId, OrganizerId, UserId};
use domain::money::Currency;
use domain::step_up::Rule;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

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

/// Takes the turn of a user's refunds until `ends_at`; `false` where another one has it at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn take_turn(
    conn: &mut Conn,
    user: UserId,
    turn: Uuid,
    now: OffsetDateTime,
    ends_at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "insert into refund_turns (user_id, turn, ends_at) values ($1, $2, $4)
         on conflict (user_id) do update set turn = excluded.turn, ends_at = excluded.ends_at
         where refund_turns.ends_at <= $3",
        user.uuid(),
        turn,
        now,
        ends_at,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Gives a turn back; one that was over may be somebody else's by now, and stays.
///
/// # Errors
/// When the database refuses.
pub async fn give_turn_back(conn: &mut Conn, user: UserId, turn: Uuid) -> Result<(), StoreError> {
    sqlx::query!("delete from refund_turns where user_id = $1 and turn = $2", user.uuid(), turn)
        .execute(conn)
        .await?;
    Ok(())
}

/// The strictest rule of all organizers that a user is a member of, for all or for one of their events.
///
/// # Errors
/// When the database refuses.
pub async fn strictest(conn: &mut Conn, user: UserId) -> Result<Rule, StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(bool_or(asks_again), false) as "is_on!",
                  coalesce(min(asks_again_above_minor) filter (where asks_again), 0) as "above!"
           from organizers where organizer_id in (
               select organizer_id from members where user_id = $1
               union all select organizer_id from event_members where user_id = $1)"#,
        user.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(Rule { is_on: row.is_on, refunds_above_minor: row.above })
}

/// How much a user gave back since `since`, in the smallest unit, whatever became of what was refused later.
///
/// # Errors
/// When the database refuses.
pub async fn refunded_since(
    conn: &mut Conn,
    user: UserId,
    since: OffsetDateTime,
) -> Result<i64, StoreError> {
    let sum = sqlx::query_scalar!(
        r#"select coalesce(sum(amount_minor), 0)::bigint as "sum!" from refunds
           where requested_by = $1 and created_at > $2 and status not in ('failed', 'rejected')"#,
        user.uuid(),
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(sum)
}

/// What an order's money is counted in, if there is such an order.
///
/// # Errors
/// When the database refuses.
pub async fn currency_of(conn: &mut Conn, order: OrderId) -> Result<Option<Currency>, StoreError> {
    let code = sqlx::query_scalar!("select currency from orders where order_id = $1", order.uuid())
        .fetch_optional(conn)
        .await?;
    code.map(|code| word(Currency::parse(&code), "orders.currency")).transpose()
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
