//! Visits: somebody of our staff looks at an organizer's pages for a while, and says why.

use domain::ids::{Id, OrganizerId, StaffVisitId, UserId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Somebody of the staff at an organizer's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffVisit {
    pub visit: StaffVisitId,
    pub user: UserId,
    pub organizer: OrganizerId,
    pub reason: String,
    pub until: OffsetDateTime,
}

struct Row {
    staff_visit_id: uuid::Uuid,
    user_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    reason: String,
    until_at: OffsetDateTime,
}

impl From<Row> for StaffVisit {
    fn from(row: Row) -> Self {
        Self {
            visit: StaffVisitId::from_uuid(row.staff_visit_id),
            user: UserId::from_uuid(row.user_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            reason: row.reason,
            until: row.until_at,
        }
    }
}

/// Writes down that a visit begins.
///
/// # Errors
/// `Conflict` on `staff_visits_open_key` while another of the same user goes on.
pub async fn insert(
    conn: &mut Conn,
    visit: &StaffVisit,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into staff_visits (staff_visit_id, user_id, organizer_id, reason, begun_at, until_at)
         values ($1, $2, $3, $4, $5, $6)",
        visit.visit.uuid(),
        visit.user.uuid(),
        visit.organizer.uuid(),
        visit.reason,
        now,
        visit.until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The user's visit that goes on.
///
/// # Errors
/// When the database fails.
pub async fn find_open(
    conn: &mut Conn,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Option<StaffVisit>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select staff_visit_id, user_id, organizer_id, reason, until_at from staff_visits
         where user_id = $1 and ended_at is null and until_at > $2",
        user.uuid(),
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(StaffVisit::from))
}

/// Ends the user's visit, if one goes on, and gives it.
///
/// # Errors
/// When the database fails.
pub async fn mark_ended(
    conn: &mut Conn,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Option<StaffVisit>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "update staff_visits set ended_at = greatest(begun_at, least(until_at, $2)) where user_id = $1 and ended_at is null
         returning staff_visit_id, user_id, organizer_id, reason, until_at",
        user.uuid(),
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(StaffVisit::from))
}

/// Notes that a page was opened on a visit; says whether it is the first time.
///
/// # Errors
/// When the database fails.
pub async fn mark_opened(
    conn: &mut Conn,
    visit: StaffVisitId,
    page: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update staff_visits set pages = array_append(pages, $2)
         where staff_visit_id = $1 and not ($2 = any (pages))",
        visit.uuid(),
        page,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the visits whose time is over, and gives them.
///
/// # Errors
/// When the database fails.
pub async fn mark_overdue(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Vec<StaffVisit>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "update staff_visits set ended_at = until_at where ended_at is null and until_at <= $1
         returning staff_visit_id, user_id, organizer_id, reason, until_at",
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(StaffVisit::from).collect())
}
