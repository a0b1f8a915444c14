//! Receivers of outgoing webhooks: what they want, their sealed secrets, how they are.

use domain::ids::{Id, OrganizerId, UserId, WebhookEndpointId};
use domain::webhook_endpoint::WebhookTopic;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    pub id: WebhookEndpointId,
    pub organizer: OrganizerId,
    pub url: String,
    pub description: String,
    pub topics: Vec<WebhookTopic>,
    pub created_at: OffsetDateTime,
    /// Since when every attempt failed.
    pub failing_since: Option<OffsetDateTime>,
    pub disabled_at: Option<OffsetDateTime>,
    /// `by_hand`, `failing` or `gone`.
    pub disabled_reason: Option<String>,
    /// Until when the secret before the present one signs too.
    pub old_secret_until: Option<OffsetDateTime>,
}

/// A receiver to be kept.
#[derive(Debug, Clone)]
pub struct NewWebhookEndpoint<'a> {
    pub id: WebhookEndpointId,
    pub organizer: OrganizerId,
    pub url: &'a str,
    pub description: &'a str,
    pub topics: &'a [WebhookTopic],
    /// Sealed.
    pub secret: &'a [u8],
    pub created_by: Option<UserId>,
    pub now: OffsetDateTime,
}

/// The sealed secrets that sign at a moment, the present one first.
#[derive(Debug, Clone)]
pub struct SealedSecrets {
    pub present: Vec<u8>,
    pub old: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Row {
    webhook_endpoint_id: Uuid,
    organizer_id: Uuid,
    url: String,
    description: String,
    topics: Vec<String>,
    created_at: OffsetDateTime,
    failing_since: Option<OffsetDateTime>,
    disabled_at: Option<OffsetDateTime>,
    disabled_reason: Option<String>,
    old_secret_until: Option<OffsetDateTime>,
}

impl TryFrom<Row> for WebhookEndpoint {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let topics = row.topics.iter().map(|topic| WebhookTopic::parse(topic)).collect();
        Ok(Self {
            id: WebhookEndpointId::from_uuid(row.webhook_endpoint_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            url: row.url,
            description: row.description,
            topics: word(topics, "webhook topic")?,
            created_at: row.created_at,
            failing_since: row.failing_since,
            disabled_at: row.disabled_at,
            disabled_reason: row.disabled_reason,
            old_secret_until: row.old_secret_until,
        })
    }
}

/// Receivers by a condition, with every column of [`Row`].
macro_rules! select_endpoints {
    ($condition:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            "select webhook_endpoint_id, organizer_id, url, description, topics, created_at, failing_since, disabled_at,
                    disabled_reason, old_secret_until
             from webhook_endpoints where removed_at is null and " + $condition,
            $($argument),+
        )
    };
}

