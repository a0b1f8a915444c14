//! An order as its personal page shows it: the event, the lines, the tickets, every attempt to pay, every refund.

use domain::ids::{Id, OrderId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::refund::{RefundSource, RefundStatus};
use domain::screening::Decision;
use domain::tax::TaxRate;
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// An order as its buyer sees it.
#[derive(Debug, Clone)]
pub struct OrderPage {
    pub order: OrderId,
    pub code: String,
    pub status: OrderStatus,
    pub buyer_name: String,
    pub buyer_email: String,
    pub amount: Money,
    pub tax: Money,
    /// What of the amount the buyer pays for fees.
    pub fee: Money,
    pub link_token: String,
    pub hold_expires_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub paid_at: Option<OffsetDateTime>,
    pub event: EventOnOrder,
    pub organizer_name: String,
    pub organizer_email: String,
    pub lines: Vec<LineOnOrder>,
    pub tickets: Vec<TicketOnOrder>,
    /// In the order they were tried.
    pub payments: Vec<PaymentOnOrder>,
    pub refunds: Vec<RefundOnOrder>,
    /// What became of it when it was held back before it could be paid; none when it never was.
    pub screening: Option<Decision>,
    /// Whether its event asked for a confirmed address and nobody has confirmed it.
    pub is_unconfirmed: bool,
}

/// What, when and where.
#[derive(Debug, Clone)]
pub struct EventOnOrder {
    pub slug: String,
    pub title: String,
    pub place_name: String,
    pub place_address: String,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub time_zone: String,
    pub methods: Vec<PaymentMethod>,
    /// Why it was called off, where it was.
    pub cancelled: Option<String>,
}

/// What was ordered.
#[derive(Debug, Clone)]
pub struct LineOnOrder {
    pub name: String,
    pub unit_price: Money,
    pub quantity: i32,
    pub tax_rate: TaxRate,
    pub amount: Money,
}

/// One person's place that is valid.
#[derive(Debug, Clone)]
pub struct TicketOnOrder {
    pub code: String,
    pub attendee_name: String,
    pub ticket_type: String,
}

/// One attempt to pay.
#[derive(Debug, Clone)]
pub struct PaymentOnOrder {
    pub status: PaymentStatus,
    pub method: Option<PaymentMethod>,
    pub method_details: Value,
    pub method_fee: Money,
    pub amount: Money,
    pub captured: Money,
    /// What pays the order; the rest of `captured` is a credit.
    pub applied: Money,
    pub failure_code: Option<String>,
    pub deadline_at: Option<OffsetDateTime>,
    pub captured_at: Option<OffsetDateTime>,
}

/// Money back.
#[derive(Debug, Clone)]
pub struct RefundOnOrder {
    pub status: RefundStatus,
    pub source: RefundSource,
    pub is_from_credit: bool,
    pub amount: Money,
    pub method: Option<PaymentMethod>,
    pub succeeded_at: Option<OffsetDateTime>,
}

/// Reads the order with everything its page shows.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, order: OrderId) -> Result<OrderPage, StoreError> {
    let row = sqlx::query!(
        r#"select o.code, o.status, o.buyer_name, o.buyer_email, o.amount_minor, o.tax_minor, o.fee_minor, o.currency, o.link_token,
                o.hold_expires_at, o.created_at, o.paid_at,
                e.slug, e.title, e.place_name, e.place_address, e.starts_at, e.ends_at, e.time_zone, e.methods,
                e.cancelled_at, e.cancel_reason,
                g.display_name, g.contact_email,
                (select decision from screenings where order_id = o.order_id and decision <> 'pass') as screening,
                exists (select from email_confirmations where order_id = o.order_id and confirmed_at is null)
                    as "is_unconfirmed!"
         from orders o
         join events e on e.event_id = o.event_id
         join organizers g on g.organizer_id = o.organizer_id
         where o.order_id = $1"#,
        order.uuid()
    )
    .fetch_one(&mut *conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    let methods: Result<Vec<_>, _> =
        row.methods.iter().map(|method| PaymentMethod::parse(method)).collect();
    Ok(OrderPage {
        order,
        code: row.code,
        status: word(OrderStatus::parse(&row.status), "order status")?,
        buyer_name: row.buyer_name,
        buyer_email: row.buyer_email,
        amount: Money::new(row.amount_minor, currency),
        tax: Money::new(row.tax_minor, currency),
        fee: Money::new(row.fee_minor, currency),
        link_token: row.link_token,
        hold_expires_at: row.hold_expires_at,
        created_at: row.created_at,
        paid_at: row.paid_at,
        event: EventOnOrder {
            slug: row.slug,
            title: row.title,
            place_name: row.place_name,
            place_address: row.place_address,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            time_zone: row.time_zone,
            methods: word(methods, "payment method")?,
            cancelled: row.cancelled_at.map(|_| row.cancel_reason),
        },
        organizer_name: row.display_name,
        organizer_email: row.contact_email,
        lines: lines(conn, order, currency).await?,
        tickets: tickets(conn, order).await?,
        payments: payments(conn, order, currency).await?,
        refunds: refunds(conn, order, currency).await?,
        screening: word(
            row.screening.as_deref().map(Decision::parse).transpose(),
            "screening decision",
        )?,
        is_unconfirmed: row.is_unconfirmed,
    })
}

/// A number that changes whenever the page would: microseconds of the latest change.
///
/// # Errors
/// When the database fails.
pub async fn version(conn: &mut Conn, order: OrderId) -> Result<i64, StoreError> {
    let at = sqlx::query_scalar!(
        r#"select greatest(
               (select updated_at from orders where order_id = $1),
               (select e.cancelled_at from orders o join events e using (event_id) where o.order_id = $1),
               (select max(updated_at) from payments where order_id = $1),
               (select max(updated_at) from refunds where order_id = $1)) as "at?""#,
        order.uuid()
    )
    .fetch_one(conn)
    .await?
    .ok_or(StoreError::NotFound)?;
    word(i64::try_from(at.unix_timestamp_nanos() / 1000), "time")
}

