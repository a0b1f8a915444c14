//! The organizer's list of an event's orders, page by page; the same cost at a thousand and at a million.

use domain::ids::{EventId, Id, OrderId, OrganizerId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::PaymentMethod;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Which orders are wanted.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// None means every status.
    pub statuses: Vec<OrderStatus>,
    /// Each must begin a word of the order's code, name or address; lower-case.
    pub words: Vec<String>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageStart {
    /// With the newest order.
    #[default]
    Newest,
    /// With the orders placed before this one.
    OlderThan(OrderId),
    /// With the orders placed after this one.
    NewerThan(OrderId),
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderListLine {
    pub id: OrderId,
    pub code: String,
    pub status: OrderStatus,
    pub buyer_name: String,
    pub buyer_email: String,
    pub amount: Money,
    pub refunded: Money,
    pub n_tickets: i64,
    /// What was ordered, as sold: `一般 × 2、学生`.
    pub lines: Vec<(String, i32)>,
    pub attendee_names: Vec<String>,
    pub method: Option<PaymentMethod>,
    pub deadline_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub paid_at: Option<OffsetDateTime>,
    /// Whether it waits for a yes at its mail address, and can be paid after that only.
    pub is_unconfirmed: bool,
}

/// One page of an event's orders, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    filter: &OrderFilter,
    start: PageStart,
    limit: i64,
) -> Result<Vec<OrderListLine>, StoreError> {
    let (before, after) = match start {
        PageStart::Newest => (None, None),
        PageStart::OlderThan(order) => (Some(order.uuid()), None),
        PageStart::NewerThan(order) => (None, Some(order.uuid())),
    };
    let ids = match after {
        None => older(conn, organizer, event, filter, before, limit).await?,
        Some(after) => newer(conn, organizer, event, filter, after, limit).await?,
    };
    lines_of(conn, &ids).await
}

async fn older(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    filter: &OrderFilter,
    before: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<uuid::Uuid>, StoreError> {
    // The largest id stands for "from the newest", so that the condition is a plain range of the index.
    let before = before.unwrap_or(uuid::Uuid::max());
    let statuses = status_words(filter);
    let ids = match search_query(&filter.words) {
        None if statuses.is_empty() => {
            sqlx::query_scalar!(
                "select order_id from orders where event_id = $1 and organizer_id = $2 and order_id < $3
                 order by order_id desc limit $4",
                event.uuid(),
                organizer.uuid(),
                before,
                limit,
            )
            .fetch_all(conn)
            .await?
        }
        None => of_statuses(conn, organizer, event, &statuses, before, limit).await?,
        Some(query) => {
            sqlx::query_scalar!(
                "select order_id from orders
                 where event_id = $1 and organizer_id = $2 and order_id < $3
                   and order_search_words(search_text, buyer_name) @@ $5::text::tsquery
                   and ($6::text[] = '{}' or status = any ($6))
                 order by order_id desc limit $4",
                event.uuid(),
                organizer.uuid(),
                before,
                limit,
                query,
                &statuses,
            )
            .fetch_all(conn)
            .await?
        }
    };
    Ok(ids)
}

/// Each status from where its orders stand together: the paid ones are most, those that wait have a table of their own, the
/// ended ones an index. What is not asked for is not looked at.
async fn of_statuses(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    statuses: &[String],
    before: uuid::Uuid,
    limit: i64,
) -> Result<Vec<uuid::Uuid>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"select order_id as "order_id!" from (
               (select order_id from orders
                where 'paid' = any ($5) and status = 'paid'
                  and event_id = $1 and organizer_id = $2 and order_id < $3
                order by order_id desc limit $4)
               union all
               (select h.order_id from order_holds h,
                       -- Looked up one by one: joined, all orders would be read beside those that wait.
                       lateral (select * from orders o where o.order_id = h.order_id limit 1) o
                where $5 && '{pending,awaiting_payment}' and o.status in ('pending', 'awaiting_payment')
                  and o.status = any ($5)
                  and h.event_id = $1 and o.organizer_id = $2 and h.order_id < $3
                order by h.order_id desc limit $4)
               union all
               (select order_id from orders
                where 'cancelled' = any ($5) and ended_as = 'cancelled'
                  and event_id = $1 and organizer_id = $2 and order_id < $3
                order by order_id desc limit $4)
               union all
               (select order_id from orders
                where 'expired' = any ($5) and ended_as = 'expired'
                  and event_id = $1 and organizer_id = $2 and order_id < $3
                order by order_id desc limit $4)
           ) found
           order by order_id desc limit $4"#,
        event.uuid(),
        organizer.uuid(),
        before,
        limit,
        statuses,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// The page just before a page: read upwards, then turned around.
async fn newer(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    filter: &OrderFilter,
    after: uuid::Uuid,
    limit: i64,
) -> Result<Vec<uuid::Uuid>, StoreError> {
    let mut ids = sqlx::query_scalar!(
        "select order_id from orders
         where event_id = $1 and organizer_id = $2 and order_id > $3
           and ($5::text is null or order_search_words(search_text, buyer_name) @@ $5::text::tsquery)
           and ($6::text[] = '{}' or status = any ($6))
         order by order_id limit $4",
        event.uuid(),
        organizer.uuid(),
        after,
        limit,
        search_query(&filter.words),
        &status_words(filter),
    )
    .fetch_all(conn)
    .await?;
    ids.reverse();
    Ok(ids)
}

async fn lines_of(conn: &mut Conn, ids: &[uuid::Uuid]) -> Result<Vec<OrderListLine>, StoreError> {
    sqlx::query!(
        r#"select order_id, code, orders.status, buyer_name, buyer_email, amount_minor, currency, created_at, paid_at,
                  sold.names as "names!", sold.quantities as "quantities!", people.names as "attendees!",
                  last.method as "method?", last.deadline_at as "deadline_at?",
                  money.refunded as "refunded!",
                  exists (select from email_confirmations c where c.order_id = orders.order_id and c.confirmed_at is null)
                      as "is_unconfirmed!"
           from orders
           cross join lateral (
               select coalesce(array_agg(name order by position), '{}') as names,
                      coalesce(array_agg(quantity order by position), '{}') as quantities
               from order_lines where order_lines.order_id = orders.order_id
           ) sold
           cross join lateral (
               select coalesce(array_agg(attendee_name order by position), '{}') as names
               from tickets where tickets.order_id = orders.order_id
           ) people
           cross join lateral (
               select coalesce(sum(amount_minor), 0)::bigint as refunded from refunds
               where refunds.order_id = orders.order_id and not is_from_credit
                 and refunds.status in ('requested', 'needs_account', 'processing', 'succeeded')
           ) money
           left join lateral (
               select method, deadline_at from payments where payments.order_id = orders.order_id
               order by payments.status = 'captured' desc, ordinal desc limit 1
           ) last on true
           where order_id = any ($1)
           order by order_id desc"#,
        ids,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let status: OrderStatus = word(OrderStatus::parse(&row.status), "order status")?;
        Ok(OrderListLine {
            id: OrderId::from_uuid(row.order_id),
            code: row.code,
            status,
            buyer_name: row.buyer_name,
            buyer_email: row.buyer_email,
            amount: Money::new(row.amount_minor, currency),
            refunded: Money::new(row.refunded, currency),
            n_tickets: row.quantities.iter().copied().map(i64::from).sum(),
            lines: row.names.into_iter().zip(row.quantities).collect(),
            attendee_names: row.attendees,
            method: row.method.as_deref().and_then(|method| PaymentMethod::parse(method).ok()),
            deadline_at: row.deadline_at,
            created_at: row.created_at,
            paid_at: row.paid_at,
            is_unconfirmed: row.is_unconfirmed && status.is_payable(),
        })
    })
    .collect()
}

/// How many orders of each status the event has: the numbers on the filter.
///
/// # Errors
/// When the database fails.
pub async fn count_by_status(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<(OrderStatus, i64)>, StoreError> {
    let totals = crate::read::dashboard::list_status_totals(conn, event).await?;
    Ok(totals.into_iter().map(|total| (total.status, total.n_orders)).collect())
}

fn status_words(filter: &OrderFilter) -> Vec<String> {
    filter.statuses.iter().map(|status| status.as_str().to_owned()).collect()
}

/// Words as PostgreSQL's text search reads them: each a quoted prefix, all must match.
fn search_query(words: &[String]) -> Option<String> {
    let quoted: Vec<String> = words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| format!("'{}':*", word.replace('\\', "\\\\").replace('\'', "''")))
        .collect();
    (!quoted.is_empty()).then(|| quoted.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::search_query;

    #[test]
    fn what_is_typed_is_never_read_as_an_operator() {
        let words = ["o'neil".to_owned(), "a|!b".to_owned(), "c\\".to_owned()];
        assert_eq!(search_query(&words).as_deref(), Some(r"'o''neil':* & 'a|!b':* & 'c\\':*"));
        assert_eq!(search_query(&[String::new()]), None);
    }
}
