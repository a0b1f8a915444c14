//! Files: what is known of the pictures in the object store.

use domain::ids::{FileId, Id, OrganizerId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// A stored picture, in its largest size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub id: FileId,
    pub organizer: OrganizerId,
    pub content_type: String,
    pub n_bytes: i64,
    pub width: i32,
    pub height: i32,
}

/// Keeps what is known of a picture.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut Conn, file: &File, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into files (file_id, organizer_id, content_type, n_bytes, width, height, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        file.id.uuid(),
        file.organizer.uuid(),
        file.content_type,
        file.n_bytes,
        file.width,
        file.height,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The picture of an id. Covers are public: whoever knows the id may see it.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, file: FileId) -> Result<Option<File>, StoreError> {
    let row = sqlx::query!(
        "select organizer_id, content_type, n_bytes, width, height from files where file_id = $1",
        file.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| File {
        id: file,
        organizer: OrganizerId::from_uuid(row.organizer_id),
        content_type: row.content_type,
        n_bytes: row.n_bytes,
        width: row.width,
        height: row.height,
    }))
}
