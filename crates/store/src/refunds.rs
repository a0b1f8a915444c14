//! Refunds. That their sum never exceeds what was captured is the database's own rule (`payments_refunds_check`).

mod breaks;

use domain::ids::{Id, OrderId, OrganizerId, PaymentId, RefundId, UserId};
use domain::ledger::RefundFrom;
use domain::money::{Currency, Money};
use domain::refund::{RefundSource, RefundStatus, RefundWait, RefundWay};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

pub use breaks::list_breaks;

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
    pub way: RefundWay,
    /// How often a definite no made us begin anew.
    pub round: i32,
    /// Why it cannot leave yet.
    pub waits_for: Option<RefundWait>,
    pub waits_since: Option<OffsetDateTime>,
    pub n_waits: i32,
    /// Before that nobody tries or asks again.
    pub next_attempt_at: Option<OffsetDateTime>,
    /// When the provider agreed to transfer it to an account.
    pub accepted_at: Option<OffsetDateTime>,
    pub provider_request_id: Option<String>,
    pub reason: String,
    pub provider_refund_id: Option<String>,
    /// Refunds at the provider that made it and came back.
    pub undone_provider_refund_ids: Vec<String>,
    pub failure_code: Option<String>,
    pub created_at: OffsetDateTime,
    pub succeeded_at: Option<OffsetDateTime>,
}

