//! What of a settlement does not add up with our books.

use domain::ids::{Id, OrganizerId, PaymentId, SettlementId};
use domain::money::{Currency, Money};
use domain::settlement::{Difference, DifferenceReason};
use time::OffsetDateTime;

use super::Ours;
use crate::db::Conn;
use crate::error::StoreError;

/// Captured money that no settlement has, at most so many of one look. The next look goes on with others.
const MISSING_MAX: i64 = 500;

/// Where a difference was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub id: uuid::Uuid,
    pub settlement: SettlementId,
    pub line: Option<i32>,
    pub ours: Option<(OrganizerId, PaymentId)>,
    /// What makes it this difference and no other.
    pub key: &'a str,
    pub now: OffsetDateTime,
}

/// Writes a difference once; says whether it is new.
///
/// # Errors
/// When the database fails.
pub async fn insert_difference_once(
    conn: &mut Conn,
    found: Found<'_>,
    difference: &Difference,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into settlement_differences
             (settlement_difference_id, settlement_id, line_number, reason, dedupe_key, organizer_id, payment_id, expected_minor,
              found_minor, currency, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (dedupe_key) do nothing",
        found.id,
        found.settlement.uuid(),
        found.line,
        difference.reason.as_str(),
        found.key,
        found.ours.map(|(organizer, _)| organizer.uuid()),
        found.ours.map(|(_, payment)| payment.uuid()),
        difference.expected.minor(),
        difference.found.minor(),
        difference.found.currency().code(),
        found.now,
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// What was `missing_there` and stands in a settlement now is missing no more.
///
/// # Errors
/// When the database fails.
pub async fn resolve_missing_there(conn: &mut Conn, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!(
        "update settlement_differences d set resolved_at = $1
         where d.reason = 'missing_there' and d.resolved_at is null
           and exists (select from settlement_lines l where l.payment_id = d.payment_id and l.kind = 'payment')",
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A difference of a settlement as a whole is one no more.
///
/// # Errors
/// When the database fails.
pub async fn resolve_for_settlement(
    conn: &mut Conn,
    settlement: SettlementId,
    reason: DifferenceReason,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update settlement_differences set resolved_at = $3
         where settlement_id = $1 and reason = $2 and resolved_at is null",
        settlement.uuid(),
        reason.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Captured payments of the provider that a settlement should have had by its cutoff, that none has, and that were not
/// told of before: those of a span of time in which every settlement is known.
///
/// # Errors
/// When the database fails.
pub async fn list_missing_there(
    conn: &mut Conn,
    provider: &str,
    currency: Currency,
    (since, before): (OffsetDateTime, OffsetDateTime),
) -> Result<Vec<Ours>, StoreError> {
    let rows = sqlx::query!(
        "select p.payment_id, p.organizer_id, p.captured_minor, p.method_fee_minor
         from payments p
         where p.provider = $1 and p.currency = $2 and p.status = 'captured'
           and p.captured_at >= $3 and p.captured_at < $4
           and not exists (select from settlement_lines l where l.payment_id = p.payment_id and l.kind = 'payment')
           and not exists (select from settlement_differences d where d.dedupe_key = 'missing_there:' || p.payment_id)
         order by p.captured_at limit $5",
        provider,
        currency.code(),
        since,
        before,
        MISSING_MAX,
    )
    .fetch_all(conn)
    .await?;
    let ours = rows.into_iter().map(|row| Ours {
        organizer: OrganizerId::from_uuid(row.organizer_id),
        payment: PaymentId::from_uuid(row.payment_id),
        refund: None,
        amount: Money::new(row.captured_minor.saturating_add(row.method_fee_minor), currency),
        settled: None,
        method_fee: Money::new(row.method_fee_minor, currency),
        agreed_fee: None,
    });
    Ok(ours.collect())
}
