//! Payments: attempts to collect an order's amount.

mod breaks;
mod credits;

use domain::ids::{EventId, Id, OrderId, OrganizerId, PaymentId};
use domain::ledger::HeldBy;
use domain::money::{Currency, Money};
use domain::payment::{OWN_BANK, PaymentMethod, PaymentStatus};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::ledger::CaptureReceipt;

pub use breaks::list_breaks;
pub use credits::mark_applied;

/// A payment as it stands.
#[derive(Debug, Clone)]
pub struct Payment {
    pub id: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub ordinal: i32,
    pub provider: String,
    pub reference: String,
    pub status: PaymentStatus,
    /// What the buyer may choose from.
    pub methods: Vec<PaymentMethod>,
    /// What the buyer chose.
    pub method: Option<PaymentMethod>,
    pub amount: Money,
    pub provider_session_id: Option<String>,
    pub provider_payment_id: Option<String>,
    pub hosted_url: Option<String>,
    pub method_details: Value,
    pub captured: Money,
    pub applied: Money,
    /// Refunds that count against it.
    pub refunds: Money,
    /// What of them gives back money that the order never claimed.
    pub credit_refunds: Money,
    pub failure_code: Option<String>,
    pub deadline_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
}

impl Payment {
    /// Where its money lies.
    pub fn held_by(&self) -> HeldBy {
        if self.provider == OWN_BANK { HeldBy::OrganizerBank } else { HeldBy::Provider }
    }

    /// Whether it is a transfer to the organizer's own account: nobody can be asked how it stands.
    pub fn is_own_transfer(&self) -> bool {
        self.provider == OWN_BANK
    }
}

/// A payment to be attempted.
#[derive(Debug, Clone)]
pub struct NewPayment {
    pub id: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub ordinal: i32,
    pub provider: &'static str,
    pub reference: String,
    pub methods: Vec<PaymentMethod>,
    pub amount: Money,
    pub now: OffsetDateTime,
}

struct Row {
    payment_id: uuid::Uuid,
    order_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    event_id: uuid::Uuid,
    ordinal: i32,
    provider: String,
    reference: String,
    status: String,
    methods: Vec<String>,
    method: Option<String>,
    amount_minor: i64,
    currency: String,
    provider_session_id: Option<String>,
    provider_payment_id: Option<String>,
    hosted_url: Option<String>,
    method_details: Value,
    captured_minor: i64,
    applied_minor: i64,
    refunds_minor: i64,
    credit_refunds_minor: i64,
    failure_code: Option<String>,
    deadline_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Payment {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let methods: Result<Vec<_>, _> =
            row.methods.iter().map(|method| PaymentMethod::parse(method)).collect();
        let method = row.method.as_deref().map(PaymentMethod::parse).transpose();
        Ok(Self {
            id: PaymentId::from_uuid(row.payment_id),
            order: OrderId::from_uuid(row.order_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            event: EventId::from_uuid(row.event_id),
            ordinal: row.ordinal,
            provider: row.provider,
            reference: row.reference,
            status: word(PaymentStatus::parse(&row.status), "payment status")?,
            methods: word(methods, "payment method")?,
            method: word(method, "payment method")?,
            amount: Money::new(row.amount_minor, currency),
            provider_session_id: row.provider_session_id,
            provider_payment_id: row.provider_payment_id,
            hosted_url: row.hosted_url,
            method_details: row.method_details,
            captured: Money::new(row.captured_minor, currency),
            applied: Money::new(row.applied_minor, currency),
            refunds: Money::new(row.refunds_minor, currency),
            credit_refunds: Money::new(row.credit_refunds_minor, currency),
            failure_code: row.failure_code,
            deadline_at: row.deadline_at,
            created_at: row.created_at,
        })
    }
}

macro_rules! select_payment {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            "select payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status, methods,
                    method, amount_minor, currency, provider_session_id, provider_payment_id, hosted_url, method_details,
                    captured_minor, applied_minor, refunds_minor, credit_refunds_minor, failure_code, deadline_at,
                    created_at
             from payments " + $rest
            $(, $arg)*
        )
    };
}

/// The payment, whosever it is: for the system only.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, payment: PaymentId) -> Result<Payment, StoreError> {
    select_payment!("where payment_id = $1", payment.uuid()).fetch_one(conn).await?.try_into()
}

