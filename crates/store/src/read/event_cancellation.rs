//! What calling off an event would mean, order by order, and how far a run is, person by person.

use std::collections::BTreeMap;

use domain::event_cancellation::{CancellationState, LineMoney, OrderMoney};
use domain::ids::{EventId, Id, OrderId, ProcessId, TicketTypeId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::PaymentMethod;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// An order that stands, with its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedOrder {
    pub id: OrderId,
    pub code: String,
    pub buyer_name: String,
    pub status: OrderStatus,
    /// The payments that pay it, those last whose buyer must be asked for an account.
    pub purses: Vec<PurseMoney>,
    pub money: OrderMoney,
    /// What the buyer paid on top for the way of paying.
    pub method_fee: Money,
    /// What platform and provider took by the fee rules when it was paid.
    pub fees_taken: Money,
}

/// A payment that pays an order, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurseMoney {
    /// None where the provider named no method of ours.
    pub method: Option<PaymentMethod>,
    /// What can still go back of what it pays.
    pub left: Money,
}

/// Every order of the event that still stands, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_affected(
    conn: &mut Conn,
    event: EventId,
    currency: Currency,
) -> Result<Vec<AffectedOrder>, StoreError> {
    let mut lines = lines(conn, event, currency).await?;
    let mut purses = purses(conn, event, currency).await?;
    let rows = sqlx::query!(
        r#"select o.order_id, o.code, o.buyer_name, o.status, o.fee_minor,
                  coalesce(p.paid, 0)::bigint as "paid!", coalesce(p.fee, 0)::bigint as "fee!",
                  coalesce(p.taken, 0)::bigint as "taken!",
                  coalesce(r.back, 0)::bigint as "back!"
           from orders o
           left join lateral (
               select sum(applied_minor) as paid, sum(method_fee_minor) filter (where captured_minor > 0) as fee,
                      sum(platform_fee_minor + provider_fee_minor) as taken
               from payments where order_id = o.order_id) p on true
           left join lateral (
               select sum(amount_minor) as back from refunds
               where order_id = o.order_id and not is_from_credit
                 and status in ('requested', 'needs_account', 'processing', 'succeeded')) r on true
           where o.event_id = $1 and o.status in ('pending', 'awaiting_payment', 'paid')
           order by o.order_id"#,
        event.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AffectedOrder {
                id: OrderId::from_uuid(row.order_id),
                code: row.code,
                buyer_name: row.buyer_name,
                status: word(OrderStatus::parse(&row.status), "order status")?,
                purses: purses.remove(&row.order_id).unwrap_or_default(),
                money: OrderMoney {
                    lines: lines.remove(&row.order_id).unwrap_or_default(),
                    fee: Money::new(row.fee_minor, currency),
                    paid: Money::new(row.paid, currency),
                    back: Money::new(row.back, currency),
                },
                method_fee: Money::new(row.fee, currency),
                fees_taken: Money::new(row.taken, currency),
            })
        })
        .collect()
}

async fn purses(
    conn: &mut Conn,
    event: EventId,
    currency: Currency,
) -> Result<BTreeMap<Uuid, Vec<PurseMoney>>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.order_id, p.method,
                  greatest(0, p.applied_minor - (p.refunds_minor - p.credit_refunds_minor)) as "left_minor!"
           from payments p join orders o using (order_id)
           where p.event_id = $1 and p.applied_minor > 0 and o.status in ('pending', 'awaiting_payment', 'paid')
           order by p.order_id, p.ordinal"#,
        event.uuid()
    )
    .fetch_all(conn)
    .await?;
    let mut purses: BTreeMap<Uuid, Vec<PurseMoney>> = BTreeMap::new();
    for row in rows {
        let method = row.method.as_deref().map(PaymentMethod::parse).transpose();
        let method = word(method, "payment method")?;
        let left = Money::new(row.left_minor, currency);
        purses.entry(row.order_id).or_default().push(PurseMoney { method, left });
    }
    for of_order in purses.values_mut() {
        of_order.sort_by_key(|it| it.method.is_some_and(PaymentMethod::is_delayed));
    }
    Ok(purses)
}

async fn lines(
    conn: &mut Conn,
    event: EventId,
    currency: Currency,
) -> Result<BTreeMap<Uuid, Vec<LineMoney>>, StoreError> {
    let rows = sqlx::query!(
        "select l.order_id, l.ticket_type_id, l.quantity, l.amount_minor
         from order_lines l join orders o using (order_id)
         where o.event_id = $1 and o.status in ('pending', 'awaiting_payment', 'paid')
         order by l.order_id, l.position",
        event.uuid()
    )
    .fetch_all(conn)
    .await?;
    let mut lines: BTreeMap<Uuid, Vec<LineMoney>> = BTreeMap::new();
    for row in rows {
        lines.entry(row.order_id).or_default().push(LineMoney {
            ticket_type: TicketTypeId::from_uuid(row.ticket_type_id),
            quantity: word(u32::try_from(row.quantity), "quantity")?,
            amount: Money::new(row.amount_minor, currency),
        });
    }
    Ok(lines)
}

