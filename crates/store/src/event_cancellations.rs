//! Called-off events: what was decided, one row per order with what became of it, and the refunds this run asked for.

use std::collections::BTreeSet;

use domain::event_cancellation::{CancellationOutcome, CancellationTerms};
use domain::ids::{EventId, Id, OrderId, ProcessId, RefundId, TicketTypeId};
use domain::money::{Currency, Money};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Writes what was decided.
///
/// # Errors
/// `Conflict("event_cancellations_event_key")` when the event was called off before.
pub async fn insert(
    conn: &mut Conn,
    process: ProcessId,
    event: EventId,
    terms: &CancellationTerms,
) -> Result<(), StoreError> {
    let only: Option<Vec<_>> =
        terms.only.as_ref().map(|only| only.iter().map(|it| it.uuid()).collect());
    sqlx::query!(
        "insert into event_cancellations (process_id, event_id, currency, fee_basis_points, fee_per_ticket_minor,
                                          ticket_type_ids)
         values ($1, $2, $3, $4, $5, $6)",
        process.uuid(),
        event.uuid(),
        terms.fee_per_ticket.currency().code(),
        i32::from(terms.fee_basis_points),
        terms.fee_per_ticket.minor(),
        only.as_deref(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was decided.
///
/// # Errors
/// `NotFound` when the process calls off no event.
pub async fn get_terms(
    conn: &mut Conn,
    process: ProcessId,
) -> Result<CancellationTerms, StoreError> {
    let row = sqlx::query!(
        "select currency, fee_basis_points, fee_per_ticket_minor, ticket_type_ids
         from event_cancellations where process_id = $1",
        process.uuid()
    )
    .fetch_one(conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    let only = row.ticket_type_ids.map(|ids| {
        ids.into_iter().map(TicketTypeId::from_uuid).collect::<BTreeSet<TicketTypeId>>()
    });
    Ok(CancellationTerms {
        only,
        fee_basis_points: word(u16::try_from(row.fee_basis_points), "fee")?,
        fee_per_ticket: Money::new(row.fee_per_ticket_minor, currency),
    })
}

/// Lists every order of the event that still stands, in batches of `batch_orders`. The event is called off already, so
/// no order comes after.
///
/// # Errors
/// When the database fails.
pub async fn insert_orders(
    conn: &mut Conn,
    process: ProcessId,
    event: EventId,
    batch_orders: i32,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into event_cancellation_orders (process_id, order_id, batch, updated_at)
         select $1, order_id, ((row_number() over (order by order_id) - 1) / $3::integer)::integer, $4
         from orders where event_id = $2 and status in ('pending', 'awaiting_payment', 'paid')",
        process.uuid(),
        event.uuid(),
        batch_orders,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The orders of a batch that wait, in their order.
///
/// # Errors
/// When the database fails.
pub async fn list_waiting(
    conn: &mut Conn,
    process: ProcessId,
    batch: i32,
) -> Result<Vec<OrderId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select order_id from event_cancellation_orders
         where process_id = $1 and batch = $2 and status = 'waiting' order by order_id",
        process.uuid(),
        batch,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}

/// The batches in which orders wait.
///
/// # Errors
/// When the database fails.
pub async fn list_waiting_batches(
    conn: &mut Conn,
    process: ProcessId,
) -> Result<Vec<i32>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select distinct batch from event_cancellation_orders
         where process_id = $1 and status = 'waiting' order by batch",
        process.uuid(),
    )
    .fetch_all(conn)
    .await?)
}

/// Whether the order waits for its turn; its row is locked until the transaction ends.
///
/// # Errors
/// `NotFound` when the order is not in this run.
pub async fn lock_waiting(
    conn: &mut Conn,
    process: ProcessId,
    order: OrderId,
) -> Result<bool, StoreError> {
    let status = sqlx::query_scalar!(
        "select status from event_cancellation_orders where process_id = $1 and order_id = $2 for update",
        process.uuid(),
        order.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(status == "waiting")
}

/// Notes a refund that this run asked for.
///
/// # Errors
/// When the database fails.
pub async fn insert_refund(
    conn: &mut Conn,
    process: ProcessId,
    order: OrderId,
    refund: RefundId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into event_cancellation_refunds (refund_id, process_id, order_id) values ($1, $2, $3)",
        refund.uuid(),
        process.uuid(),
        order.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what became of an order. What is due is the sum of this run's refunds that count.
///
/// # Errors
/// When the database fails.
pub async fn mark_done(
    conn: &mut Conn,
    process: ProcessId,
    order: OrderId,
    outcome: CancellationOutcome,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update event_cancellation_orders
         set status = 'done', outcome = $3, failure_code = null, attempts = attempts + 1, updated_at = $4,
             due_minor = (
                 select coalesce(sum(r.amount_minor), 0)
                 from event_cancellation_refunds c join refunds r using (refund_id)
                 where c.process_id = $1 and c.order_id = $2
                   and r.status in ('requested', 'needs_account', 'processing', 'succeeded'))
         where process_id = $1 and order_id = $2",
        process.uuid(),
        order.uuid(),
        outcome.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that an order could not be ended; after `attempts_max` attempts a person is asked.
///
/// # Errors
/// When the database fails.
pub async fn note_failure(
    conn: &mut Conn,
    process: ProcessId,
    order: OrderId,
    code: &str,
    attempts_max: i32,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update event_cancellation_orders
         set attempts = attempts + 1, failure_code = $3, updated_at = $5,
             status = case when attempts + 1 >= $4 then 'failed' else status end
         where process_id = $1 and order_id = $2 and status = 'waiting'",
        process.uuid(),
        order.uuid(),
        code,
        attempts_max,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets everything that failed wait for another turn: orders that could not be ended, and orders whose refunds were
/// refused. Says how many there are.
///
/// # Errors
/// When the database fails.
pub async fn retry_failed(
    conn: &mut Conn,
    process: ProcessId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let again = sqlx::query!(
        "update event_cancellation_orders o
         set status = 'waiting', outcome = null, attempts = 0, failure_code = null, updated_at = $2
         where process_id = $1
           and (status = 'failed'
                or (status = 'done' and due_minor > (
                        select coalesce(sum(r.amount_minor), 0)
                        from event_cancellation_refunds c join refunds r using (refund_id)
                        where c.process_id = o.process_id and c.order_id = o.order_id
                          and r.status in ('requested', 'needs_account', 'processing', 'succeeded'))))",
        process.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(again.rows_affected())
}

/// Lists called-off events and orders that contradict their run. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(String, String)>, StoreError> {
    let events = sqlx::query!(
        r#"select e.event_id as "event_id!", e.status as "status!" from events e
           left join event_cancellations c using (event_id)
           where (e.status = 'cancelled') <> (c.event_id is not null) limit 1000"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let orders = sqlx::query!(
        "select o.order_id, o.status, c.outcome from event_cancellation_orders c join orders o using (order_id)
         where c.status = 'done' and o.status in ('pending', 'awaiting_payment', 'paid') limit 1000"
    )
    .fetch_all(conn)
    .await?;
    let events = events.into_iter().map(|row| {
        let what = format!("{}, and its run says otherwise", row.status);
        (EventId::from_uuid(row.event_id).to_string(), what)
    });
    let orders = orders.into_iter().map(|row| {
        let outcome = row.outcome.unwrap_or_default();
        let what = format!("{} though its turn came with {outcome}", row.status);
        (OrderId::from_uuid(row.order_id).to_string(), what)
    });
    Ok(events.chain(orders).collect())
}
