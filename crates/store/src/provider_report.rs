//! The provider's report beside our rows: which of its captures we lack, which of ours to ask about, whose books differ.

use domain::alert::AlertRule;
use domain::ids::{EventId, Id, OrderId, OrganizerId, PaymentId};
use domain::payment::PaymentStatus;
use serde_json::json;
use time::OffsetDateTime;

use crate::alerts::{About, Suspect};
use crate::db::Conn;
use crate::error::{StoreError, word};

/// A payment as the provider names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    pub provider_payment_id: String,
    /// Ours; empty where the provider told none.
    pub reference: String,
}

/// Lists our payments that the provider says it captured and our rows say otherwise.
///
/// # Errors
/// When the database fails.
pub async fn list_missing_here(
    conn: &mut Conn,
    provider: &str,
    captured: &[Named],
) -> Result<Vec<Suspect>, StoreError> {
    let (ids, references) = names(captured);
    let rows = sqlx::query!(
        r#"with said as (
               select payment_id from provider_payments where provider = $1 and provider_payment_id = any($2)
               union
               select payment_id from payments where provider = $1 and reference = any($3)
           )
           select p.payment_id, p.organizer_id, p.event_id, p.order_id, p.status, o.status as order_status
           from said join payments p using (payment_id) join orders o using (order_id)
           where p.status <> 'captured' order by p.payment_id"#,
        provider,
        &ids,
        &references,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Suspect {
            rule: AlertRule::MissingHere,
            subject: row.payment_id.to_string(),
            about: About {
                organizer: Some(OrganizerId::from_uuid(row.organizer_id)),
                event: Some(EventId::from_uuid(row.event_id)),
                order: Some(OrderId::from_uuid(row.order_id)),
                payment: Some(PaymentId::from_uuid(row.payment_id)),
                refund: None,
            },
            observed: json!({
                "paymentStatus": "captured", "ourPaymentStatus": row.status, "orderStatus": row.order_status,
            }),
            expected: json!({ "orderStatus": "paid" }),
        })
        .collect())
}

fn names(payments: &[Named]) -> (Vec<String>, Vec<String>) {
    let ids = payments.iter().map(|it| it.provider_payment_id.clone());
    let references = payments.iter().map(|it| it.reference.clone()).filter(|it| !it.is_empty());
    (ids.collect(), references.collect())
}

/// A capture of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    pub payment: PaymentId,
    pub provider_payment_id: Option<String>,
    pub reference: String,
    pub recorded_at: OffsetDateTime,
}

/// Lists the captures recorded within `(from, until]`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_captures(
    conn: &mut Conn,
    provider: &str,
    from: OffsetDateTime,
    until: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Capture>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.payment_id, p.provider_payment_id, p.reference, t.created_at
           from ledger_transactions t join payments p on p.payment_id = t.payment_id
           where t.created_at > $1 and t.created_at <= $2 and t.kind in ('capture', 'capture_to_credit')
             and p.provider = $3
           order by t.created_at limit $4"#,
        from,
        until,
        provider,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Capture {
            payment: PaymentId::from_uuid(row.payment_id),
            provider_payment_id: row.provider_payment_id,
            reference: row.reference,
            recorded_at: row.created_at,
        })
        .collect())
}

/// What the provider holds of a payment by its own report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    pub named: Named,
    /// Captured with the method's fee, less what went back.
    pub held_minor: i64,
}

/// Lists our payments whose books differ from the provider's report.
///
/// # Errors
/// When the database fails.
pub async fn list_different(
    conn: &mut Conn,
    provider: &str,
    lines: &[ReportLine],
) -> Result<Vec<PaymentId>, StoreError> {
    let ids: Vec<_> = lines.iter().map(|line| line.named.provider_payment_id.clone()).collect();
    let references: Vec<_> = lines.iter().map(|line| line.named.reference.clone()).collect();
    let held: Vec<_> = lines.iter().map(|line| line.held_minor).collect();
    let rows = sqlx::query_scalar!(
        r#"with said as (
               select * from unnest($2::text[], $3::text[], $4::bigint[]) as s (provider_payment_id, reference, held_minor)
           ), ours as (
               select p.payment_id, p.order_id, said.held_minor from said
               join provider_payments n on n.provider = $1 and n.provider_payment_id = said.provider_payment_id
               join payments p on p.payment_id = n.payment_id
               union
               select p.payment_id, p.order_id, said.held_minor from said
               join payments p on p.provider = $1 and p.reference = said.reference
           )
           select ours.payment_id as "payment_id!" from ours
           left join lateral (
               select coalesce(sum(e.amount_minor), 0) as minor
               from ledger_transactions t
               join ledger_entries e on e.ledger_transaction_id = t.ledger_transaction_id
               join ledger_accounts a on a.ledger_account_id = e.ledger_account_id
               where t.order_id = ours.order_id and t.payment_id = ours.payment_id and a.kind = 'provider_clearing'
                 and t.kind in ('capture', 'capture_to_credit', 'refund_succeeded', 'provider_refund', 'dispute')
           ) books on true
           where books.minor <> ours.held_minor order by ours.payment_id"#,
        provider,
        &ids,
        &references,
        &held,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(PaymentId::from_uuid).collect())
}

/// How a payment stands in our rows and books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    pub about: About,
    pub status: PaymentStatus,
    /// What the provider holds of it by our ledger.
    pub held_minor: i64,
}

/// How the payment stands here.
///
/// # Errors
/// `NotFound` when there is no such payment.
pub async fn books(conn: &mut Conn, payment: PaymentId) -> Result<Books, StoreError> {
    let row = sqlx::query!(
        r#"select p.organizer_id, p.event_id, p.order_id, p.status, coalesce((
               select sum(e.amount_minor)
               from ledger_transactions t
               join ledger_entries e on e.ledger_transaction_id = t.ledger_transaction_id
               join ledger_accounts a on a.ledger_account_id = e.ledger_account_id
               where t.order_id = p.order_id and t.payment_id = p.payment_id and a.kind = 'provider_clearing'
                 and t.kind in ('capture', 'capture_to_credit', 'refund_succeeded', 'provider_refund', 'dispute')
           ), 0)::bigint as "held_minor!"
           from payments p where p.payment_id = $1"#,
        payment.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(Books {
        about: About {
            organizer: Some(OrganizerId::from_uuid(row.organizer_id)),
            event: Some(EventId::from_uuid(row.event_id)),
            order: Some(OrderId::from_uuid(row.order_id)),
            payment: Some(payment),
            refund: None,
        },
        status: word(PaymentStatus::parse(&row.status), "payment status")?,
        held_minor: row.held_minor,
    })
}
