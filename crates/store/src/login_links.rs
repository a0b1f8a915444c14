//! Login links: kept as hashes, used once, counted so that nobody is flooded with mail.

use domain::login::LoginIdentity;
use domain::parsed::email_address::EmailAddress;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Ended links that one request clears away.
const REMOVED_AT_ONCE: i64 = 20;

/// A link to be written down.
#[derive(Debug, Clone)]
pub struct NewLoginLink<'a> {
    pub token_hash: &'a [u8],
    pub email: &'a EmailAddress,
    pub locale: &'a str,
    /// The browser that asked; none for a ready link, which works in any.
    pub browser_hash: Option<&'a [u8]>,
    /// Where the question came from, as a hash.
    pub client_hash: Option<&'a [u8]>,
    /// What the link connects with the account of its address.
    pub identity: Option<&'a LoginIdentity>,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// A link as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginLink {
    pub email: EmailAddress,
    pub locale: String,
    pub browser_hash: Option<Vec<u8>>,
    pub identity: Option<LoginIdentity>,
    pub expires_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
}

/// How many links were asked for lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentLinks {
    pub n_for_email: i64,
    pub n_for_client: i64,
}

/// Counts the links since `since` for an address and for a client, holding the same question back until this
/// transaction ends: two at once cannot both be the last allowed.
///
/// # Errors
/// When the database refuses or the wait is too long.
pub async fn count_recent(
    conn: &mut Conn,
    email: &EmailAddress,
    client_hash: Option<&[u8]>,
    since: OffsetDateTime,
) -> Result<RecentLinks, StoreError> {
    // Clients before addresses, always: two waits in one order cannot block each other for ever. An unknown client is
    // `null`, which locks and counts nothing.
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('login-client:' || encode($1, 'hex'), 0))",
        client_hash
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('login-email:' || $1, 0))",
        email.key()
    )
    .fetch_one(&mut *conn)
    .await?;
    let counts = sqlx::query!(
        r#"select
               (select count(*) from login_links where email_key = $1 and created_at > $3) as "n_for_email!",
               (select count(*) from login_links where client_hash = $2 and created_at > $3) as "n_for_client!""#,
        email.key(),
        client_hash,
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(RecentLinks { n_for_email: counts.n_for_email, n_for_client: counts.n_for_client })
}

/// Writes a new link.
///
/// # Errors
/// When the database refuses.
pub async fn insert(conn: &mut Conn, link: NewLoginLink<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into login_links
             (token_hash, email, email_key, locale, browser_hash, client_hash, created_at, expires_at,
              provider, issuer, subject)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        link.token_hash,
        link.email.as_str(),
        link.email.key(),
        link.locale,
        link.browser_hash,
        link.client_hash,
        link.created_at,
        link.expires_at,
        link.identity.map(|it| it.provider.as_str()),
        link.identity.map(|it| it.issuer.as_str()),
        link.identity.map(|it| it.subject.as_str()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The link of this hash, if there is one.
///
/// # Errors
/// When the database refuses.
pub async fn find(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<LoginLink>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select email, locale, browser_hash, provider, issuer, subject, expires_at, used_at
         from login_links where token_hash = $1",
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::read).transpose()
}

/// The link of this hash, held until this transaction ends: of two clicks at once one waits for the other.
///
/// # Errors
/// When the database refuses or the wait is too long.
pub async fn lock(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<LoginLink>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select email, locale, browser_hash, provider, issuer, subject, expires_at, used_at
         from login_links where token_hash = $1 for update",
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::read).transpose()
}

/// Uses an unused link up, and says whether it was unused.
///
/// # Errors
/// When the database refuses.
pub async fn mark_used(
    conn: &mut Conn,
    token_hash: &[u8],
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let used = sqlx::query!(
        "update login_links set used_at = $2 where token_hash = $1 and used_at is null",
        token_hash,
        at
    )
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Removes some of the links that ended before `before`: they are only kept to be counted and explained.
///
/// # Errors
/// When the database refuses.
pub async fn remove_ended(conn: &mut Conn, before: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from login_links where token_hash in (
             select token_hash from login_links where expires_at < $1
             limit $2 for update skip locked)",
        before,
        REMOVED_AT_ONCE,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    email: String,
    locale: String,
    browser_hash: Option<Vec<u8>>,
    provider: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(self) -> Result<LoginLink, StoreError> {
        let identity = match (self.provider, self.issuer, self.subject) {
            (Some(provider), Some(issuer), Some(subject)) => {
                Some(LoginIdentity { provider, issuer, subject })
            }
            _ => None,
        };
        Ok(LoginLink {
            identity,
            email: word(EmailAddress::parse(&self.email), "login_links.email")?,
            locale: self.locale,
            browser_hash: self.browser_hash,
            expires_at: self.expires_at,
            used_at: self.used_at,
        })
    }
}
