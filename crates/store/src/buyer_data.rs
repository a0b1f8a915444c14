//! What is kept of participants: told, asked to be erased, and erased with the time. Each order by itself; amounts, dates,
//! the ledger and credit notes stay.

use domain::buyer_data::Matters;
use domain::ids::{EventId, Id, OrderId, OrganizerId, UserId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

mod erase;
mod tell;

pub use erase::{Erased, erase, forget_late_messages};
pub use tell::{Reader, tell};

/// Whether an order's data were asked to be erased, and whether they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub erased_at: Option<OffsetDateTime>,
    pub request: Option<ErasureRequest>,
    /// From when on they are erased by themselves counts from here, and how many days later.
    pub event_ends_at: Option<OffsetDateTime>,
    pub paid_at: Option<OffsetDateTime>,
    pub retention_days: i16,
}

/// A participant's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRequest {
    pub asked_at: OffsetDateTime,
    pub answered_at: Option<OffsetDateTime>,
    pub answer: String,
}

impl ErasureRequest {
    /// Whether it waits for an answer.
    pub const fn is_open(&self) -> bool {
        self.answered_at.is_none()
    }
}

/// How an order's data stand.
///
/// # Errors
/// `NotFound` when there is no such order.
pub async fn standing(conn: &mut Conn, order: OrderId) -> Result<Standing, StoreError> {
    let row = sqlx::query!(
        r#"select o.erased_at, o.paid_at, g.retention_days, r.asked_at as "asked_at?", r.answered_at, r.answer as "answer?",
                  coalesce(e.ends_at, e.starts_at, e.cancelled_at, e.closed_at) as event_ends_at
           from orders o join events e using (event_id) join organizers g on g.organizer_id = o.organizer_id
           left join erasure_requests r on r.order_id = o.order_id
           where o.order_id = $1"#,
        order.uuid()
    )
    .fetch_one(conn)
    .await?;
    let request = row.asked_at.map(|asked_at| ErasureRequest {
        asked_at,
        answered_at: row.answered_at,
        answer: row.answer.unwrap_or_default(),
    });
    Ok(Standing {
        erased_at: row.erased_at,
        request,
        event_ends_at: row.event_ends_at,
        paid_at: row.paid_at,
        retention_days: row.retention_days,
    })
}

/// What of an order may still go on.
///
/// # Errors
/// `NotFound` when there is no such order.
pub async fn matters(conn: &mut Conn, order: OrderId) -> Result<Matters, StoreError> {
    let row = sqlx::query!(
        r#"select o.status, o.currency, e.status = 'cancelled' as "is_called_off!",
                  coalesce(e.ends_at, e.starts_at, e.closed_at) as event_ends_at,
                  (select count(*) from tickets where order_id = $1 and status = 'valid') as "n_valid_tickets!",
                  (select count(*) from payments where order_id = $1 and status in ('created', 'pending', 'authorized'))
                      as "n_open_payments!",
                  (select count(*) from refunds r where order_id = $1
                     and (status in ('requested', 'needs_account', 'processing')
                          or status = 'failed' and not exists (
                              select from refunds later
                              where later.payment_id = r.payment_id and later.created_at > r.created_at)))
                      as "n_open_refunds!",
                  (select coalesce(sum(captured_minor - applied_minor - credit_refunds_minor), 0)::bigint
                   from payments where order_id = $1) as "credit_minor!",
                  (select count(*) from disputes where order_id = $1 and status in ('open', 'under_review'))
                      as "n_open_disputes!",
                  (select count(*) from return_requests where order_id = $1 and status in ('requested', 'approved'))
                      as "n_open_returns!",
                  exists (select from event_cancellation_orders where order_id = $1 and status <> 'done')
                      or exists (select from processes p where p.event_id = o.event_id
                                   and p.kind = 'event_cancellation' and p.status = 'running'
                                   and not exists (select from event_cancellation_orders where order_id = $1))
                      as "is_to_be_ended!",
                  (select count(*) from alerts where order_id = $1 and resolved_at is null) as "n_open_alerts!"
           from orders o join events e using (event_id) where o.order_id = $1"#,
        order.uuid()
    )
    .fetch_one(conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    Ok(Matters {
        status: word(OrderStatus::parse(&row.status), "order status")?,
        n_valid_tickets: row.n_valid_tickets,
        event_ends_at: row.event_ends_at,
        is_called_off: row.is_called_off,
        n_open_payments: row.n_open_payments,
        n_open_refunds: row.n_open_refunds,
        credit: Money::new(row.credit_minor, currency),
        n_open_disputes: row.n_open_disputes,
        n_open_returns: row.n_open_returns,
        is_to_be_ended: row.is_to_be_ended,
        n_open_alerts: row.n_open_alerts,
    })
}

/// Writes a wish down, or anew after a no; says whether none was open.
///
/// # Errors
/// When the database refuses.
pub async fn ask(conn: &mut Conn, order: OrderId, now: OffsetDateTime) -> Result<bool, StoreError> {
    let asked = sqlx::query!(
        "insert into erasure_requests (order_id, organizer_id, event_id, asked_at)
         select order_id, organizer_id, event_id, $2 from orders where order_id = $1
         on conflict (order_id) do update set asked_at = excluded.asked_at, answered_at = null, answered_by = null, answer = ''
         where erasure_requests.answered_at is not null",
        order.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(asked.rows_affected() == 1)
}

/// Says no to an open wish; says whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn refuse(
    conn: &mut Conn,
    order: OrderId,
    (by, answer): (Option<UserId>, &str),
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let answered = sqlx::query!(
        "update erasure_requests set answered_at = $2, answered_by = $3, answer = $4
         where order_id = $1 and answered_at is null",
        order.uuid(),
        now,
        by.map(Id::uuid),
        answer,
    )
    .execute(conn)
    .await?;
    Ok(answered.rows_affected() == 1)
}

/// How many wishes of an event wait for an answer, and the order of the first.
///
/// # Errors
/// When the database fails.
pub async fn count_asked(
    conn: &mut Conn,
    event: EventId,
) -> Result<Option<(usize, OrderId)>, StoreError> {
    let orders = sqlx::query_scalar!(
        "select order_id from erasure_requests
         where event_id = $1 and answered_at is null order by asked_at limit 1000",
        event.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let n = orders.len();
    Ok(orders.into_iter().next().map(|first| (n, OrderId::from_uuid(first))))
}

/// The orders of an organizer's that were placed with the address of this one, oldest first, each with its event; itself
/// among them.
///
/// # Errors
/// When the database fails.
pub async fn orders_of_buyer(
    conn: &mut Conn,
    organizer: OrganizerId,
    order: OrderId,
    limit: i64,
) -> Result<Vec<(OrderId, EventId)>, StoreError> {
    let email = sqlx::query_scalar!(
        "select lower(buyer_email) as \"email!\" from orders where order_id = $1 and organizer_id = $2",
        order.uuid(),
        organizer.uuid(),
    )
    .fetch_one(&mut *conn)
    .await?;
    // The address is one word of the search, which has an index.
    let word = format!("'{}'", email.replace('\\', "\\\\").replace('\'', "''"));
    let rows = sqlx::query!(
        "select order_id, event_id from orders
         where order_id = $3
            or $2 <> '' and organizer_id = $1 and lower(buyer_email) = $2
               and order_search_words(search_text, buyer_name) @@ $4::text::tsquery
         order by order_id limit $5",
        organizer.uuid(),
        email,
        order.uuid(),
        word,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (OrderId::from_uuid(row.order_id), EventId::from_uuid(row.event_id)))
        .collect())
}

/// Events whose participants are kept no longer, and that were not gone through to their end.
///
/// # Errors
/// When the database fails.
pub async fn list_due_events(
    conn: &mut Conn,
    now: OffsetDateTime,
    after: Option<EventId>,
) -> Result<Option<EventId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select event_id from events e join organizers g using (organizer_id)
         where e.data_erased_at is null and ($2::uuid is null or event_id > $2)
           and coalesce(e.ends_at, e.starts_at, e.cancelled_at, e.closed_at) + g.retention_days * interval '1 day' <= $1
         order by event_id limit 1",
        now,
        after.map(Id::uuid),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(EventId::from_uuid))
}

