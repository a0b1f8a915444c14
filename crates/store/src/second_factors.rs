//! Second factors: secrets of code apps (sealed), recovery codes (hashed), passkeys (public), and wrong tries.

use domain::ids::{Id, PasskeyId, UserId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// The secret that a code app shares with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpSecret {
    pub sealed: Vec<u8>,
    pub is_confirmed: bool,
    pub last_step: i64,
    pub created_at: OffsetDateTime,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub credential_id: Vec<u8>,
    /// As the authenticator gave it (`COSE_Key`).
    pub public_key: Vec<u8>,
    pub sign_count: i64,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// What a user has set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors {
    pub has_totp: bool,
    pub n_passkeys: i64,
    /// Recovery codes that are left.
    pub n_codes: i64,
}

/// What a user has set up.
///
/// # Errors
/// When the database refuses.
pub async fn factors(conn: &mut Conn, user: UserId) -> Result<Factors, StoreError> {
    let row = sqlx::query!(
        r#"select
               exists (select from totp_secrets where user_id = $1 and confirmed_at is not null) as "has_totp!",
               (select count(*) from passkeys where user_id = $1) as "n_passkeys!",
               (select count(*) from recovery_codes where user_id = $1 and used_at is null) as "n_codes!""#,
        user.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(Factors { has_totp: row.has_totp, n_passkeys: row.n_passkeys, n_codes: row.n_codes })
}

/// The secret of the user's code app.
///
/// # Errors
/// When the database refuses.
pub async fn find_totp(conn: &mut Conn, user: UserId) -> Result<Option<TotpSecret>, StoreError> {
    let row = sqlx::query!(
        r#"select sealed, confirmed_at is not null as "is_confirmed!", last_step, created_at
           from totp_secrets where user_id = $1"#,
        user.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| TotpSecret {
        sealed: row.sealed,
        is_confirmed: row.is_confirmed,
        last_step: row.last_step,
        created_at: row.created_at,
    }))
}

