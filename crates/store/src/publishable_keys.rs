//! Keys by which websites show an organizer's events: no secrets, revoked but never deleted.

use domain::ids::{Id, OrganizerId, PublishableKeyId};
use domain::parsed::web_origin::WebOrigin;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishableKey {
    pub id: PublishableKeyId,
    pub organizer: OrganizerId,
    pub name: String,
    /// The websites that may show the organizer's events.
    pub sites: Vec<WebOrigin>,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
}

struct Row {
    publishable_key_id: Uuid,
    organizer_id: Uuid,
    name: String,
    sites: Vec<String>,
    created_at: OffsetDateTime,
    last_used_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for PublishableKey {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: PublishableKeyId::from_uuid(row.publishable_key_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            name: row.name,
            sites: row
                .sites
                .iter()
                .map(|site| word(WebOrigin::parse(site), "a website of a publishable key"))
                .collect::<Result<_, _>>()?,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// A key to be.
#[derive(Debug)]
pub struct NewPublishableKey<'a> {
    pub id: PublishableKeyId,
    pub organizer: OrganizerId,
    pub name: &'a str,
    pub sites: &'a [WebOrigin],
    pub created_at: OffsetDateTime,
}

/// Keeps a new key.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(conn: &mut Conn, key: &NewPublishableKey<'_>) -> Result<(), StoreError> {
    let sites: Vec<String> = key.sites.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "insert into publishable_keys (publishable_key_id, organizer_id, name, sites, created_at)
         values ($1, $2, $3, $4, $5)",
        key.id.uuid(),
        key.organizer.uuid(),
        key.name,
        &sites,
        key.created_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The key, unless it was revoked.
///
/// # Errors
/// When the database does not answer.
pub async fn find_active(
    conn: &mut Conn,
    key: PublishableKeyId,
) -> Result<Option<PublishableKey>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select publishable_key_id, organizer_id, name, sites, created_at, last_used_at, revoked_at
         from publishable_keys where publishable_key_id = $1 and revoked_at is null",
        key.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(PublishableKey::try_from).transpose()
}

/// An organizer's keys, newest first; then the revoked ones.
///
/// # Errors
/// When the database does not answer.
pub async fn list_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<PublishableKey>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select publishable_key_id, organizer_id, name, sites, created_at, last_used_at, revoked_at
         from publishable_keys where organizer_id = $1
         order by revoked_at is not null, publishable_key_id desc limit $2",
        organizer.uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(PublishableKey::try_from).collect()
}

/// How many keys of an organizer work.
///
/// # Errors
/// When the database does not answer.
pub async fn count_active(conn: &mut Conn, organizer: OrganizerId) -> Result<i64, StoreError> {
    let sql = sqlx::query_scalar!(
        r#"select count(*) as "n!" from publishable_keys where organizer_id = $1 and revoked_at is null"#,
        organizer.uuid()
    );
    Ok(sql.fetch_one(conn).await?)
}

/// Ends a key; says whether it worked until now.
///
/// # Errors
/// `NotFound` when the organizer has no such key.
pub async fn mark_revoked(
    conn: &mut Conn,
    organizer: OrganizerId,
    key: PublishableKeyId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let is_new = sqlx::query_scalar!(
        r#"update publishable_keys set revoked_at = coalesce(revoked_at, $3)
           where organizer_id = $1 and publishable_key_id = $2
           returning revoked_at = $3 as "is_new!""#,
        organizer.uuid(),
        key.uuid(),
        now
    )
    .fetch_optional(conn)
    .await?;
    is_new.ok_or(StoreError::NotFound)
}

/// Notes that a website showed an event with the key; at most once an hour, so that reading does not become writing.
///
/// # Errors
/// When the database does not answer.
pub async fn touch(
    conn: &mut Conn,
    key: PublishableKeyId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update publishable_keys set last_used_at = $2
         where publishable_key_id = $1
           and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 hour')",
        key.uuid(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
