//! How the machinery stands: figures of the last day for `/metrics`, read along the primary keys, which are in the
//! order of time.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// Payments begun within the last day, by status.
///
/// # Errors
/// When the database fails.
pub async fn count_recent_payments(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select status, count(*) as "n!" from payments where payment_id >= $1 group by status order by status"#,
        first_id_of(now - Duration::DAY)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.status, row.n)).collect())
}

/// Mails written within the last day, by status.
///
/// # Errors
/// When the database fails.
pub async fn count_recent_mails(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select status, count(*) as "n!" from mails where mail_id >= $1 group by status order by status"#,
        first_id_of(now - Duration::DAY)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.status, row.n)).collect())
}

/// The least id that can have been made at `at`: UUIDv7 begins with 48 bits of milliseconds.
fn first_id_of(at: OffsetDateTime) -> Uuid {
    let millis = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    Uuid::from_u128(millis << 80)
}
