//! What a mail about an order says: the order, its event and organizer, lines, tickets, and one payment or refund.

use domain::cancel_policy::{CancelMode, CancelPolicy, Terms};
use domain::ids::{EventId, Id, OrderId, PaymentId, RefundId, TicketTypeId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::refund::{RefundStatus, RefundWay};
use domain::tax::TaxRate;
use serde_json::Value;
use time::OffsetDateTime;

use crate::cancel_policies;
use crate::db::Conn;
use crate::error::{StoreError, word};

/// An order as its mails tell it.
#[derive(Debug, Clone)]
pub struct MailOrder {
    pub order: OrderId,
    pub code: String,
    pub status: OrderStatus,
    pub buyer_name: String,
    pub amount: Money,
    pub tax: Money,
    /// What of the amount the buyer pays for fees.
    pub fee: Money,
    pub link_token: String,
    pub hold_expires_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub paid_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    /// What the organizer said when ending it.
    pub end_reason: Option<String>,
    /// What was captured for it, over all payments.
    pub captured: Money,
    /// What went back or is on its way back, over all refunds.
    pub going_back: Money,
    /// Whether some of it waits for a bank account.
    pub needs_account: bool,
    /// Whether it cannot be paid before its organizer has looked at it.
    pub is_held_back: bool,
    /// Whether its event asked for a confirmed address and nobody has confirmed it.
    pub is_unconfirmed: bool,
    /// How the money came that was captured last.
    pub paid_by: Option<PaymentMethod>,
    pub event: MailEvent,
    pub organizer_name: String,
    pub organizer_email: String,
    pub lines: Vec<MailLine>,
    /// Valid tickets, in the order of their positions.
    pub tickets: Vec<MailTicket>,
    /// Who may cancel, as it was sold.
    pub cancel_mode: CancelMode,
    /// The terms that its ticket types have between them; the general ones stand under no name.
    pub cancel_terms: Vec<(String, Terms)>,
}

/// When and where.
#[derive(Debug, Clone)]
pub struct MailEvent {
    pub id: EventId,
    pub slug: String,
    pub title: String,
    pub place_name: String,
    pub place_address: String,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub time_zone: String,
}

/// What was ordered.
#[derive(Debug, Clone)]
pub struct MailLine {
    pub name: String,
    pub quantity: i32,
    pub amount: Money,
    pub tax_rate: TaxRate,
}

/// One person's place.
#[derive(Debug, Clone)]
pub struct MailTicket {
    pub code: String,
    pub attendee_name: String,
    pub ticket_type: String,
}

/// One attempt to pay.
#[derive(Debug, Clone)]
pub struct MailPayment {
    pub status: PaymentStatus,
    pub method: Option<PaymentMethod>,
    pub method_details: Value,
    pub amount: Money,
    pub method_fee: Money,
    pub deadline_at: Option<OffsetDateTime>,
}

/// Money back.
#[derive(Debug, Clone)]
pub struct MailRefund {
    pub status: RefundStatus,
    pub amount: Money,
    /// How the money came, and so how it goes back.
    pub method: Option<PaymentMethod>,
    /// What the organizer said when asking for it.
    pub reason: Option<String>,
    pub way: RefundWay,
    /// What was wrong with the account before.
    pub failure_code: Option<String>,
    pub succeeded_at: Option<OffsetDateTime>,
}

/// The order with everything its mails tell.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn get(conn: &mut Conn, order: OrderId) -> Result<MailOrder, StoreError> {
    let row = sqlx::query!(
        r#"select o.code, o.status, o.buyer_name, o.amount_minor, o.tax_minor, o.fee_minor, o.currency, o.link_token,
                  o.hold_expires_at, o.created_at, o.paid_at, o.ended_at, o.end_reason,
                  case when e.status <> 'cancelled' then o.cancel_policy end as cancel_policy,
                  e.event_id, e.slug, e.title, e.place_name, e.place_address, e.starts_at, e.ends_at, e.time_zone,
                  g.display_name, g.contact_email,
                  (select coalesce(sum(captured_minor), 0)::bigint from payments where order_id = o.order_id)
                      as "captured_minor!",
                  (select coalesce(sum(amount_minor), 0)::bigint from refunds
                   where order_id = o.order_id and status in ('requested', 'needs_account', 'processing', 'succeeded'))
                      as "going_back_minor!",
                  exists (select from refunds where order_id = o.order_id and status = 'needs_account')
                      as "needs_account!",
                  exists (select from screenings where order_id = o.order_id and decision in ('review', 'blocked'))
                      as "is_held_back!",
                  exists (select from email_confirmations where order_id = o.order_id and confirmed_at is null)
                      as "is_unconfirmed!",
                  (select method from payments where order_id = o.order_id and captured_minor > 0
                   order by captured_at desc limit 1) as paid_by
           from orders o
           join events e using (event_id)
           join organizers g on g.organizer_id = o.organizer_id
           where o.order_id = $1"#,
        order.uuid()
    )
    .fetch_one(&mut *conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "orders.currency")?;
    let (types, lines): (Vec<_>, Vec<_>) = lines(conn, order, currency).await?.into_iter().unzip();
    let tickets = tickets(conn, order).await?;
    let policy = sold_with(row.cancel_policy)?;
    Ok(MailOrder {
        cancel_mode: policy.mode,
        cancel_terms: policy.spelled_out(&types),
        order,
        code: row.code,
        status: word(OrderStatus::parse(&row.status), "orders.status")?,
        buyer_name: row.buyer_name,
        amount: Money::new(row.amount_minor, currency),
        tax: Money::new(row.tax_minor, currency),
        fee: Money::new(row.fee_minor, currency),
        link_token: row.link_token,
        hold_expires_at: row.hold_expires_at,
        created_at: row.created_at,
        paid_at: row.paid_at,
        ended_at: row.ended_at,
        end_reason: row.end_reason.filter(|reason| !reason.is_empty()),
        captured: Money::new(row.captured_minor, currency),
        going_back: Money::new(row.going_back_minor, currency),
        needs_account: row.needs_account,
        is_held_back: row.is_held_back,
        is_unconfirmed: row.is_unconfirmed,
        paid_by: method(row.paid_by.as_deref())?,
        event: MailEvent {
            id: EventId::from_uuid(row.event_id),
            slug: row.slug,
            title: row.title,
            place_name: row.place_name,
            place_address: row.place_address,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            time_zone: row.time_zone,
        },
        organizer_name: row.display_name,
        organizer_email: row.contact_email,
        lines,
        tickets,
    })
}

