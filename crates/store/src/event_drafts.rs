//! What an organizer typed into an event's form and did not save yet.

use std::collections::BTreeMap;

use domain::ids::{EventId, Id, UserId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// The form's own fields, by name.
pub type Fields = BTreeMap<String, String>;

/// An unsaved form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    pub fields: Fields,
    pub saved_by: UserId,
    pub saved_at: OffsetDateTime,
}

/// Keeps what is typed now, in place of what was typed before.
///
/// # Errors
/// When the database fails.
pub async fn put(
    conn: &mut Conn,
    event: EventId,
    fields: &Fields,
    user: UserId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into event_drafts (event_id, form, saved_by, saved_at) values ($1, $2, $3, $4)
         on conflict (event_id) do update
         set form = excluded.form, saved_by = excluded.saved_by, saved_at = excluded.saved_at",
        event.uuid(),
        sqlx::types::Json(fields) as _,
        user.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The unsaved form of an event.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, event: EventId) -> Result<Option<EventDraft>, StoreError> {
    let row = sqlx::query!(
        r#"select form as "form: sqlx::types::Json<Fields>", saved_by, saved_at from event_drafts where event_id = $1"#,
        event.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| EventDraft {
        fields: row.form.0,
        saved_by: UserId::from_uuid(row.saved_by),
        saved_at: row.saved_at,
    }))
}

/// Forgets the unsaved form.
///
/// # Errors
/// When the database fails.
pub async fn delete(conn: &mut Conn, event: EventId) -> Result<(), StoreError> {
    sqlx::query!("delete from event_drafts where event_id = $1", event.uuid())
        .execute(conn)
        .await?;
    Ok(())
}
