//! The ledger: postings are written once, never changed; receipts prove that money is booked.

mod credits;
mod paid_out;

use std::collections::BTreeMap;

use domain::fees::Fees;
use domain::ids::{
    EventId, Id, LedgerTransactionId, OrderId, OrganizerId, PaymentId, PayoutId, RefundId,
    SettlementId,
};
use domain::ledger::{AccountKind, HeldBy, Posting, RefundFrom};
use domain::money::{Currency, Money};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::orders::PaidProof;

pub use credits::{CreditReceipt, post_credit_applied};
pub use paid_out::{PayoutSubject, post_payout, post_settlement};

/// What a posting is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub refund: Option<RefundId>,
    /// Where the payment's money lies.
    pub held_by: HeldBy,
}

/// What any ledger transaction is about, column by column.
#[derive(Debug, Clone, Copy)]
struct About {
    organizer: OrganizerId,
    event: Option<EventId>,
    order: Option<OrderId>,
    payment: Option<PaymentId>,
    refund: Option<RefundId>,
    payout: Option<PayoutId>,
    settlement: Option<SettlementId>,
}

impl About {
    /// Nothing but an organizer.
    const fn of(organizer: OrganizerId) -> Self {
        Self {
            organizer,
            event: None,
            order: None,
            payment: None,
            refund: None,
            payout: None,
            settlement: None,
        }
    }
}

/// Proof that the money of a payment is in the ledger. Only this module makes one.
#[derive(Debug)]
#[must_use]
pub struct CaptureReceipt {
    payment: PaymentId,
    order: OrderId,
    captured: Money,
    applied: Money,
    fees: Fees,
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

    /// What the fee rules of the order took of it.
    pub const fn fees(&self) -> Fees {
        self.fees
    }

    /// Proof that the order is paid, if this money pays all of `owed`.
    pub fn pays(&self, owed: Money) -> Option<PaidProof> {
        self.pays_with(&[], owed)
    }

