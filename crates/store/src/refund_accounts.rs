//! Where a refund's money is to go: sealed accounts that are erased when they are not needed, and the one-time forms
//! that ask for them.

use domain::ids::{AccountFormId, Id, RefundId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// A form to be sent out.
#[derive(Debug, Clone)]
pub struct NewForm<'a> {
    pub id: AccountFormId,
    pub refund: RefundId,
    /// Of its link's token; the token itself is kept nowhere.
    pub token_hash: &'a [u8],
    pub expires_at: OffsetDateTime,
    pub now: OffsetDateTime,
}

/// A form as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub id: AccountFormId,
    pub refund: RefundId,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
    /// A newer one took its place, or no account is needed any more.
    pub ended_at: Option<OffsetDateTime>,
}

struct Row {
    form_id: uuid::Uuid,
    refund_id: uuid::Uuid,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
}

impl From<Row> for Form {
    fn from(row: Row) -> Self {
        Self {
            id: AccountFormId::from_uuid(row.form_id),
            refund: RefundId::from_uuid(row.refund_id),
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            ended_at: row.ended_at,
        }
    }
}

/// Writes a form and ends the one before it. The caller holds the refund's row.
///
/// # Errors
/// When the database fails.
pub async fn insert_form(conn: &mut Conn, form: &NewForm<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "update refund_account_forms set ended_at = $2
         where refund_id = $1 and used_at is null and ended_at is null",
        form.refund.uuid(),
        form.now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into refund_account_forms (form_id, refund_id, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        form.id.uuid(),
        form.refund.uuid(),
        form.token_hash,
        form.now,
        form.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many forms a refund had since a moment: nobody is flooded with mail.
///
/// # Errors
/// When the database fails.
pub async fn count_forms(
    conn: &mut Conn,
    refund: RefundId,
    since: OffsetDateTime,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from refund_account_forms where refund_id = $1 and created_at > $2"#,
        refund.uuid(),
        since,
    )
    .fetch_one(conn)
    .await?)
}

/// The form of this hash, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn find_form(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<Form>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select form_id, refund_id, created_at, expires_at, used_at, ended_at
         from refund_account_forms where token_hash = $1",
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Form::from))
}

/// The form, whosever it is: for the system only.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get_form(conn: &mut Conn, form: AccountFormId) -> Result<Form, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select form_id, refund_id, created_at, expires_at, used_at, ended_at
         from refund_account_forms where form_id = $1",
        form.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// Uses a form up; says whether this was the one time.
///
/// # Errors
/// When the database fails.
pub async fn mark_form_used(
    conn: &mut Conn,
    form: AccountFormId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let used = sqlx::query!(
        "update refund_account_forms set used_at = $2
         where form_id = $1 and used_at is null and ended_at is null and expires_at > $2",
        form.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Keeps a sealed account; another one for the same refund takes its place.
///
/// # Errors
/// When the database fails.
pub async fn put_sealed(
    conn: &mut Conn,
    refund: RefundId,
    sealed: &[u8],
    hint: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into refund_accounts (refund_id, sealed, hint, given_at) values ($1, $2, $3, $4)
         on conflict (refund_id) do update set sealed = $2, hint = $3, given_at = $4, erased_at = null",
        refund.uuid(),
        sealed,
        hint,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The sealed account of a refund, while it is kept.
///
/// # Errors
/// When the database fails.
pub async fn find_sealed(conn: &mut Conn, refund: RefundId) -> Result<Option<Vec<u8>>, StoreError> {
    let sealed = sqlx::query_scalar!(
        "select sealed from refund_accounts where refund_id = $1",
        refund.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(sealed.flatten())
}

/// Lists refunds whose account is kept though nobody needs it any more. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_kept_too_long(conn: &mut Conn) -> Result<Vec<(RefundId, String)>, StoreError> {
    let rows = sqlx::query!(
        "select refund_id, status from refund_accounts join refunds using (refund_id)
         where sealed is not null and status not in ('requested', 'processing')
         order by refund_id limit 1000"
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (RefundId::from_uuid(row.refund_id), row.status)).collect())
}
