//! Tickets: held with the order, valid when it is paid, void when it ends.

use domain::ids::{EventId, Id, OrderId, TicketId, TicketTypeId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// A ticket to be held.
#[derive(Debug, Clone)]
pub struct NewTicket {
    pub id: TicketId,
    pub ticket_type: TicketTypeId,
    pub code: String,
    pub attendee_name: String,
}

/// Writes the tickets of a new order, held until it is paid.
///
/// # Errors
/// `Conflict("tickets_code_key")` when a code is taken.
pub async fn insert_held(
    conn: &mut Conn,
    event: EventId,
    order: OrderId,
    tickets: &[NewTicket],
) -> Result<(), StoreError> {
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.id.uuid()).collect();
    let types: Vec<_> = tickets.iter().map(|ticket| ticket.ticket_type.uuid()).collect();
    let codes: Vec<_> = tickets.iter().map(|ticket| ticket.code.clone()).collect();
    let names: Vec<_> = tickets.iter().map(|ticket| ticket.attendee_name.clone()).collect();
    sqlx::query!(
        "insert into tickets (ticket_id, order_id, event_id, ticket_type_id, position, code, attendee_name, status)
         select t.id, $1, $2, t.ticket_type_id, t.position, t.code, t.attendee_name, 'held'
         from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[])
              with ordinality as t (id, ticket_type_id, code, attendee_name, position)",
        order.uuid(),
        event.uuid(),
        &ids,
        &types,
        &codes,
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the order's tickets valid; says how many.
///
/// # Errors
/// When the database fails.
pub async fn issue(
    conn: &mut Conn,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let issued = sqlx::query!(
        "update tickets set status = 'valid', issued_at = $2 where order_id = $1 and status in ('held', 'void')",
        order.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(issued.rows_affected())
}

/// Ends the order's tickets; says how many of each type held a place until now.
///
/// # Errors
/// When the database fails.
pub async fn mark_void(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<(TicketTypeId, u32)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with ended as (
            update tickets set status = 'void' where order_id = $1 and status in ('held', 'valid')
            returning ticket_type_id
        )
        select ticket_type_id, count(*) as "n!" from ended group by ticket_type_id
        "#,
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| counted(row.ticket_type_id, row.n)).collect())
}

/// How many tickets of each type an order has, whatever their status.
///
/// # Errors
/// When the database fails.
pub async fn count_by_type(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<(TicketTypeId, u32)>, StoreError> {
    let rows = sqlx::query!(
        r#"select ticket_type_id, count(*) as "n!" from tickets where order_id = $1 group by ticket_type_id"#,
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| counted(row.ticket_type_id, row.n)).collect())
}

fn counted(ticket_type: uuid::Uuid, n: i64) -> (TicketTypeId, u32) {
    (TicketTypeId::from_uuid(ticket_type), u32::try_from(n).unwrap_or(u32::MAX))
}
