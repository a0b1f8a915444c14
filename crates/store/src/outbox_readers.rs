//! Reading the outbox to its last message, late commits included: each reader has a place that nothing slips past.
//!
//! Messages are numbered before their transactions commit, so a smaller number can appear after a greater one was read.
//! What cannot happen: a message of a transaction that is older than every running one appears later. So readers go by
//! transaction first and number second, and stop before the oldest running transaction.

use domain::ids::{Id, WebhookEndpointId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// A place in the outbox; everything up to it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A transaction's id, as the database writes it.
    pub written_in: String,
    pub message: i64,
    /// Messages up to this number were read before the database moved to another cluster.
    pub floor: i64,
    /// Whether the place is from another cluster, where transactions were counted further.
    pub is_foreign: bool,
}

/// The end of a batch, and how many messages it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEnd {
    pub written_in: String,
    pub message: i64,
    pub n: i64,
}

/// A message that a receiver wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedMessage {
    pub message: i64,
    /// The same for every receiver, and tells nothing about how many messages there are.
    pub message_id: Uuid,
    pub topic: String,
    pub endpoint: WebhookEndpointId,
}

/// Takes a reader's place for this transaction; `None` while another process reads.
///
/// # Errors
/// When the database fails.
pub async fn lock_place(conn: &mut Conn, reader: &str) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query!(
        r#"select written_in::text as "written_in!", outbox_message_id, floor,
                  written_in > pg_snapshot_xmax(pg_current_snapshot()) as "is_foreign!"
           from outbox_cursors where reader = $1 for update skip locked"#,
        reader
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Place {
        written_in: row.written_in,
        message: row.outbox_message_id,
        floor: row.floor,
        is_foreign: row.is_foreign,
    }))
}

/// Begins again in a new cluster: what came along with the move is not read again.
///
/// # Errors
/// When the database fails.
pub async fn restart(conn: &mut Conn, reader: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "update outbox_cursors
         set written_in = '0', outbox_message_id = 0,
             floor = greatest(floor, (select max(outbox_message_id) from outbox_messages
                                      where written_in >= pg_snapshot_xmax(pg_current_snapshot())))
         where reader = $1",
        reader
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where the next batch of at most `limit` messages ends; `None` when there is nothing to read.
///
/// # Errors
/// When the database fails.
pub async fn find_batch_end(
    conn: &mut Conn,
    place: &Place,
    limit: i64,
) -> Result<Option<BatchEnd>, StoreError> {
    let row = sqlx::query!(
        r#"with batch as (
               select written_in, outbox_message_id from outbox_messages
               where (written_in, outbox_message_id) > ($1::text::xid8, $2::bigint)
                 and written_in < pg_snapshot_xmin(pg_current_snapshot())
               order by written_in, outbox_message_id
               limit $3
           )
           select written_in::text as "written_in!", outbox_message_id as "message!",
                  (select count(*) from batch) as "n!"
           from batch order by written_in desc, outbox_message_id desc limit 1"#,
        place.written_in,
        place.message,
        limit,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| BatchEnd { written_in: row.written_in, message: row.message, n: row.n }))
}

/// Which receivers want which messages of a batch: those that were on when the batch is read, and not younger than the
/// message.
///
/// # Errors
/// When the database fails.
pub async fn list_wanted(
    conn: &mut Conn,
    place: &Place,
    end: &BatchEnd,
) -> Result<Vec<WantedMessage>, StoreError> {
    let rows = sqlx::query!(
        r#"select m.outbox_message_id, m.topic, e.webhook_endpoint_id,
                  encode(substr(sha256(convert_to(
                      m.outbox_message_id || ':' || extract(epoch from m.created_at), 'UTF8')), 1, 16), 'hex')::uuid
                      as "message_id!"
           from outbox_messages m
           join webhook_endpoints e on e.organizer_id = m.organizer_id and m.topic = any (e.topics)
           where (m.written_in, m.outbox_message_id) > ($1::text::xid8, $2::bigint)
             and (m.written_in, m.outbox_message_id) <= ($3::text::xid8, $4::bigint)
             and m.outbox_message_id > $5
             and e.removed_at is null and e.disabled_at is null and m.created_at >= e.created_at
           order by m.outbox_message_id, e.webhook_endpoint_id"#,
        place.written_in,
        place.message,
        end.written_in,
        end.message,
        place.floor,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WantedMessage {
            message: row.outbox_message_id,
            message_id: row.message_id,
            topic: row.topic,
            endpoint: WebhookEndpointId::from_uuid(row.webhook_endpoint_id),
        })
        .collect())
}

/// Moves a reader's place to the end of a batch.
///
/// # Errors
/// When the database fails.
pub async fn advance(conn: &mut Conn, reader: &str, end: &BatchEnd) -> Result<(), StoreError> {
    sqlx::query!(
        "update outbox_cursors set written_in = $2::text::xid8, outbox_message_id = $3 where reader = $1",
        reader,
        end.written_in,
        end.message,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A message for one organizer alone, with its number and its id for receivers: it is about none of the events.
///
/// # Errors
/// When the database fails.
pub async fn insert_own(
    conn: &mut Conn,
    (topic, key): (&str, &str),
    organizer: domain::ids::OrganizerId,
    payload: &serde_json::Value,
    now: OffsetDateTime,
) -> Result<(i64, Uuid), StoreError> {
    let row = sqlx::query!(
        r#"insert into outbox_messages (topic, key, organizer_id, payload, created_at)
           values ($1, $2, $3, $4, $5)
           returning outbox_message_id,
                     encode(substr(sha256(convert_to(
                         outbox_message_id || ':' || extract(epoch from created_at), 'UTF8')), 1, 16), 'hex')::uuid
                         as "message_id!""#,
        topic,
        key,
        organizer.uuid(),
        payload,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.outbox_message_id, row.message_id))
}
