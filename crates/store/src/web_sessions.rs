//! Signed-in browsers: the store behind tower-sessions. Ids are kept as hashes, so a copy of the table signs nobody in.

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::{Error, Result, SessionStore};

use crate::db::{Conn, Db};
use crate::error::StoreError;

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
        sqlx::query!(
            "insert into web_sessions (web_session_id, data, expires_at)
             values (encode(sha256(convert_to($1, 'UTF8')), 'hex'), $2, $3)
             on conflict (web_session_id)
             do update set data = excluded.data, expires_at = excluded.expires_at",
            record.id.to_string(),
            data,
            record.expiry_date
        )
        .execute(&mut *conn)
        .await
        .map_err(|it| backend(it.into()))?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut conn = self.db.acquire().await.map_err(backend)?;
        let row = sqlx::query!(
            "select data, expires_at from web_sessions
             where web_session_id = encode(sha256(convert_to($1, 'UTF8')), 'hex')
               and expires_at > now()",
            id.to_string()
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
        sqlx::query!(
            "delete from web_sessions
             where web_session_id = encode(sha256(convert_to($1, 'UTF8')), 'hex')",
            id.to_string()
        )
        .execute(&mut *conn)
        .await
        .map_err(|it| backend(it.into()))?;
        Ok(())
    }
}

async fn insert_once(conn: &mut Conn, record: &Record) -> Result<bool> {
    let data = encode(record)?;
    let done = sqlx::query!(
        "insert into web_sessions (web_session_id, data, expires_at)
         values (encode(sha256(convert_to($1, 'UTF8')), 'hex'), $2, $3)
         on conflict (web_session_id) do nothing",
        record.id.to_string(),
        data,
        record.expiry_date
    )
    .execute(conn)
    .await
    .map_err(|it| backend(it.into()))?;
    Ok(done.rows_affected() == 1)
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
