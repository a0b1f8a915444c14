//! Ticket types and the places of each.

use domain::ids::{EventId, Id, QuotaId, TicketTypeId};
use domain::money::{Currency, Money};
use domain::tax::TaxRate;
use domain::ticket_type::SaleTerms;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A ticket type as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketType {
    pub id: TicketTypeId,
    pub event: EventId,
    pub position: i32,
    pub name: String,
    pub description: String,
    pub terms: SaleTerms,
    /// Its own number of places, beside the event's; none means no limit of its own.
    pub places: Option<Places>,
    /// Taken off sale but kept for the orders that have it.
    pub archived_at: Option<OffsetDateTime>,
}

/// A number of places and how many are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    pub size: u32,
    pub n_taken: u32,
}

impl Places {
    /// How many are left.
    pub const fn n_free(self) -> u32 {
        self.size.saturating_sub(self.n_taken)
    }
}

/// What an organizer decides about a ticket type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketTypeTerms {
    pub name: String,
    pub description: String,
    pub price: Money,
    pub tax_rate: TaxRate,
    pub sales_start_at: Option<OffsetDateTime>,
    pub sales_end_at: Option<OffsetDateTime>,
    pub per_order_min: u32,
    pub per_order_max: u32,
}

#[derive(Debug)]
struct Row {
    ticket_type_id: Uuid,
    event_id: Uuid,
    position: i32,
    name: String,
    description: String,
    price_minor: i64,
    currency: String,
    tax_rate_basis_points: i32,
    sales_start_at: Option<OffsetDateTime>,
    sales_end_at: Option<OffsetDateTime>,
    per_order_min: i32,
    per_order_max: i32,
    archived_at: Option<OffsetDateTime>,
    size: Option<i32>,
    n_taken: Option<i32>,
}

impl TryFrom<Row> for TicketType {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let id = TicketTypeId::from_uuid(row.ticket_type_id);
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let tax_rate = TaxRate::from_basis_points(i64::from(row.tax_rate_basis_points))
            .ok_or(StoreError::Malformed("tax rate"))?;
        let count = |n: i32| u32::try_from(n).map_err(|_| StoreError::Malformed("count"));
        let places = match (row.size, row.n_taken) {
            (Some(size), Some(n_taken)) => {
                Some(Places { size: count(size)?, n_taken: count(n_taken)? })
            }
            _ => None,
        };
        Ok(Self {
            id,
            event: EventId::from_uuid(row.event_id),
            position: row.position,
            name: row.name,
            description: row.description,
            terms: SaleTerms {
                ticket_type: id,
                price: Money::new(row.price_minor, currency),
                tax_rate,
                sales_start_at: row.sales_start_at,
                sales_end_at: row.sales_end_at,
                per_order_min: count(row.per_order_min)?,
                per_order_max: count(row.per_order_max)?,
            },
            places,
            archived_at: row.archived_at,
        })
    }
}

