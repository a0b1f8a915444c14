//! The ledger: postings are written once, never changed; receipts prove that money is booked.

use domain::ids::{EventId, Id, LedgerTransactionId, OrderId, OrganizerId, PaymentId, RefundId};
use domain::ledger::{AccountKind, Posting, RefundFrom};
use domain::money::{Currency, Money};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::orders::PaidProof;

/// What a posting is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub refund: Option<RefundId>,
}

/// Proof that the money of a payment is in the ledger. Only this module makes one.
#[derive(Debug)]
#[must_use]
pub struct CaptureReceipt {
    payment: PaymentId,
    order: OrderId,
    captured: Money,
    applied: Money,
}

impl CaptureReceipt {
    /// Whose money it is.
    pub const fn payment(&self) -> PaymentId {
        self.payment
    }

    /// What the provider took for us.
    pub const fn captured(&self) -> Money {
        self.captured
    }

    /// What of it pays the order.
    pub const fn applied(&self) -> Money {
        self.applied
    }

    /// Proof that the order is paid, if this money pays all of `owed`.
    pub fn pays(&self, owed: Money) -> Option<PaidProof> {
        (self.applied == owed).then_some(PaidProof { order: self.order })
    }
}

/// Why money could not be booked.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unbalanced(#[from] domain::ledger::Unbalanced),
}

/// Books captured money: `applied` of it pays the order, the rest is a credit of the buyer.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when it was booked before.
pub async fn post_capture(
    conn: &mut Conn,
    subject: Subject,
    captured: Money,
    applied: Money,
    method_fee: Money,
    now: OffsetDateTime,
) -> Result<CaptureReceipt, PostError> {
    let posting = if applied == captured {
        Posting::capture(subject.organizer, captured, method_fee)?
    } else {
        Posting::capture_to_credit(subject.organizer, captured, method_fee, applied)?
    };
    write(conn, subject, &posting, &format!("capture:{}", subject.payment), now).await?;
    Ok(CaptureReceipt { payment: subject.payment, order: subject.order, captured, applied })
}

/// What happens to a refund's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundMove {
    Requested,
    Succeeded,
    Released,
    /// Made at the provider, not here.
    ByProvider,
    /// Taken by the buyer's bank.
    ByDispute,
}

/// Books what happened to a refund's money. The subject names the refund.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when it was booked before; `NotFound` when no refund is named.
pub async fn post_refund(
    conn: &mut Conn,
    subject: Subject,
    what: RefundMove,
    from: RefundFrom,
    amount: Money,
    now: OffsetDateTime,
) -> Result<(), PostError> {
    let organizer = subject.organizer;
    let refund = subject.refund.ok_or(StoreError::NotFound)?;
    let posting = match what {
        RefundMove::Requested => Posting::refund_requested(organizer, from, amount)?,
        RefundMove::Succeeded => Posting::refund_succeeded(organizer, amount)?,
        RefundMove::Released => Posting::refund_released(organizer, from, amount)?,
        RefundMove::ByProvider => Posting::provider_refund(organizer, from, amount)?,
        RefundMove::ByDispute => Posting::dispute(organizer, amount)?,
    };
    let fact_key = format!("{}:{refund}", posting.kind());
    Ok(write(conn, subject, &posting, &fact_key, now).await?)
}

