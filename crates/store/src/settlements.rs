//! Settlements of the provider: kept once, with their lines and what does not add up.

use domain::ids::{Id, OrganizerId, PaymentId, RefundId, SettlementId};
use domain::money::{Currency, Money};
use domain::payout::PayoutModel;
use domain::settlement::{Difference, DifferenceReason, LineKind};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Captured money that no settlement has, at most so many of one look.
const MISSING_MAX: i64 = 500;

/// A settlement to be kept.
#[derive(Debug, Clone)]
pub struct NewSettlement<'a> {
    pub id: SettlementId,
    pub provider: &'a str,
    pub provider_settlement_id: &'a str,
    pub reference: &'a str,
    pub status: &'a str,
    pub cycle: &'a str,
    pub transactions: Money,
    pub fees: Money,
    pub transfer_fee: Money,
    pub remittance: Money,
    pub cutoff_at: Option<OffsetDateTime>,
    pub settled_at: Option<OffsetDateTime>,
    pub has_lines: bool,
    pub now: OffsetDateTime,
}

/// Keeps a settlement unless it was kept before; says whether it is new.
///
/// # Errors
/// When the database fails.
pub async fn insert_once(
    conn: &mut Conn,
    settlement: &NewSettlement<'_>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into settlements
             (settlement_id, provider, provider_settlement_id, reference, status, cycle, currency, transactions_minor,
              fees_minor, transfer_fee_minor, remittance_minor, cutoff_at, settled_at, has_lines, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (provider, provider_settlement_id) do nothing",
        settlement.id.uuid(),
        settlement.provider,
        settlement.provider_settlement_id,
        settlement.reference,
        settlement.status,
        settlement.cycle,
        settlement.transactions.currency().code(),
        settlement.transactions.minor(),
        settlement.fees.minor(),
        settlement.transfer_fee.minor(),
        settlement.remittance.minor(),
        settlement.cutoff_at,
        settlement.settled_at,
        settlement.has_lines,
        settlement.now,
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Whether a settlement of the provider was kept before, with lines or without; none where it was not.
///
/// # Errors
/// When the database fails.
pub async fn is_known(
    conn: &mut Conn,
    provider: &str,
    provider_settlement_id: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from settlements where provider = $1 and provider_settlement_id = $2) as "is!""#,
        provider,
        provider_settlement_id,
    )
    .fetch_one(conn)
    .await?)
}

/// What of ours a line is about.
#[derive(Debug, Clone, Copy)]
pub struct Ours {
    pub organizer: OrganizerId,
    pub payment: PaymentId,
    pub refund: Option<RefundId>,
    /// What the provider should say: above zero for what came in, below for what went back.
    pub amount: Money,
    /// What the buyer paid on top for the method; the provider's own fee comes on top of it.
    pub method_fee: Money,
    /// The provider's own fee by our rules, where there was one.
    pub agreed_fee: Option<Money>,
}

/// Our payment by the provider's name of it, or by our reference.
///
/// # Errors
/// When the database fails.
pub async fn find_payment(
    conn: &mut Conn,
    provider: &str,
    provider_payment_id: &str,
    reference: Option<&str>,
) -> Result<Option<Ours>, StoreError> {
    let row = sqlx::query!(
        "select payment_id, organizer_id, captured_minor, method_fee_minor, provider_fee_minor, currency from payments
         where provider = $1 and (provider_payment_id = $2 or reference = $3) and status = 'captured' limit 1",
        provider,
        provider_payment_id,
        reference,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let received = row.captured_minor.saturating_add(row.method_fee_minor);
        Ok(Ours {
            organizer: OrganizerId::from_uuid(row.organizer_id),
            payment: PaymentId::from_uuid(row.payment_id),
            refund: None,
            amount: Money::new(received, currency),
            method_fee: Money::new(row.method_fee_minor, currency),
            agreed_fee: (row.provider_fee_minor > 0)
                .then(|| Money::new(row.provider_fee_minor, currency)),
        })
    })
    .transpose()
}