/// The payment, locked until the transaction ends. Lock its order first.
///
/// # Errors
/// `NotFound` when there is none, `Busy` when somebody holds it for too long.
pub async fn lock(conn: &mut Conn, payment: PaymentId) -> Result<Payment, StoreError> {
    select_payment!("where payment_id = $1 for update", payment.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// A locked payment, and what stands beside it.
#[derive(Debug, Clone)]
pub struct LockedPayment {
    pub payment: Payment,
    /// Tickets that become valid when its order is paid.
    pub n_tickets: u64,
    /// Other attempts to pay the same order that are still open.
    pub other_open: Vec<PaymentId>,
    /// Whether money came before that the order does not claim yet.
    pub has_credit: bool,
}

/// Payments, locked in the order of their ids. Lock their orders first.
///
/// # Errors
/// `Busy` when somebody holds one for too long.
pub(crate) async fn lock_all(
    conn: &mut Conn,
    payments: &[PaymentId],
) -> Result<Vec<LockedPayment>, StoreError> {
    let ids: Vec<_> = payments.iter().map(|payment| payment.uuid()).collect();
    let rows = sqlx::query!(
        r#"select p.payment_id, p.order_id, p.organizer_id, p.event_id, p.ordinal, p.provider, p.reference, p.status,
                  p.methods, p.method, p.amount_minor, p.currency, p.provider_session_id, p.provider_payment_id,
                  p.hosted_url, p.method_details, p.captured_minor, p.applied_minor, p.refunds_minor, p.credit_refunds_minor, p.failure_code,
                  p.deadline_at, p.created_at,
                  (select count(*) from tickets t where t.order_id = p.order_id) as "n_tickets!",
                  array(select o.payment_id from payments o
                        where o.order_id = p.order_id and o.payment_id <> p.payment_id
                          and o.status in ('created', 'pending', 'authorized')) as "other_open!",
                  exists (select from payments o
                          where o.order_id = p.order_id
                            and o.captured_minor > greatest(o.applied_minor + o.credit_refunds_minor, o.refunds_minor))
                      as "has_credit!"
           from payments p where p.payment_id = any ($1) order by p.payment_id for update of p"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let other_open = row.other_open.into_iter().map(PaymentId::from_uuid).collect();
            let n_tickets = row.n_tickets.try_into().unwrap_or_default();
            let payment = Payment::try_from(Row {
                payment_id: row.payment_id,
                order_id: row.order_id,
                organizer_id: row.organizer_id,
                event_id: row.event_id,
                ordinal: row.ordinal,
                provider: row.provider,
                reference: row.reference,
                status: row.status,
                methods: row.methods,
                method: row.method,
                amount_minor: row.amount_minor,
                currency: row.currency,
                provider_session_id: row.provider_session_id,
                provider_payment_id: row.provider_payment_id,
                hosted_url: row.hosted_url,
                method_details: row.method_details,
                captured_minor: row.captured_minor,
                applied_minor: row.applied_minor,
                refunds_minor: row.refunds_minor,
                credit_refunds_minor: row.credit_refunds_minor,
                failure_code: row.failure_code,
                deadline_at: row.deadline_at,
                created_at: row.created_at,
            })?;
            Ok(LockedPayment { payment, n_tickets, other_open, has_credit: row.has_credit })
        })
        .collect()
}

/// The attempts to pay an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Payment>, StoreError> {
    select_payment!("where order_id = $1 order by ordinal", order.uuid())
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Payment::try_from)
        .collect()
}

/// What a provider's message can name a payment by.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProviderNames<'a> {
    pub session_id: Option<&'a str>,
    pub payment_id: Option<&'a str>,
    pub reference: Option<&'a str>,
}

/// Finds the payment a provider speaks of, by any name it has; each name is one look into its index.
///
/// # Errors
/// When the database fails.
pub async fn find_by_provider(
    conn: &mut Conn,
    provider: &str,
    names: ProviderNames<'_>,
) -> Result<Option<PaymentId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select coalesce(
             (select payment_id from payments where provider = $1 and provider_session_id = $2),
             (select payment_id from provider_payments where provider = $1 and provider_payment_id = $3),
             (select payment_id from payments where provider = $1 and reference = $4)
         ) as payment_id",
        provider,
        names.session_id,
        names.payment_id,
        names.reference,
    )
    .fetch_one(conn)
    .await?;
    Ok(found.map(PaymentId::from_uuid))
}

