//! Payments that do not hold what they promise, for `eventpay check`.

use domain::ids::{Id, PaymentId};

use crate::db::Conn;
use crate::error::StoreError;

/// Lists payments that their refunds or their ledger lines contradict. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(PaymentId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with back as (
            select payment_id, sum(amount_minor) as minor from refunds
            where status in ('requested', 'needs_account', 'processing', 'succeeded') group by payment_id
        ), booked as (
            select t.payment_id, sum(e.amount_minor) as minor
            from ledger_transactions t
            join ledger_entries e using (ledger_transaction_id)
            join ledger_accounts a using (ledger_account_id)
            where a.kind in ('provider_clearing', 'organizer_bank') and t.kind in ('capture', 'capture_to_credit')
            group by t.payment_id
        )
        select p.payment_id, p.captured_minor, p.method_fee_minor, p.refunds_minor,
               coalesce(b.minor, 0)::bigint as "back!", coalesce(l.minor, 0)::bigint as "booked!"
        from payments p left join back b using (payment_id) left join booked l using (payment_id)
        where p.refunds_minor <> coalesce(b.minor, 0)
           or p.refunds_minor > p.captured_minor
           or coalesce(l.minor, 0) <> case when p.captured_minor > 0 then p.captured_minor + p.method_fee_minor else 0 end
        order by p.payment_id limit 1000
        "#
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut breaks: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "captured {} (fee {}), in the ledger {}, refunds counted {} but sum {}",
                row.captured_minor, row.method_fee_minor, row.booked, row.refunds_minor, row.back
            );
            (PaymentId::from_uuid(row.payment_id), what)
        })
        .collect();
    breaks.extend(list_lost(conn).await?);
    Ok(breaks)
}

/// Payments that nobody would ask about or find by their name: no reference holds the tables beside them to it.
async fn list_lost(conn: &mut Conn) -> Result<Vec<(PaymentId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select p.payment_id as "payment_id!", 'open, and nobody asks about it' as "what!" from payments p
        where p.status in ('created', 'pending', 'authorized') and p.provider <> 'bank'
          and not exists (select from open_payments q where q.payment_id = p.payment_id)
        union all
        select p.payment_id, 'its name is not kept as its own' from payments p
        where p.provider_payment_id is not null and not exists (
            select from provider_payments n
            where n.provider_payment_id = p.provider_payment_id and n.provider = p.provider and n.payment_id = p.payment_id)
        union all
        select n.payment_id, 'a name of no payment of its provider' from provider_payments n
        where not exists (select from payments p where p.payment_id = n.payment_id and p.provider = n.provider)
        union all
        select t.payment_id, 'booked, and no payment of its order' from ledger_transactions t
        where t.payment_id is not null
          and not exists (select from payments p
                          where p.payment_id = t.payment_id and p.order_id = coalesce(t.order_id, p.order_id))
        limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (PaymentId::from_uuid(row.payment_id), row.what)).collect())
}