/// A ticket type that somebody ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldType {
    pub id: TicketTypeId,
    pub name: String,
}

/// The ticket types of the event that somebody ordered, those that are off sale too, in the order of the page.
///
/// # Errors
/// When the database fails.
pub async fn list_sold(conn: &mut Conn, event: EventId) -> Result<Vec<SoldType>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_type_id, name from ticket_types t
         where event_id = $1
           and exists (select from tickets k where k.event_id = $1 and k.ticket_type_id = t.ticket_type_id)
         order by position, ticket_type_id",
        event.uuid()
    )
    .fetch_all(conn)
    .await?;
    let sold = rows
        .into_iter()
        .map(|row| SoldType { id: TicketTypeId::from_uuid(row.ticket_type_id), name: row.name });
    Ok(sold.collect())
}

/// Orders of a run in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateTotal {
    pub state: CancellationState,
    pub n_orders: i64,
    /// What this run gives back to them.
    pub due_minor: i64,
    /// Of it, what is back.
    pub succeeded_minor: i64,
}

/// One order of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultLine {
    pub order: OrderId,
    pub code: String,
    pub buyer_name: String,
    pub state: CancellationState,
    pub due_minor: i64,
    pub failure_code: Option<String>,
    pub updated_at: OffsetDateTime,
}

/// The rows of a run with their states; how far the money is stands on the refunds and nowhere else.
macro_rules! query_results {
    ($row:ty, $rest:literal, $process:expr $(, $arg:expr)*) => {
        sqlx::query_as!(
            $row,
            "with results as (
                 select c.order_id, c.due_minor, c.updated_at, m.succeeded,
                        coalesce(c.failure_code, m.failure_code) as failure_code,
                        case when c.status = 'waiting' then 'waiting'
                             when c.status = 'failed' then 'failed'
                             when c.outcome <> 'refunded' then c.outcome
                             when m.counted < c.due_minor then 'refund_failed'
                             when m.needs_account > 0 then 'needs_account'
                             when m.succeeded < c.due_minor then 'refunding'
                             else 'refunded' end as state
                 from event_cancellation_orders c
                 cross join lateral (
                     select coalesce(sum(r.amount_minor) filter (where r.status = 'succeeded'), 0)::bigint as succeeded,
                            coalesce(sum(r.amount_minor) filter (where r.status = 'needs_account'), 0)::bigint
                                as needs_account,
                            coalesce(sum(r.amount_minor) filter (where r.status in
                                ('requested', 'needs_account', 'processing', 'succeeded')), 0)::bigint as counted,
                            max(r.failure_code) filter (where r.status in ('failed', 'rejected')) as failure_code
                     from event_cancellation_refunds x join refunds r using (refund_id)
                     where x.process_id = c.process_id and x.order_id = c.order_id) m
                 where c.process_id = $1
             ) " + $rest,
            $process
            $(, $arg)*
        )
    };
}

struct TotalRow {
    state: String,
    n_orders: i64,
    due_minor: i64,
    succeeded_minor: i64,
}

/// How many orders of a run are in which state; states without orders are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_state_totals(
    conn: &mut Conn,
    process: ProcessId,
) -> Result<Vec<StateTotal>, StoreError> {
    let rows = query_results!(
        TotalRow,
        r#"select state as "state!", count(*) as "n_orders!", sum(due_minor)::bigint as "due_minor!",
                  sum(succeeded)::bigint as "succeeded_minor!"
           from results group by state order by state"#,
        process.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StateTotal {
                state: word(CancellationState::parse(&row.state), "state of a cancellation")?,
                n_orders: row.n_orders,
                due_minor: row.due_minor,
                succeeded_minor: row.succeeded_minor,
            })
        })
        .collect()
}

struct LineRow {
    order_id: Uuid,
    code: String,
    buyer_name: String,
    state: String,
    due_minor: i64,
    failure_code: Option<String>,
    updated_at: OffsetDateTime,
}

/// The orders of a run in one state, or in all of them, behind `after`.
///
/// # Errors
/// When the database fails.
pub async fn list_results(
    conn: &mut Conn,
    process: ProcessId,
    state: Option<CancellationState>,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<ResultLine>, StoreError> {
    let rows = query_results!(
        LineRow,
        r#"select r.order_id as "order_id!", o.code as "code!", o.buyer_name as "buyer_name!", r.state as "state!",
                  r.due_minor as "due_minor!", r.failure_code, r.updated_at as "updated_at!"
           from results r join orders o on o.order_id = r.order_id
           where ($2::text is null or r.state = $2) and ($3::uuid is null or r.order_id > $3)
           order by r.order_id limit $4"#,
        process.uuid(),
        state.map(CancellationState::as_str),
        after.map(Id::uuid),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ResultLine {
                order: OrderId::from_uuid(row.order_id),
                code: row.code,
                buyer_name: row.buyer_name,
                state: word(CancellationState::parse(&row.state), "state of a cancellation")?,
                due_minor: row.due_minor,
                failure_code: row.failure_code,
                updated_at: row.updated_at,
            })
        })
        .collect()
}
