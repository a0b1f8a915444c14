//! Disputes and the evidence that was gathered against them. Their money is that of their refund.

use domain::dispute::DisputeStatus;
use domain::ids::{
    DisputeId, EventId, EvidenceId, Id, OrderId, OrganizerId, PaymentId, RefundId, UserId,
};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A dispute as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub id: DisputeId,
    pub refund: RefundId,
    pub payment: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub status: DisputeStatus,
    pub evidence_due_at: OffsetDateTime,
    pub opened_at: OffsetDateTime,
    pub evidence_sent_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

/// A dispute to be written down.
#[derive(Debug, Clone)]
pub struct NewDispute {
    pub id: DisputeId,
    pub refund: RefundId,
    pub payment: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub evidence_due_at: OffsetDateTime,
    pub opened_at: OffsetDateTime,
    pub now: OffsetDateTime,
}

struct Row {
    dispute_id: uuid::Uuid,
    refund_id: uuid::Uuid,
    payment_id: uuid::Uuid,
    order_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    event_id: uuid::Uuid,
    status: String,
    evidence_due_at: OffsetDateTime,
    opened_at: OffsetDateTime,
    evidence_sent_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Dispute {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: DisputeId::from_uuid(row.dispute_id),
            refund: RefundId::from_uuid(row.refund_id),
            payment: PaymentId::from_uuid(row.payment_id),
            order: OrderId::from_uuid(row.order_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            event: EventId::from_uuid(row.event_id),
            status: word(DisputeStatus::parse(&row.status), "dispute status")?,
            evidence_due_at: row.evidence_due_at,
            opened_at: row.opened_at,
            evidence_sent_at: row.evidence_sent_at,
            ended_at: row.ended_at,
        })
    }
}

macro_rules! select_dispute {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            "select dispute_id, refund_id, payment_id, order_id, organizer_id, event_id, status, evidence_due_at,
                    opened_at, evidence_sent_at, ended_at
             from disputes " + $rest
            $(, $arg)*
        )
    };
}

/// The organizer's dispute.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    dispute: DisputeId,
) -> Result<Dispute, StoreError> {
    select_dispute!("where organizer_id = $1 and dispute_id = $2", organizer.uuid(), dispute.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The dispute, locked until the transaction ends. Lock its order, payment and refund first.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(conn: &mut Conn, dispute: DisputeId) -> Result<Dispute, StoreError> {
    select_dispute!("where dispute_id = $1 for update", dispute.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The dispute that took a refund's money.
///
/// # Errors
/// When the database fails.
pub async fn find_for_refund(
    conn: &mut Conn,
    refund: RefundId,
) -> Result<Option<Dispute>, StoreError> {
    select_dispute!("where refund_id = $1", refund.uuid())
        .fetch_optional(conn)
        .await?
        .map(Dispute::try_from)
        .transpose()
}

/// The disputes of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Dispute>, StoreError> {
    select_dispute!("where order_id = $1 order by opened_at, dispute_id", order.uuid())
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Dispute::try_from)
        .collect()
}

/// Writes a dispute that nobody answered yet.
///
/// # Errors
/// `Conflict("disputes_refund_id_key")` when it is written already.
pub async fn insert(conn: &mut Conn, dispute: &NewDispute) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into disputes (dispute_id, refund_id, payment_id, order_id, organizer_id, event_id, status,
                               evidence_due_at, opened_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)",
        dispute.id.uuid(),
        dispute.refund.uuid(),
        dispute.payment.uuid(),
        dispute.order.uuid(),
        dispute.organizer.uuid(),
        dispute.event.uuid(),
        dispute.evidence_due_at,
        dispute.opened_at,
        dispute.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a dispute that is not over; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_moved(
    conn: &mut Conn,
    dispute: DisputeId,
    status: DisputeStatus,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update disputes
         set status = $2, updated_at = $3,
             evidence_sent_at = case when $2 = 'under_review' then $3::timestamptz else evidence_sent_at end,
             ended_at = case when $2 in ('won', 'lost') then $3::timestamptz end
         where dispute_id = $1 and status in ('open', 'under_review')",
        dispute.uuid(),
        status.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// A dispute that can still be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDispute {
    pub dispute: DisputeId,
    pub buyer_name: String,
    pub evidence_due_at: OffsetDateTime,
}

/// The disputes of the event that wait for evidence, the most urgent first.
///
/// # Errors
/// When the database fails.
pub async fn list_open(
    conn: &mut Conn,
    event: EventId,
    limit: i64,
) -> Result<Vec<OpenDispute>, StoreError> {
    let rows = sqlx::query!(
        "select dispute_id, buyer_name, evidence_due_at from disputes join orders using (order_id)
         where disputes.event_id = $1 and disputes.status = 'open' order by evidence_due_at limit $2",
        event.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenDispute {
            dispute: DisputeId::from_uuid(row.dispute_id),
            buyer_name: row.buyer_name,
            evidence_due_at: row.evidence_due_at,
        })
        .collect())
}

/// A piece of evidence: a text, or a file in the object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub id: EvidenceId,
    pub dispute: DisputeId,
    pub body: Option<String>,
    pub file_name: Option<String>,
    pub content_type: Option<String>,
    pub n_bytes: Option<i64>,
    pub added_by: Option<UserId>,
    pub created_at: OffsetDateTime,
}

