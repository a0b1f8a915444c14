//! Orders that contradict themselves, for `check`.

use domain::ids::{Id, OrderId};

use crate::db::Conn;
use crate::error::StoreError;

/// Lists orders whose status and money disagree, and those of whose rows one names another event or organizer. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(OrderId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with money as (
            select order_id, sum(applied_minor) as applied from payments group by order_id
        ), places as (
            select order_id, count(*) filter (where status = 'held') as n_held,
                   count(*) filter (where status = 'valid') as n_valid from tickets group by order_id
        )
        select o.order_id, o.status, coalesce(m.applied, 0)::bigint as "applied!", o.amount_minor,
               coalesce(p.n_held, 0) as "n_held!", coalesce(p.n_valid, 0) as "n_valid!"
        from orders o left join money m using (order_id) left join places p using (order_id)
        where (o.status = 'paid' and coalesce(m.applied, 0) <> o.amount_minor)
           or (o.status in ('pending', 'awaiting_payment', 'expired') and coalesce(m.applied, 0) <> 0)
           or (o.status = 'paid' and (coalesce(p.n_held, 0) > 0 or coalesce(p.n_valid, 0) = 0))
           or (o.status in ('pending', 'awaiting_payment') and coalesce(p.n_valid, 0) > 0)
           or (o.status in ('cancelled', 'expired') and coalesce(p.n_held, 0) + coalesce(p.n_valid, 0) > 0)
        order by o.order_id limit 1000
        "#
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut breaks: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "status {}, owed {}, paid {}, tickets held {} valid {}",
                row.status, row.amount_minor, row.applied, row.n_held, row.n_valid
            );
            (OrderId::from_uuid(row.order_id), what)
        })
        .collect();
    breaks.extend(list_strangers(&mut *conn).await?);
    breaks.extend(list_without_hold(conn).await?);
    Ok(breaks)
}

/// Unpaid orders whose places nobody would release in time.
async fn list_without_hold(conn: &mut Conn) -> Result<Vec<(OrderId, String)>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select order_id from orders o left join order_holds h using (order_id)
         where o.status in ('pending', 'awaiting_payment')
           and (h.expires_at is distinct from o.hold_expires_at or h.event_id <> o.event_id)
         order by order_id limit 1000"
    )
    .fetch_all(conn)
    .await?;
    let what = "holds places without a row that says until when";
    Ok(rows.into_iter().map(|order| (OrderId::from_uuid(order), what.to_owned())).collect())
}

/// Rows copy event and organizer from their order; no reference holds them to it.
async fn list_strangers(conn: &mut Conn) -> Result<Vec<(OrderId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select order_id as "order_id!", s.what as "what!" from (
            select order_id, event_id, organizer_id, 'payment ' || payment_id as what from payments
            union all
            select order_id, event_id, null, 'ticket ' || ticket_id from tickets
            union all
            select order_id, null, organizer_id, 'mail ' || mail_id from mails where order_id is not null
            union all
            select order_id, event_id, organizer_id, 'ledger transaction ' || ledger_transaction_id
            from ledger_transactions where order_id is not null
        ) s left join orders o using (order_id)
        where o.event_id <> s.event_id or o.organizer_id <> s.organizer_id or o.order_id is null
        order by order_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!("{} names another event or organizer, or no order", row.what);
            (OrderId::from_uuid(row.order_id), what)
        })
        .collect())
}
