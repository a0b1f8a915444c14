//! Refunds that the ledger contradicts, for `eventpay check`.

use domain::ids::{Id, RefundId};

use crate::db::Conn;
use crate::error::StoreError;

/// Lists refunds whose ledger lines do not say what their status says: what is promised stands in *refunds payable*,
/// and nothing stands there once a refund is over. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(RefundId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with booked as (
            select t.refund_id, sum(e.amount_minor) as minor
            from ledger_transactions t
            join ledger_entries e using (ledger_transaction_id)
            join ledger_accounts a using (ledger_account_id)
            where a.kind = 'refunds_payable' and t.refund_id is not null group by t.refund_id
        )
        select r.refund_id, r.status, r.amount_minor, coalesce(b.minor, 0)::bigint as "booked!"
        from refunds r left join booked b using (refund_id)
        where coalesce(b.minor, 0)
              <> case when r.status in ('requested', 'needs_account', 'processing') then -r.amount_minor else 0 end
        order by r.refund_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!("{} of {}, {} promised", row.status, row.amount_minor, -row.booked);
            (RefundId::from_uuid(row.refund_id), what)
        })
        .collect())
}