/// Our refund by the provider's names.
///
/// # Errors
/// When the database fails.
pub async fn find_refund(
    conn: &mut Conn,
    provider: &str,
    provider_payment_id: &str,
    provider_refund_id: &str,
) -> Result<Option<Ours>, StoreError> {
    let row = sqlx::query!(
        "select r.refund_id, r.payment_id, r.organizer_id, r.amount_minor, r.currency
         from refunds r join payments p using (payment_id)
         where p.provider = $1 and p.provider_payment_id = $2 and r.provider_refund_id = $3 and r.status = 'succeeded'",
        provider,
        provider_payment_id,
        provider_refund_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok(Ours {
            organizer: OrganizerId::from_uuid(row.organizer_id),
            payment: PaymentId::from_uuid(row.payment_id),
            refund: Some(RefundId::from_uuid(row.refund_id)),
            amount: Money::new(row.amount_minor.saturating_neg(), currency),
            method_fee: Money::zero(currency),
            agreed_fee: None,
        })
    })
    .transpose()
}

/// A line to be kept.
#[derive(Debug, Clone)]
pub struct NewLine<'a> {
    pub settlement: SettlementId,
    pub number: i32,
    pub kind: LineKind,
    pub provider_line_id: &'a str,
    pub provider_payment_id: &'a str,
    pub amount: Money,
    pub fee: Money,
    pub ours: Option<Ours>,
}

/// Keeps a line.
///
/// # Errors
/// When the database fails.
pub async fn insert_line(conn: &mut Conn, line: &NewLine<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into settlement_lines
             (settlement_id, line_number, kind, provider_line_id, provider_payment_id, amount_minor, fee_minor, organizer_id,
              payment_id, refund_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        line.settlement.uuid(),
        line.number,
        line.kind.as_str(),
        line.provider_line_id,
        line.provider_payment_id,
        line.amount.minor(),
        line.fee.minor(),
        line.ours.map(|ours| ours.organizer.uuid()),
        line.ours.map(|ours| ours.payment.uuid()),
        line.ours.and_then(|ours| ours.refund).map(Id::uuid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

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

/// Captured payments of the provider that the settlement should have had by its cutoff, and that none has.
///
/// # Errors
/// When the database fails.
pub async fn list_missing_there(
    conn: &mut Conn,
    provider: &str,
    captured_before: OffsetDateTime,
) -> Result<Vec<Ours>, StoreError> {
    let rows = sqlx::query!(
        "select p.payment_id, p.organizer_id, p.captured_minor, p.method_fee_minor, p.provider_fee_minor, p.currency
         from payments p
         where p.provider = $1 and p.status = 'captured' and p.captured_at < $2
           and not exists (select from settlement_lines l where l.payment_id = p.payment_id and l.kind = 'payment')
         order by p.captured_at limit $3",
        provider,
        captured_before,
        MISSING_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            let received = row.captured_minor.saturating_add(row.method_fee_minor);
            Ok(Ours {
                organizer: OrganizerId::from_uuid(row.organizer_id),
                payment: PaymentId::from_uuid(row.payment_id),
                refund: None,
                amount: Money::new(received, currency),
                method_fee: Money::new(row.method_fee_minor, currency),
                agreed_fee: (row.provider_fee_minor > 0)
                    .then(|| Money::new(row.provider_fee_minor, currency)),
            })
        })
        .collect()
}

/// What an organizer's lines of a settlement sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledPart {
    pub organizer: OrganizerId,
    /// Whose bank account the provider pays to.
    pub model: PayoutModel,
    pub amount: Money,
    pub fees: Money,
}

/// What each organizer's lines of a settlement sum to, for events under each payout model.
///
/// # Errors
/// When the database fails.
pub async fn list_sums(
    conn: &mut Conn,
    settlement: SettlementId,
) -> Result<Vec<SettledPart>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.organizer_id, e.payout_model, s.currency, sum(l.amount_minor)::bigint as "amount!",
                  sum(l.fee_minor)::bigint as "fees!"
           from settlement_lines l
           join settlements s using (settlement_id)
           join payments p on p.payment_id = l.payment_id
           join events e on e.event_id = p.event_id
           where l.settlement_id = $1
           group by p.organizer_id, e.payout_model, s.currency order by p.organizer_id, e.payout_model"#,
        settlement.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            Ok(SettledPart {
                organizer: OrganizerId::from_uuid(row.organizer_id),
                model: word(PayoutModel::parse(&row.payout_model), "payout model")?,
                amount: Money::new(row.amount, currency),
                fees: Money::new(row.fees, currency),
            })
        })
        .collect()
}

