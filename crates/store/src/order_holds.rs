//! Orders that hold places without being paid, and until when.

use domain::ids::{Id, OrderId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Sweeps out those of orders that are paid or ended.
///
/// # Errors
/// When the database fails.
pub async fn sweep_out(conn: &mut Conn) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from order_holds h using orders o
         where o.order_id = h.order_id and o.status not in ('pending', 'awaiting_payment')"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists orders whose hold has ended, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_ended(
    conn: &mut Conn,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select o.order_id from order_holds h join orders o using (order_id)
         where h.expires_at <= $1 and o.status in ('pending', 'awaiting_payment')
         order by h.expires_at limit $2",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}
