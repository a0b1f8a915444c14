//! The lines of settlements: which payment or refund of ours each is, and what they sum to.

use domain::fees::FeeTerms;
use domain::ids::{Id, OrganizerId, PaymentId, RefundId, SettlementId};
use domain::money::{Currency, Money, MoneyError};
use domain::payment::PaymentMethod;
use domain::payout::PayoutModel;
use domain::settlement::LineKind;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// What of ours a line is about.
#[derive(Debug, Clone, Copy)]
pub struct Ours {
    pub organizer: OrganizerId,
    pub payment: PaymentId,
    pub refund: Option<RefundId>,
    /// What the provider should say: above zero for what came in, below for what went back.
    pub amount: Money,
    /// What of it other lines of settlements held before; none where it stands in no other.
    pub settled: Option<Money>,
    /// What the buyer paid on top for the method; the provider's own fee comes on top of it.
    pub method_fee: Money,
    /// The provider's own fee by our rules, where there was one: on all that it took, whatever of it an order claimed.
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
        r#"select p.payment_id, p.organizer_id, p.captured_minor, p.method_fee_minor, p.method, p.currency, o.fee_terms,
                  (select sum(l.amount_minor)::bigint
                   from settlement_lines l join settlements s using (settlement_id)
                   where l.payment_id = p.payment_id and l.kind = 'payment' and s.status = 'paid') as settled
           from payments p join orders o using (order_id)
           where p.payment_id in (
                     select payment_id from provider_payments where provider = $1 and provider_payment_id = $2
                     union all
                     select payment_id from payments where provider = $1 and reference = $3)
             and p.status = 'captured' limit 1"#,
        provider,
        provider_payment_id,
        reference,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let terms = word(row.fee_terms.map(serde_json::from_value).transpose(), "fee terms")?;
        let method = row.method.as_deref().map(PaymentMethod::parse).transpose();
        let captured = Money::new(row.captured_minor, currency);
        let agreed_fee = agreed_fee(terms, captured, word(method, "method")?);
        Ok(Ours {
            organizer: OrganizerId::from_uuid(row.organizer_id),
            payment: PaymentId::from_uuid(row.payment_id),
            refund: None,
            amount: Money::new(row.captured_minor.saturating_add(row.method_fee_minor), currency),
            settled: row.settled.map(|minor| Money::new(minor, currency)),
            method_fee: Money::new(row.method_fee_minor, currency),
            agreed_fee: word(agreed_fee, "fee")?,
        })
    })
    .transpose()
}

fn agreed_fee(
    terms: Option<FeeTerms>,
    captured: Money,
    method: Option<PaymentMethod>,
) -> Result<Option<Money>, MoneyError> {
    let fees = terms.map(|terms| terms.fees(captured, method)).transpose()?;
    Ok(fees.map(|fees| fees.provider).filter(|fee| fee.is_positive()))
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
        r#"select r.refund_id, r.payment_id, r.organizer_id, r.amount_minor, r.currency,
                  (select sum(l.amount_minor)::bigint
                   from settlement_lines l join settlements s using (settlement_id)
                   where l.refund_id = r.refund_id and l.payment_id = r.payment_id and s.status = 'paid') as settled
           from refunds r join provider_payments n using (payment_id)
           where n.provider = $1 and n.provider_payment_id = $2 and r.provider_refund_id = $3 and r.status = 'succeeded'"#,
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
            settled: row.settled.map(|minor| Money::new(minor, currency)),
            method_fee: Money::zero(currency),
            agreed_fee: None,
        })
    })
    .transpose()
}

/// A line, as the provider told it.
#[derive(Debug, Clone)]
pub struct Line {
    pub number: i32,
    pub kind: LineKind,
    pub provider_line_id: String,
    pub provider_payment_id: String,
    pub reference: Option<String>,
    pub amount: Money,
    /// In the amount's currency.
    pub fee: Money,
    /// By which the fee was taken, where the provider says so.
    pub rate_basis_points: Option<u16>,
}

