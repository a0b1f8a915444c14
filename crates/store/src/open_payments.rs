//! Payments that a provider can still say something about, and when it was last asked.

use domain::ids::{Id, PaymentId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Sweeps out those that are closed.
///
/// # Errors
/// When the database fails.
pub async fn sweep_out(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from open_payments q using payments p
         where p.payment_id = q.payment_id and p.status not in ('created', 'pending', 'authorized')"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes open payments whose provider should be asked again, those first that were asked about longest ago, and notes
/// that they are asked: who was taken goes to the end of the line, so that no crowd keeps others waiting.
/// A young payment is due after 90 seconds, an old one (a konbini code lives for days) after a quarter of its age, none
/// later than after three hours. While no answer comes, the pause grows with the time without one, up to half an hour.
///
/// # Errors
/// When the database fails.
pub async fn take_unsynced(
    conn: &mut Conn,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<PaymentId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "with due as (
             select q.payment_id from open_payments q join payments p using (payment_id)
             where p.status in ('created', 'pending', 'authorized')
               and q.asked_at < $1::timestamptz - interval '90 seconds'
               and coalesce(p.synced_at, p.created_at)
                   < $1::timestamptz - least(interval '3 hours', greatest(interval '90 seconds', ($1::timestamptz - p.created_at) / 4))
               and q.asked_at
                   < $1::timestamptz - least(interval '30 minutes', greatest(interval '90 seconds', (q.asked_at - coalesce(p.synced_at, p.created_at)) / 2))
             order by q.asked_at limit $2
             for update of q skip locked
         )
         update open_payments q set asked_at = $1 from due where q.payment_id = due.payment_id
         returning q.payment_id",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(PaymentId::from_uuid).collect())
}