    /// Proof that the order is paid, if this money and earlier credits of the same order pay all of `owed`.
    pub fn pays_with(&self, credits: &[CreditReceipt], owed: Money) -> Option<PaidProof> {
        CreditReceipt::pay(credits, self.order, self.applied, owed)
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

/// Books captured money with the fees that are taken of it.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when it was booked before.
pub async fn post_capture(
    conn: &mut Conn,
    capture: Capture,
    now: OffsetDateTime,
) -> Result<CaptureReceipt, PostError> {
    let booking = capture.subject.book(capture.posting()?, capture.fact_key());
    write(conn, &[booking], now).await?;
    Ok(capture.receipt())
}

/// Captured money to be booked: `applied` of it pays the order, the rest is a credit of the buyer.
#[derive(Debug, Clone, Copy)]
pub struct Capture {
    pub subject: Subject,
    pub captured: Money,
    pub applied: Money,
    /// What the buyer paid on top for the provider's method.
    pub method_fee: Money,
    /// What the fee rules of the order take of the applied part.
    pub fees: Fees,
}

impl Capture {
    fn posting(&self) -> Result<Posting, domain::ledger::Unbalanced> {
        let organizer = self.subject.organizer;
        if self.applied == self.captured {
            Posting::capture(organizer, self.captured, self.method_fee, self.fees)
        } else {
            Posting::capture_to_credit(
                organizer,
                self.captured,
                self.method_fee,
                self.applied,
                self.fees,
            )
        }
    }

    fn fact_key(&self) -> String {
        format!("capture:{}", self.subject.payment)
    }

    const fn receipt(&self) -> CaptureReceipt {
        CaptureReceipt {
            payment: self.subject.payment,
            order: self.subject.order,
            captured: self.captured,
            applied: self.applied,
            fees: self.fees,
        }
    }
}

/// Books captures, all or none; the receipts stand in the order given.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when one was booked before.
pub async fn post_captures(
    conn: &mut Conn,
    captures: &[Capture],
    now: OffsetDateTime,
) -> Result<Vec<CaptureReceipt>, PostError> {
    let postings: Result<Vec<_>, PostError> = captures
        .iter()
        .map(|capture| Ok(capture.subject.book(capture.posting()?, capture.fact_key())))
        .collect();
    write(conn, &postings?, now).await?;
    Ok(captures.iter().map(Capture::receipt).collect())
}

/// What happens to a refund's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundMove {
    Requested,
    Succeeded,
    Released,
    /// The organizer made it by itself.
    ByHand,
    /// A refund that was made came back; `was_by_hand` says to whom.
    Returned {
        was_by_hand: bool,
    },
    /// Made at the provider, not here.
    ByProvider,
    /// Taken by the buyer's bank.
    ByDispute,
    DisputeWon,
    DisputeLost,
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
    post_refund_round(conn, subject, what, (from, amount, 0), now).await
}

/// The same for a refund that may begin anew: money that left and came back can leave again, once a round.
///
/// # Errors
/// As [`post_refund`].
pub async fn post_refund_round(
    conn: &mut Conn,
    subject: Subject,
    what: RefundMove,
    (from, amount, round): (RefundFrom, Money, i32),
    now: OffsetDateTime,
) -> Result<(), PostError> {
    let organizer = subject.organizer;
    let refund = subject.refund.ok_or(StoreError::NotFound)?;
    let posting = match what {
        RefundMove::Requested => Posting::refund_requested(organizer, from, amount)?,
        RefundMove::Succeeded => Posting::refund_succeeded(organizer, amount)?,
        RefundMove::ByHand => Posting::refund_by_hand(organizer, amount)?,
        RefundMove::Returned { was_by_hand } => {
            Posting::refund_returned(organizer, was_by_hand, amount)?
        }
        RefundMove::Released => Posting::refund_released(organizer, from, amount)?,
        RefundMove::ByProvider => Posting::provider_refund(organizer, from, amount)?,
        RefundMove::ByDispute => Posting::dispute(organizer, amount)?,
        RefundMove::DisputeWon => Posting::dispute_won(organizer, amount)?,
        RefundMove::DisputeLost => Posting::dispute_lost(organizer, from, amount)?,
    };
    let fact_key = match round {
        0 => format!("{}:{refund}", posting.kind()),
        round => format!("{}:{refund}:{round}", posting.kind()),
    };
    Ok(write(conn, &[subject.book(posting, fact_key)], now).await?)
}

impl Subject {
    /// Its columns, and the posting with the money where it lies.
    fn book(self, posting: Posting, fact_key: String) -> Booking {
        let about = About {
            event: Some(self.event),
            order: Some(self.order),
            payment: Some(self.payment),
            refund: self.refund,
            ..About::of(self.organizer)
        };
        (about, posting.held_by(self.held_by), fact_key)
    }
}

/// A posting, what it is about, and the fact that it books.
type Booking = (About, Posting, String);

async fn write(
    conn: &mut Conn,
    bookings: &[Booking],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let ids: Vec<_> = bookings.iter().map(|_| Uuid::now_v7()).collect();
    let lines = Lines::of(&ids, bookings);
    if write_all(conn, &ids, bookings, &lines, now).await? < lines.amounts.len() {
        // An account is used for the first time: open it, then write the entries, of which none was written.
        open_accounts(conn, &lines).await?;
        insert_entries(conn, &lines).await?;
    }
    Ok(())
}

/// Entries by column, as `unnest` takes them, and the accounts they are on: many entries, few accounts.
#[derive(Default)]
struct Lines {
    transactions: Vec<Uuid>,
    /// Which of the accounts, the first being 1.
    accounts: Vec<i64>,
    amounts: Vec<i64>,
    kinds: Vec<&'static str>,
    owners: Vec<Option<Uuid>>,
    currencies: Vec<&'static str>,
}

impl Lines {
    fn of(ids: &[Uuid], bookings: &[Booking]) -> Self {
        let mut lines = Self::default();
        let mut places = BTreeMap::new();
        for (id, (_, posting, _)) in ids.iter().zip(bookings) {
            for entry in posting.entries() {
                let kind = entry.account.kind.as_str();
                let owner = entry.account.organizer.map(Id::uuid);
                let currency = entry.amount.currency().code();
                let next = i64::try_from(places.len()).unwrap_or(i64::MAX).saturating_add(1);
                let place = *places.entry((kind, owner, currency)).or_insert_with(|| {
                    lines.kinds.push(kind);
                    lines.owners.push(owner);
                    lines.currencies.push(currency);
                    next
                });
                lines.transactions.push(*id);
                lines.accounts.push(place);
                lines.amounts.push(entry.amount.minor());
            }
        }
        lines
    }
}

/// Writes the transactions with all their entries or, when an account is missing, with none; says how many entries.
async fn write_all(
    conn: &mut Conn,
    ids: &[Uuid],
    bookings: &[Booking],
    lines: &Lines,
    now: OffsetDateTime,
) -> Result<usize, StoreError> {
    let column = |of: fn(&About) -> Option<Uuid>| {
        bookings.iter().map(|(it, _, _)| of(it)).collect::<Vec<_>>()
    };
    let organizers: Vec<_> = bookings.iter().map(|(it, _, _)| it.organizer.uuid()).collect();
    let fact_keys: Vec<_> = bookings.iter().map(|(_, _, key)| key.as_str()).collect();
    let kinds: Vec<_> = bookings.iter().map(|(_, it, _)| it.kind().as_str()).collect();
    let written = sqlx::query!(
        "with booked as (
             insert into ledger_transactions
                 (ledger_transaction_id, fact_key, kind, organizer_id, event_id, order_id, payment_id, refund_id, payout_id,
                  settlement_id, created_at)
             select b.*, $9 from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
                                        $8::uuid[], $15::uuid[], $16::uuid[]) b
         ), accounts as materialized (
             select l.place, l.currency, a.ledger_account_id
             from unnest($11::text[], $12::uuid[], $13::text[]) with ordinality as l (kind, organizer_id, currency, place)
             join ledger_accounts a
               on a.kind = l.kind and a.currency = l.currency and coalesce(a.organizer_id, '00000000-0000-0000-0000-000000000000') = coalesce(l.organizer_id, '00000000-0000-0000-0000-000000000000')
         )
         insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
         select l.id, a.ledger_account_id, l.amount_minor, a.currency
         from unnest($10::uuid[], $17::bigint[], $14::bigint[]) as l (id, place, amount_minor)
         join accounts a using (place)
         where (select count(*) from accounts) = cardinality($11::text[])",
        ids,
        &fact_keys as _,
        &kinds as _,
        &organizers,
        &column(|it| it.event.map(Id::uuid)) as _,
        &column(|it| it.order.map(Id::uuid)) as _,
        &column(|it| it.payment.map(Id::uuid)) as _,
        &column(|it| it.refund.map(Id::uuid)) as _,
        now,
        &lines.transactions,
        &lines.kinds as _,
        &lines.owners as _,
        &lines.currencies as _,
        &lines.amounts,
        &column(|it| it.payout.map(Id::uuid)) as _,
        &column(|it| it.settlement.map(Id::uuid)) as _,
        &lines.accounts,
    )
    .execute(conn)
    .await?;
    Ok(usize::try_from(written.rows_affected()).unwrap_or_default())
}

