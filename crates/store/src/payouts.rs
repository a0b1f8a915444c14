//! Payouts, what they are made of, and the files that take them to the bank. That none exceeds what is payable is the
//! database's own rule (`payouts_payable_check`).

use domain::ids::{BankAccountId, EventId, Id, OrganizerId, PayoutFileId, PayoutId, UserId};
use domain::money::{Currency, Money};
use domain::payout::PayoutStatus;
use time::{Date, OffsetDateTime};

use crate::db::Conn;
use crate::error::{StoreError, word};

mod watched;

pub use watched::{Overdue, list_breaks, list_stuck};

/// A payout as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub id: PayoutId,
    pub organizer: OrganizerId,
    pub code: String,
    pub status: PayoutStatus,
    pub amount: Money,
    pub bank_account: BankAccountId,
    pub prepared_by: UserId,
    pub approved_by: Option<UserId>,
    pub approved_at: Option<OffsetDateTime>,
    pub file: Option<PayoutFileId>,
    pub submitted_at: Option<OffsetDateTime>,
    pub paid_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub end_reason: String,
    pub created_at: OffsetDateTime,
}

/// What one event has to do with a payout, as it was when the payout was prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutLine {
    pub event: EventId,
    pub event_title: String,
    pub sales: Money,
    pub platform_fees: Money,
    pub provider_fees: Money,
    pub refunds: Money,
    pub disputes: Money,
    pub paid_before: Money,
    pub reserve: Money,
    pub amount: Money,
}

/// A payout to be written.
#[derive(Debug, Clone)]
pub struct NewPayout<'a> {
    pub id: PayoutId,
    pub organizer: OrganizerId,
    pub code: &'a str,
    pub amount: Money,
    pub bank_account: BankAccountId,
    pub prepared_by: UserId,
    pub now: OffsetDateTime,
}

/// Payouts for the bank, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutFile {
    pub id: PayoutFileId,
    pub transfer_on: Date,
    pub created_at: OffsetDateTime,
}

struct Row {
    payout_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    code: String,
    status: String,
    amount_minor: i64,
    currency: String,
    bank_account_id: uuid::Uuid,
    prepared_by: uuid::Uuid,
    approved_by: Option<uuid::Uuid>,
    approved_at: Option<OffsetDateTime>,
    payout_file_id: Option<uuid::Uuid>,
    submitted_at: Option<OffsetDateTime>,
    paid_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    end_reason: String,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Payout {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok(Self {
            id: PayoutId::from_uuid(row.payout_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            code: row.code,
            status: word(PayoutStatus::parse(&row.status), "payout status")?,
            amount: Money::new(row.amount_minor, currency),
            bank_account: BankAccountId::from_uuid(row.bank_account_id),
            prepared_by: UserId::from_uuid(row.prepared_by),
            approved_by: row.approved_by.map(UserId::from_uuid),
            approved_at: row.approved_at,
            file: row.payout_file_id.map(PayoutFileId::from_uuid),
            submitted_at: row.submitted_at,
            paid_at: row.paid_at,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
            created_at: row.created_at,
        })
    }
}

macro_rules! select_payout {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            "select payout_id, organizer_id, code, status, amount_minor, currency, bank_account_id, prepared_by,
                    approved_by, approved_at, payout_file_id, submitted_at, paid_at, ended_at, end_reason, created_at
             from payouts " + $rest
            $(, $arg)*
        )
    };
}

