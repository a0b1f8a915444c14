//! The organizer's dashboard: how much came in of how much, who has not paid, what happened last.

use domain::event::EventStatus;
use domain::ids::{EventId, FileId, Id, OrderId, OrganizerId, UserId};
use domain::money::Currency;
use domain::order::OrderStatus;
use domain::payment::{PaymentMethod, PaymentStatus};
use serde_json::Value;
use time::{Date, OffsetDateTime};

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Orders of one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusTotal {
    pub status: OrderStatus,
    pub n_orders: i64,
    pub amount_minor: i64,
}

/// The event's orders by status.
///
/// # Errors
/// When the database fails.
pub async fn list_status_totals(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<StatusTotal>, StoreError> {
    sqlx::query!(
        r#"select status, count(*) as "n_orders!", coalesce(sum(amount_minor), 0)::bigint as "amount_minor!"
           from orders where event_id = $1 group by status"#,
        event.uuid(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(StatusTotal {
            status: word(OrderStatus::parse(&row.status), "order status")?,
            n_orders: row.n_orders,
            amount_minor: row.amount_minor,
        })
    })
    .collect()
}

/// People of an event, by how far their money came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct People {
    pub n_paid: i64,
    pub n_waiting: i64,
    pub n_unpaid: i64,
}

/// How many tickets are paid, promised and held.
///
/// # Errors
/// When the database fails.
pub async fn count_people(conn: &mut Conn, event: EventId) -> Result<People, StoreError> {
    let paid = sqlx::query_scalar!(
        r#"select count(*) as "n!" from tickets where event_id = $1 and status = 'valid'"#,
        event.uuid(),
    )
    .fetch_one(&mut *conn)
    .await?;
    let held = sqlx::query!(
        r#"select count(*) filter (where orders.status = 'awaiting_payment') as "n_waiting!",
                  count(*) filter (where orders.status = 'pending') as "n_unpaid!"
           from order_holds
           join orders using (order_id)
           join tickets on tickets.order_id = orders.order_id and tickets.status = 'held'
           where order_holds.event_id = $1"#,
        event.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(People { n_paid: paid, n_waiting: held.n_waiting, n_unpaid: held.n_unpaid })
}

/// Money that came by one method and stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodTotal {
    /// None where the provider named no method of ours.
    pub method: Option<PaymentMethod>,
    pub n_payments: i64,
    pub collected_minor: i64,
    pub refunded_minor: i64,
}

/// Captured payments of the event by method; refunds of credits are not among what was collected.
///
/// # Errors
/// When the database fails.
pub async fn list_method_totals(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<MethodTotal>, StoreError> {
    let rows = sqlx::query!(
        r#"select method, count(*) as "n_payments!", sum(applied_minor)::bigint as "applied_minor!",
                  coalesce(sum(back.minor), 0)::bigint as "refunded_minor!"
           from payments
           left join lateral (
               select sum(amount_minor) as minor from refunds
               where refunds.payment_id = payments.payment_id and not is_from_credit and refunds_minor > 0
                 and refunds.status in ('requested', 'needs_account', 'processing', 'succeeded')
           ) back on true
           where event_id = $1 and status = 'captured' and applied_minor > 0
           group by method order by sum(applied_minor) desc"#,
        event.uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MethodTotal {
            method: row.method.as_deref().and_then(|method| PaymentMethod::parse(method).ok()),
            n_payments: row.n_payments,
            collected_minor: row.applied_minor.saturating_sub(row.refunded_minor),
            refunded_minor: row.refunded_minor,
        })
        .collect())
}

/// What came in and went back on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTotal {
    pub day: Date,
    pub captured_minor: i64,
    pub refunded_minor: i64,
}

/// Money by day in the event's time zone, oldest first; days without money are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_day_totals(
    conn: &mut Conn,
    event: EventId,
    time_zone: &str,
) -> Result<Vec<DayTotal>, StoreError> {
    let rows = sqlx::query!(
        r#"select day as "day!", sum(captured)::bigint as "captured!", sum(refunded)::bigint as "refunded!"
           from (
               select (captured_at at time zone $2)::date as day, applied_minor as captured, 0 as refunded
               from payments
               where event_id = $1 and status = 'captured' and applied_minor > 0 and captured_at is not null
               union all
               select (refunds.created_at at time zone $2)::date, 0, refunds.amount_minor
               from payments join refunds using (payment_id)
               where payments.event_id = $1 and payments.status = 'captured' and payments.refunds_minor > 0
                 and not is_from_credit
                 and refunds.status in ('requested', 'needs_account', 'processing', 'succeeded')
           ) money
           group by day order by day limit 1000"#,
        event.uuid(),
        time_zone,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DayTotal {
            day: row.day,
            captured_minor: row.captured,
            refunded_minor: row.refunded,
        })
        .collect())
}

