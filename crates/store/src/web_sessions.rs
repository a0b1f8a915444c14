//! Signed-in browsers: the store behind tower-sessions. Ids are kept as hashes, so a copy of the table signs nobody in.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use domain::ids::{Id as _, UserId};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::{Error, Result, SessionStore};

use crate::db::{Conn, Db};
use crate::error::StoreError;

/// Where the signed-in user's id stands in a session.
pub const USER_KEY: &str = "user_id";

/// Keeps web sessions in PostgreSQL.
#[derive(Debug, Clone)]
pub struct WebSessions {
    db: Db,
}

impl WebSessions {
    /// Keeps them in `db`.
    pub const fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl SessionStore for WebSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut conn = self.db.acquire().await.map_err(backend)?;
        // A new id collides with an old one once in the life of the universe; then it is drawn again.
        while !insert_once(&mut conn, record).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let mut conn = self.db.acquire().await.map_err(backend)?;
        let data = encode(record)?;
        // A session that was ended meanwhile stays ended: nothing is written back.
        sqlx::query!(
            "update web_sessions set data = $2, expires_at = $3, user_id = $4
             where web_session_id = $1",
            name_of(&record.id),
            data,
            record.expiry_date,
            user_of(record).map(UserId::uuid),
        )
        .execute(&mut *conn)
        .await
        .map_err(|it| backend(it.into()))?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut conn = self.db.acquire().await.map_err(backend)?;
        let row = sqlx::query!(
            // An account that was disabled meanwhile is nobody's, whatever was written at the same moment.
            "select data, expires_at from web_sessions s
             where web_session_id = $1 and expires_at > now()
               and not exists (select from users u where u.user_id = s.user_id and u.state <> 'active')",
            name_of(id)
        )
        .fetch_optional(&mut *conn)
        .await
        .map_err(|it| backend(it.into()))?;
        row.map(|row| {
            let data =
                serde_json::from_value(row.data).map_err(|it| Error::Decode(it.to_string()))?;
            Ok(Record { id: *id, data, expiry_date: row.expires_at })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut conn = self.db.acquire().await.map_err(backend)?;
        sqlx::query!("delete from web_sessions where web_session_id = $1", name_of(id))
            .execute(&mut *conn)
            .await
            .map_err(|it| backend(it.into()))?;
        Ok(())
    }
}

async fn insert_once(conn: &mut Conn, record: &Record) -> Result<bool> {
    let data = encode(record)?;
    let done = sqlx::query!(
        "insert into web_sessions (web_session_id, data, expires_at, user_id) values ($1, $2, $3, $4)
         on conflict (web_session_id) do nothing",
        name_of(&record.id),
        data,
        record.expiry_date,
        user_of(record).map(UserId::uuid),
    )
    .execute(conn)
    .await
    .map_err(|it| backend(it.into()))?;
    Ok(done.rows_affected() == 1)
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedInBrowser {
    /// The hash of its id: it opens nothing.
    pub name: String,
    /// What the session keeps.
    pub data: Map<String, Value>,
}

/// By which name a session is kept: the hash of its id.
pub fn name_of(id: &Id) -> String {
    HEXLOWER.encode(&Sha256::digest(id.to_string().as_bytes()))
}

/// Where a user is signed in.
///
/// # Errors
/// When the database does not answer.
pub async fn list_for_user(
    conn: &mut Conn,
    user: UserId,
) -> std::result::Result<Vec<SignedInBrowser>, StoreError> {
    let rows = sqlx::query!(
        "select web_session_id, data from web_sessions where user_id = $1 and expires_at > now()
         order by expires_at desc limit 100",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| SignedInBrowser {
        name: row.web_session_id,
        data: row.data.as_object().cloned().unwrap_or_default(),
    });
    Ok(rows.collect())
}

/// Whether a browser of the user is still signed in that keeps this second under `key`.
///
/// # Errors
/// When the database does not answer.
pub async fn is_signed_in_since(
    conn: &mut Conn,
    user: UserId,
    key: &str,
    since: i64,
) -> std::result::Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from web_sessions
               where user_id = $1 and expires_at > now() and data -> $2 = to_jsonb($3::bigint)) as "is!""#,
        user.uuid(),
        key,
        since
    )
    .fetch_one(conn)
    .await?)
}

/// Which of a user's browsers are signed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending<'a> {
    All,
    /// All but this one.
    Others(&'a str),
    /// Only this one.
    One(&'a str),
}

/// Signs browsers of a user out; says how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_for_user(
    conn: &mut Conn,
    user: UserId,
    which: Ending<'_>,
) -> std::result::Result<u64, StoreError> {
    let (kept, ended) = match which {
        Ending::All => (None, None),
        Ending::Others(name) => (Some(name), None),
        Ending::One(name) => (None, Some(name)),
    };
    let done = sqlx::query!(
        "delete from web_sessions
         where user_id = $1 and web_session_id is distinct from $2
           and ($3::text is null or web_session_id = $3)",
        user.uuid(),
        kept,
        ended,
    )
    .execute(&mut *conn)
    .await?;
    if which == Ending::All || done.rows_affected() > 0 {
        // Whoever logs in next is told of, also with a browser that was known.
        crate::known_devices::forget_all(conn, user).await?;
    }
    Ok(done.rows_affected())
}

/// Whose session it is.
fn user_of(record: &Record) -> Option<UserId> {
    record.data.get(USER_KEY)?.as_str()?.parse().ok()
}

/// Forgets sessions that ended; says how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_expired(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> std::result::Result<u64, StoreError> {
    let done =
        sqlx::query!("delete from web_sessions where expires_at <= $1", now).execute(conn).await?;
    Ok(done.rows_affected())
}

fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}

/// The record's data as `jsonb` can hold it: everything but the character NUL, which no keyboard types.
fn encode(record: &Record) -> Result<Value> {
    let data = serde_json::to_value(&record.data).map_err(|it| Error::Encode(it.to_string()))?;
    Ok(without_nul(data))
}

fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('\0', "")),
        Value::Array(values) => Value::Array(values.into_iter().map(without_nul).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(
                fields.map(|(key, it)| (key.replace('\0', ""), without_nul(it))).collect(),
            )
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}