/// The ticket types of an event that are not archived, in the organizer's order.
///
/// # Errors
/// When the database fails.
pub async fn list_for_event(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<TicketType>, StoreError> {
    list(conn, event, false).await
}

/// All ticket types of an event, the archived ones last.
///
/// # Errors
/// When the database fails.
pub async fn list_with_archived(
    conn: &mut Conn,
    event: EventId,
) -> Result<Vec<TicketType>, StoreError> {
    list(conn, event, true).await
}

async fn list(
    conn: &mut Conn,
    event: EventId,
    with_archived: bool,
) -> Result<Vec<TicketType>, StoreError> {
    // Bounded: an event has at most `TICKET_TYPES_MAX` that are not archived.
    sqlx::query_as!(
        Row,
        r#"select ticket_type_id, event_id, position, name, description, price_minor, currency, tax_rate_basis_points,
                  sales_start_at, sales_end_at, per_order_min, per_order_max, archived_at, own.size as "size?",
                  own.n_taken as "n_taken?"
           from ticket_types
           join events using (event_id)
           left join lateral (
               select size, n_taken from ticket_type_quotas join quotas using (quota_id)
               where ticket_type_quotas.ticket_type_id = ticket_types.ticket_type_id and not is_event_wide
               order by size - n_taken limit 1
           ) own on true
           where event_id = $1 and ($2 or archived_at is null)
           order by archived_at is not null, position, ticket_type_id
           limit 500"#,
        event.uuid(),
        with_archived,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(TicketType::try_from)
    .collect()
}

/// Keeps a ticket type as the last of its event, and ties it to the event's own number of places.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut Conn,
    event: EventId,
    ticket_type: TicketTypeId,
    terms: &TicketTypeTerms,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into ticket_types (ticket_type_id, event_id, position, name, description, price_minor,
             tax_rate_basis_points, sales_start_at, sales_end_at, per_order_min, per_order_max, created_at, updated_at)
         select $2, $1, coalesce(max(position), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11
         from ticket_types where event_id = $1",
        event.uuid(),
        ticket_type.uuid(),
        terms.name,
        terms.description,
        terms.price.minor(),
        i32::from(terms.tax_rate.basis_points()),
        terms.sales_start_at,
        terms.sales_end_at,
        column(terms.per_order_min),
        column(terms.per_order_max),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into ticket_type_quotas (ticket_type_id, quota_id)
         select $2, quota_id from quotas where event_id = $1 and is_event_wide",
        event.uuid(),
        ticket_type.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces what the organizer decided; orders keep the price they were placed at.
///
/// # Errors
/// `NotFound` when the event has no such ticket type on offer.
pub async fn update(
    conn: &mut Conn,
    event: EventId,
    ticket_type: TicketTypeId,
    terms: &TicketTypeTerms,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let done = sqlx::query!(
        "update ticket_types
         set name = $3, description = $4, price_minor = $5, tax_rate_basis_points = $6, sales_start_at = $7,
             sales_end_at = $8, per_order_min = $9, per_order_max = $10, updated_at = $11
         where event_id = $1 and ticket_type_id = $2 and archived_at is null",
        event.uuid(),
        ticket_type.uuid(),
        terms.name,
        terms.description,
        terms.price.minor(),
        i32::from(terms.tax_rate.basis_points()),
        terms.sales_start_at,
        terms.sales_end_at,
        column(terms.per_order_min),
        column(terms.per_order_max),
        now,
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Keeps the ticket type's own number of places; none takes the limit away.
///
/// The caller holds the event, so that no order comes between counting and keeping.
///
/// # Errors
/// `Conflict(quotas_n_taken_check)` when more places are taken than `size`.
pub async fn set_quota(
    conn: &mut Conn,
    event: EventId,
    ticket_type: TicketTypeId,
    fresh: QuotaId,
    size: Option<u32>,
) -> Result<(), StoreError> {
    let Some(size) = size.and_then(column) else {
        sqlx::query!(
            "delete from quotas using ticket_type_quotas own
             where own.quota_id = quotas.quota_id and own.ticket_type_id = $1 and not is_event_wide",
            ticket_type.uuid(),
        )
        .execute(conn)
        .await?;
        return Ok(());
    };
    let resized = sqlx::query!(
        "update quotas set size = $2
         from ticket_type_quotas own
         where own.quota_id = quotas.quota_id and own.ticket_type_id = $1 and not is_event_wide",
        ticket_type.uuid(),
        size,
    )
    .execute(&mut *conn)
    .await?;
    if resized.rows_affected() > 0 {
        return Ok(());
    }
    sqlx::query!(
        "insert into quotas (quota_id, event_id, size, n_taken)
         select $2, $1, $4, count(*)::integer
         from tickets where event_id = $1 and ticket_type_id = $3 and status in ('held', 'valid')",
        event.uuid(),
        fresh.uuid(),
        ticket_type.uuid(),
        size,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into ticket_type_quotas (ticket_type_id, quota_id) values ($1, $2)",
        ticket_type.uuid(),
        fresh.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a ticket type off sale; says whether it was on offer.
///
/// # Errors
/// When the database fails.
pub async fn mark_archived(
    conn: &mut Conn,
    event: EventId,
    ticket_type: TicketTypeId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update ticket_types set archived_at = $3, updated_at = $3
         where event_id = $1 and ticket_type_id = $2 and archived_at is null",
        event.uuid(),
        ticket_type.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts the ticket types of an event into this order; ids of other events are left alone.
///
/// # Errors
/// When the database fails.
pub async fn set_order(
    conn: &mut Conn,
    event: EventId,
    order: &[TicketTypeId],
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = order.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "update ticket_types set position = wanted.position
         from unnest($2::uuid[]) with ordinality as wanted (ticket_type_id, position)
         where ticket_types.ticket_type_id = wanted.ticket_type_id and event_id = $1",
        event.uuid(),
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn column(n: u32) -> Option<i32> {
    i32::try_from(n).ok()
}
