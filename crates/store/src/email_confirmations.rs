//! Confirmed mail addresses of orders, where their event asks for it.

use domain::ids::{EventId, Id, OrderId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::orders::Order;

/// Whether somebody at the address of an order said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailConfirmation {
    /// The event did not ask.
    NotAsked,
    Missing,
    GivenAt(OffsetDateTime),
}

/// Writes down that the address of a new order is to be confirmed.
///
/// # Errors
/// When the database refuses.
pub async fn ask(conn: &mut Conn, order: &Order, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into email_confirmations (order_id, organizer_id, asked_at) values ($1, $2, $3)",
        order.id.uuid(),
        order.organizer.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How it stands with an order.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, order: OrderId) -> Result<EmailConfirmation, StoreError> {
    let row = sqlx::query!(
        "select confirmed_at from email_confirmations where order_id = $1",
        order.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(match row.map(|row| row.confirmed_at) {
        None => EmailConfirmation::NotAsked,
        Some(None) => EmailConfirmation::Missing,
        Some(Some(at)) => EmailConfirmation::GivenAt(at),
    })
}

/// Notes the yes; says whether it was missing.
///
/// # Errors
/// When the database fails.
pub async fn mark_given(
    conn: &mut Conn,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update email_confirmations set confirmed_at = $2 where order_id = $1 and confirmed_at is null",
        order.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Asks no more: the organizer vouches for the order.
///
/// # Errors
/// When the database fails.
pub async fn waive(conn: &mut Conn, order: OrderId) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from email_confirmations where order_id = $1 and confirmed_at is null",
        order.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether new orders of an event are asked.
///
/// # Errors
/// `NotFound` when there is no such event.
pub async fn is_asked_by(conn: &mut Conn, event: EventId) -> Result<bool, StoreError> {
    let asks =
        sqlx::query_scalar!("select confirms_email from events where event_id = $1", event.uuid())
            .fetch_one(conn)
            .await?;
    Ok(asks)
}

/// Says whether new orders of an event are asked; says whether that is new.
///
/// # Errors
/// When the database fails.
pub async fn set_asked_by(
    conn: &mut Conn,
    event: EventId,
    asks: bool,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update events set confirms_email = $2, updated_at = $3 where event_id = $1 and confirms_email <> $2",
        event.uuid(),
        asks,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
