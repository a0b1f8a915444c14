//! Personal links: made anew, remembered as retired, and found by who an order was placed for.

use domain::ids::{EventId, Id, OrderId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::orders::Order;

/// Gives a locked order another link; the hash of the old one is kept, so that its holder can be told.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    conn: &mut Conn,
    order: &Order,
    (old_hash, token): (&[u8], &str),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into retired_links (token_hash, order_id, organizer_id, retired_at) values ($1, $2, $3, $4)",
        old_hash,
        order.id.uuid(),
        order.organizer.uuid(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update orders set link_token = $2, updated_at = $3 where order_id = $1",
        order.id.uuid(),
        token,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The event whose order a link opened before it was made anew.
///
/// # Errors
/// When the database fails.
pub async fn find_slug_of_retired(
    conn: &mut Conn,
    token_hash: &[u8],
) -> Result<Option<String>, StoreError> {
    let slug = sqlx::query_scalar!(
        "select e.slug from retired_links r join orders o using (order_id) join events e on e.event_id = o.event_id
         where r.token_hash = $1",
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(slug)
}

/// How many links an order had before its own.
///
/// # Errors
/// When the database fails.
pub async fn count_retired(conn: &mut Conn, order: OrderId) -> Result<i64, StoreError> {
    let n = sqlx::query_scalar!(
        r#"select count(*) as "n!" from retired_links where order_id = $1"#,
        order.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(n)
}

/// Orders of an event that an address placed and that did not end unpaid: those that were paid first, so that nobody
/// crowds them out by ordering with the address. It comes as the SHA-256 of its lower-case letters, as a job carries it.
///
/// # Errors
/// When the database fails.
pub async fn list_of_address(
    conn: &mut Conn,
    event: EventId,
    email_hash: &[u8],
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select order_id from orders
         where event_id = $1 and (paid_at is not null or status in ('pending', 'awaiting_payment')) and buyer_email <> ''
           and sha256(convert_to(lower(buyer_email), 'UTF8')) = $2
         order by paid_at is null, order_id desc limit $3",
        event.uuid(),
        email_hash,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}
