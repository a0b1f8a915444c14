//! The webhook inbox: what a provider sent, as it came, once.

use domain::ids::{Id, PaymentId, WebhookEventId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::jobs::NewJob;

/// A message to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewWebhookEvent<'a> {
    pub id: WebhookEventId,
    pub provider: &'a str,
    pub provider_event_id: &'a str,
    pub kind: &'a str,
    pub body: &'a [u8],
    pub now: OffsetDateTime,
}

/// A kept message.
#[derive(Debug, Clone)]
pub struct WebhookEvent {
    pub id: WebhookEventId,
    pub provider: String,
    pub provider_event_id: String,
    pub kind: String,
    pub body: Vec<u8>,
    pub payment: Option<PaymentId>,
    pub status: String,
    pub n_deliveries: i32,
    pub received_at: OffsetDateTime,
    pub processed_at: Option<OffsetDateTime>,
    pub note: String,
}

/// Whether a message was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    New,
    /// It was delivered before; the first delivery stands.
    Again,
}

/// Keeps a message and its job if it is new, and counts the delivery if it is not.
///
/// # Errors
/// When the database fails.
pub async fn insert_once(
    conn: &mut Conn,
    event: &NewWebhookEvent<'_>,
    job: &NewJob,
) -> Result<Inserted, StoreError> {
    let n_deliveries = sqlx::query_scalar!(
        r#"
        with heard as (
            insert into webhook_events (webhook_event_id, provider, provider_event_id, kind, body, received_at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (provider, provider_event_id) do update set n_deliveries = webhook_events.n_deliveries + 1
            returning n_deliveries
        ), queued as (
            insert into jobs (job_id, kind, payload, dedupe_key, run_at, attempts_max, created_at, priority)
            select $7, $8, $9, $10, $11, $12, $13, $14 from heard where n_deliveries = 1
        )
        select n_deliveries as "n_deliveries!" from heard
        "#,
        event.id.uuid(),
        event.provider,
        event.provider_event_id,
        event.kind,
        event.body,
        event.now,
        job.id.uuid(),
        job.kind,
        job.payload,
        job.dedupe_key,
        job.run_at,
        job.attempts_max,
        job.now,
        job.priority,
    )
    .fetch_one(conn)
    .await?;
    Ok(if n_deliveries == 1 { Inserted::New } else { Inserted::Again })
}

/// The kept message.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, event: WebhookEventId) -> Result<WebhookEvent, StoreError> {
    let row = sqlx::query!(
        "select webhook_event_id, provider, provider_event_id, kind, body, payment_id, status, n_deliveries,
                received_at, processed_at, note
         from webhook_events where webhook_event_id = $1",
        event.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(WebhookEvent {
        id: WebhookEventId::from_uuid(row.webhook_event_id),
        provider: row.provider,
        provider_event_id: row.provider_event_id,
        kind: row.kind,
        body: row.body,
        payment: row.payment_id.map(PaymentId::from_uuid),
        status: row.status,
        n_deliveries: row.n_deliveries,
        received_at: row.received_at,
        processed_at: row.processed_at,
        note: row.note,
    })
}

/// Marks a message done with: it led to `payment`, or to nothing for the reason in `note`.
///
/// # Errors
/// When the database fails.
pub async fn mark_processed(
    conn: &mut Conn,
    event: WebhookEventId,
    payment: Option<PaymentId>,
    note: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_events
         set status = case when $2::uuid is null then 'ignored' else 'processed' end, payment_id = $2, note = $3,
             processed_at = $4
         where webhook_event_id = $1",
        event.uuid(),
        payment.map(Id::uuid),
        note,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Seconds that the oldest message not done with has waited, for metrics.
///
/// # Errors
/// When the database fails.
pub async fn lag_seconds(conn: &mut Conn, now: OffsetDateTime) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(extract(epoch from $1 - min(received_at)), 0)::bigint as "lag!" from webhook_events
           where status = 'received'"#,
        now
    )
    .fetch_one(conn)
    .await?)
}
