//! Deliveries of outgoing webhooks: leased to one sender at a time, with a log of their attempts.

use std::cmp::Reverse;

use domain::ids::{Id, WebhookDeliveryId, WebhookEndpointId, WebhookMessageId};
use domain::webhook_endpoint::{AttemptOutcome, DeliveryStatus};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A message on its way to one receiver, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    pub id: WebhookDeliveryId,
    pub endpoint: WebhookEndpointId,
    /// The number in the outbox.
    pub message: i64,
    pub message_id: WebhookMessageId,
    pub topic: String,
}

/// A delivery that this sender holds until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedDelivery {
    pub id: WebhookDeliveryId,
    pub endpoint: WebhookEndpointId,
    pub lease_token: Uuid,
    /// This attempt included: all, and those of this round.
    pub ordinal: i32,
    pub n_in_round: i32,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryMatter {
    pub url: String,
    pub message_id: WebhookMessageId,
    pub topic: String,
    pub organizer: Uuid,
    pub event: Option<Uuid>,
    pub order: Option<Uuid>,
    pub key: String,
    pub payload: Value,
    pub occurred_at: OffsetDateTime,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub ordinal: i32,
    pub outcome: AttemptOutcome,
    pub response_status: Option<i32>,
    pub response_body: String,
    pub took_ms: i32,
    pub at: OffsetDateTime,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Delivered,
    /// To be tried again then.
    TryAgainAt(OffsetDateTime),
    Failed,
}

/// A delivery as the log shows it, with its last attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    pub id: WebhookDeliveryId,
    pub topic: String,
    pub status: DeliveryStatus,
    pub n_attempts: i32,
    pub next_attempt_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub delivered_at: Option<OffsetDateTime>,
    pub order_code: Option<String>,
    pub attempts: Vec<Attempt>,
}

/// Keeps deliveries; one that is there already is not made again.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut Conn,
    deliveries: &[NewDelivery],
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = deliveries.iter().map(|it| it.id.uuid()).collect();
    let endpoints: Vec<Uuid> = deliveries.iter().map(|it| it.endpoint.uuid()).collect();
    let messages: Vec<i64> = deliveries.iter().map(|it| it.message).collect();
    let message_ids: Vec<Uuid> = deliveries.iter().map(|it| it.message_id.uuid()).collect();
    let topics: Vec<String> = deliveries.iter().map(|it| it.topic.clone()).collect();
    let inserted = sqlx::query!(
        "insert into webhook_deliveries
             (webhook_delivery_id, webhook_endpoint_id, outbox_message_id, message_id, topic, next_attempt_at, created_at)
         select new.id, new.endpoint, new.message, new.message_id, new.topic, $6, $6
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[])
                  as new (id, endpoint, message, message_id, topic)
         on conflict (webhook_endpoint_id, outbox_message_id) do nothing",
        &ids,
        &endpoints,
        &messages,
        &message_ids,
        &topics,
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected())
}