async fn insert_entries(conn: &mut Conn, lines: &Lines) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
         select l.id, a.ledger_account_id, l.amount_minor, a.currency
         from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as l (id, place, amount_minor)
         join unnest($4::text[], $5::uuid[], $6::text[]) with ordinality as w (kind, organizer_id, currency, place)
           using (place)
         join ledger_accounts a
           on a.kind = w.kind and a.currency = w.currency and coalesce(a.organizer_id, '00000000-0000-0000-0000-000000000000') = coalesce(w.organizer_id, '00000000-0000-0000-0000-000000000000')",
        &lines.transactions,
        &lines.accounts,
        &lines.amounts,
        &lines.kinds as _,
        &lines.owners as _,
        &lines.currencies as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn open_accounts(conn: &mut Conn, lines: &Lines) -> Result<(), StoreError> {
    // Sorted, so that two first postings at once open accounts in one order and do not wait for each other.
    sqlx::query!(
        "insert into ledger_accounts (kind, organizer_id, currency)
         select kind, organizer_id, currency
         from unnest($1::text[], $2::uuid[], $3::text[]) as l (kind, organizer_id, currency)
         order by 1, 2, 3
         on conflict do nothing",
        &lines.kinds as _,
        &lines.owners as _,
        &lines.currencies as _,
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
