//! The refunds of an order as people follow them: how far, by which way, where to, and every step.

use domain::ids::{AccountFormId, Id, OrderId, PaymentId, RefundId};
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use domain::refund::{RefundSource, RefundStatus, RefundWait, RefundWay};
use domain::refund_story::Taken;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A refund with what its story is told from.
#[derive(Debug, Clone)]
pub struct RefundFacts {
    pub id: RefundId,
    pub payment: PaymentId,
    pub amount: Money,
    pub status: RefundStatus,
    pub source: RefundSource,
    pub way: RefundWay,
    pub is_from_credit: bool,
    /// How the money came.
    pub method: Option<PaymentMethod>,
    pub reason: String,
    pub failure_code: Option<String>,
    pub waits_for: Option<RefundWait>,
    pub next_attempt_at: Option<OffsetDateTime>,
    pub hand_note: String,
    /// Enough to know one's own account by.
    pub account_hint: Option<String>,
    /// The latest form, if it can still be used or has expired.
    pub form: Option<(AccountFormId, OffsetDateTime)>,
    pub steps: Vec<Taken>,
}

/// The refunds of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<RefundFacts>, StoreError> {
    let rows = sqlx::query!(
        r#"select r.refund_id, r.payment_id, r.amount_minor, r.currency, r.status, r.source, r.way, r.is_from_credit,
                  p.method, r.reason, r.failure_code, r.waits_for, r.next_attempt_at, r.hand_note,
                  a.hint as "hint?", f.form_id as "form_id?", f.expires_at as "form_expires_at?"
           from refunds r
           join payments p using (payment_id)
           left join refund_accounts a using (refund_id)
           left join refund_account_forms f on f.refund_id = r.refund_id and f.used_at is null and f.ended_at is null
           where r.order_id = $1 order by r.created_at, r.refund_id limit 200"#,
        order.uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut steps = list_steps(conn, order).await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            let method = row.method.as_deref().map(PaymentMethod::parse).transpose();
            let waits_for = row.waits_for.as_deref().map(RefundWait::parse).transpose();
            let id = RefundId::from_uuid(row.refund_id);
            let own = steps.extract_if(.., |(refund, _)| *refund == id);
            Ok(RefundFacts {
                id,
                payment: PaymentId::from_uuid(row.payment_id),
                amount: Money::new(row.amount_minor, currency),
                status: word(RefundStatus::parse(&row.status), "refund status")?,
                source: word(RefundSource::parse(&row.source), "refund source")?,
                way: word(RefundWay::parse(&row.way), "refund way")?,
                is_from_credit: row.is_from_credit,
                method: word(method, "payment method")?,
                reason: row.reason,
                failure_code: row.failure_code,
                waits_for: word(waits_for, "refund wait")?,
                next_attempt_at: row.next_attempt_at,
                hand_note: row.hand_note,
                account_hint: row.hint,
                form: row.form_id.map(AccountFormId::from_uuid).zip(row.form_expires_at),
                steps: own.map(|(_, taken)| taken).collect(),
            })
        })
        .collect()
}

async fn list_steps(conn: &mut Conn, order: OrderId) -> Result<Vec<(RefundId, Taken)>, StoreError> {
    let rows = sqlx::query!(
        "select s.refund_id, s.status, s.at
         from refunds join refund_steps s using (refund_id)
         where order_id = $1 order by s.refund_step_id limit 2000",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let status = word(RefundStatus::parse(&row.status), "refund status")?;
            Ok((RefundId::from_uuid(row.refund_id), Taken { status, at: row.at }))
        })
        .collect()
}