/// Writes a payment that is about to be attempted.
///
/// # Errors
/// `Conflict("payments_order_id_ordinal_key")` when another attempt began at the same time.
pub async fn insert(conn: &mut Conn, payment: &NewPayment) -> Result<Payment, StoreError> {
    let methods: Vec<_> = payment.methods.iter().map(|method| method.as_str().to_owned()).collect();
    sqlx::query_as!(
        Row,
        "insert into payments (payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status,
                               methods, amount_minor, currency, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'created', $8, $9, $10, $11, $11)
         returning payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status, methods,
                   method, amount_minor, currency, provider_session_id, provider_payment_id, hosted_url, method_details,
                   captured_minor, applied_minor, refunds_minor, credit_refunds_minor, failure_code, deadline_at,
                   created_at",
        payment.id.uuid(),
        payment.order.uuid(),
        payment.organizer.uuid(),
        payment.event.uuid(),
        payment.ordinal,
        payment.provider,
        payment.reference,
        &methods,
        payment.amount.minor(),
        payment.amount.currency().code(),
        payment.now,
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// Keeps the provider's page of a payment and marks it pending if it was just created; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_pending(
    conn: &mut Conn,
    payment: PaymentId,
    session_id: &str,
    hosted_url: Option<&str>,
    deadline_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payments
         set status = case status when 'created' then 'pending' else status end,
             provider_session_id = $2, hosted_url = coalesce($3, hosted_url),
             deadline_at = coalesce(deadline_at, $4), updated_at = $5, synced_at = $5
         where payment_id = $1 and (provider_session_id is null or provider_session_id = $2)",
        payment.uuid(),
        session_id,
        hosted_url,
        deadline_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// What was read of a payment besides its status.
#[derive(Debug, Clone)]
pub struct PaymentDetails<'a> {
    pub provider_payment_id: Option<&'a str>,
    pub method: Option<PaymentMethod>,
    pub method_details: &'a Value,
    pub method_fee: Money,
    pub failure_code: Option<&'a str>,
    pub deadline_at: Option<OffsetDateTime>,
}

/// Keeps what was read of a payment besides its status, and when; its name for ever. The caller holds the order, so that
/// nothing personal comes back behind its erasing.
///
/// # Errors
/// When the database fails.
pub async fn keep_details(
    conn: &mut Conn,
    payment: PaymentId,
    details: &PaymentDetails<'_>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with named as (
             insert into provider_payments (provider_payment_id, provider, payment_id)
             select $2::text, p.provider, p.payment_id from payments p
             where p.payment_id = $1 and $2::text is not null
               and (select n.payment_id from provider_payments n
                    where n.provider_payment_id = $2 and n.provider = p.provider) is distinct from p.payment_id
         )
         update payments
         set provider_payment_id = coalesce($2, provider_payment_id), method = coalesce($3, method),
             -- Whose order was erased stays unknown, whatever comes later.
             method_details = case when exists (select from orders o where o.order_id = payments.order_id and o.erased_at is not null)
                                   then '{}'::jsonb else $4::jsonb end,
             method_fee_minor = $5, failure_code = $6,
             deadline_at = coalesce($7, deadline_at), synced_at = $8
         where payment_id = $1",
        payment.uuid(),
        details.provider_payment_id,
        details.method.map(PaymentMethod::as_str),
        details.method_details,
        details.method_fee.minor(),
        details.failure_code,
        details.deadline_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a payment was asked about without an answer; gives the page that somebody else was told of meanwhile.
///
/// # Errors
/// `NotFound` when there is no such payment.
pub async fn touch(
    conn: &mut Conn,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<Option<String>, StoreError> {
    let hosted_url = sqlx::query_scalar!(
        "update payments set updated_at = $2 where payment_id = $1 returning hosted_url",
        payment.uuid(),
        now
    )
    .fetch_one(conn)
    .await?;
    Ok(hosted_url)
}

/// Moves an open payment to a status that holds no money; says whether it moved.
///
/// # Errors
/// When the database fails. `captured` is refused by the table's check: only a receipt can mark it.
pub async fn mark_moved(
    conn: &mut Conn,
    payment: PaymentId,
    status: PaymentStatus,
    failure_code: Option<&str>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payments set status = $2, failure_code = coalesce($3, failure_code), updated_at = $4
         where payment_id = $1 and status in ('created', 'pending', 'authorized')",
        payment.uuid(),
        status.as_str(),
        failure_code,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks the payment of the receipt captured; the receipt carries the payment and the amounts, so they cannot disagree.
///
/// # Errors
/// When the database fails.
pub async fn mark_captured(
    conn: &mut Conn,
    receipt: &CaptureReceipt,
    captured_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payments set status = 'captured', captured_minor = $2, applied_minor = $3, platform_fee_minor = $6,
             provider_fee_minor = $7, captured_at = $4, updated_at = $5
         where payment_id = $1 and status <> 'captured'",
        receipt.payment().uuid(),
        receipt.captured().minor(),
        receipt.applied().minor(),
        captured_at,
        now,
        receipt.fees().platform.minor(),
        receipt.fees().provider.minor(),
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}
