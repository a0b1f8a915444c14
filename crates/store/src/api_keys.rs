//! Keys to the REST API: kept as hashes, revoked but never deleted.

use domain::ids::{ApiKeyId, Id, OrganizerId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// A key as lists show it; nobody can read the secret again.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub organizer: OrganizerId,
    pub name: String,
    /// The first letters, by which a person tells keys apart.
    pub prefix: String,
    pub scopes: Vec<String>,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
    /// When it ends by itself.
    pub expires_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
}

struct Row {
    api_key_id: Uuid,
    organizer_id: Uuid,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    created_at: OffsetDateTime,
    last_used_at: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: ApiKeyId::from_uuid(row.api_key_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A key to be.
#[derive(Debug)]
pub struct NewApiKey<'a> {
    pub id: ApiKeyId,
    pub organizer: OrganizerId,
    pub name: &'a str,
    pub prefix: &'a str,
    pub secret_hash: &'a [u8],
    pub scopes: &'a [String],
    pub created_by: Option<UserId>,
    pub created_at: OffsetDateTime,
    pub expires_at: Option<OffsetDateTime>,
}

/// The key with this secret, unless it was revoked or has ended, or whoever made it was disabled.
///
/// # Errors
/// When the database does not answer.
pub async fn find_active(
    conn: &mut Conn,
    secret_hash: &[u8],
    now: OffsetDateTime,
) -> Result<Option<ApiKey>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select api_key_id, organizer_id, name, prefix, scopes, created_at, last_used_at, expires_at,
                revoked_at
         from api_keys
         where secret_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)
           and not exists (select from users u where u.user_id = api_keys.created_by and u.state <> 'active')",
        secret_hash,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(ApiKey::from))
}

/// Who made the key.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn creator(conn: &mut Conn, key: ApiKeyId) -> Result<Option<UserId>, StoreError> {
    let sql =
        sqlx::query_scalar!("select created_by from api_keys where api_key_id = $1", key.uuid());
    Ok(sql.fetch_one(conn).await?.map(UserId::from_uuid))
}

/// An organizer's keys, newest first, the revoked ones too.
///
/// # Errors
/// When the database does not answer.
pub async fn list_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<ApiKey>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select api_key_id, organizer_id, name, prefix, scopes, created_at, last_used_at, expires_at,
                revoked_at
         from api_keys where organizer_id = $1 order by api_key_id desc limit $2",
        organizer.uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// How many keys of an organizer work.
///
/// # Errors
/// When the database does not answer.
pub async fn count_active(
    conn: &mut Conn,
    organizer: OrganizerId,
    now: OffsetDateTime,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from api_keys
           where organizer_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"#,
        organizer.uuid(),
        now
    )
    .fetch_one(conn)
    .await?)
}

/// Keeps a new key.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(conn: &mut Conn, key: &NewApiKey<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into api_keys
         (api_key_id, organizer_id, name, prefix, secret_hash, scopes, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        key.id.uuid(),
        key.organizer.uuid(),
        key.name,
        key.prefix,
        key.secret_hash,
        key.scopes,
        key.created_by.map(Id::uuid),
        key.created_at,
        key.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a key; says whether it worked until now.
///
/// # Errors
/// `NotFound` when the organizer has no such key.
pub async fn mark_revoked(
    conn: &mut Conn,
    organizer: OrganizerId,
    key: ApiKeyId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let is_new = sqlx::query_scalar!(
        r#"update api_keys set revoked_at = coalesce(revoked_at, $3)
           where organizer_id = $1 and api_key_id = $2
           returning revoked_at = $3 as "is_new!""#,
        organizer.uuid(),
        key.uuid(),
        now
    )
    .fetch_optional(conn)
    .await?;
    is_new.ok_or(StoreError::NotFound)
}

/// Notes that a key was used; at most once a minute, so that reading does not become writing.
///
/// # Errors
/// When the database does not answer.
pub async fn touch(conn: &mut Conn, key: ApiKeyId, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "update api_keys set last_used_at = $2
         where api_key_id = $1
           and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')",
        key.uuid(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