/// The organizer's receiver.
///
/// # Errors
/// `NotFound` when there is none, it was removed, or it is somebody else's.
pub async fn get_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    endpoint: WebhookEndpointId,
) -> Result<WebhookEndpoint, StoreError> {
    select_endpoints!(
        "organizer_id = $1 and webhook_endpoint_id = $2",
        organizer.uuid(),
        endpoint.uuid()
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The organizer's receiver, held until the transaction ends.
///
/// # Errors
/// `NotFound` as above.
pub async fn lock_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    endpoint: WebhookEndpointId,
) -> Result<WebhookEndpoint, StoreError> {
    select_endpoints!(
        "organizer_id = $1 and webhook_endpoint_id = $2 for update",
        organizer.uuid(),
        endpoint.uuid()
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The receiver, whoever owns it, held until the transaction ends: for the system's own work.
///
/// # Errors
/// `NotFound` when there is none or it was removed.
pub async fn lock(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
) -> Result<WebhookEndpoint, StoreError> {
    select_endpoints!("webhook_endpoint_id = $1 for update", endpoint.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The organizer's receivers, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<WebhookEndpoint>, StoreError> {
    let rows = select_endpoints!(
        "organizer_id = $1 order by webhook_endpoint_id limit $2",
        organizer.uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(WebhookEndpoint::try_from).collect()
}

/// How many receivers an organizer has.
///
/// # Errors
/// When the database fails.
pub async fn count(conn: &mut Conn, organizer: OrganizerId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from webhook_endpoints where organizer_id = $1 and removed_at is null"#,
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?)
}

/// Keeps a receiver.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut Conn, endpoint: &NewWebhookEndpoint<'_>) -> Result<(), StoreError> {
    let topics: Vec<String> = endpoint.topics.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "insert into webhook_endpoints
             (webhook_endpoint_id, organizer_id, url, description, topics, secret, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        endpoint.id.uuid(),
        endpoint.organizer.uuid(),
        endpoint.url,
        endpoint.description,
        &topics,
        endpoint.secret,
        endpoint.created_by.map(Id::uuid),
        endpoint.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes `secret` (sealed) the present one; the one before signs until `old_until`.
///
/// # Errors
/// When the database fails.
pub async fn rotate_secret(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    secret: &[u8],
    old_until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoints
         set old_secret = secret, old_secret_until = $3, secret = $2, updated_at = $4
         where webhook_endpoint_id = $1",
        endpoint.uuid(),
        secret,
        old_until,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The secrets that sign now.
///
/// # Errors
/// `NotFound` when there is no such receiver.
pub async fn get_secrets(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    now: OffsetDateTime,
) -> Result<SealedSecrets, StoreError> {
    let row = sqlx::query!(
        r#"select secret, case when old_secret_until > $2 then old_secret end as "old?"
           from webhook_endpoints where webhook_endpoint_id = $1"#,
        endpoint.uuid(),
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(SealedSecrets { present: row.secret, old: row.old })
}

/// Forgets secrets whose time is over.
///
/// # Errors
/// When the database fails.
pub async fn forget_old_secrets(conn: &mut Conn, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoints set old_secret = null, old_secret_until = null where old_secret_until <= $1",
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes how an attempt went: failing begins with the first failure and ends with the first success.
///
/// # Errors
/// When the database fails.
pub async fn note_health(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    is_well: bool,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoints set failing_since = case when $2 then null else $3::timestamptz end
         where webhook_endpoint_id = $1 and (failing_since is null) <> $2",
        endpoint.uuid(),
        is_well,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Switches a receiver off, and says whether it was on; what waits for it has failed.
///
/// # Errors
/// When the database fails.
pub async fn disable(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update webhook_endpoints set disabled_at = $3, disabled_reason = $2, updated_at = $3
         where webhook_endpoint_id = $1 and disabled_at is null and removed_at is null",
        endpoint.uuid(),
        reason,
        now,
    )
    .execute(&mut *conn)
    .await?;
    give_up(conn, endpoint).await?;
    Ok(done.rows_affected() == 1)
}

/// Switches off every receiver that this member registered, and says how many were on.
///
/// # Errors
/// When the database fails.
pub async fn disable_of(
    conn: &mut Conn,
    (organizer, user): (OrganizerId, UserId),
    reason: &str,
    now: OffsetDateTime,
) -> Result<usize, StoreError> {
    let off = sqlx::query_scalar!(
        "update webhook_endpoints set disabled_at = $3, disabled_reason = $4, updated_at = $3
         where organizer_id = $1 and created_by = $2 and disabled_at is null and removed_at is null
         returning webhook_endpoint_id",
        organizer.uuid(),
        user.uuid(),
        now,
        reason,
    )
    .fetch_all(&mut *conn)
    .await?;
    for endpoint in &off {
        give_up(conn, WebhookEndpointId::from_uuid(*endpoint)).await?;
    }
    Ok(off.len())
}

/// Switches a receiver on again with a clean record, and says whether it was off.
///
/// # Errors
/// When the database fails.
pub async fn enable(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update webhook_endpoints
         set disabled_at = null, disabled_reason = null, failing_since = null, updated_at = $2
         where webhook_endpoint_id = $1 and disabled_at is not null and removed_at is null",
        endpoint.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a receiver with its secrets; its log stays for as long as logs do.
///
/// # Errors
/// When the database fails.
pub async fn mark_removed(
    conn: &mut Conn,
    endpoint: WebhookEndpointId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoints
         set removed_at = $2, updated_at = $2, secret = '', old_secret = null, old_secret_until = null
         where webhook_endpoint_id = $1",
        endpoint.uuid(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    give_up(conn, endpoint).await
}

async fn give_up(conn: &mut Conn, endpoint: WebhookEndpointId) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_deliveries set status = 'failed', lease_token = null, lease_until = null
         where webhook_endpoint_id = $1 and status = 'pending'",
        endpoint.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
