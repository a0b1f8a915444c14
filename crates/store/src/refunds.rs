//! Refunds. That their sum never exceeds what was captured is the database's own rule (`payments_refunds_check`).

use domain::ids::{Id, OrderId, OrganizerId, PaymentId, RefundId, UserId};
use domain::ledger::RefundFrom;
use domain::money::{Currency, Money};
use domain::refund::{RefundSource, RefundStatus};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A refund as it stands.
#[derive(Debug, Clone)]
pub struct Refund {
    pub id: RefundId,
    pub payment: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub amount: Money,
    pub status: RefundStatus,
    pub source: RefundSource,
    pub from: RefundFrom,
    pub reason: String,
    pub provider_refund_id: Option<String>,
    pub failure_code: Option<String>,
    pub created_at: OffsetDateTime,
    pub succeeded_at: Option<OffsetDateTime>,
}

/// A refund to be written.
#[derive(Debug, Clone)]
pub struct NewRefund {
    pub id: RefundId,
    pub payment: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub amount: Money,
    pub status: RefundStatus,
    pub source: RefundSource,
    pub from: RefundFrom,
    pub reason: String,
    pub requested_by: Option<UserId>,
    pub provider_refund_id: Option<String>,
    pub now: OffsetDateTime,
}

struct Row {
    refund_id: uuid::Uuid,
    payment_id: uuid::Uuid,
    order_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    amount_minor: i64,
    currency: String,
    status: String,
    source: String,
    is_from_credit: bool,
    reason: String,
    provider_refund_id: Option<String>,
    failure_code: Option<String>,
    created_at: OffsetDateTime,
    succeeded_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Refund {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok(Self {
            id: RefundId::from_uuid(row.refund_id),
            payment: PaymentId::from_uuid(row.payment_id),
            order: OrderId::from_uuid(row.order_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            amount: Money::new(row.amount_minor, currency),
            status: word(RefundStatus::parse(&row.status), "refund status")?,
            source: word(RefundSource::parse(&row.source), "refund source")?,
            from: if row.is_from_credit { RefundFrom::Credit } else { RefundFrom::Payable },
            reason: row.reason,
            provider_refund_id: row.provider_refund_id,
            failure_code: row.failure_code,
            created_at: row.created_at,
            succeeded_at: row.succeeded_at,
        })
    }
}

macro_rules! select_refund {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            "select refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source,
                    is_from_credit, reason, provider_refund_id, failure_code, created_at, succeeded_at
             from refunds " + $rest
            $(, $arg)*
        )
    };
}

/// The refund, locked until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(conn: &mut Conn, refund: RefundId) -> Result<Refund, StoreError> {
    select_refund!("where refund_id = $1 for update", refund.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The refund, whosever it is: for the system only.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, refund: RefundId) -> Result<Refund, StoreError> {
    select_refund!("where refund_id = $1", refund.uuid()).fetch_one(conn).await?.try_into()
}

/// The refunds of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Refund>, StoreError> {
    select_refund!("where order_id = $1 order by refund_id", order.uuid())
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Refund::try_from)
        .collect()
}

/// The refunds of a payment, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_payment(
    conn: &mut Conn,
    payment: PaymentId,
) -> Result<Vec<Refund>, StoreError> {
    select_refund!("where payment_id = $1 order by refund_id", payment.uuid())
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Refund::try_from)
        .collect()
}

/// Writes a refund; the database counts it against its payment.
///
/// # Errors
/// `Conflict("payments_refunds_check")` when more would go back than was captured.
pub async fn insert(conn: &mut Conn, refund: &NewRefund) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source,
                              is_from_credit, reason, requested_by, provider_refund_id, created_at, updated_at, succeeded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13,
                 case when $7 = 'succeeded' then $13::timestamptz end)",
        refund.id.uuid(),
        refund.payment.uuid(),
        refund.order.uuid(),
        refund.organizer.uuid(),
        refund.amount.minor(),
        refund.amount.currency().code(),
        refund.status.as_str(),
        refund.source.as_str(),
        refund.from == RefundFrom::Credit,
        refund.reason,
        refund.requested_by.map(Id::uuid),
        refund.provider_refund_id,
        refund.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a refund that is not over; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_moved(
    conn: &mut Conn,
    refund: RefundId,
    status: RefundStatus,
    provider_refund_id: Option<&str>,
    failure_code: Option<&str>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update refunds
         set status = $2, provider_refund_id = coalesce($3, provider_refund_id), failure_code = $4, updated_at = $5,
             succeeded_at = case when $2 = 'succeeded' then $5::timestamptz end
         where refund_id = $1 and status in ('requested', 'needs_account', 'processing')",
        refund.uuid(),
        status.as_str(),
        provider_refund_id,
        failure_code,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Lists refunds that should have left by now, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_stuck(
    conn: &mut Conn,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<RefundId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select refund_id from refunds where status in ('requested', 'processing') and updated_at < $1
         order by updated_at limit $2",
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(RefundId::from_uuid).collect())
}
