//! Everything about one order: what was sold, every attempt to pay, every message, every yen, every hand on it.

use domain::event::EventStatus;
use domain::ids::{EventId, Id, OrderId, OrganizerId, PaymentId, RefundId, WebhookEventId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::refund::{RefundSource, RefundStatus};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Rows of one kind that one page shows.
const ROWS_MAX: i64 = 200;

/// The order itself with its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderHead {
    pub id: OrderId,
    pub event: EventId,
    pub event_title: String,
    pub event_status: EventStatus,
    pub time_zone: String,
    pub code: String,
    pub status: OrderStatus,
    pub buyer_name: String,
    pub buyer_email: String,
    pub locale: String,
    pub source: String,
    pub amount: Money,
    pub tax: Money,
    /// What of the amount the buyer pays for fees.
    pub fee: Money,
    pub link_token: String,
    pub hold_expires_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub paid_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub end_reason: Option<String>,
}

/// The order of `organizer`.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get_head(
    conn: &mut Conn,
    organizer: OrganizerId,
    order: OrderId,
) -> Result<OrderHead, StoreError> {
    let row = sqlx::query!(
        "select orders.event_id, title, events.status as event_status, time_zone, code, orders.status, buyer_name,
                buyer_email, locale, source, amount_minor, tax_minor, fee_minor, orders.currency, link_token, hold_expires_at,
                orders.created_at, paid_at, ended_at, end_reason
         from orders join events on events.event_id = orders.event_id
         where order_id = $1 and orders.organizer_id = $2",
        order.uuid(),
        organizer.uuid(),
    )
    .fetch_one(conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    Ok(OrderHead {
        id: order,
        event: EventId::from_uuid(row.event_id),
        event_title: row.title,
        event_status: word(EventStatus::parse(&row.event_status), "event status")?,
        time_zone: row.time_zone,
        code: row.code,
        status: word(OrderStatus::parse(&row.status), "order status")?,
        buyer_name: row.buyer_name,
        buyer_email: row.buyer_email,
        locale: row.locale,
        source: row.source,
        amount: Money::new(row.amount_minor, currency),
        tax: Money::new(row.tax_minor, currency),
        fee: Money::new(row.fee_minor, currency),
        link_token: row.link_token,
        hold_expires_at: row.hold_expires_at,
        created_at: row.created_at,
        paid_at: row.paid_at,
        ended_at: row.ended_at,
        end_reason: row.end_reason,
    })
}

/// A line as sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldLine {
    pub name: String,
    pub quantity: i32,
    pub unit_price_minor: i64,
    pub amount_minor: i64,
    pub tax_rate_basis_points: i32,
}