/// As `cancel_policies::get_sold` has it: nothing is said of an event that was called off.
fn sold_with(kept: Option<Value>) -> Result<CancelPolicy, StoreError> {
    let frozen = kept.map(cancel_policies::read_frozen).transpose()?;
    Ok(frozen.map_or(CancelPolicy::closed(), |frozen| frozen.policy))
}

/// One payment of the order.
///
/// # Errors
/// [`StoreError::NotFound`] when the order has no such payment.
pub async fn get_payment(
    conn: &mut Conn,
    order: OrderId,
    payment: PaymentId,
) -> Result<MailPayment, StoreError> {
    let row = sqlx::query!(
        "select status, method, method_details, amount_minor, method_fee_minor, currency, deadline_at
         from payments where order_id = $1 and payment_id = $2",
        order.uuid(),
        payment.uuid(),
    )
    .fetch_one(conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "payments.currency")?;
    Ok(MailPayment {
        status: word(PaymentStatus::parse(&row.status), "payments.status")?,
        method: method(row.method.as_deref())?,
        method_details: row.method_details,
        amount: Money::new(row.amount_minor, currency),
        method_fee: Money::new(row.method_fee_minor, currency),
        deadline_at: row.deadline_at,
    })
}

/// One refund of the order.
///
/// # Errors
/// [`StoreError::NotFound`] when the order has no such refund.
pub async fn get_refund(
    conn: &mut Conn,
    order: OrderId,
    refund: RefundId,
) -> Result<MailRefund, StoreError> {
    let row = sqlx::query!(
        r#"select r.status, r.amount_minor, r.currency, r.succeeded_at, r.reason, r.failure_code, r.way, p.method
           from refunds r join payments p using (payment_id)
           where r.order_id = $1 and r.refund_id = $2"#,
        order.uuid(),
        refund.uuid(),
    )
    .fetch_one(conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "refunds.currency")?;
    Ok(MailRefund {
        status: word(RefundStatus::parse(&row.status), "refunds.status")?,
        amount: Money::new(row.amount_minor, currency),
        method: method(row.method.as_deref())?,
        reason: Some(row.reason).filter(|reason| !reason.is_empty()),
        way: word(RefundWay::parse(&row.way), "refunds.way")?,
        failure_code: row.failure_code,
        succeeded_at: row.succeeded_at,
    })
}

/// The lines, each beside what was sold by it.
async fn lines(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<((TicketTypeId, String), MailLine)>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_type_id, name, quantity, amount_minor, tax_rate_basis_points from order_lines
         where order_id = $1 order by position",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let tax_rate = TaxRate::from_basis_points(row.tax_rate_basis_points.into())
                .ok_or(StoreError::Malformed("order_lines.tax_rate_basis_points"))?;
            let line = MailLine {
                name: row.name,
                quantity: row.quantity,
                amount: Money::new(row.amount_minor, currency),
                tax_rate,
            };
            Ok(((TicketTypeId::from_uuid(row.ticket_type_id), line.name.clone()), line))
        })
        .collect()
}

async fn tickets(conn: &mut Conn, order: OrderId) -> Result<Vec<MailTicket>, StoreError> {
    let rows = sqlx::query_as!(
        MailTicket,
        r#"select t.code, t.attendee_name, l.name as ticket_type
           from tickets t
           join order_lines l on l.order_id = t.order_id and l.ticket_type_id = t.ticket_type_id
           where t.order_id = $1 and t.status = 'valid'
           order by t.position"#,
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

fn method(text: Option<&str>) -> Result<Option<PaymentMethod>, StoreError> {
    text.map(|text| word(PaymentMethod::parse(text), "payments.method")).transpose()
}
