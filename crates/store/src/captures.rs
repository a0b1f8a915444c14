//! The usual capture, many at once: rows locked together, marked together.

use std::collections::BTreeMap;

use domain::ids::{Id, OrderId, PaymentId, WebhookEventId};
use domain::payment::PaymentMethod;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::ledger::CaptureReceipt;
use crate::orders::{self, Order, PaidProof};
use crate::payments::{self, LockedPayment, PaymentDetails};

/// What recording a capture must know, its rows locked until the transaction ends.
#[derive(Debug, Clone)]
pub struct LockedAttempt {
    pub order: Order,
    pub attempt: LockedPayment,
}

/// Locks the orders, then the payments, each in the order of their ids. What does not exist is left out, and of two
/// payments of one order the second.
///
/// # Errors
/// `Busy` when somebody holds a row for too long.
pub async fn lock(conn: &mut Conn, ids: &[PaymentId]) -> Result<Vec<LockedAttempt>, StoreError> {
    let orders = orders::lock_of_payments(conn, ids).await?;
    let mut orders: BTreeMap<OrderId, Order> =
        orders.into_iter().map(|order| (order.id, order)).collect();
    let attempts = payments::lock_all(conn, ids).await?;
    Ok(attempts
        .into_iter()
        .filter_map(|attempt| {
            let order = orders.remove(&attempt.payment.order)?;
            Some(LockedAttempt { order, attempt })
        })
        .collect())
}

/// A booked capture that pays its order in full, and what else was read of it.
#[derive(Debug)]
pub struct Captured<'a> {
    pub receipt: CaptureReceipt,
    pub proof: PaidProof,
    pub details: PaymentDetails<'a>,
    pub captured_at: OffsetDateTime,
    /// The message that spoke of it.
    pub webhook_event: Option<WebhookEventId>,
}

/// Marks payments captured, their orders paid, their tickets valid and their messages done.
///
/// # Errors
/// `Conflict("captures")` when a row was not as its lock showed it; the transaction must be dropped.
pub async fn mark(
    conn: &mut Conn,
    captures: &[Captured<'_>],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let columns = Columns::of(captures);
    let marked = sqlx::query!(
        r#"
        with fact as (
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bigint[], $6::bigint[],
                                 $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::uuid[], $13::bigint[],
                                 $14::bigint[])
                as f (payment_id, name, method, details, fee, captured, applied, captured_at, deadline_at, message,
                      platform_fee, provider_fee)
        ), captured as (
            update payments p
            set status = 'captured', captured_minor = f.captured, applied_minor = f.applied,
                captured_at = f.captured_at, provider_payment_id = coalesce(f.name, p.provider_payment_id),
                method = coalesce(f.method, p.method), method_details = f.details, method_fee_minor = f.fee,
                platform_fee_minor = f.platform_fee, provider_fee_minor = f.provider_fee,
                deadline_at = coalesce(f.deadline_at, p.deadline_at), failure_code = null,
                updated_at = $12, synced_at = $12
            from fact f where p.payment_id = f.payment_id and p.status <> 'captured'
            returning p.payment_id, p.provider, p.provider_payment_id
        ), named as (
            insert into provider_payments (provider_payment_id, provider, payment_id)
            select it.provider_payment_id, it.provider, it.payment_id from captured it
            where it.provider_payment_id is not null
              -- Each looked up by its key: `not exists` would be read as a hash of the whole table.
              and (select n.payment_id from provider_payments n
                   where n.provider_payment_id = it.provider_payment_id and n.provider = it.provider)
                  is distinct from it.payment_id
        ), paid as (
            update orders
            set status = 'paid', paid_at = $12, updated_at = $12, ended_at = null, end_reason = null
            where order_id = any ($11) and status <> 'paid'
            returning order_id
        ), issued as (
            update tickets set status = 'valid', issued_at = $12
            where order_id = any ($11) and status in ('held', 'void')
        ), heard as (
            update webhook_events w
            set status = 'processed', payment_id = f.payment_id, note = '', processed_at = $12
            from fact f where w.webhook_event_id = f.message
        )
        select (select count(*) from captured) as "n_captured!", (select count(*) from paid) as "n_paid!"
        "#,
        &columns.payments,
        &columns.names as _,
        &columns.methods as _,
        &columns.details as _,
        &columns.method_fees,
        &columns.captured,
        &columns.applied,
        &columns.times,
        &columns.deadlines as _,
        &columns.messages as _,
        &columns.orders,
        now,
        &columns.platform_fees,
        &columns.provider_fees,
    )
    .fetch_one(conn)
    .await?;
    let expected = i64::try_from(captures.len()).unwrap_or(i64::MAX);
    if marked.n_captured == expected && marked.n_paid == expected {
        Ok(())
    } else {
        Err(StoreError::Conflict("captures".into()))
    }
}

/// Captures by column, as `unnest` takes them.
#[derive(Default)]
struct Columns<'a> {
    payments: Vec<Uuid>,
    orders: Vec<Uuid>,
    names: Vec<Option<&'a str>>,
    methods: Vec<Option<&'static str>>,
    details: Vec<&'a Value>,
    /// The provider's fee on top.
    method_fees: Vec<i64>,
    captured: Vec<i64>,
    applied: Vec<i64>,
    /// What fee rules took.
    platform_fees: Vec<i64>,
    provider_fees: Vec<i64>,
    times: Vec<OffsetDateTime>,
    deadlines: Vec<Option<OffsetDateTime>>,
    messages: Vec<Option<Uuid>>,
}

impl<'a> Columns<'a> {
    fn of(captures: &[Captured<'a>]) -> Self {
        let mut columns = Self::default();
        for Captured { receipt, proof, details, captured_at, webhook_event } in captures {
            columns.payments.push(receipt.payment().uuid());
            columns.orders.push(proof.order().uuid());
            columns.names.push(details.provider_payment_id);
            columns.methods.push(details.method.map(PaymentMethod::as_str));
            columns.details.push(details.method_details);
            columns.method_fees.push(details.method_fee.minor());
            columns.captured.push(receipt.captured().minor());
            columns.applied.push(receipt.applied().minor());
            columns.platform_fees.push(receipt.fees().platform.minor());
            columns.provider_fees.push(receipt.fees().provider.minor());
            columns.times.push(*captured_at);
            columns.deadlines.push(details.deadline_at);
            columns.messages.push(webhook_event.map(Id::uuid));
        }
        columns
    }
}