/// The organizer's own payout.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    payout: PayoutId,
) -> Result<Payout, StoreError> {
    select_payout!("where payout_id = $1 and organizer_id = $2", payout.uuid(), organizer.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The payout, locked until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(conn: &mut Conn, payout: PayoutId) -> Result<Payout, StoreError> {
    select_payout!("where payout_id = $1 for update", payout.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The organizer's payouts older than `before`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    before: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<Payout>, StoreError> {
    select_payout!(
        "where organizer_id = $1 and ($2::uuid is null or payout_id < $2) order by payout_id desc limit $3",
        organizer.uuid(),
        before.map(Id::uuid),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Payout::try_from)
    .collect()
}

/// Whether the organizer has a payout that is under way.
///
/// # Errors
/// When the database fails.
pub async fn has_open(conn: &mut Conn, organizer: OrganizerId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from payouts where organizer_id = $1 and status in ('draft', 'approved', 'submitted')) as "it!""#,
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// Every organizer's payouts that wait for an administrator or ended lately, those that wait first.
///
/// # Errors
/// When the database fails.
pub async fn list_for_administrators(
    conn: &mut Conn,
    limit: i64,
) -> Result<Vec<Payout>, StoreError> {
    select_payout!(
        "where status not in ('draft', 'cancelled')
         order by case status when 'approved' then 0 when 'submitted' then 1 else 2 end, updated_at desc limit $1",
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Payout::try_from)
    .collect()
}

/// Those of the payouts that are approved, locked, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn lock_approved(
    conn: &mut Conn,
    payouts: &[PayoutId],
) -> Result<Vec<Payout>, StoreError> {
    let ids: Vec<_> = payouts.iter().map(|it| it.uuid()).collect();
    select_payout!(
        "where payout_id = any ($1) and status = 'approved' order by payout_id for update",
        &ids
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Payout::try_from)
    .collect()
}

/// The payouts of a file, in the order of its records.
///
/// # Errors
/// When the database fails.
pub async fn list_for_file(conn: &mut Conn, file: PayoutFileId) -> Result<Vec<Payout>, StoreError> {
    select_payout!("where payout_file_id = $1 order by payout_id", file.uuid())
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(Payout::try_from)
        .collect()
}

/// What a payout is made of.
///
/// # Errors
/// When the database fails.
pub async fn list_lines(
    conn: &mut Conn,
    payout: PayoutId,
    currency: Currency,
) -> Result<Vec<PayoutLine>, StoreError> {
    let rows = sqlx::query!(
        "select l.event_id, v.title, l.sales_minor, l.platform_fees_minor, l.provider_fees_minor, l.refunds_minor,
                l.disputes_minor, l.paid_before_minor, l.reserve_minor, l.amount_minor
         from payout_lines l join events v using (event_id) where l.payout_id = $1 order by v.starts_at, l.event_id",
        payout.uuid()
    )
    .fetch_all(conn)
    .await?;
    let money = |minor| Money::new(minor, currency);
    Ok(rows
        .into_iter()
        .map(|row| PayoutLine {
            event: EventId::from_uuid(row.event_id),
            event_title: row.title,
            sales: money(row.sales_minor),
            platform_fees: money(row.platform_fees_minor),
            provider_fees: money(row.provider_fees_minor),
            refunds: money(row.refunds_minor),
            disputes: money(row.disputes_minor),
            paid_before: money(row.paid_before_minor),
            reserve: money(row.reserve_minor),
            amount: money(row.amount_minor),
        })
        .collect())
}

/// Writes a draft; from here on other payouts of the organizer wait until the transaction ends.
///
/// # Errors
/// At the commit, `Conflict("payouts_payable_check")` when more would be paid out than is payable.
pub async fn insert(conn: &mut Conn, payout: &NewPayout<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into payouts (payout_id, organizer_id, code, status, amount_minor, currency, bank_account_id, prepared_by,
                              created_at, updated_at)
         values ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $8)",
        payout.id.uuid(),
        payout.organizer.uuid(),
        payout.code,
        payout.amount.minor(),
        payout.amount.currency().code(),
        payout.bank_account.uuid(),
        payout.prepared_by.uuid(),
        payout.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what a draft is made of.
///
/// # Errors
/// When the database fails.
pub async fn insert_line(
    conn: &mut Conn,
    payout: PayoutId,
    line: &PayoutLine,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into payout_lines (payout_id, event_id, sales_minor, platform_fees_minor, provider_fees_minor,
                                   refunds_minor, disputes_minor, paid_before_minor, reserve_minor, amount_minor)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        payout.uuid(),
        line.event.uuid(),
        line.sales.minor(),
        line.platform_fees.minor(),
        line.provider_fees.minor(),
        line.refunds.minor(),
        line.disputes.minor(),
        line.paid_before.minor(),
        line.reserve.minor(),
        line.amount.minor(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a draft approved; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_approved(
    conn: &mut Conn,
    payout: PayoutId,
    by: UserId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payouts set status = 'approved', approved_by = $2, approved_at = $3, updated_at = $3
         where payout_id = $1 and status = 'draft'",
        payout.uuid(),
        by.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Writes a file of payouts.
///
/// # Errors
/// When the database fails.
pub async fn insert_file(conn: &mut Conn, file: &PayoutFile, by: UserId) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into payout_files (payout_file_id, transfer_on, created_by, created_at) values ($1, $2, $3, $4)",
        file.id.uuid(),
        file.transfer_on,
        by.uuid(),
        file.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A file of payouts.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get_file(conn: &mut Conn, file: PayoutFileId) -> Result<PayoutFile, StoreError> {
    let row = sqlx::query!(
        "select payout_file_id, transfer_on, created_at from payout_files where payout_file_id = $1",
        file.uuid()
    )
    .fetch_one(conn)
    .await?;
    let id = PayoutFileId::from_uuid(row.payout_file_id);
    Ok(PayoutFile { id, transfer_on: row.transfer_on, created_at: row.created_at })
}

/// Marks an approved payout submitted in a file; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_submitted(
    conn: &mut Conn,
    payout: PayoutId,
    file: PayoutFileId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payouts set status = 'submitted', payout_file_id = $2, submitted_at = $3, updated_at = $3
         where payout_id = $1 and status = 'approved'",
        payout.uuid(),
        file.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks a submitted payout paid; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_paid(
    conn: &mut Conn,
    payout: PayoutId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payouts set status = 'paid', paid_at = $2, updated_at = $2 where payout_id = $1 and status = 'submitted'",
        payout.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Ends a payout without its money having arrived: failed, returned or cancelled; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_ended(
    conn: &mut Conn,
    payout: PayoutId,
    status: PayoutStatus,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update payouts set status = $2, ended_at = $3, end_reason = $4, updated_at = $3
         where payout_id = $1 and status in ('draft', 'approved', 'submitted', 'paid')",
        payout.uuid(),
        status.as_str(),
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}