/// Orders of an event that are not erased yet, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_unerased(
    conn: &mut Conn,
    event: EventId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select order_id from orders
         where event_id = $1 and ($2::uuid is null or order_id > $2) and erased_at is null
         order by order_id limit $3",
        event.uuid(),
        after.map(Id::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}

/// Erased orders that something came to since, behind this one in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list_touched_since_erased(
    conn: &mut Conn,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select order_id from orders o
         where erased_at is not null and ($1::uuid is null or order_id > $1)
           and (updated_at > erased_at
                or exists (select from refunds r where r.order_id = o.order_id and r.updated_at > o.erased_at)
                or exists (select from disputes d where d.order_id = o.order_id
                             and (d.updated_at > o.erased_at
                                  or exists (select from dispute_evidence v
                                             where v.dispute_id = d.dispute_id and v.created_at > o.erased_at)))
                or exists (select from alerts a where a.order_id = o.order_id and a.resolved_at > o.erased_at)
                or exists (select from statement_lines l where l.order_id = o.order_id and l.decided_at > o.erased_at))
         order by order_id limit $2",
        after.map(Id::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}

/// Marks an event that nothing personal is left of, if that is so.
///
/// # Errors
/// When the database fails.
pub async fn mark_event_erased(
    conn: &mut Conn,
    event: EventId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update events set data_erased_at = $2
         where event_id = $1 and not exists (select from orders where event_id = $1 and erased_at is null)",
        event.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many days after an event its organizer keeps who came.
///
/// # Errors
/// `NotFound` when there is no such organizer.
pub async fn retention_days(conn: &mut Conn, organizer: OrganizerId) -> Result<i16, StoreError> {
    Ok(sqlx::query_scalar!(
        "select retention_days from organizers where organizer_id = $1",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?)
}

/// Sets it; gives back what it was.
///
/// # Errors
/// `NotFound` when there is no such organizer.
pub async fn set_retention_days(
    conn: &mut Conn,
    organizer: OrganizerId,
    days: i16,
    now: OffsetDateTime,
) -> Result<i16, StoreError> {
    Ok(sqlx::query_scalar!(
        "update organizers g set retention_days = $2, updated_at = $3
         from (select organizer_id, retention_days from organizers where organizer_id = $1 for update) was
         where g.organizer_id = was.organizer_id returning was.retention_days",
        organizer.uuid(),
        days,
        now,
    )
    .fetch_one(conn)
    .await?)
}