/// Holds the receivers that something is due for until the transaction ends, well ones first; those that another sender
/// is choosing for at the moment are left to it.
///
/// # Errors
/// When the database fails.
pub async fn lock_due_endpoints(
    conn: &mut Conn,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<(WebhookEndpointId, bool)>, StoreError> {
    let rows = sqlx::query!(
        r#"select e.webhook_endpoint_id, e.failing_since is null as "is_well!"
           from webhook_endpoints e
           where e.removed_at is null and e.disabled_at is null
             and exists (select from webhook_deliveries d
                         where d.webhook_endpoint_id = e.webhook_endpoint_id and d.status = 'pending'
                           and d.next_attempt_at <= $1)
           order by e.failing_since is not null, random()
           limit $2
           for update skip locked"#,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let endpoint = WebhookEndpointId::from_uuid;
    Ok(rows.into_iter().map(|row| (endpoint(row.webhook_endpoint_id), row.is_well)).collect())
}

/// Leases what is due for a receiver, up to what it may have under way at once. The caller holds the receiver's row.
///
/// # Errors
/// When the database fails.
pub async fn lease(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    at_once: i64,
    limit: i64,
    (now, lease): (OffsetDateTime, Duration),
) -> Result<Vec<LeasedDelivery>, StoreError> {
    let lease_token = Uuid::now_v7();
    let rows = sqlx::query!(
        r#"
        with under_way as (
            select count(*) as n from webhook_deliveries
            where webhook_endpoint_id = $1 and lease_token is not null and lease_until > $2
        ), due as (
            select webhook_delivery_id from webhook_deliveries
            where webhook_endpoint_id = $1 and status = 'pending' and next_attempt_at <= $2
            order by next_attempt_at
            limit greatest(0, least($4, $3 - (select n from under_way)))
        )
        update webhook_deliveries d
        set n_attempts = n_attempts + 1, n_in_round = n_in_round + 1, lease_token = $5, lease_until = $6,
            -- Whoever dies with it: it is due again when the lease ends.
            next_attempt_at = $6
        from due
        where d.webhook_delivery_id = due.webhook_delivery_id
        returning d.webhook_delivery_id, d.n_attempts, d.n_in_round
        "#,
        endpoint.uuid(),
        now,
        at_once,
        limit,
        lease_token,
        now + lease,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LeasedDelivery {
            id: WebhookDeliveryId::from_uuid(row.webhook_delivery_id),
            endpoint,
            lease_token,
            ordinal: row.n_attempts,
            n_in_round: row.n_in_round,
        })
        .collect())
}

/// What a delivery carries and where to; `None` once its receiver was removed or switched off.
///
/// # Errors
/// `NotFound` when there is no such delivery.
pub async fn find_matter(
    conn: &mut Conn,
    delivery: WebhookDeliveryId,
) -> Result<Option<DeliveryMatter>, StoreError> {
    let row = sqlx::query!(
        r#"select e.url, e.removed_at is null and e.disabled_at is null as "is_on!", d.message_id, d.topic,
                  m.organizer_id, m.event_id, m.order_id, m.key, m.payload, m.created_at
           from webhook_deliveries d
           join webhook_endpoints e using (webhook_endpoint_id)
           join outbox_messages m using (outbox_message_id)
           where d.webhook_delivery_id = $1"#,
        delivery.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(row.is_on.then(|| DeliveryMatter {
        url: row.url,
        message_id: WebhookMessageId::from_uuid(row.message_id),
        topic: row.topic,
        organizer: row.organizer_id,
        event: row.event_id,
        order: row.order_id,
        key: row.key,
        payload: row.payload,
        occurred_at: row.created_at,
    }))
}

/// Writes an attempt down and what becomes of the delivery. A sender whose lease was taken over, or whose receiver was
/// given up meanwhile, writes nothing; says whether it wrote.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    conn: &mut Conn,
    leased: &LeasedDelivery,
    attempt: &Attempt,
    next: Next,
) -> Result<bool, StoreError> {
    let (status, next_attempt_at, delivered_at) = match next {
        Next::Delivered => (DeliveryStatus::Delivered, attempt.at, Some(attempt.at)),
        Next::TryAgainAt(at) => (DeliveryStatus::Pending, at, None),
        Next::Failed => (DeliveryStatus::Failed, attempt.at, None),
    };
    let updated = sqlx::query!(
        "update webhook_deliveries
         set status = $3, next_attempt_at = $4, delivered_at = coalesce($5, delivered_at), lease_token = null,
             lease_until = null
         where webhook_delivery_id = $1 and lease_token = $2",
        leased.id.uuid(),
        leased.lease_token,
        status.as_str(),
        next_attempt_at,
        delivered_at,
    )
    .execute(&mut *conn)
    .await?;
    if updated.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into webhook_attempts
             (webhook_delivery_id, ordinal, outcome, response_status, response_body, took_ms, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        leased.id.uuid(),
        attempt.ordinal,
        attempt.outcome.as_str(),
        attempt.response_status,
        attempt.response_body,
        attempt.took_ms,
        attempt.at,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Begins a new round of attempts, unless one is under way; says whether there is such a delivery.
///
/// # Errors
/// When the database fails.
pub async fn send_again(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    delivery: WebhookDeliveryId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let updated = sqlx::query!(
        "update webhook_deliveries
         set status = 'pending', n_in_round = 0,
             next_attempt_at = case when lease_token is null then $3 else next_attempt_at end
         where webhook_delivery_id = $2 and webhook_endpoint_id = $1",
        endpoint.uuid(),
        delivery.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// The receiver's deliveries, newest first, each with its last attempts.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    older_than: Option<WebhookDeliveryId>,
    limit: i64,
) -> Result<Vec<DeliveryLine>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.webhook_delivery_id, d.topic, d.status, d.n_attempts, d.next_attempt_at, d.created_at, d.delivered_at,
                  orders.code as "order_code?"
           from webhook_deliveries d
           join outbox_messages m using (outbox_message_id)
           left join orders on orders.order_id = m.order_id
           where d.webhook_endpoint_id = $1 and ($2::uuid is null or d.webhook_delivery_id < $2)
           order by d.webhook_delivery_id desc
           limit $3"#,
        endpoint.uuid(),
        older_than.map(Id::uuid),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.webhook_delivery_id).collect();
    let mut attempts = list_attempts(conn, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let id = row.webhook_delivery_id;
            let (mine, others): (Vec<_>, Vec<_>) =
                attempts.drain(..).partition(|(it, _)| *it == id);
            attempts = others;
            let mut mine: Vec<Attempt> = mine.into_iter().map(|(_, attempt)| attempt).collect();
            mine.sort_by_key(|attempt| Reverse(attempt.ordinal));
            Ok(DeliveryLine {
                id: WebhookDeliveryId::from_uuid(id),
                topic: row.topic,
                status: word(DeliveryStatus::parse(&row.status), "delivery status")?,
                n_attempts: row.n_attempts,
                next_attempt_at: row.next_attempt_at,
                created_at: row.created_at,
                delivered_at: row.delivered_at,
                order_code: row.order_code,
                attempts: mine,
            })
        })
        .collect()
}

/// The last attempts of each delivery, newest first.
async fn list_attempts(
    conn: &mut Conn,
    deliveries: &[Uuid],
) -> Result<Vec<(Uuid, Attempt)>, StoreError> {
    let rows = sqlx::query!(
        r#"select a.webhook_delivery_id as "id!", a.ordinal as "ordinal!", a.outcome as "outcome!", a.response_status,
                  a.response_body as "response_body!", a.took_ms as "took_ms!", a.at as "at!"
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from webhook_attempts where webhook_delivery_id = wanted.id order by ordinal desc limit 12
           ) a"#,
        deliveries,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let attempt = Attempt {
                ordinal: row.ordinal,
                outcome: word(AttemptOutcome::parse(&row.outcome), "attempt outcome")?,
                response_status: row.response_status,
                response_body: row.response_body,
                took_ms: row.took_ms,
                at: row.at,
            };
            Ok((row.id, attempt))
        })
        .collect()
}

/// Removes deliveries from before `before` that nothing is awaited of, with their attempts.
///
/// # Errors
/// When the database fails.
pub async fn delete_old(
    conn: &mut Conn,
    before: OffsetDateTime,
    limit: i64,
) -> Result<u64, StoreError> {
    let deleted = sqlx::query!(
        "delete from webhook_deliveries where webhook_delivery_id in (
             select webhook_delivery_id from webhook_deliveries
             where created_at < $1 and status <> 'pending' limit $2
         )",
        before,
        limit,
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected())
}