async fn write(
    conn: &mut Conn,
    subject: Subject,
    posting: &Posting,
    fact_key: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let id = uuid::Uuid::now_v7();
    let kinds: Vec<_> =
        posting.entries().iter().map(|it| it.account.kind.as_str().to_owned()).collect();
    let owners: Vec<_> =
        posting.entries().iter().map(|it| it.account.organizer.map(Id::uuid)).collect();
    let currencies: Vec<_> =
        posting.entries().iter().map(|it| it.amount.currency().code().to_owned()).collect();
    let amounts: Vec<_> = posting.entries().iter().map(|it| it.amount.minor()).collect();
    sqlx::query!(
        "insert into ledger_transactions
             (ledger_transaction_id, fact_key, kind, organizer_id, event_id, order_id, payment_id, refund_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        fact_key,
        posting.kind().as_str(),
        subject.organizer.uuid(),
        subject.event.uuid(),
        subject.order.uuid(),
        subject.payment.uuid(),
        subject.refund.map(Id::uuid),
        now,
    )
    .execute(&mut *conn)
    .await?;
    let written = insert_entries(conn, id, &kinds, &owners, &currencies, &amounts).await?;
    if written < posting.entries().len() {
        // An account is used for the first time: open it, then write the whole set.
        open_accounts(conn, &kinds, &owners, &currencies).await?;
        insert_entries(conn, id, &kinds, &owners, &currencies, &amounts).await?;
    }
    Ok(())
}

/// Writes all entries or, when an account is missing, none; says how many.
async fn insert_entries(
    conn: &mut Conn,
    id: uuid::Uuid,
    kinds: &[String],
    owners: &[Option<uuid::Uuid>],
    currencies: &[String],
    amounts: &[i64],
) -> Result<usize, StoreError> {
    let written = sqlx::query!(
        "with lines as (
             select a.ledger_account_id, l.amount_minor, l.currency
             from unnest($2::text[], $3::uuid[], $4::text[], $5::bigint[]) as l (kind, organizer_id, currency, amount_minor)
             join ledger_accounts a
               on a.kind = l.kind and a.organizer_id is not distinct from l.organizer_id and a.currency = l.currency
         )
         insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
         select $1, ledger_account_id, amount_minor, currency from lines
         where (select count(*) from lines) = cardinality($2::text[])",
        id,
        kinds,
        owners as _,
        currencies,
        amounts,
    )
    .execute(conn)
    .await?;
    Ok(usize::try_from(written.rows_affected()).unwrap_or_default())
}

async fn open_accounts(
    conn: &mut Conn,
    kinds: &[String],
    owners: &[Option<uuid::Uuid>],
    currencies: &[String],
) -> Result<(), StoreError> {
    // Sorted, so that two first postings at once open accounts in one order and do not wait for each other.
    sqlx::query!(
        "insert into ledger_accounts (kind, organizer_id, currency)
         select * from unnest($1::text[], $2::uuid[], $3::text[]) as l (kind, organizer_id, currency)
         order by 1, 2, 3
         on conflict do nothing",
        kinds,
        owners as _,
        currencies,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The balance of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub account: AccountKind,
    /// Debits are positive, credits negative.
    pub balance: Money,
}

/// The balances of an organizer's accounts, derived from their entries.
///
/// # Errors
/// When the database fails.
pub async fn list_balances(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<Balance>, StoreError> {
    let rows = sqlx::query!(
        r#"select a.kind, a.currency, coalesce(sum(e.amount_minor), 0)::bigint as "minor!"
           from ledger_accounts a left join ledger_entries e using (ledger_account_id)
           where a.organizer_id = $1 group by a.kind, a.currency order by a.kind, a.currency"#,
        organizer.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Balance {
                account: word(AccountKind::parse(&row.kind), "account kind")?,
                balance: Money::new(row.minor, word(Currency::parse(&row.currency), "currency")?),
            })
        })
        .collect()
}

/// Lists ledger transactions that do not sum to zero. The database refuses them; `check` looks all the same.
///
/// # Errors
/// When the database fails.
pub async fn list_unbalanced(
    conn: &mut Conn,
) -> Result<Vec<(LedgerTransactionId, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select ledger_transaction_id, sum(amount_minor)::bigint as "minor!" from ledger_entries
           group by ledger_transaction_id, currency having sum(amount_minor) <> 0
           union all
           select t.ledger_transaction_id, 0 from ledger_transactions t
           where not exists (select from ledger_entries e where e.ledger_transaction_id = t.ledger_transaction_id)
           limit 1000"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some((LedgerTransactionId::from_uuid(row.ledger_transaction_id?), row.minor))
        })
        .collect())
}