impl Refund {
    /// The name the provider knows the wish by, and the idempotency key: after a definite no it is another wish, since
    /// the provider would repeat its first answer.
    pub fn provider_key(&self) -> String {
        match self.round {
            0 => self.id.to_string(),
            round => format!("{}-{round}", self.id),
        }
    }
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
    way: String,
    round: i32,
    waits_for: Option<String>,
    waits_since: Option<OffsetDateTime>,
    n_waits: i32,
    next_attempt_at: Option<OffsetDateTime>,
    accepted_at: Option<OffsetDateTime>,
    provider_request_id: Option<String>,
    reason: String,
    provider_refund_id: Option<String>,
    undone_provider_refund_ids: Vec<String>,
    failure_code: Option<String>,
    created_at: OffsetDateTime,
    succeeded_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Refund {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let waits_for = row.waits_for.as_deref().map(RefundWait::parse).transpose();
        Ok(Self {
            id: RefundId::from_uuid(row.refund_id),
            payment: PaymentId::from_uuid(row.payment_id),
            order: OrderId::from_uuid(row.order_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            amount: Money::new(row.amount_minor, currency),
            status: word(RefundStatus::parse(&row.status), "refund status")?,
            source: word(RefundSource::parse(&row.source), "refund source")?,
            from: if row.is_from_credit { RefundFrom::Credit } else { RefundFrom::Payable },
            way: word(RefundWay::parse(&row.way), "refund way")?,
            round: row.round,
            waits_for: word(waits_for, "refund wait")?,
            waits_since: row.waits_since,
            n_waits: row.n_waits,
            next_attempt_at: row.next_attempt_at,
            accepted_at: row.accepted_at,
            provider_request_id: row.provider_request_id,
            reason: row.reason,
            provider_refund_id: row.provider_refund_id,
            undone_provider_refund_ids: row.undone_provider_refund_ids,
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
                    is_from_credit, way, round, waits_for, waits_since, n_waits, next_attempt_at, accepted_at,
                    provider_request_id, reason, provider_refund_id, undone_provider_refund_ids, failure_code,
                    created_at, succeeded_at
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
             succeeded_at = case when $2 = 'succeeded' then $5::timestamptz end, next_attempt_at = null,
             waits_for = case when $2 = 'processing' then waits_for end,
             waits_since = case when $2 = 'processing' then waits_since end
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

/// Sends a refund back to ask for an account, the first time or again: `code` says what was wrong with the one before.
/// Says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_needs_account(
    conn: &mut Conn,
    refund: RefundId,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update refunds
         set status = 'needs_account', failure_code = $2, round = round + 1, accepted_at = null, waits_for = null,
             waits_since = null, next_attempt_at = null, provider_request_id = null, provider_refund_id = null,
             undone_provider_refund_ids = array_remove(undone_provider_refund_ids || provider_refund_id, null),
             succeeded_at = null, updated_at = $3
         where refund_id = $1 and status in ('requested', 'processing', 'succeeded')",
        refund.uuid(),
        code,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Lets a refund go to the account that was named; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_account_given(
    conn: &mut Conn,
    refund: RefundId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update refunds set status = 'requested', way = 'account', failure_code = null, updated_at = $2
         where refund_id = $1 and status = 'needs_account'",
        refund.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Puts a refund off that the provider cannot make yet; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_postponed(
    conn: &mut Conn,
    refund: RefundId,
    why: RefundWait,
    next_attempt_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update refunds
         set status = 'requested', waits_for = $2, waits_since = coalesce(waits_since, $4), n_waits = n_waits + 1,
             round = round + 1, next_attempt_at = $3, updated_at = $4
         where refund_id = $1 and status = 'processing'",
        refund.uuid(),
        why.as_str(),
        next_attempt_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Lets a refund wait for somebody who is not asked by a machine.
///
/// # Errors
/// When the database fails.
pub async fn mark_waits(
    conn: &mut Conn,
    refund: RefundId,
    why: RefundWait,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update refunds set waits_for = $2, waits_since = $3, updated_at = $3
         where refund_id = $1 and status = 'requested'",
        refund.uuid(),
        why.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a waiting refund be tried at once.
///
/// # Errors
/// When the database fails.
pub async fn mark_due(conn: &mut Conn, refund: RefundId) -> Result<(), StoreError> {
    sqlx::query!(
        "update refunds set next_attempt_at = null where refund_id = $1 and status = 'requested'",
        refund.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the provider has the request for a transfer, and when to ask how it stands.
///
/// # Errors
/// When the database fails.
pub async fn mark_accepted(
    conn: &mut Conn,
    refund: RefundId,
    next_look_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update refunds
         set accepted_at = coalesce(accepted_at, $3), next_attempt_at = $2, waits_for = null, waits_since = null
         where refund_id = $1 and status = 'processing'",
        refund.uuid(),
        next_look_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what the provider calls the request or the refund that came of it.
///
/// # Errors
/// When the database fails.
pub async fn keep_names(
    conn: &mut Conn,
    refund: RefundId,
    provider_request_id: Option<&str>,
    provider_refund_id: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update refunds
         set provider_request_id = coalesce($2, provider_request_id), provider_refund_id = coalesce($3, provider_refund_id)
         where refund_id = $1",
        refund.uuid(),
        provider_request_id,
        provider_refund_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a refund that the organizer made by itself; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_handed_back(
    conn: &mut Conn,
    refund: RefundId,
    note: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update refunds
         set status = 'succeeded', way = 'by_hand', hand_note = $2, failure_code = null, waits_for = null,
             waits_since = null, next_attempt_at = null, updated_at = $3, succeeded_at = $3
         where refund_id = $1 and status in ('requested', 'needs_account')",
        refund.uuid(),
        note,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Takes back a chargeback that was won: it counts no longer. Says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_reversed(
    conn: &mut Conn,
    refund: RefundId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update refunds set status = 'rejected', succeeded_at = null, updated_at = $2
         where refund_id = $1 and status = 'succeeded' and source = 'dispute'",
        refund.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Lists refunds that should have left by now, or whose provider should be asked again, oldest first. One that waits
/// is left alone until its time.
///
/// # Errors
/// When the database fails.
pub async fn list_stuck(
    conn: &mut Conn,
    before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<RefundId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select refund_id from refunds
         where status in ('requested', 'processing')
           and waits_for is distinct from 'organizer'
           and case when next_attempt_at is null then updated_at < $1 else next_attempt_at <= $2 end
         order by updated_at limit $3",
        before,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(RefundId::from_uuid).collect())
}
