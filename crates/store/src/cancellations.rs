//! Cancellations: tickets of a paid or free order that ended, with what was kept and what goes back. Append-only.

use domain::ids::{
    CancellationId, EventId, Id, OrderId, OrganizerId, RefundId, ReturnRequestId, TicketId,
    TicketTypeId,
};
use domain::money::{Currency, Money};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A ticket as its cancelling sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldTicket {
    pub id: TicketId,
    pub code: String,
    pub attendee_name: String,
    pub ticket_type: TicketTypeId,
    pub type_name: String,
    /// As it was sold.
    pub price: Money,
    /// Whether it still holds a paid place.
    pub is_valid: bool,
    /// What was kept of it, where it was cancelled.
    pub fee: Option<Money>,
}

/// The tickets of an order with their prices, in their order.
///
/// # Errors
/// When the database fails.
pub async fn list_tickets(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<SoldTicket>, StoreError> {
    let rows = sqlx::query!(
        r#"select t.ticket_id, t.code, t.attendee_name, t.ticket_type_id, l.name, l.unit_price_minor,
                  t.status = 'valid' as "is_valid!", t.cancel_fee_minor
           from tickets t
           join order_lines l on l.order_id = t.order_id and l.ticket_type_id = t.ticket_type_id
           where t.order_id = $1 order by t.position"#,
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SoldTicket {
            id: TicketId::from_uuid(row.ticket_id),
            code: row.code,
            attendee_name: row.attendee_name,
            ticket_type: TicketTypeId::from_uuid(row.ticket_type_id),
            type_name: row.name,
            price: Money::new(row.unit_price_minor, currency),
            is_valid: row.is_valid,
            fee: row.cancel_fee_minor.map(|minor| Money::new(minor, currency)),
        })
        .collect())
}

/// A cancellation to be written.
#[derive(Debug, Clone)]
pub struct NewCancellation<'a> {
    pub id: CancellationId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub actor_kind: &'a str,
    pub actor_id: Option<Uuid>,
    pub return_request: Option<ReturnRequestId>,
    /// By which the money goes back; none where nothing does.
    pub refunds: &'a [RefundId],
    pub fee: Money,
    pub waived: Money,
    pub back: Money,
    pub reason: &'a str,
    pub now: OffsetDateTime,
}

