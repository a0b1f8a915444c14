//! Events: what is sold, when and where, by whom.

use domain::event::{EventStatus, Visibility};
use domain::ids::{EventId, FileId, Id, OrganizerId};
use domain::money::Currency;
use domain::parsed::slug::Slug;
use domain::payment::PaymentMethod;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub organizer: OrganizerId,
    pub slug: String,
    pub status: EventStatus,
    pub visibility: Visibility,
    pub title: String,
    pub description_markdown: String,
    pub place_name: String,
    pub place_address: String,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub time_zone: String,
    pub currency: Currency,
    pub methods: Vec<PaymentMethod>,
    pub cover: Option<FileId>,
    /// The event's own number of places over all ticket types; none means no limit of its own.
    pub capacity: Option<u32>,
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub published_at: Option<OffsetDateTime>,
    pub closed_at: Option<OffsetDateTime>,
    pub cancelled_at: Option<OffsetDateTime>,
    /// What participants read about why.
    pub cancel_reason: String,
}

/// What an organizer decides about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTerms {
    pub slug: Slug,
    pub visibility: Visibility,
    pub title: String,
    pub description_markdown: String,
    pub place_name: String,
    pub place_address: String,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub time_zone: String,
    pub methods: Vec<PaymentMethod>,
    pub capacity: Option<u32>,
}

/// A draft to be kept.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub id: EventId,
    pub organizer: OrganizerId,
    pub currency: Currency,
    pub cover: Option<FileId>,
    pub terms: EventTerms,
}

#[derive(Debug)]
struct Row {
    event_id: Uuid,
    organizer_id: Uuid,
    slug: String,
    status: String,
    visibility: String,
    title: String,
    description_markdown: String,
    place_name: String,
    place_address: String,
    starts_at: Option<OffsetDateTime>,
    ends_at: Option<OffsetDateTime>,
    time_zone: String,
    currency: String,
    methods: Vec<String>,
    cover_file_id: Option<Uuid>,
    capacity: Option<i32>,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    published_at: Option<OffsetDateTime>,
    closed_at: Option<OffsetDateTime>,
    cancelled_at: Option<OffsetDateTime>,
    cancel_reason: String,
}

impl TryFrom<Row> for Event {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let methods = row.methods.iter().map(|method| PaymentMethod::parse(method)).collect();
        Ok(Self {
            id: EventId::from_uuid(row.event_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            slug: row.slug,
            status: word(EventStatus::parse(&row.status), "event status")?,
            visibility: word(Visibility::parse(&row.visibility), "visibility")?,
            title: row.title,
            description_markdown: row.description_markdown,
            place_name: row.place_name,
            place_address: row.place_address,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            time_zone: row.time_zone,
            currency: word(Currency::parse(&row.currency), "currency")?,
            methods: word(methods, "payment method")?,
            cover: row.cover_file_id.map(FileId::from_uuid),
            capacity: row.capacity.and_then(|n| u32::try_from(n).ok()),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            published_at: row.published_at,
            closed_at: row.closed_at,
            cancelled_at: row.cancelled_at,
            cancel_reason: row.cancel_reason,
        })
    }
}

/// One event by a condition, with every column of [`Row`].
macro_rules! select_event {
    ($condition:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            "select event_id, organizer_id, slug, status, visibility, title, description_markdown, place_name,
                    place_address, starts_at, ends_at, time_zone, currency, methods, cover_file_id, capacity, version,
                    created_at, updated_at, published_at, closed_at, cancelled_at, cancel_reason
             from events where " + $condition,
            $($argument),+
        )
    };
}

/// The event, whoever owns it: for the system's own work.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, event: EventId) -> Result<Event, StoreError> {
    select_event!("event_id = $1", event.uuid()).fetch_one(conn).await?.try_into()
}