/// Adds a piece of evidence.
///
/// # Errors
/// When the database fails.
pub async fn insert_evidence(conn: &mut Conn, evidence: &Evidence) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into dispute_evidence (dispute_evidence_id, dispute_id, body, file_name, content_type, n_bytes,
                                       added_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        evidence.id.uuid(),
        evidence.dispute.uuid(),
        evidence.body,
        evidence.file_name,
        evidence.content_type,
        evidence.n_bytes,
        evidence.added_by.map(Id::uuid),
        evidence.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The evidence of a dispute, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_evidence(
    conn: &mut Conn,
    dispute: DisputeId,
) -> Result<Vec<Evidence>, StoreError> {
    let rows = sqlx::query!(
        "select dispute_evidence_id, body, file_name, content_type, n_bytes, added_by, created_at
         from dispute_evidence where dispute_id = $1 order by dispute_evidence_id limit 100",
        dispute.uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Evidence {
            id: EvidenceId::from_uuid(row.dispute_evidence_id),
            dispute,
            body: row.body,
            file_name: row.file_name,
            content_type: row.content_type,
            n_bytes: row.n_bytes,
            added_by: row.added_by.map(UserId::from_uuid),
            created_at: row.created_at,
        })
        .collect())
}

/// Files in the disputes of an erased order, which nobody may read any more.
///
/// # Errors
/// When the database fails.
pub async fn list_erased_files(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<(DisputeId, EvidenceId)>, StoreError> {
    let rows = sqlx::query!(
        "select d.dispute_id, e.dispute_evidence_id
         from disputes d join orders o using (order_id) join dispute_evidence e using (dispute_id)
         where d.order_id = $1 and o.erased_at is not null and e.file_name is not null",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (DisputeId::from_uuid(row.dispute_id), EvidenceId::from_uuid(row.dispute_evidence_id))
        })
        .collect())
}

/// Lists disputes that contradict their refund or their ledger lines. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(RefundId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with booked as (
            select t.refund_id, sum(e.amount_minor) as minor
            from ledger_transactions t
            join ledger_entries e using (ledger_transaction_id)
            join ledger_accounts a using (ledger_account_id)
            where a.kind = 'disputes' group by t.refund_id
        )
        select r.refund_id, r.status, r.amount_minor, d.status as "dispute?", coalesce(b.minor, 0)::bigint as "booked!"
        from refunds r left join disputes d using (refund_id) left join booked b using (refund_id)
        where r.source = 'dispute'
          and (d.status is null
               or (d.status = 'won') <> (r.status = 'rejected')
               or coalesce(b.minor, 0) <> case when d.status in ('open', 'under_review') then r.amount_minor else 0 end)
        order by r.refund_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "refund {} of {}, dispute {}, {} in the ledger",
                row.status,
                row.amount_minor,
                row.dispute.as_deref().unwrap_or("missing"),
                row.booked
            );
            (RefundId::from_uuid(row.refund_id), what)
        })
        .collect())
}