/// Keeps a line, and what of ours it is.
///
/// # Errors
/// When the database fails.
pub async fn insert_line(
    conn: &mut Conn,
    settlement: SettlementId,
    line: &Line,
    ours: Option<Ours>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into settlement_lines
             (settlement_id, line_number, kind, provider_line_id, provider_payment_id, reference, currency, amount_minor,
              fee_minor, rate_basis_points, organizer_id, payment_id, refund_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        settlement.uuid(),
        line.number,
        line.kind.as_str(),
        line.provider_line_id,
        line.provider_payment_id,
        line.reference,
        line.amount.currency().code(),
        line.amount.minor(),
        line.fee.minor(),
        line.rate_basis_points.map(i32::from),
        ours.map(|ours| ours.organizer.uuid()),
        ours.map(|ours| ours.payment.uuid()),
        ours.and_then(|ours| ours.refund).map(Id::uuid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settlements that were paid out and have lines which nobody knew when they came and which are known now.
///
/// # Errors
/// When the database fails.
pub async fn list_linkable(
    conn: &mut Conn,
    provider: &str,
    since: OffsetDateTime,
) -> Result<Vec<SettlementId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select s.settlement_id from settlements s
         where s.provider = $1 and s.status = 'paid' and s.has_lines and s.created_at >= $2 and exists (
             select from settlement_lines l
             where l.settlement_id = s.settlement_id and l.payment_id is null and l.kind <> 'other'
               and l.currency = s.currency and case l.kind
                   when 'payment' then exists (
                       select from payments p
                       where p.payment_id in (
                                 select payment_id from provider_payments
                                 where provider = $1 and provider_payment_id = l.provider_payment_id
                                 union all
                                 select payment_id from payments where provider = $1 and reference = l.reference)
                         and p.status = 'captured' and p.currency = l.currency)
                   else exists (
                       select from refunds r join provider_payments n using (payment_id)
                       where n.provider = $1 and n.provider_payment_id = l.provider_payment_id
                         and r.provider_refund_id = l.provider_line_id and r.status = 'succeeded'
                         and r.currency = l.currency) end)
         order by s.settlement_id",
        provider,
        since,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(SettlementId::from_uuid).collect())
}

/// The lines of a settlement, in its own currency, that nobody knew when they came.
///
/// # Errors
/// When the database fails.
pub async fn list_unknown_lines(
    conn: &mut Conn,
    settlement: SettlementId,
) -> Result<Vec<Line>, StoreError> {
    let rows = sqlx::query!(
        "select l.line_number, l.kind, l.provider_line_id, l.provider_payment_id, l.reference, l.currency, l.amount_minor,
                l.fee_minor, l.rate_basis_points
         from settlement_lines l join settlements s on s.settlement_id = l.settlement_id and s.currency = l.currency
         where l.settlement_id = $1 and l.payment_id is null and l.kind <> 'other' order by l.line_number",
        settlement.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            let rate = row.rate_basis_points.map(u16::try_from).transpose();
            Ok(Line {
                number: row.line_number,
                kind: word(LineKind::parse(&row.kind), "line kind")?,
                provider_line_id: row.provider_line_id,
                provider_payment_id: row.provider_payment_id,
                reference: row.reference,
                amount: Money::new(row.amount_minor, currency),
                fee: Money::new(row.fee_minor, currency),
                rate_basis_points: word(rate, "rate")?,
            })
        })
        .collect()
}

/// Notes what of ours a line is that nobody knew; it is missing here no more.
///
/// # Errors
/// When the database fails.
pub async fn mark_linked(
    conn: &mut Conn,
    settlement: SettlementId,
    line_number: i32,
    ours: Ours,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with linked as (
             update settlement_lines set organizer_id = $3, payment_id = $4, refund_id = $5
             where settlement_id = $1 and line_number = $2 and payment_id is null
         )
         update settlement_differences set resolved_at = $6
         where settlement_id = $1 and line_number = $2 and reason = 'missing_here' and resolved_at is null",
        settlement.uuid(),
        line_number,
        ours.organizer.uuid(),
        ours.payment.uuid(),
        ours.refund.map(Id::uuid),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What an organizer's lines of a settlement sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledPart {
    pub organizer: OrganizerId,
    /// Whose bank account the provider pays to.
    pub model: PayoutModel,
    /// The number of its first line. A line is booked once, so it tells this part from one that was booked before.
    pub first_line: i32,
    pub amount: Money,
    pub fees: Money,
}

/// What each organizer's lines of a settlement that are not booked yet sum to, for events under each payout model.
///
/// # Errors
/// When the database fails.
pub async fn list_sums(
    conn: &mut Conn,
    settlement: SettlementId,
) -> Result<Vec<SettledPart>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.organizer_id, e.payout_model, s.currency, min(l.line_number) as "first_line!",
                  sum(l.amount_minor)::bigint as "amount!", sum(l.fee_minor)::bigint as "fees!"
           from settlement_lines l
           join settlements s using (settlement_id)
           join payments p on p.payment_id = l.payment_id
           join events e on e.event_id = p.event_id
           where l.settlement_id = $1 and l.booked_at is null
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
                first_line: row.first_line,
                amount: Money::new(row.amount, currency),
                fees: Money::new(row.fees, currency),
            })
        })
        .collect()
}

/// Notes that the lines of a settlement that are ours are booked.
///
/// # Errors
/// When the database fails.
pub async fn mark_booked(
    conn: &mut Conn,
    settlement: SettlementId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update settlement_lines set booked_at = $2
         where settlement_id = $1 and payment_id is not null and booked_at is null",
        settlement.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
