//! Orders and their lines.

use domain::cancel_policy::FrozenPolicy;
use domain::fees::FeeTerms;
use domain::ids::{EventId, Id, OrderId, OrderLineId, OrganizerId, PaymentId, TicketTypeId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::tax::TaxRate;
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

mod breaks;

pub use breaks::list_breaks;

/// An order as it stands.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub code: String,
    pub status: OrderStatus,
    pub buyer_name: String,
    pub buyer_email: String,
    pub locale: String,
    pub amount: Money,
    pub tax: Money,
    /// What of the amount the buyer pays for fees.
    pub fee: Money,
    /// The fee rules it was placed under; none when no fee is taken.
    pub fee_terms: Option<FeeTerms>,
    pub link_token: String,
    pub hold_expires_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
}

impl Order {
    /// Whether nobody is left whose order it is: the personal data were erased (decision 0026).
    pub fn is_erased(&self) -> bool {
        self.buyer_email.is_empty()
    }
}

/// A line of an order, as sold.
#[derive(Debug, Clone)]
pub struct OrderLine {
    pub id: OrderLineId,
    pub ticket_type: TicketTypeId,
    pub name: String,
    pub unit_price: Money,
    pub quantity: u32,
    pub tax_rate: TaxRate,
    pub amount: Money,
}

/// An order to be placed.
#[derive(Debug, Clone)]
pub struct NewOrder {
    pub id: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub code: String,
    pub status: OrderStatus,
    pub buyer_name: String,
    pub buyer_email: String,
    pub locale: &'static str,
    pub amount: Money,
    pub tax: Money,
    pub fee: Money,
    pub fee_terms: Option<FeeTerms>,
    pub link_token: String,
    pub hold_expires_at: OffsetDateTime,
    pub source: &'static str,
    /// Frozen: later changes of the event's policy do not reach it.
    pub cancel_policy: FrozenPolicy,
    pub now: OffsetDateTime,
}