async fn lines(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<LineOnOrder>, StoreError> {
    let rows = sqlx::query!(
        "select name, unit_price_minor, quantity, tax_rate_basis_points, amount_minor
         from order_lines where order_id = $1 order by position",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let rate = TaxRate::from_basis_points(row.tax_rate_basis_points.into());
            Ok(LineOnOrder {
                name: row.name,
                unit_price: Money::new(row.unit_price_minor, currency),
                quantity: row.quantity,
                tax_rate: rate.ok_or(StoreError::Malformed("tax rate"))?,
                amount: Money::new(row.amount_minor, currency),
            })
        })
        .collect()
}

async fn tickets(conn: &mut Conn, order: OrderId) -> Result<Vec<TicketOnOrder>, StoreError> {
    let rows = sqlx::query_as!(
        TicketOnOrder,
        "select t.code, t.attendee_name, y.name as ticket_type
         from tickets t join ticket_types y on y.ticket_type_id = t.ticket_type_id
         where t.order_id = $1 and t.status = 'valid' order by t.position",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

async fn payments(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<PaymentOnOrder>, StoreError> {
    let rows = sqlx::query!(
        "select status, method, method_details, method_fee_minor, amount_minor, captured_minor, applied_minor,
                failure_code, deadline_at, captured_at
         from payments where order_id = $1 order by ordinal",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let method = row.method.as_deref().map(PaymentMethod::parse).transpose();
            Ok(PaymentOnOrder {
                status: word(PaymentStatus::parse(&row.status), "payment status")?,
                method: word(method, "payment method")?,
                method_details: row.method_details,
                method_fee: Money::new(row.method_fee_minor, currency),
                amount: Money::new(row.amount_minor, currency),
                captured: Money::new(row.captured_minor, currency),
                applied: Money::new(row.applied_minor, currency),
                failure_code: row.failure_code,
                deadline_at: row.deadline_at,
                captured_at: row.captured_at,
            })
        })
        .collect()
}

async fn refunds(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<RefundOnOrder>, StoreError> {
    let rows = sqlx::query!(
        "select r.status, r.source, r.is_from_credit, r.amount_minor, r.succeeded_at, p.method
         from refunds r join payments p on p.payment_id = r.payment_id
         where r.order_id = $1 order by r.refund_id",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let method = row.method.as_deref().map(PaymentMethod::parse).transpose();
            Ok(RefundOnOrder {
                status: word(RefundStatus::parse(&row.status), "refund status")?,
                source: word(RefundSource::parse(&row.source), "refund source")?,
                is_from_credit: row.is_from_credit,
                amount: Money::new(row.amount_minor, currency),
                method: word(method, "payment method")?,
                succeeded_at: row.succeeded_at,
            })
        })
        .collect()
}
