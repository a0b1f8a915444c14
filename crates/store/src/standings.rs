//! How organizers stand with the platform, and the locks that keep it so while something is decided by it.

use domain::ids::{Id, OrganizerId};
use domain::standing::Standing;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// How an organizer stands, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptStanding {
    pub standing: Standing,
    pub reason: String,
    /// Since when; none where it never changed.
    pub since: Option<OffsetDateTime>,
    pub reviewed_at: Option<OffsetDateTime>,
}

struct Row {
    standing: String,
    standing_reason: String,
    standing_at: Option<OffsetDateTime>,
    reviewed_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(self) -> Result<KeptStanding, StoreError> {
        Ok(KeptStanding {
            standing: word(Standing::parse(&self.standing), "organizers.standing")?,
            reason: self.standing_reason,
            since: self.standing_at,
            reviewed_at: self.reviewed_at,
        })
    }
}

/// How the organizer stands.
///
/// # Errors
/// `NotFound` when there is none of this id.
pub async fn get(conn: &mut Conn, organizer: OrganizerId) -> Result<KeptStanding, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select standing, standing_reason, standing_at, reviewed_at from organizers where organizer_id = $1",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    row.read()
}

/// The same, and it stays so until the transaction ends.
///
/// # Errors
/// As for [`get`].
pub async fn hold(conn: &mut Conn, organizer: OrganizerId) -> Result<KeptStanding, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select standing, standing_reason, standing_at, reviewed_at from organizers
         where organizer_id = $1 for share",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    row.read()
}

/// The same, and nobody else changes it until the transaction ends.
///
/// # Errors
/// As for [`get`].
pub async fn lock(conn: &mut Conn, organizer: OrganizerId) -> Result<KeptStanding, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select standing, standing_reason, standing_at, reviewed_at from organizers
         where organizer_id = $1 for no key update",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    row.read()
}

/// Writes how the organizer stands from now on; `was_reviewed` when this ends its review.
///
/// # Errors
/// `NotFound` when there is none of this id.
pub async fn set(
    conn: &mut Conn,
    organizer: OrganizerId,
    (standing, reason): (Standing, &str),
    was_reviewed: bool,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let updated = sqlx::query!(
        "update organizers set standing = $2, standing_reason = $3, standing_at = $4, updated_at = $4,
             reviewed_at = case when $5 then $4 else reviewed_at end
         where organizer_id = $1",
        organizer.uuid(),
        standing.as_str(),
        reason,
        now,
        was_reviewed,
    )
    .execute(conn)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Waits for everybody who looked at the organizer to sell for it: placing an order holds its row by its key until the
/// commit ([`crate::read::sale::get`]).
///
/// # Errors
/// `Busy` when the others take too long.
pub async fn wait_for_sellers(conn: &mut Conn, organizer: OrganizerId) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        "select organizer_id from organizers where organizer_id = $1 for update",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Those of the organizers that are not active, with their names; all of them stay as they are until the transaction
/// ends.
///
/// # Errors
/// When the database fails.
pub async fn hold_inactive(
    conn: &mut Conn,
    organizers: &[OrganizerId],
) -> Result<Vec<String>, StoreError> {
    let ids: Vec<_> = organizers.iter().map(|it| it.uuid()).collect();
    let rows = sqlx::query!(
        "select display_name, standing from organizers where organizer_id = any ($1) order by organizer_id for share",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut held = Vec::new();
    for row in rows {
        if !word(Standing::parse(&row.standing), "organizers.standing")?.may_be_paid_out() {
            held.push(row.display_name);
        }
    }
    Ok(held)
}