/// Writes a cancellation.
///
/// # Errors
/// `Conflict("cancellations_refunds_check")` at the commit when the refunds are not what goes back.
pub async fn insert(conn: &mut Conn, new: &NewCancellation<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into cancellations (cancellation_id, order_id, organizer_id, event_id, actor_kind, actor_id,
                                    return_request_id, currency, fee_minor, waived_minor, back_minor, reason, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new.id.uuid(),
        new.order.uuid(),
        new.organizer.uuid(),
        new.event.uuid(),
        new.actor_kind,
        new.actor_id,
        new.return_request.map(Id::uuid),
        new.fee.currency().code(),
        new.fee.minor(),
        new.waived.minor(),
        new.back.minor(),
        new.reason,
        new.now,
    )
    .execute(&mut *conn)
    .await?;
    let refunds: Vec<_> = new.refunds.iter().map(|refund| refund.uuid()).collect();
    sqlx::query!(
        "insert into cancellation_refunds (refund_id, cancellation_id) select unnest($2::uuid[]), $1",
        new.id.uuid(),
        &refunds,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends valid tickets with what is kept of each; says which of them were valid until now.
///
/// # Errors
/// When the database fails.
pub async fn end_tickets(
    conn: &mut Conn,
    cancellation: CancellationId,
    tickets: &[(TicketId, Money)],
) -> Result<Vec<TicketTypeId>, StoreError> {
    let ids: Vec<_> = tickets.iter().map(|(ticket, _)| ticket.uuid()).collect();
    let fees: Vec<_> = tickets.iter().map(|(_, fee)| fee.minor()).collect();
    let ended = sqlx::query_scalar!(
        "update tickets set status = 'void', cancellation_id = $1, cancel_fee_minor = ended.fee
         from unnest($2::uuid[], $3::bigint[]) as ended (id, fee)
         where ticket_id = ended.id and status = 'valid'
         returning ticket_type_id",
        cancellation.uuid(),
        &ids,
        &fees,
    )
    .fetch_all(conn)
    .await?;
    Ok(ended.into_iter().map(TicketTypeId::from_uuid).collect())
}

/// A cancellation as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    pub id: CancellationId,
    pub actor_kind: String,
    pub refunds: Vec<RefundId>,
    pub fee: Money,
    pub waived: Money,
    pub back: Money,
    pub reason: String,
    /// Codes of its tickets, in their order.
    pub tickets: Vec<String>,
    /// Names of those who do not come, in the same order.
    pub attendees: Vec<String>,
    pub created_at: OffsetDateTime,
}

/// The cancellations of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<Cancellation>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.cancellation_id, c.actor_kind, c.currency, c.fee_minor, c.waived_minor, c.back_minor, c.reason,
                  c.created_at,
                  array(select refund_id from cancellation_refunds x where x.cancellation_id = c.cancellation_id
                        order by refund_id) as "refunds!",
                  array(select code from tickets t where t.cancellation_id = c.cancellation_id order by position)
                      as "tickets!",
                  array(select attendee_name from tickets t where t.cancellation_id = c.cancellation_id
                        order by position) as "attendees!"
           from cancellations c where c.order_id = $1 order by c.cancellation_id"#,
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            Ok(Cancellation {
                id: CancellationId::from_uuid(row.cancellation_id),
                actor_kind: row.actor_kind,
                refunds: row.refunds.into_iter().map(RefundId::from_uuid).collect(),
                fee: Money::new(row.fee_minor, currency),
                waived: Money::new(row.waived_minor, currency),
                back: Money::new(row.back_minor, currency),
                reason: row.reason,
                tickets: row.tickets,
                attendees: row.attendees,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// What an event kept of cancelled tickets and did not give back later.
///
/// # Errors
/// When the database fails.
pub async fn sum_kept_fees(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    let kept = sqlx::query_scalar!(
        r#"select coalesce(sum(least(fees.minor, money.minor)), 0)::bigint as "kept!"
           from (
               select order_id, sum(fee_minor) as minor from cancellations where event_id = $1 group by order_id
           ) fees
           join lateral (
               select coalesce(sum(captured_minor - refunds_minor), 0) as minor from payments
               where payments.order_id = fees.order_id and applied_minor > 0
           ) money on true"#,
        event.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(kept)
}

/// Lists cancellations that their tickets, their refund or their order contradict. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(CancellationId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with ended as (
            select t.cancellation_id, count(*) as n, sum(t.cancel_fee_minor)::bigint as fees,
                   sum(l.unit_price_minor)::bigint as prices,
                   count(*) filter (where t.status <> 'void' or t.cancel_fee_minor > l.unit_price_minor
                                       or t.order_id <> c.order_id) as n_wrong
            from cancellations c
            join tickets t using (cancellation_id)
            join order_lines l on l.order_id = t.order_id and l.ticket_type_id = t.ticket_type_id
            group by t.cancellation_id
        )
        select c.cancellation_id, c.fee_minor, c.back_minor, o.status, coalesce(e.n, 0) as "n!",
               coalesce(e.fees, 0) as "fees!", coalesce(e.prices, 0) as "prices!", coalesce(e.n_wrong, 0) as "n_wrong!",
               r.minor as "refunds_minor!"
        from cancellations c
        join orders o on o.order_id = c.order_id
        cross join lateral (
            select coalesce(sum(amount_minor), 0)::bigint as minor, bool_or(r.order_id <> c.order_id) as is_strange
            from cancellation_refunds x join refunds r using (refund_id)
            where x.cancellation_id = c.cancellation_id
        ) r
        left join ended e on e.cancellation_id = c.cancellation_id
        where coalesce(e.n, 0) = 0 or e.n_wrong > 0 or e.fees <> c.fee_minor
           or c.fee_minor + c.back_minor > e.prices
           or r.minor <> c.back_minor or r.is_strange
           or o.status not in ('paid', 'cancelled')
        order by c.cancellation_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "order {}, {} tickets of {} ({} wrong) with fees {}; kept {}, back {}, refunds {}",
                row.status,
                row.n,
                row.prices,
                row.n_wrong,
                row.fees,
                row.fee_minor,
                row.back_minor,
                row.refunds_minor
            );
            (CancellationId::from_uuid(row.cancellation_id), what)
        })
        .collect())
}
