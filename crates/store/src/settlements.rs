//! Settlements of the provider: kept once, with their lines and what does not add up.

mod differences;
mod lines;

use domain::ids::{Id, OrganizerId, SettlementId};
use domain::money::{Currency, Money};
use domain::settlement::DifferenceReason;
use time::{Duration, OffsetDateTime};

use crate::db::Conn;
use crate::error::{StoreError, word};

pub use differences::{
    Found, insert_difference_once, list_missing_there, resolve_for_settlement,
    resolve_missing_there,
};
pub use lines::{
    Line, Ours, SettledPart, find_payment, find_refund, insert_line, list_linkable, list_sums,
    list_unknown_lines, mark_booked, mark_linked,
};

/// The provider's word for a settlement whose money it sent.
pub const PAID: &str = "paid";

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
    pub now: OffsetDateTime,
}

/// Keeps a settlement as the provider tells it now, and holds its row; tells its id and whether its lines were read before.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    conn: &mut Conn,
    settlement: &NewSettlement<'_>,
) -> Result<(SettlementId, bool), StoreError> {
    let row = sqlx::query!(
        "insert into settlements
             (settlement_id, provider, provider_settlement_id, reference, status, cycle, currency, transactions_minor,
              fees_minor, transfer_fee_minor, remittance_minor, cutoff_at, settled_at, has_lines, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, false, $14)
         on conflict (provider, provider_settlement_id) do update
         set reference = excluded.reference, status = excluded.status, cycle = excluded.cycle,
             transactions_minor = excluded.transactions_minor, fees_minor = excluded.fees_minor,
             transfer_fee_minor = excluded.transfer_fee_minor, remittance_minor = excluded.remittance_minor,
             cutoff_at = excluded.cutoff_at, settled_at = excluded.settled_at
         returning settlement_id, has_lines",
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
        settlement.now,
    )
    .fetch_one(conn)
    .await?;
    Ok((SettlementId::from_uuid(row.settlement_id), row.has_lines))
}

/// A settlement as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub reference: String,
    pub status: String,
    pub currency: Currency,
    pub has_lines: bool,
}

impl Kept {
    /// Whether its money was sent.
    pub fn is_paid(&self) -> bool {
        self.status == PAID
    }
}

/// The columns of [`Kept`].
struct KeptRow {
    reference: String,
    status: String,
    currency: String,
    has_lines: bool,
}

impl KeptRow {
    fn read(self) -> Result<Kept, StoreError> {
        Ok(Kept {
            reference: self.reference,
            status: self.status,
            currency: word(Currency::parse(&self.currency), "currency")?,
            has_lines: self.has_lines,
        })
    }
}

/// A settlement by the provider's name of it.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    provider: &str,
    provider_settlement_id: &str,
) -> Result<Option<Kept>, StoreError> {
    let row = sqlx::query_as!(
        KeptRow,
        "select reference, status, currency, has_lines from settlements
         where provider = $1 and provider_settlement_id = $2",
        provider,
        provider_settlement_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(KeptRow::read).transpose()
}

/// Holds a settlement's row until the transaction ends.
///
/// # Errors
/// When it does not exist or the database fails.
pub async fn lock(conn: &mut Conn, settlement: SettlementId) -> Result<Kept, StoreError> {
    let row = sqlx::query_as!(
        KeptRow,
        "select reference, status, currency, has_lines from settlements where settlement_id = $1 for update",
        settlement.uuid(),
    )
    .fetch_one(conn)
    .await?;
    row.read()
}

/// Notes that a settlement's lines were read.
///
/// # Errors
/// When the database fails.
pub async fn mark_read(conn: &mut Conn, settlement: SettlementId) -> Result<(), StoreError> {
    sqlx::query!(
        "update settlements set has_lines = true where settlement_id = $1",
        settlement.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How far the settlements are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KnownUntil {
    /// The provider's moment of the latest one.
    pub latest: Option<OffsetDateTime>,
    /// That of the oldest that may still change, or whose lines were not read though it was paid.
    pub oldest_open: Option<OffsetDateTime>,
}

/// How far the provider's settlements are known.
///
/// # Errors
/// When the database fails.
pub async fn known_until(conn: &mut Conn, provider: &str) -> Result<KnownUntil, StoreError> {
    Ok(sqlx::query_as!(
        KnownUntil,
        "select max(settled_at) as latest,
                min(settled_at) filter (where status <> 'cancelled' and (status <> 'paid' or not has_lines)) as oldest_open
         from settlements where provider = $1",
        provider
    )
    .fetch_one(conn)
    .await?)
}

/// Since when every settlement in the currency is known line by line; none before the first was kept. The first question
/// looked `look_back` back, and what an unread settlement holds nobody here can say.
///
/// # Errors
/// When the database fails.
pub async fn complete_since(
    conn: &mut Conn,
    provider: &str,
    currency: Currency,
    look_back: Duration,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let row = sqlx::query!(
        "select min(created_at) as first_kept,
                max(cutoff_at) filter (where not has_lines and currency = $2 and status not in ('cancelled', 'bounced'))
                    as unread_until
         from settlements where provider = $1",
        provider,
        currency.code(),
    )
    .fetch_one(conn)
    .await?;
    Ok(row.first_kept.map(|first| first - look_back).max(row.unread_until))
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

/// Lists settlements whose lines of ours are not in the ledger as they stand, or whose money is unexplained. What was paid
/// out and came back has no place in the ledger. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(SettlementId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with known as (
            select l.settlement_id, sum(l.amount_minor - l.fee_minor) as minor
            from settlement_lines l join settlements s on s.settlement_id = l.settlement_id and s.status = 'paid'
            where l.payment_id is not null group by l.settlement_id
        ), strange as (
            select l.settlement_id, sum(l.amount_minor - l.fee_minor) as minor
            from settlement_lines l join settlements s on s.settlement_id = l.settlement_id and s.currency = l.currency
            where l.payment_id is null group by l.settlement_id
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
           or (s.status = 'paid' and s.has_lines and s.remittance_minor + s.transfer_fee_minor <> coalesce(b.minor, 0) + coalesce(x.minor, 0)
               and not exists (select from settlement_differences d
                               where d.settlement_id = s.settlement_id and d.reason = 'other_sum'))
           or (coalesce(x.minor, 0) <> 0
               and not exists (select from settlement_differences d
                               where d.settlement_id = s.settlement_id and d.reason = 'missing_here'))
           or (s.status = 'paid' and not s.has_lines
               and not exists (select from settlement_differences d
                               where d.settlement_id = s.settlement_id and d.reason = 'without_lines'))
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
