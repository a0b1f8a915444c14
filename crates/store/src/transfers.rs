//! Transfers to organizers' own accounts: where they go, the numbers they carry, and the orders that wait for them.

use domain::bank::{AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode};
use domain::ids::{EventId, Id, OrderId, OrganizerId, PaymentId};
use domain::money::{Currency, Money};
use domain::payment::{OWN_BANK, PaymentMethod};
use domain::statement::matching::Awaited;
use domain::transfer::TransferNumber;
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Orders that one look compares a line with; more of them would not be proposed anyway.
const AWAITED_MAX: i64 = 5000;

/// Where an organizer's participants transfer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivingAccount {
    pub account: BankAccount,
    pub bank_name: String,
    pub branch_name: String,
}

/// The organizer's account; none where none was entered.
///
/// # Errors
/// When the database fails.
pub async fn find_account(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Option<ReceivingAccount>, StoreError> {
    let row = sqlx::query!(
        "select bank_code, bank_name, branch_code, branch_name, kind, number, holder_kana
         from receiving_accounts where organizer_id = $1",
        organizer.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(ReceivingAccount {
            account: BankAccount {
                bank: word(BankCode::parse(&row.bank_code), "bank code")?,
                branch: word(BranchCode::parse(&row.branch_code), "branch code")?,
                kind: word(AccountKind::parse(&row.kind), "account kind")?,
                number: word(AccountNumber::parse(&row.number), "account number")?,
                holder: word(BankKana::try_from(row.holder_kana), "account holder")?,
            },
            bank_name: row.bank_name,
            branch_name: row.branch_name,
        })
    })
    .transpose()
}

/// Keeps the organizer's account; the one before is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn put_account(
    conn: &mut Conn,
    organizer: OrganizerId,
    receiving: &ReceivingAccount,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let account = &receiving.account;
    sqlx::query!(
        "insert into receiving_accounts
             (organizer_id, bank_code, bank_name, branch_code, branch_name, kind, number, holder_kana, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (organizer_id) do update
         set bank_code = $2, bank_name = $3, branch_code = $4, branch_name = $5, kind = $6, number = $7, holder_kana = $8,
             updated_at = $9",
        organizer.uuid(),
        account.bank.as_str(),
        receiving.bank_name,
        account.branch.as_str(),
        receiving.branch_name,
        account.kind.as_str(),
        account.number.as_str(),
        account.holder.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether buyers of the organizer's were told to transfer to this account, now or before it was changed.
///
/// # Errors
/// When the database fails.
pub async fn was_named(
    conn: &mut Conn,
    organizer: OrganizerId,
    (bank, branch, number): (&str, &str, &str),
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from payments
               where organizer_id = $1 and provider = 'bank' and method_details->>'bank_name' like '%(' || $2 || ')'
                 and method_details->>'bank_branch' like '%(' || $3 || ')'
                 and method_details->>'bank_account_number' = right($4, 7)) as "is!""#,
        organizer.uuid(),
        bank,
        branch,
        number,
    )
    .fetch_one(conn)
    .await?)
}

/// What a promise to transfer must know of its event.
#[derive(Debug, Clone)]
pub struct EventTerms {
    pub methods: Vec<PaymentMethod>,
    pub starts_at: Option<OffsetDateTime>,
    pub time_zone: String,
}

/// Reads what a promise must know of an event.
///
/// # Errors
/// `NotFound` when there is no such event.
pub async fn get_terms(conn: &mut Conn, event: EventId) -> Result<EventTerms, StoreError> {
    let row = sqlx::query!(
        "select methods, starts_at, time_zone from events where event_id = $1",
        event.uuid()
    )
    .fetch_one(conn)
    .await?;
    let methods: Result<Vec<_>, _> =
        row.methods.iter().map(|method| PaymentMethod::parse(method)).collect();
    Ok(EventTerms {
        methods: word(methods, "payment method")?,
        starts_at: row.starts_at,
        time_zone: row.time_zone,
    })
}