/// The lines of an order, in their order.
///
/// # Errors
/// When the database fails.
pub async fn list_lines(conn: &mut Conn, order: OrderId) -> Result<Vec<SoldLine>, StoreError> {
    Ok(sqlx::query_as!(
        SoldLine,
        "select name, quantity, unit_price_minor, amount_minor, tax_rate_basis_points
         from order_lines where order_id = $1 order by position limit $2",
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// A ticket with its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketLine {
    pub code: String,
    pub name: String,
    pub attendee_name: String,
    pub status: String,
}

/// The tickets of an order.
///
/// # Errors
/// When the database fails.
pub async fn list_tickets(conn: &mut Conn, order: OrderId) -> Result<Vec<TicketLine>, StoreError> {
    Ok(sqlx::query_as!(
        TicketLine,
        "select tickets.code, ticket_types.name, attendee_name, tickets.status
         from tickets join ticket_types using (ticket_type_id)
         where order_id = $1 order by tickets.position limit $2",
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// One attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLine {
    pub id: PaymentId,
    pub ordinal: i32,
    pub provider: String,
    pub reference: String,
    pub provider_payment_id: Option<String>,
    pub status: PaymentStatus,
    pub method: Option<PaymentMethod>,
    pub method_details: Value,
    pub amount_minor: i64,
    pub method_fee_minor: i64,
    pub captured_minor: i64,
    pub applied_minor: i64,
    pub refunds_minor: i64,
    pub failure_code: Option<String>,
    pub deadline_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub captured_at: Option<OffsetDateTime>,
}

impl PaymentLine {
    /// What can still go back.
    pub const fn refundable_minor(&self) -> i64 {
        self.captured_minor.saturating_sub(self.refunds_minor)
    }
}

/// The attempts to pay an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_payments(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<PaymentLine>, StoreError> {
    sqlx::query!(
        "select payment_id, ordinal, provider, reference, provider_payment_id, status, method, method_details,
                amount_minor, method_fee_minor, captured_minor, applied_minor, refunds_minor, failure_code,
                deadline_at, created_at, updated_at, captured_at
         from payments where order_id = $1 order by ordinal limit $2",
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(PaymentLine {
            id: PaymentId::from_uuid(row.payment_id),
            ordinal: row.ordinal,
            provider: row.provider,
            reference: row.reference,
            provider_payment_id: row.provider_payment_id,
            status: word(PaymentStatus::parse(&row.status), "payment status")?,
            method: row.method.as_deref().and_then(|method| PaymentMethod::parse(method).ok()),
            method_details: row.method_details,
            amount_minor: row.amount_minor,
            method_fee_minor: row.method_fee_minor,
            captured_minor: row.captured_minor,
            applied_minor: row.applied_minor,
            refunds_minor: row.refunds_minor,
            failure_code: row.failure_code,
            deadline_at: row.deadline_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            captured_at: row.captured_at,
        })
    })
    .collect()
}

/// Money back, asked or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundLine {
    pub id: RefundId,
    pub payment: PaymentId,
    pub status: RefundStatus,
    pub source: RefundSource,
    pub amount_minor: i64,
    pub reason: String,
    pub is_from_credit: bool,
    pub failure_code: Option<String>,
    pub requested_by: Option<String>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// The refunds of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_refunds(conn: &mut Conn, order: OrderId) -> Result<Vec<RefundLine>, StoreError> {
    sqlx::query!(
        r#"select refund_id, payment_id, status, source, amount_minor, reason, is_from_credit, failure_code,
                  coalesce(users.display_name, users.email) as "requested_by?", refunds.created_at, updated_at
           from refunds left join users on users.user_id = refunds.requested_by
           where order_id = $1 order by refunds.created_at, refund_id limit $2"#,
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(RefundLine {
            id: RefundId::from_uuid(row.refund_id),
            payment: PaymentId::from_uuid(row.payment_id),
            status: word(RefundStatus::parse(&row.status), "refund status")?,
            source: word(RefundSource::parse(&row.source), "refund source")?,
            amount_minor: row.amount_minor,
            reason: row.reason,
            is_from_credit: row.is_from_credit,
            failure_code: row.failure_code,
            requested_by: row.requested_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    })
    .collect()
}

/// A provider's message about the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookLine {
    pub id: WebhookEventId,
    pub provider_event_id: String,
    pub kind: String,
    pub status: String,
    pub n_deliveries: i32,
    pub note: String,
    pub received_at: OffsetDateTime,
    pub processed_at: Option<OffsetDateTime>,
}

/// The provider's messages about an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_webhook_events(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<WebhookLine>, StoreError> {
    let rows = sqlx::query!(
        "select webhook_event_id, provider_event_id, kind, webhook_events.status, n_deliveries, note, received_at,
                processed_at
         from payments join webhook_events using (payment_id)
         where order_id = $1 order by received_at, webhook_event_id limit $2",
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WebhookLine {
            id: WebhookEventId::from_uuid(row.webhook_event_id),
            provider_event_id: row.provider_event_id,
            kind: row.kind,
            status: row.status,
            n_deliveries: row.n_deliveries,
            note: row.note,
            received_at: row.received_at,
            processed_at: row.processed_at,
        })
        .collect())
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    pub transaction_kind: String,
    pub fact_key: String,
    pub account_kind: String,
    pub amount_minor: i64,
    pub created_at: OffsetDateTime,
}

/// The ledger lines of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_ledger(conn: &mut Conn, order: OrderId) -> Result<Vec<LedgerLine>, StoreError> {
    Ok(sqlx::query_as!(
        LedgerLine,
        "select ledger_transactions.kind as transaction_kind, fact_key, ledger_accounts.kind as account_kind,
                amount_minor, created_at
         from ledger_transactions
         join ledger_entries using (ledger_transaction_id)
         join ledger_accounts using (ledger_account_id)
         where order_id = $1 order by created_at, ledger_transaction_id, ledger_entry_id limit $2",
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// A mail about the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLine {
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub status: String,
    pub created_at: OffsetDateTime,
    pub sent_at: Option<OffsetDateTime>,
    pub last_error: Option<String>,
}

/// The mails about an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_mails(conn: &mut Conn, order: OrderId) -> Result<Vec<MailLine>, StoreError> {
    Ok(sqlx::query_as!(
        MailLine,
        "select kind, recipient, subject, status, created_at, sent_at, last_error
         from mails where order_id = $1 order by created_at, mail_id limit $2",
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    pub action: String,
    pub actor_kind: String,
    /// The name of the user, or the address, where it was one.
    pub actor_name: Option<String>,
    pub detail: Value,
    pub created_at: OffsetDateTime,
}

/// Who did what to an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_audit(conn: &mut Conn, order: OrderId) -> Result<Vec<AuditLine>, StoreError> {
    Ok(sqlx::query_as!(
        AuditLine,
        r#"select action, actor_kind, coalesce(users.display_name, users.email) as "actor_name?", detail, audit_entries.created_at
           from audit_entries left join users on actor_kind = 'user' and users.user_id = actor_id
           where order_id = $1 order by audit_entry_id limit $2"#,
        order.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?)
}