/// Somebody who has not paid yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpaidOrder {
    pub id: OrderId,
    pub code: String,
    pub buyer_name: String,
    pub status: OrderStatus,
    pub amount_minor: i64,
    pub method: Option<PaymentMethod>,
    /// Until when it can be paid.
    pub deadline_at: OffsetDateTime,
}

/// Orders that are not paid yet and could be, the nearest deadline first.
///
/// # Errors
/// When the database fails.
pub async fn list_unpaid(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<UnpaidOrder>, StoreError> {
    sqlx::query!(
        r#"select order_id, code, buyer_name, orders.status, orders.amount_minor, last.method as "method?",
                  last.deadline_at as "deadline_at?", hold_expires_at
           from order_holds
           join orders using (order_id)
           left join lateral (
               select method, deadline_at from payments
               where payments.order_id = orders.order_id and payments.status in ('created', 'pending', 'authorized')
               order by ordinal desc limit 1
           ) last on true
           where order_holds.event_id = $1 and orders.status in ('pending', 'awaiting_payment')
             and not exists (select from email_confirmations c
                             where c.order_id = orders.order_id and c.confirmed_at is null)
           order by hold_expires_at, order_id limit $2"#,
        event.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(UnpaidOrder {
            id: OrderId::from_uuid(row.order_id),
            code: row.code,
            buyer_name: row.buyer_name,
            status: word(OrderStatus::parse(&row.status), "order status")?,
            amount_minor: row.amount_minor,
            method: row.method.as_deref().and_then(|method| PaymentMethod::parse(method).ok()),
            deadline_at: row.deadline_at.unwrap_or(row.hold_expires_at),
        })
    })
    .collect()
}

/// Something that happened lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Grows with time; names the line.
    pub id: i64,
    pub topic: String,
    pub order: Option<OrderId>,
    pub order_code: Option<String>,
    pub buyer_name: Option<String>,
    pub amount_minor: Option<i64>,
    pub method: Option<PaymentMethod>,
    pub payload: Value,
    pub at: OffsetDateTime,
}

/// The last facts of the event, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_happenings(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<Happening>, StoreError> {
    let rows = sqlx::query!(
        r#"select outbox_message_id, topic, outbox_messages.order_id, orders.code as "code?",
                  orders.buyer_name as "buyer_name?", orders.amount_minor as "amount_minor?", last.method as "method?",
                  payload, outbox_messages.created_at
           from outbox_messages
           left join orders on orders.order_id = outbox_messages.order_id
           left join lateral (
               select method from payments where payments.order_id = orders.order_id order by ordinal desc limit 1
           ) last on true
           where outbox_messages.event_id = $1
             -- That the order is paid says the same, and better.
             and not (topic = 'payment.captured' and orders.status = 'paid')
           order by outbox_message_id desc limit $2"#,
        event.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Happening {
            id: row.outbox_message_id,
            topic: row.topic,
            order: row.order_id.map(OrderId::from_uuid),
            order_code: row.code,
            buyer_name: row.buyer_name,
            amount_minor: row.amount_minor,
            method: row.method.as_deref().and_then(|method| PaymentMethod::parse(method).ok()),
            payload: row.payload,
            at: row.created_at,
        })
        .collect())
}

/// The number of the event's newest fact: what a live page compares by.
///
/// # Errors
/// When the database fails.
pub async fn find_last_message(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    let last = sqlx::query_scalar!(
        "select outbox_message_id from outbox_messages where event_id = $1 order by outbox_message_id desc limit 1",
        event.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.unwrap_or_default())
}

/// Refunds that wait for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckRefund {
    pub order: OrderId,
    pub order_code: String,
    pub buyer_name: String,
    pub amount_minor: i64,
    pub needs_account: bool,
    /// The link that asks for it has expired; somebody has to ask again.
    pub is_link_expired: bool,
    /// The organizer has the account, and the money.
    pub is_to_transfer: bool,
}

/// Refunds of the event that need an account or the organizer, or failed and were not tried again, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_stuck_refunds(
    conn: &mut Conn,
    event: EventId,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<StuckRefund>, StoreError> {
    let rows = sqlx::query!(
        r#"select refunds.order_id, code, buyer_name, refunds.amount_minor,
                  refunds.status = 'needs_account' as "needs_account!",
                  coalesce(refunds.waits_for = 'organizer', false) as "is_to_transfer!",
                  not exists (select from refund_account_forms f
                              where f.refund_id = refunds.refund_id and f.used_at is null and f.ended_at is null
                                and f.expires_at > $3) as "is_link_expired!"
           from payments
           join refunds using (payment_id)
           join orders on orders.order_id = refunds.order_id
           where payments.event_id = $1 and payments.status = 'captured'
             and (refunds.status = 'needs_account' or refunds.waits_for = 'organizer'
                  or refunds.status = 'failed' and not exists (
                      select from refunds later
                      where later.payment_id = refunds.payment_id and later.created_at > refunds.created_at))
           order by refunds.created_at limit $2"#,
        event.uuid(),
        limit,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StuckRefund {
            order: OrderId::from_uuid(row.order_id),
            order_code: row.code,
            buyer_name: row.buyer_name,
            amount_minor: row.amount_minor,
            needs_account: row.needs_account,
            is_link_expired: row.needs_account && row.is_link_expired,
            is_to_transfer: row.is_to_transfer,
        })
        .collect())
}