/// The order's number, if it was given one.
///
/// # Errors
/// When the database fails.
pub async fn find_number(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Option<TransferNumber>, StoreError> {
    let number =
        sqlx::query_scalar!("select transfer_number from orders where order_id = $1", order.uuid())
            .fetch_one(conn)
            .await?;
    number
        .map(|number| {
            TransferNumber::parse(&number).ok_or(StoreError::Malformed("transfer number"))
        })
        .transpose()
}

/// Gives the order a number unless another order has it; says whether it is the order's now.
///
/// # Errors
/// When the database fails.
pub async fn give_number(
    conn: &mut Conn,
    order: OrderId,
    number: &TransferNumber,
) -> Result<bool, StoreError> {
    let given = sqlx::query!(
        "update orders set transfer_number = $2
         where order_id = $1 and transfer_number is null
           and not exists (select from orders where transfer_number = $2)",
        order.uuid(),
        number.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(given.rows_affected() == 1)
}

/// The organizer's orders of these numbers, whatever became of them.
///
/// # Errors
/// When the database fails.
pub async fn list_by_numbers(
    conn: &mut Conn,
    organizer: OrganizerId,
    numbers: &[TransferNumber],
) -> Result<Vec<OrderId>, StoreError> {
    let numbers: Vec<String> = numbers.iter().map(|number| number.as_str().to_owned()).collect();
    let rows = sqlx::query_scalar!(
        "select order_id from orders where organizer_id = $1 and transfer_number = any ($2) order by order_id",
        organizer.uuid(),
        &numbers,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}

/// The organizer's orders that wait for a transfer, with what they lack.
///
/// # Errors
/// When the database fails.
pub async fn list_awaited(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<Awaited>, StoreError> {
    let rows = sqlx::query!(
        r#"select o.order_id, o.transfer_number, o.buyer_name, o.currency,
                  (o.amount_minor - coalesce((
                      select sum(greatest(0, p.captured_minor - greatest(p.applied_minor + p.credit_refunds_minor, p.refunds_minor)))
                      from payments p
                      where p.order_id = o.order_id), 0))::bigint as "missing_minor!"
           from order_holds h join orders o using (order_id)
           where o.organizer_id = $1 and o.status in ('pending', 'awaiting_payment') and o.transfer_number is not null
           order by o.order_id desc limit $2"#,
        organizer.uuid(),
        AWAITED_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            Ok(Awaited {
                order: OrderId::from_uuid(row.order_id),
                number: row.transfer_number.as_deref().and_then(TransferNumber::parse),
                missing: Money::new(row.missing_minor, currency),
                buyer: domain::bank::PayerName::read(&row.buyer_name),
            })
        })
        .collect()
}

/// A promise to transfer, to be written.
#[derive(Debug, Clone)]
pub struct NewTransfer<'a> {
    pub id: PaymentId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub ordinal: i32,
    pub reference: String,
    pub amount: Money,
    /// The account and the number, as the buyer is shown them.
    pub method_details: &'a Value,
    pub deadline_at: OffsetDateTime,
    pub now: OffsetDateTime,
}

/// Writes a promise to transfer: it waits for its money from the first moment.
///
/// # Errors
/// `Conflict("payments_order_id_ordinal_key")` when another attempt began at the same time.
pub async fn insert(conn: &mut Conn, transfer: &NewTransfer<'_>) -> Result<(), StoreError> {
    let method = PaymentMethod::DirectTransfer.as_str();
    sqlx::query!(
        "insert into payments (payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status,
                               methods, method, method_details, amount_minor, currency, deadline_at, created_at, updated_at,
                               synced_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'authorized', array[$8::text], $8, $9, $10, $11, $12, $13, $13, $13)",
        transfer.id.uuid(),
        transfer.order.uuid(),
        transfer.organizer.uuid(),
        transfer.event.uuid(),
        transfer.ordinal,
        OWN_BANK,
        transfer.reference,
        method,
        transfer.method_details,
        transfer.amount.minor(),
        transfer.amount.currency().code(),
        transfer.deadline_at,
        transfer.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
