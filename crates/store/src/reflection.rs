//! How long it takes from the provider's capture to our commit: read from rows that are there anyway.

use domain::ids::{EventId, Id};
use time::{Duration, OffsetDateTime};

use crate::db::Conn;
use crate::error::StoreError;

/// The bound of the bucket for everything slower than the others; the table's way to say infinity.
pub const SECONDS_ENDLESS: i32 = i32::MAX;

/// Counts the captures recorded within `(from, until]` into their day's buckets; says how many.
///
/// # Errors
/// When the database fails.
pub async fn count(
    conn: &mut Conn,
    from: OffsetDateTime,
    until: OffsetDateTime,
    seconds_bounds: &[i32],
) -> Result<u64, StoreError> {
    let counted = sqlx::query!(
        "insert into reflection_counts (day, seconds_max, n_payments, seconds_sum)
         select took.day, coalesce((select min(b) from unnest($3::int[]) b where b >= took.seconds), $4),
                count(*), sum(took.seconds)
         from (
             select (t.created_at at time zone 'UTC')::date as day,
                    greatest(0, ceil(extract(epoch from t.created_at - p.captured_at)))::int as seconds
             from ledger_transactions t
             join payments p on p.payment_id = t.payment_id
             where t.created_at > $1 and t.created_at <= $2 and t.kind in ('capture', 'capture_to_credit')
               and p.captured_at is not null and p.provider <> 'bank'
         ) took
         group by 1, 2
         on conflict (day, seconds_max) do update
         set n_payments = reflection_counts.n_payments + excluded.n_payments,
             seconds_sum = reflection_counts.seconds_sum + excluded.seconds_sum",
        from,
        until,
        seconds_bounds,
        SECONDS_ENDLESS,
    )
    .execute(conn)
    .await?;
    Ok(counted.rows_affected())
}

/// A bucket of the histogram: payments that took at most so many seconds, and more than the bucket before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    pub seconds_max: i32,
    pub n_payments: i64,
    pub seconds_sum: i64,
}

/// The histogram since `since`, or of all times.
///
/// # Errors
/// When the database fails.
pub async fn histogram(
    conn: &mut Conn,
    since: Option<OffsetDateTime>,
) -> Result<Vec<Bucket>, StoreError> {
    let rows = sqlx::query!(
        r#"select seconds_max, sum(n_payments)::bigint as "n!", sum(seconds_sum)::bigint as "sum!"
           from reflection_counts where $1::date is null or day >= $1 group by seconds_max order by seconds_max"#,
        since.map(OffsetDateTime::date),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Bucket { seconds_max: row.seconds_max, n_payments: row.n, seconds_sum: row.sum })
        .collect())
}

/// How long the event's last payments took, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_recent(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<Duration>, StoreError> {
    let rows = sqlx::query_scalar!(
        r#"select greatest(0, extract(epoch from t.created_at - p.captured_at) * 1000)::bigint as "ms!"
           from (
               select payment_id, order_id, captured_at from payments
               where event_id = $1 and status = 'captured' and captured_at is not null
               order by captured_at desc limit $2
           ) p
           join ledger_transactions t
             on t.order_id = p.order_id and t.payment_id = p.payment_id and t.kind in ('capture', 'capture_to_credit')
           order by p.captured_at desc"#,
        event.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Duration::milliseconds).collect())
}
