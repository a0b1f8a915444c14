//! Accounts at login providers that open accounts here.

use domain::ids::{Id, LoginIdentityId, UserId};
use domain::login::LoginIdentity;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// A linked identity, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    pub id: LoginIdentityId,
    pub provider: String,
    pub linked_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// Whose identity it is, if it is linked.
///
/// # Errors
/// When the database refuses.
pub async fn find_owner(
    conn: &mut Conn,
    identity: &LoginIdentity,
) -> Result<Option<UserId>, StoreError> {
    let owner = sqlx::query_scalar!(
        "select user_id from login_identities where issuer = $1 and subject = $2",
        identity.issuer,
        identity.subject,
    )
    .fetch_optional(conn)
    .await?;
    Ok(owner.map(UserId::from_uuid))
}

/// Links an identity with a user, once; an identity that is linked stays where it is.
///
/// # Errors
/// When the database refuses.
pub async fn insert_once(
    conn: &mut Conn,
    id: LoginIdentityId,
    user: UserId,
    identity: &LoginIdentity,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "insert into login_identities (login_identity_id, user_id, provider, issuer, subject, linked_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (issuer, subject) do nothing",
        id.uuid(),
        user.uuid(),
        identity.provider,
        identity.issuer,
        identity.subject,
        at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that an identity was used.
///
/// # Errors
/// When the database refuses.
pub async fn note_use(
    conn: &mut Conn,
    identity: &LoginIdentity,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update login_identities set last_used_at = $3 where issuer = $1 and subject = $2",
        identity.issuer,
        identity.subject,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The identities of a user, the oldest first. Few: each is linked by hand.
///
/// # Errors
/// When the database refuses.
pub async fn list_for_user(
    conn: &mut Conn,
    user: UserId,
) -> Result<Vec<LinkedIdentity>, StoreError> {
    let rows = sqlx::query!(
        "select login_identity_id, provider, linked_at, last_used_at from login_identities
         where user_id = $1 order by linked_at limit 50",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| LinkedIdentity {
        id: LoginIdentityId::from_uuid(row.login_identity_id),
        provider: row.provider,
        linked_at: row.linked_at,
        last_used_at: row.last_used_at,
    });
    Ok(rows.collect())
}

/// Takes an identity from its user, and says which provider it was of; `None` when the user has no such identity.
///
/// # Errors
/// When the database refuses.
pub async fn delete(
    conn: &mut Conn,
    user: UserId,
    id: LoginIdentityId,
) -> Result<Option<String>, StoreError> {
    let provider = sqlx::query_scalar!(
        "delete from login_identities where login_identity_id = $1 and user_id = $2 returning provider",
        id.uuid(),
        user.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(provider)
}
