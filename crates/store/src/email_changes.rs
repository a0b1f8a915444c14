//! Wishes to log in with another address, until both mailboxes said yes.

use domain::ids::{EmailChangeId, Id, UserId};
use domain::parsed::email_address::EmailAddress;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A wish that is open or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailChange {
    pub id: EmailChangeId,
    pub user: UserId,
    pub new_email: EmailAddress,
    /// Which mailbox the secret was sent to.
    pub side: Side,
    pub old_confirmed_at: Option<OffsetDateTime>,
    pub new_confirmed_at: Option<OffsetDateTime>,
    pub expires_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
}

/// One of the two mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
}

/// A new wish.
#[derive(Debug, Clone, Copy)]
pub struct NewEmailChange<'a> {
    pub id: EmailChangeId,
    pub user: UserId,
    /// The address until then: mails to it are the user's too.
    pub old_email: &'a EmailAddress,
    pub new_email: &'a EmailAddress,
    pub old_token_hash: &'a [u8],
    pub new_token_hash: &'a [u8],
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Writes a wish in place of an open one.
///
/// # Errors
/// When the database refuses.
pub async fn replace(conn: &mut Conn, new: NewEmailChange<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "update email_changes set ended_at = $2 where user_id = $1 and ended_at is null",
        new.user.uuid(),
        new.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into email_changes (email_change_id, user_id, old_email, new_email, old_token_hash, new_token_hash, created_at,
                                    expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.uuid(),
        new.user.uuid(),
        new.old_email.as_str(),
        new.new_email.as_str(),
        new.old_token_hash,
        new.new_token_hash,
        new.created_at,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many wishes there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    pub of_user: i64,
    /// Of anybody, for this new address.
    pub for_address: i64,
}

/// How many wishes there were since `since`.
///
/// # Errors
/// When the database refuses.
pub async fn count_since(
    conn: &mut Conn,
    user: UserId,
    new_email: &EmailAddress,
    since: OffsetDateTime,
) -> Result<Wishes, StoreError> {
    let wishes = sqlx::query_as!(
        Wishes,
        r#"select (select count(*) from email_changes where user_id = $1 and created_at > $3) as "of_user!",
                  (select count(*) from email_changes
                   where lower(new_email) = $2 and created_at > $3) as "for_address!""#,
        user.uuid(),
        new_email.key(),
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(wishes)
}

/// Whose wish a mailed secret belongs to.
///
/// # Errors
/// When the database refuses.
pub async fn find_user(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<UserId>, StoreError> {
    let user = sqlx::query_scalar!(
        "select user_id from email_changes where old_token_hash = $1 or new_token_hash = $1",
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(user.map(UserId::from_uuid))
}

/// The wish that a mailed secret belongs to, held until this transaction ends; the user is held before it.
///
/// # Errors
/// When the database refuses.
pub async fn lock(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<EmailChange>, StoreError> {
    let row = sqlx::query!(
        r#"select email_change_id, user_id, new_email, old_token_hash = $1 as "is_old!", old_confirmed_at,
                  new_confirmed_at, expires_at, ended_at
           from email_changes where old_token_hash = $1 or new_token_hash = $1 for update"#,
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(EmailChange {
            id: EmailChangeId::from_uuid(row.email_change_id),
            user: UserId::from_uuid(row.user_id),
            new_email: word(EmailAddress::parse(&row.new_email), "email_changes.new_email")?,
            side: if row.is_old { Side::Old } else { Side::New },
            old_confirmed_at: row.old_confirmed_at,
            new_confirmed_at: row.new_confirmed_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        })
    })
    .transpose()
}

/// Notes that one mailbox said yes.
///
/// # Errors
/// When the database refuses.
pub async fn confirm(
    conn: &mut Conn,
    id: EmailChangeId,
    side: Side,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update email_changes
         set old_confirmed_at = case when $2 then coalesce(old_confirmed_at, $3) else old_confirmed_at end,
             new_confirmed_at = case when $2 then new_confirmed_at else coalesce(new_confirmed_at, $3) end
         where email_change_id = $1",
        id.uuid(),
        side == Side::Old,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a wish.
///
/// # Errors
/// When the database refuses.
pub async fn end(conn: &mut Conn, id: EmailChangeId, at: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "update email_changes set ended_at = $2 where email_change_id = $1",
        id.uuid(),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}