/// The moment of the provider's latest settlement that was kept.
///
/// # Errors
/// When the database fails.
pub async fn latest_at(
    conn: &mut Conn,
    provider: &str,
) -> Result<Option<OffsetDateTime>, StoreError> {
    Ok(sqlx::query_scalar!("select max(settled_at) from settlements where provider = $1", provider)
        .fetch_one(conn)
        .await?)
}

/// A settlement as one organizer sees it: its own part.
#[derive(Debug, Clone)]
pub struct OrganizerSettlement {
    pub id: SettlementId,
    pub reference: String,
    pub status: String,
    pub cycle: String,
    pub settled_at: Option<OffsetDateTime>,
    pub n_lines: i64,
    pub amount: Money,
    pub fees: Money,
    pub differences: Vec<DifferenceReason>,
}

/// The settlements that hold money of the organizer, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<OrganizerSettlement>, StoreError> {
    let rows = sqlx::query!(
        r#"select s.settlement_id, s.reference, s.status, s.cycle, s.currency, s.settled_at,
                  count(*) as "n_lines!", sum(l.amount_minor)::bigint as "amount!", sum(l.fee_minor)::bigint as "fees!",
                  array(select d.reason from settlement_differences d
                        where d.settlement_id = s.settlement_id and d.organizer_id = $1 and d.resolved_at is null
                        order by d.settlement_difference_id) as "reasons!"
           from settlements s join settlement_lines l using (settlement_id)
           where l.organizer_id = $1 group by s.settlement_id order by s.settlement_id desc limit $2"#,
        organizer.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            let reasons: Result<Vec<_>, _> =
                row.reasons.iter().map(|it| DifferenceReason::parse(it)).collect();
            Ok(OrganizerSettlement {
                id: SettlementId::from_uuid(row.settlement_id),
                reference: row.reference,
                status: row.status,
                cycle: row.cycle,
                settled_at: row.settled_at,
                n_lines: row.n_lines,
                amount: Money::new(row.amount, currency),
                fees: Money::new(row.fees, currency),
                differences: word(reasons, "difference")?,
            })
        })
        .collect()
}

/// Lists settlements whose lines of ours are not in the ledger as they stand, or whose money is unexplained. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(SettlementId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with known as (
            select settlement_id, sum(amount_minor - fee_minor) as minor from settlement_lines
            where organizer_id is not null group by settlement_id
        ), strange as (
            select settlement_id, sum(amount_minor - fee_minor) as minor from settlement_lines
            where organizer_id is null group by settlement_id
        ), booked as (
            select t.settlement_id, sum(e.amount_minor) as minor
            from ledger_transactions t
            join ledger_entries e using (ledger_transaction_id) join ledger_accounts a using (ledger_account_id)
            where a.kind in ('bank_clearing', 'organizer_bank') and t.settlement_id is not null group by t.settlement_id
        )
        select s.settlement_id, coalesce(k.minor, 0)::bigint as "known!", coalesce(b.minor, 0)::bigint as "booked!",
               coalesce(x.minor, 0)::bigint as "strange!", (s.remittance_minor + s.transfer_fee_minor) as "paid_out!"
        from settlements s
        left join known k using (settlement_id) left join strange x using (settlement_id)
        left join booked b using (settlement_id)
        where coalesce(k.minor, 0) <> coalesce(b.minor, 0)
           or (s.has_lines and s.remittance_minor + s.transfer_fee_minor <> coalesce(b.minor, 0) + coalesce(x.minor, 0)
               and not exists (select from settlement_differences d
                               where d.settlement_id = s.settlement_id and d.reason = 'other_sum'))
           or (coalesce(x.minor, 0) <> 0
               and not exists (select from settlement_differences d
                               where d.settlement_id = s.settlement_id and d.reason = 'missing_here'))
        order by s.settlement_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "paid out {}, ours {}, booked {}, of strangers {}",
                row.paid_out, row.known, row.booked, row.strange
            );
            (SettlementId::from_uuid(row.settlement_id), what)
        })
        .collect())
}