/// The event of `organizer`.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
) -> Result<Event, StoreError> {
    select_event!("event_id = $1 and organizer_id = $2", event.uuid(), organizer.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The event of `organizer`, kept from every other change, and from new orders, until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn lock_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
) -> Result<Event, StoreError> {
    select_event!("event_id = $1 and organizer_id = $2 for update", event.uuid(), organizer.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The event of a link, in whatever status.
///
/// # Errors
/// When the database fails.
pub async fn find_by_slug(conn: &mut Conn, slug: &Slug) -> Result<Option<Event>, StoreError> {
    select_event!("slug = $1", slug.as_str())
        .fetch_optional(conn)
        .await?
        .map(Event::try_from)
        .transpose()
}

/// Keeps a draft.
///
/// # Errors
/// `Conflict(events_slug_key)` when the link is taken.
pub async fn insert(
    conn: &mut Conn,
    new: &NewEvent,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let terms = &new.terms;
    sqlx::query!(
        "insert into events (event_id, organizer_id, slug, visibility, title, description_markdown, place_name,
             place_address, starts_at, ends_at, time_zone, currency, methods, cover_file_id, capacity, created_at,
             updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
        new.id.uuid(),
        new.organizer.uuid(),
        terms.slug.as_str(),
        terms.visibility.as_str(),
        terms.title,
        terms.description_markdown,
        terms.place_name,
        terms.place_address,
        terms.starts_at,
        terms.ends_at,
        terms.time_zone,
        new.currency.code(),
        &method_words(&terms.methods),
        new.cover.map(Id::uuid),
        column(terms.capacity),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces what the organizer decided, if nobody else did since `version`; says whether it did.
///
/// # Errors
/// `Conflict(events_slug_key)` when the link is taken.
pub async fn update(
    conn: &mut Conn,
    event: EventId,
    version: i64,
    terms: &EventTerms,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update events
         set slug = $3, visibility = $4, title = $5, description_markdown = $6, place_name = $7, place_address = $8,
             starts_at = $9, ends_at = $10, time_zone = $11, methods = $12, capacity = $13, updated_at = $14,
             version = version + 1, data_erased_at = null
         where event_id = $1 and version = $2",
        event.uuid(),
        version,
        terms.slug.as_str(),
        terms.visibility.as_str(),
        terms.title,
        terms.description_markdown,
        terms.place_name,
        terms.place_address,
        terms.starts_at,
        terms.ends_at,
        terms.time_zone,
        &method_words(&terms.methods),
        column(terms.capacity),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Shows another cover picture, or none.
///
/// # Errors
/// When the database fails.
pub async fn set_cover(
    conn: &mut Conn,
    event: EventId,
    cover: Option<FileId>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update events set cover_file_id = $2, updated_at = $3 where event_id = $1",
        event.uuid(),
        cover.map(Id::uuid),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a draft, or a closed event again, on sale; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_published(
    conn: &mut Conn,
    event: EventId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        // The payout model is the organizer's when the event is first published, and stays.
        "update events v
         set status = 'published', published_at = coalesce(v.published_at, $2), closed_at = null, updated_at = $2,
             data_erased_at = null,
             payout_model = case when v.published_at is null then o.payout_model else v.payout_model end
         from organizers o
         where v.event_id = $1 and v.status in ('draft', 'closed') and o.organizer_id = v.organizer_id",
        event.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the sales of a published event; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_closed(
    conn: &mut Conn,
    event: EventId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update events set status = 'closed', closed_at = $2, updated_at = $2
         where event_id = $1 and status = 'published'",
        event.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Calls off an event that people could see, for good; says whether it moved. The caller holds the event, so that no
/// order comes after.
///
/// # Errors
/// When the database fails.
pub async fn mark_cancelled(
    conn: &mut Conn,
    event: EventId,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update events set status = 'cancelled', cancelled_at = $2, cancel_reason = $3, updated_at = $2
         where event_id = $1 and status in ('published', 'closed')",
        event.uuid(),
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the event still takes place. Calling it off waits until this transaction ends, so the answer stays true.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock_taking_place(conn: &mut Conn, event: EventId) -> Result<bool, StoreError> {
    let status = sqlx::query_scalar!(
        "select status from events where event_id = $1 for key share",
        event.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(status != EventStatus::Cancelled.as_str())
}

/// Forgets a draft that nobody ordered from; says whether it did.
///
/// # Errors
/// When the database fails.
pub async fn delete_unordered_draft(conn: &mut Conn, event: EventId) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "delete from events
         where event_id = $1 and status = 'draft' and not exists (select from orders where event_id = $1)",
        event.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps one number of places over the whole event, linked to all of its ticket types; none takes the limit away.
///
/// The caller holds the event ([`lock_for_organizer`]), so that no order comes between counting and keeping.
///
/// # Errors
/// `Conflict(quotas_n_taken_check)` when more places are taken than `size`.
pub async fn set_event_wide_quota(
    conn: &mut Conn,
    event: EventId,
    fresh: domain::ids::QuotaId,
    size: Option<u32>,
) -> Result<(), StoreError> {
    let Some(size) = column(size) else {
        sqlx::query!("delete from quotas where event_id = $1 and is_event_wide", event.uuid())
            .execute(conn)
            .await?;
        return Ok(());
    };
    sqlx::query!(
        "insert into quotas (quota_id, event_id, is_event_wide, size, n_taken)
         select $2, $1, true, $3, count(*) filter (where status in ('held', 'valid'))::integer
         from tickets where event_id = $1
         on conflict (event_id) where is_event_wide do update set size = excluded.size",
        event.uuid(),
        fresh.uuid(),
        size,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into ticket_type_quotas (ticket_type_id, quota_id)
         select ticket_type_id, quota_id
         from ticket_types join quotas using (event_id)
         where event_id = $1 and is_event_wide
         on conflict do nothing",
        event.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn method_words(methods: &[PaymentMethod]) -> Vec<String> {
    methods.iter().map(|method| method.as_str().to_owned()).collect()
}

fn column(n: Option<u32>) -> Option<i32> {
    n.and_then(|n| i32::try_from(n).ok())
}