struct Row {
    order_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    event_id: uuid::Uuid,
    code: String,
    status: String,
    buyer_name: String,
    buyer_email: String,
    locale: String,
    amount_minor: i64,
    tax_minor: i64,
    fee_minor: i64,
    fee_terms: Option<Value>,
    currency: String,
    link_token: String,
    hold_expires_at: OffsetDateTime,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Order {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok(Self {
            id: OrderId::from_uuid(row.order_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            event: EventId::from_uuid(row.event_id),
            code: row.code,
            status: word(OrderStatus::parse(&row.status), "order status")?,
            buyer_name: row.buyer_name,
            buyer_email: row.buyer_email,
            locale: row.locale,
            amount: Money::new(row.amount_minor, currency),
            tax: Money::new(row.tax_minor, currency),
            fee: Money::new(row.fee_minor, currency),
            fee_terms: word(row.fee_terms.map(serde_json::from_value).transpose(), "fee terms")?,
            link_token: row.link_token,
            hold_expires_at: row.hold_expires_at,
            created_at: row.created_at,
        })
    }
}

/// The order, whosever it is: for the system only.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, order: OrderId) -> Result<Order, StoreError> {
    sqlx::query_as!(
        Row,
        "select order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                tax_minor, fee_minor, fee_terms, currency, link_token, hold_expires_at, created_at
         from orders where order_id = $1",
        order.uuid()
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The order, with its row locked until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none, `Busy` when somebody holds it for too long.
pub async fn lock(conn: &mut Conn, order: OrderId) -> Result<Order, StoreError> {
    sqlx::query_as!(
        Row,
        "select order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                tax_minor, fee_minor, fee_terms, currency, link_token, hold_expires_at, created_at
         from orders where order_id = $1 for update",
        order.uuid()
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The orders that these payments pay, locked in the order of their ids.
///
/// # Errors
/// `Busy` when somebody holds one for too long.
pub(crate) async fn lock_of_payments(
    conn: &mut Conn,
    payments: &[PaymentId],
) -> Result<Vec<Order>, StoreError> {
    let ids: Vec<_> = payments.iter().map(|payment| payment.uuid()).collect();
    sqlx::query_as!(
        Row,
        "select order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                tax_minor, fee_minor, fee_terms, currency, link_token, hold_expires_at, created_at
         from orders where order_id = any (array(select p.order_id from payments p where p.payment_id = any ($1)))
         order by order_id for update",
        &ids
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Order::try_from)
    .collect()
}

/// The organizer's own order, locked.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn lock_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    order: OrderId,
) -> Result<Order, StoreError> {
    let found = lock(conn, order).await?;
    if found.organizer == organizer { Ok(found) } else { Err(StoreError::NotFound) }
}

/// The order of a personal link.
///
/// # Errors
/// When the database fails.
pub async fn find_by_link_token(
    conn: &mut Conn,
    token: &str,
) -> Result<Option<OrderId>, StoreError> {
    let found = sqlx::query_scalar!("select order_id from orders where link_token = $1", token)
        .fetch_optional(conn)
        .await?;
    Ok(found.map(OrderId::from_uuid))
}

/// Writes a new order; gives it back as it stands.
///
/// # Errors
/// `Conflict("orders_event_id_code_key")` when the code is taken.
pub async fn insert(conn: &mut Conn, order: &NewOrder) -> Result<Order, StoreError> {
    let search_text =
        format!("{} {} {}", order.code, order.buyer_name, order.buyer_email).to_lowercase();
    let cancel_policy = serde_json::to_value(&order.cancel_policy)
        .map_err(|_| StoreError::Malformed("frozen cancel policy"))?;
    let fee_terms =
        word(order.fee_terms.as_ref().map(serde_json::to_value).transpose(), "fee terms")?;
    sqlx::query_as!(
        Row,
        "insert into orders (order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale,
                             amount_minor, tax_minor, currency, link_token, hold_expires_at, source, created_at,
                             updated_at, paid_at, search_text, fee_minor, fee_terms,
                             cancel_policy)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15,
                 case when $5 = 'paid' then $15::timestamptz end, $16, $17, $18, $19)
         returning order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                   tax_minor, fee_minor, fee_terms, currency, link_token, hold_expires_at, created_at",
        order.id.uuid(),
        order.organizer.uuid(),
        order.event.uuid(),
        order.code,
        order.status.as_str(),
        order.buyer_name,
        order.buyer_email,
        order.locale,
        order.amount.minor(),
        order.tax.minor(),
        order.amount.currency().code(),
        order.link_token,
        order.hold_expires_at,
        order.source,
        order.now,
        search_text,
        order.fee.minor(),
        fee_terms,
        cancel_policy,
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// Writes the lines of a new order in their order.
///
/// # Errors
/// When the database fails.
pub async fn insert_lines(
    conn: &mut Conn,
    order: OrderId,
    lines: &[OrderLine],
) -> Result<(), StoreError> {
    let ids: Vec<_> = lines.iter().map(|line| line.id.uuid()).collect();
    let types: Vec<_> = lines.iter().map(|line| line.ticket_type.uuid()).collect();
    let names: Vec<_> = lines.iter().map(|line| line.name.clone()).collect();
    let prices: Vec<_> = lines.iter().map(|line| line.unit_price.minor()).collect();
    let quantities: Vec<_> =
        lines.iter().map(|line| i32::try_from(line.quantity).unwrap_or(i32::MAX)).collect();
    let rates: Vec<_> = lines.iter().map(|line| i32::from(line.tax_rate.basis_points())).collect();
    let amounts: Vec<_> = lines.iter().map(|line| line.amount.minor()).collect();
    sqlx::query!(
        "insert into order_lines (order_line_id, order_id, ticket_type_id, position, name, unit_price_minor,
                                  quantity, tax_rate_basis_points, amount_minor)
         select l.id, $1, l.ticket_type_id, l.position, l.name, l.price, l.quantity, l.rate, l.amount
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::int[], $7::int[], $8::bigint[])
              with ordinality as l (id, ticket_type_id, name, price, quantity, rate, amount, position)",
        order.uuid(),
        &ids,
        &types,
        &names,
        &prices,
        &quantities,
        &rates,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The lines of an order in their order.
///
/// # Errors
/// When the database fails.
pub async fn list_lines(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<OrderLine>, StoreError> {
    let rows = sqlx::query!(
        "select order_line_id, ticket_type_id, name, unit_price_minor, quantity, tax_rate_basis_points, amount_minor
         from order_lines where order_id = $1 order by position",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let rate = TaxRate::from_basis_points(row.tax_rate_basis_points.into());
            Ok(OrderLine {
                id: OrderLineId::from_uuid(row.order_line_id),
                ticket_type: TicketTypeId::from_uuid(row.ticket_type_id),
                name: row.name,
                unit_price: Money::new(row.unit_price_minor, currency),
                quantity: word(u32::try_from(row.quantity), "quantity")?,
                tax_rate: rate.ok_or(StoreError::Malformed("tax rate"))?,
                amount: Money::new(row.amount_minor, currency),
            })
        })
        .collect()
}

/// Proof that an order's whole amount is in the ledger, or that nothing was owed.
/// Only [`crate::ledger::post_capture`] and its kin make one for an order with a price.
#[derive(Debug)]
#[must_use]
pub struct PaidProof {
    pub(crate) order: OrderId,
}

impl PaidProof {
    /// Whose proof it is.
    pub(crate) const fn order(&self) -> OrderId {
        self.order
    }

    /// Nothing was owed: a free order is paid as it is placed.
    pub fn nothing_owed(order: &Order) -> Option<Self> {
        order.amount.is_zero().then_some(Self { order: order.id })
    }
}

/// Marks the order of the proof paid; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_paid(
    conn: &mut Conn,
    proof: PaidProof,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update orders set status = 'paid', paid_at = $2, updated_at = $2, ended_at = null, end_reason = null
         where order_id = $1 and status <> 'paid'",
        proof.order.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks the order awaiting its buyer's cash and keeps its places until `hold_expires_at`; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_awaiting_payment(
    conn: &mut Conn,
    order: OrderId,
    hold_expires_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update orders set status = 'awaiting_payment', hold_expires_at = greatest(hold_expires_at, $2), updated_at = $3
         where order_id = $1 and status = 'pending'",
        order.uuid(),
        hold_expires_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks the order pending again when its promise lapsed, and ends its hold at `hold_expires_at`.
///
/// # Errors
/// When the database fails.
pub async fn mark_pending(
    conn: &mut Conn,
    order: OrderId,
    hold_expires_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update orders set status = 'pending', hold_expires_at = $2, updated_at = $3
         where order_id = $1 and status = 'awaiting_payment'",
        order.uuid(),
        hold_expires_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Keeps a pending order's places at least until `hold_expires_at`.
///
/// # Errors
/// When the database fails.
pub async fn extend_hold(
    conn: &mut Conn,
    order: OrderId,
    hold_expires_at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update orders set hold_expires_at = greatest(hold_expires_at, $2)
         where order_id = $1 and status in ('pending', 'awaiting_payment')",
        order.uuid(),
        hold_expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends an order as `cancelled` or `expired`; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_ended(
    conn: &mut Conn,
    order: OrderId,
    status: OrderStatus,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update orders set status = $2, ended_at = $3, end_reason = $4, updated_at = $3
         where order_id = $1 and status in ('pending', 'awaiting_payment', 'paid')",
        order.uuid(),
        status.as_str(),
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Notes that something about the order changed, so that its open pages show it.
///
/// # Errors
/// When the database fails.
pub async fn touch(conn: &mut Conn, order: OrderId, now: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!("update orders set updated_at = $2 where order_id = $1", order.uuid(), now)
        .execute(conn)
        .await?;
    Ok(())
}
