//! The rules by which fees are taken. A changed rule is a new row.

use domain::fees::{FeeRule, Fees, Party};
use domain::ids::{FeeRuleId, Id, OrganizerId, PaymentId, UserId};
use domain::money::{Currency, Money, MoneyError};
use domain::payment::PaymentMethod;
use domain::tax::TaxRate;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::orders::Order;

impl Order {
    /// The price of its tickets, which fees are computed of.
    ///
    /// # Errors
    /// When the fee is in another currency, which the database does not hold.
    pub fn ticket_price(&self) -> Result<Money, MoneyError> {
        self.amount.checked_sub(self.fee)
    }

    /// What the rules it was placed under take of money that pays it or a part of it: never more than that money.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn fees(&self, applied: Money, method: Option<PaymentMethod>) -> Result<Fees, MoneyError> {
        match &self.fee_terms {
            Some(terms) if applied.is_positive() => {
                let price = self.ticket_price()?;
                let base = if applied.minor() < price.minor() { applied } else { price };
                terms.fees(base, method)?.within(applied)
            }
            _ => Ok(Fees::none(applied.currency())),
        }
    }
}

/// A rule as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRule {
    pub id: FeeRuleId,
    /// None stands for every organizer without rules of its own.
    pub organizer: Option<OrganizerId>,
    pub currency: Currency,
    pub rule: FeeRule,
}

struct Row {
    fee_rule_id: uuid::Uuid,
    organizer_id: Option<uuid::Uuid>,
    party: String,
    method: Option<String>,
    currency: String,
    rate_basis_points: i32,
    fixed_minor: i64,
    minimum_minor: i64,
    tax_rate_basis_points: i32,
}

impl TryFrom<Row> for KeptRule {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let tax_rate = TaxRate::from_basis_points(row.tax_rate_basis_points.into());
        Ok(Self {
            id: FeeRuleId::from_uuid(row.fee_rule_id),
            organizer: row.organizer_id.map(OrganizerId::from_uuid),
            currency: word(Currency::parse(&row.currency), "currency")?,
            rule: FeeRule {
                party: word(Party::parse(&row.party), "party")?,
                method: word(
                    row.method.as_deref().map(PaymentMethod::parse).transpose(),
                    "method",
                )?,
                rate_basis_points: word(u16::try_from(row.rate_basis_points), "rate")?,
                fixed_minor: row.fixed_minor,
                minimum_minor: row.minimum_minor,
                tax_rate: tax_rate.ok_or(StoreError::Malformed("tax rate"))?,
            },
        })
    }
}

/// The rules for an organizer's payments: its own for a party, or else everybody's.
///
/// # Errors
/// When the database fails.
pub async fn list_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    currency: Currency,
) -> Result<Vec<FeeRule>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select r.fee_rule_id, r.organizer_id, r.party, r.method, r.currency, r.rate_basis_points, r.fixed_minor,
                r.minimum_minor, r.tax_rate_basis_points
         from fee_rules r
         where r.currency = $2 and r.ended_at is null
           and (r.organizer_id = $1
                or r.organizer_id is null and not exists (
                    select from fee_rules own
                    where own.organizer_id = $1 and own.party = r.party and own.currency = $2 and own.ended_at is null))
         order by r.party, r.method nulls last",
        organizer.uuid(),
        currency.code(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| KeptRule::try_from(row).map(|it| it.rule)).collect()
}

/// Every rule in force, everybody's first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn, limit: i64) -> Result<Vec<KeptRule>, StoreError> {
    sqlx::query_as!(
        Row,
        "select fee_rule_id, organizer_id, party, method, currency, rate_basis_points, fixed_minor, minimum_minor,
                tax_rate_basis_points
         from fee_rules where ended_at is null
         order by organizer_id nulls first, party, method nulls first, fee_rule_id limit $1",
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(KeptRule::try_from)
    .collect()
}

/// Puts a rule in force in the place of the one it follows.
///
/// # Errors
/// `Conflict("fee_rules_key")` when another was written at the same time.
pub async fn replace(
    conn: &mut Conn,
    kept: &KeptRule,
    by: UserId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let rule = &kept.rule;
    sqlx::query!(
        "update fee_rules set ended_at = $5
         where organizer_id is not distinct from $1 and party = $2 and method is not distinct from $3 and currency = $4
           and ended_at is null",
        kept.organizer.map(Id::uuid),
        rule.party.as_str(),
        rule.method.map(PaymentMethod::as_str),
        kept.currency.code(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into fee_rules (fee_rule_id, organizer_id, party, method, currency, rate_basis_points, fixed_minor,
                                minimum_minor, tax_rate_basis_points, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        kept.id.uuid(),
        kept.organizer.map(Id::uuid),
        rule.party.as_str(),
        rule.method.map(PaymentMethod::as_str),
        kept.currency.code(),
        i32::from(rule.rate_basis_points),
        rule.fixed_minor,
        rule.minimum_minor,
        i32::from(rule.tax_rate.basis_points()),
        by.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a rule; says whether it was in force.
///
/// # Errors
/// When the database fails.
pub async fn mark_ended(
    conn: &mut Conn,
    rule: FeeRuleId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "update fee_rules set ended_at = $2 where fee_rule_id = $1 and ended_at is null",
        rule.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Lists payments whose fees the ledger contradicts, or that were taken without terms. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(PaymentId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with booked as (
            select t.payment_id, -sum(e.amount_minor) filter (where a.kind = 'platform_fees') as platform,
                   -sum(e.amount_minor) filter (where a.kind = 'provider_fees') as provider
            from ledger_transactions t join ledger_entries e using (ledger_transaction_id)
            join ledger_accounts a using (ledger_account_id)
            where t.kind in ('capture', 'capture_to_credit', 'credit_applied') group by t.payment_id
        )
        select p.payment_id, p.platform_fee_minor, p.provider_fee_minor, p.method_fee_minor,
               coalesce(b.platform, 0)::bigint as "platform!", coalesce(b.provider, 0)::bigint as "provider!"
        from payments p join orders o using (order_id) left join booked b using (payment_id)
        where p.status = 'captured'
          and (coalesce(b.platform, 0) <> p.platform_fee_minor
               or coalesce(b.provider, 0) <> p.provider_fee_minor + p.method_fee_minor
               or (o.fee_terms is null and p.platform_fee_minor + p.provider_fee_minor > 0))
        order by p.payment_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "platform {}, provider {} and {} on top; in the ledger {} and {}",
                row.platform_fee_minor,
                row.provider_fee_minor,
                row.method_fee_minor,
                row.platform,
                row.provider
            );
            (PaymentId::from_uuid(row.payment_id), what)
        })
        .collect())
}