/// An open alert of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlert {
    pub rule: String,
    pub order: Option<OrderId>,
    pub order_code: Option<String>,
    pub buyer_name: Option<String>,
    pub captured_minor: Option<i64>,
    pub payment_status: Option<PaymentStatus>,
    pub raised_at: OffsetDateTime,
}

/// Alerts of the event that are not settled, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_open_alerts(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    limit: i64,
) -> Result<Vec<OpenAlert>, StoreError> {
    let rows = sqlx::query!(
        r#"select rule, alerts.order_id, orders.code as "code?", orders.buyer_name as "buyer_name?",
                  payments.captured_minor as "captured_minor?", payments.status as "status?", raised_at
           from alerts
           left join orders on orders.order_id = alerts.order_id
           left join payments on payments.payment_id = alerts.payment_id
           where alerts.organizer_id = $1 and alerts.event_id = $2 and resolved_at is null
           order by raised_at desc limit $3"#,
        organizer.uuid(),
        event.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenAlert {
            rule: row.rule,
            order: row.order_id.map(OrderId::from_uuid),
            order_code: row.code,
            buyer_name: row.buyer_name,
            captured_minor: row.captured_minor,
            payment_status: row.status.as_deref().and_then(|word| PaymentStatus::parse(word).ok()),
            raised_at: row.raised_at,
        })
        .collect())
}

/// An event in the organizer's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLine {
    pub id: EventId,
    pub title: String,
    pub slug: String,
    pub status: EventStatus,
    pub place_name: String,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub time_zone: String,
    pub currency: Currency,
    pub cover: Option<FileId>,
    pub collected_minor: i64,
    /// Promised or held, not paid yet.
    pub open_minor: i64,
    pub n_unpaid: i64,
    pub n_people: i64,
}

/// The organizer's events, newest first, before `before` where given; only those of `member`, where one is given.
///
/// # Errors
/// When the database fails.
pub async fn list_events(
    conn: &mut Conn,
    (organizer, member): (OrganizerId, Option<UserId>),
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventLine>, StoreError> {
    sqlx::query!(
        r#"select event_id, title, slug, status, place_name, starts_at, ends_at, time_zone, currency, cover_file_id,
                  money.collected as "collected!", open.minor as "open_minor!", open.n as "n_unpaid!",
                  people.n as "n_people!"
           from (
               select * from events
               where organizer_id = $1 and ($2::uuid is null or event_id < $2)
                 and ($4::uuid is null or event_id in (select event_id from event_members where user_id = $4))
               order by event_id desc limit $3
           ) page
           cross join lateral (
               select coalesce(sum(applied_minor), 0)::bigint - coalesce(sum(back.minor), 0)::bigint as collected
               from payments
               left join lateral (
                   select sum(amount_minor) as minor from refunds
                   where refunds.payment_id = payments.payment_id and not is_from_credit and refunds_minor > 0
                     and refunds.status in ('requested', 'needs_account', 'processing', 'succeeded')
               ) back on true
               where payments.event_id = page.event_id and payments.status = 'captured'
           ) money
           cross join lateral (
               select coalesce(sum(amount_minor), 0)::bigint as minor, count(*) as n
               from order_holds join orders using (order_id)
               where order_holds.event_id = page.event_id and orders.status in ('pending', 'awaiting_payment')
           ) open
           cross join lateral (
               select count(*) as n from tickets
               where tickets.event_id = page.event_id and tickets.status in ('held', 'valid')
           ) people
           order by event_id desc"#,
        organizer.uuid(),
        before.map(Id::uuid),
        limit,
        member.map(Id::uuid),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(EventLine {
            id: EventId::from_uuid(row.event_id),
            title: row.title,
            slug: row.slug,
            status: word(EventStatus::parse(&row.status), "event status")?,
            place_name: row.place_name,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            time_zone: row.time_zone,
            currency: word(Currency::parse(&row.currency), "currency")?,
            cover: row.cover_file_id.map(FileId::from_uuid),
            collected_minor: row.collected,
            open_minor: row.open_minor,
            n_unpaid: row.n_unpaid,
            n_people: row.n_people,
        })
    })
    .collect()
}