/// Writes a new secret in place of an unconfirmed one; a confirmed one stays, and `false` is said.
///
/// # Errors
/// When the database refuses.
pub async fn put_unconfirmed_totp(
    conn: &mut Conn,
    user: UserId,
    sealed: &[u8],
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "insert into totp_secrets (user_id, sealed, created_at) values ($1, $2, $3)
         on conflict (user_id) do update set sealed = excluded.sealed, created_at = excluded.created_at
         where totp_secrets.confirmed_at is null",
        user.uuid(),
        sealed,
        at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses the code of a step up, and confirms the secret if it was not. `false` when the step or a later one was used.
///
/// # Errors
/// When the database refuses.
pub async fn use_totp_step(
    conn: &mut Conn,
    user: UserId,
    step: i64,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update totp_secrets set last_step = $2, confirmed_at = coalesce(confirmed_at, $3)
         where user_id = $1 and last_step < $2",
        user.uuid(),
        step,
        at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the secret of the user's code app; says whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn delete_totp(conn: &mut Conn, user: UserId) -> Result<bool, StoreError> {
    let done = sqlx::query!("delete from totp_secrets where user_id = $1", user.uuid())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts new recovery codes in place of all old ones.
///
/// # Errors
/// When the database refuses.
pub async fn replace_recovery_codes(
    conn: &mut Conn,
    user: UserId,
    hashes: &[Vec<u8>],
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    delete_recovery_codes(conn, user).await?;
    sqlx::query!(
        "insert into recovery_codes (user_id, code_hash, created_at) select $1, unnest($2::bytea[]), $3",
        user.uuid(),
        hashes,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets all recovery codes of a user.
///
/// # Errors
/// When the database refuses.
pub async fn delete_recovery_codes(conn: &mut Conn, user: UserId) -> Result<(), StoreError> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Uses a recovery code up; says whether there was one unused.
///
/// # Errors
/// When the database refuses.
pub async fn use_recovery_code(
    conn: &mut Conn,
    user: UserId,
    hash: &[u8],
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update recovery_codes set used_at = $3
         where user_id = $1 and code_hash = $2 and used_at is null",
        user.uuid(),
        hash,
        at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The passkeys of a user, the oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_passkeys(conn: &mut Conn, user: UserId) -> Result<Vec<Passkey>, StoreError> {
    let rows = sqlx::query!(
        "select passkey_id, name, credential_id, public_key, sign_count, created_at, last_used_at
         from passkeys where user_id = $1 order by created_at limit 100",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| Passkey {
        id: PasskeyId::from_uuid(row.passkey_id),
        name: row.name,
        credential_id: row.credential_id,
        public_key: row.public_key,
        sign_count: row.sign_count,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    });
    Ok(rows.collect())
}

/// Whose passkey it is.
///
/// # Errors
/// When the database refuses.
pub async fn find_passkey_owner(
    conn: &mut Conn,
    credential_id: &[u8],
) -> Result<Option<UserId>, StoreError> {
    let owner =
        sqlx::query_scalar!("select user_id from passkeys where credential_id = $1", credential_id)
            .fetch_optional(conn)
            .await?;
    Ok(owner.map(UserId::from_uuid))
}

/// Writes a new passkey; `false` when its credential is known already.
///
/// # Errors
/// When the database refuses.
pub async fn insert_passkey_once(
    conn: &mut Conn,
    user: UserId,
    passkey: &Passkey,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "insert into passkeys (passkey_id, user_id, name, credential_id, public_key, sign_count, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (credential_id) do nothing",
        passkey.id.uuid(),
        user.uuid(),
        passkey.name,
        passkey.credential_id,
        passkey.public_key,
        passkey.sign_count,
        passkey.created_at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a passkey was used, with its new count.
///
/// # Errors
/// When the database refuses.
pub async fn note_passkey_use(
    conn: &mut Conn,
    passkey: PasskeyId,
    sign_count: i64,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update passkeys set sign_count = $2, last_used_at = $3 where passkey_id = $1",
        passkey.uuid(),
        sign_count,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets everything that a user could prove a second factor with, and the wrong tries.
///
/// # Errors
/// When the database refuses.
pub async fn delete_all(conn: &mut Conn, user: UserId) -> Result<(), StoreError> {
    delete_totp(conn, user).await?;
    delete_recovery_codes(conn, user).await?;
    sqlx::query!("delete from passkeys where user_id = $1", user.uuid())
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from second_factor_failures where user_id = $1", user.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets a passkey of a user, and says its name; `None` when there was none.
///
/// # Errors
/// When the database refuses.
pub async fn delete_passkey(
    conn: &mut Conn,
    user: UserId,
    passkey: PasskeyId,
) -> Result<Option<String>, StoreError> {
    let name = sqlx::query_scalar!(
        "delete from passkeys where passkey_id = $1 and user_id = $2 returning name",
        passkey.uuid(),
        user.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(name)
}

/// Notes that a question was answered; `false` when it was answered before. Forgets questions from before `since`.
///
/// # Errors
/// When the database refuses.
pub async fn spend_challenge(
    conn: &mut Conn,
    challenge_hash: &[u8],
    since: OffsetDateTime,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    sqlx::query!("delete from spent_challenges where spent_at < $1", since)
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query!(
        "insert into spent_challenges (challenge_hash, spent_at) values ($1, $2)
         on conflict (challenge_hash) do nothing",
        challenge_hash,
        at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How often a user was wrong since `since`.
///
/// # Errors
/// When the database refuses.
pub async fn count_failures(
    conn: &mut Conn,
    user: UserId,
    since: OffsetDateTime,
) -> Result<i64, StoreError> {
    let n = sqlx::query_scalar!(
        r#"select count(*) as "n!" from second_factor_failures where user_id = $1 and at > $2"#,
        user.uuid(),
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(n)
}

/// Notes a wrong try and forgets those before `since`.
///
/// # Errors
/// When the database refuses.
pub async fn note_failure(
    conn: &mut Conn,
    user: UserId,
    since: OffsetDateTime,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from second_factor_failures where user_id = $1 and at <= $2",
        user.uuid(),
        since,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into second_factor_failures (user_id, at) values ($1, $2)",
        user.uuid(),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}
