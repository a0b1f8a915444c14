//! Bank statements: files that were read, their lines, and the orders that are proposed for them.

use domain::ids::{
    Id, OrderId, OrganizerId, PaymentId, StatementImportId, StatementLineId, UserId,
};
use domain::money::{Currency, Money};
use domain::statement::Direction;
use domain::statement::matching::Proposal;
use time::{Date, OffsetDateTime};

use crate::db::Conn;
use crate::error::{StoreError, word};

domain::words! {
    /// What became of a line.
    LineStatus {
        /// Nothing speaks for any order.
        Open = "open",
        /// Something speaks for an order; a person decides.
        Proposed = "proposed",
        /// Recorded as a payment.
        Applied = "applied",
        /// A person said that it pays no order.
        Dismissed = "dismissed",
        /// Money that left the account.
        Outgoing = "outgoing",
    }
}

domain::words! {
    /// Why a line was applied.
    DecidedHow {
        /// It carried the order's number.
        Number = "number",
        /// A person accepted a proposal.
        Accepted = "accepted",
        /// A person chose the order.
        Chosen = "chosen",
    }
}

/// A file to be kept.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    pub id: StatementImportId,
    pub organizer: OrganizerId,
    pub file_name: &'a str,
    pub file_hash: &'a [u8],
    pub format: &'a str,
    pub account: &'a str,
    pub imported_by: Option<UserId>,
    pub now: OffsetDateTime,
}

/// Keeps a file unless the same bytes were kept before; tells the import that has them now.
///
/// # Errors
/// When the database fails.
pub async fn insert_import_once(
    conn: &mut Conn,
    import: &NewImport<'_>,
) -> Result<StatementImportId, StoreError> {
    // The update changes nothing: it makes the second of two at once wait for the first and see it.
    let id = sqlx::query_scalar!(
        "insert into statement_imports
             (statement_import_id, organizer_id, file_name, file_hash, format, account, n_lines, n_new, imported_by, created_at)
         values ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8)
         on conflict (organizer_id, file_hash) do update set file_hash = excluded.file_hash
         returning statement_import_id",
        import.id.uuid(),
        import.organizer.uuid(),
        import.file_name,
        import.file_hash,
        import.format,
        import.account,
        import.imported_by.map(Id::uuid),
        import.now,
    )
    .fetch_one(conn)
    .await?;
    Ok(StatementImportId::from_uuid(id))
}

/// How many lines a file had, how many were new, and which days they cover.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub n_lines: i32,
    pub n_new: i32,
    pub first_day: Option<Date>,
    pub last_day: Option<Date>,
}

/// Writes down what a file held.
///
/// # Errors
/// When the database fails.
pub async fn mark_counted(
    conn: &mut Conn,
    import: StatementImportId,
    counted: Counted,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update statement_imports set n_lines = $2, n_new = $3, first_day = $4, last_day = $5
         where statement_import_id = $1",
        import.uuid(),
        counted.n_lines,
        counted.n_new,
        counted.first_day,
        counted.last_day,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A line to be kept.
#[derive(Debug, Clone)]
pub struct NewLine<'a> {
    pub id: StatementLineId,
    pub import: StatementImportId,
    pub organizer: OrganizerId,
    pub row: i32,
    pub key: &'a [u8],
    pub booked_on: Date,
    pub direction: Direction,
    pub amount: Money,
    pub payer: &'a str,
    pub memo: &'a str,
    pub bank_reference: &'a str,
    pub now: OffsetDateTime,
}

/// Keeps a line unless the same line was kept before, from whichever file; says whether it is new.
///
/// # Errors
/// When the database fails.
pub async fn insert_line_once(conn: &mut Conn, line: &NewLine<'_>) -> Result<bool, StoreError> {
    let status = match line.direction {
        Direction::In => LineStatus::Open,
        Direction::Out => LineStatus::Outgoing,
    };
    let written = sqlx::query!(
        "insert into statement_lines
             (statement_line_id, statement_import_id, organizer_id, row_number, line_key, booked_on, direction, amount_minor,
              currency, payer, memo, bank_reference, status, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (organizer_id, line_key) do nothing",
        line.id.uuid(),
        line.import.uuid(),
        line.organizer.uuid(),
        line.row,
        line.key,
        line.booked_on,
        line.direction.as_str(),
        line.amount.minor(),
        line.amount.currency().code(),
        line.payer,
        line.memo,
        line.bank_reference,
        status.as_str(),
        line.now,
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// A line as it stands.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: StatementLineId,
    pub organizer: OrganizerId,
    pub booked_on: Date,
    pub amount: Money,
    pub payer: String,
    pub memo: String,
    pub status: LineStatus,
    pub payment: Option<PaymentId>,
}

struct LineRow {
    statement_line_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    booked_on: Date,
    amount_minor: i64,
    currency: String,
    payer: String,
    memo: String,
    status: String,
    payment_id: Option<uuid::Uuid>,
}

impl TryFrom<LineRow> for Line {
    type Error = StoreError;
    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok(Self {
            id: StatementLineId::from_uuid(row.statement_line_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            booked_on: row.booked_on,
            amount: Money::new(row.amount_minor, currency),
            payer: row.payer,
            memo: row.memo,
            status: word(LineStatus::parse(&row.status), "line status")?,
            payment: row.payment_id.map(PaymentId::from_uuid),
        })
    }
}

macro_rules! select_line {
    ($rest:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            LineRow,
            "select statement_line_id, organizer_id, booked_on, amount_minor, currency, payer, memo, status, payment_id
             from statement_lines " + $rest
            $(, $arg)*
        )
    };
}

/// The organizer's line.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get_line(
    conn: &mut Conn,
    organizer: OrganizerId,
    line: StatementLineId,
) -> Result<Line, StoreError> {
    select_line!(
        "where statement_line_id = $1 and organizer_id = $2",
        line.uuid(),
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The organizer's lines that nobody decided about, oldest first, from behind `after` on.
///
/// # Errors
/// When the database fails.
pub async fn list_undecided(
    conn: &mut Conn,
    organizer: OrganizerId,
    after: Option<StatementLineId>,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let rows = select_line!(
        "where organizer_id = $1 and status in ('open', 'proposed') and ($2::uuid is null or statement_line_id > $2)
         order by statement_line_id limit $3",
        organizer.uuid(),
        after.map(Id::uuid),
        limit,
    );
    rows.fetch_all(conn).await?.into_iter().map(Line::try_from).collect()
}

/// The organizer's lines that nobody decided about, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_newest_undecided(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let rows = select_line!(
        "where organizer_id = $1 and status in ('open', 'proposed') order by statement_line_id desc limit $2",
        organizer.uuid(),
        limit,
    );
    rows.fetch_all(conn).await?.into_iter().map(Line::try_from).collect()
}

/// The order's transfer of that amount which the organizer wrote down by hand within `days` of the day, and of which no
/// line tells yet: the nearest.
///
/// # Errors
/// When the database fails.
pub async fn find_untold_by_hand(
    conn: &mut Conn,
    order: OrderId,
    amount: Money,
    (booked_on, days): (Date, i32),
) -> Result<Option<PaymentId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select p.payment_id from payments p
         where p.order_id = $1 and p.provider = 'bank' and p.status = 'captured' and p.captured_minor = $2
           and p.provider_payment_id like 'hand:%'
           and abs((p.captured_at at time zone 'Asia/Tokyo')::date - $3::date) <= $4
           and not exists (select from statement_lines l where l.payment_id = p.payment_id)
         order by abs((p.captured_at at time zone 'Asia/Tokyo')::date - $3::date), p.ordinal limit 1",
        order.uuid(),
        amount.minor(),
        booked_on,
        days,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(PaymentId::from_uuid))
}

/// Who decided about a line, and how.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    pub how: DecidedHow,
    pub by: Option<UserId>,
    pub note: &'a str,
    pub now: OffsetDateTime,
}

/// Marks an undecided line as recorded by `payment`; says whether it was undecided.
///
/// # Errors
/// When the database fails.
pub async fn mark_applied(
    conn: &mut Conn,
    line: StatementLineId,
    (order, payment): (OrderId, PaymentId),
    decision: Decision<'_>,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update statement_lines
         set status = 'applied', order_id = $2, payment_id = $3, decided_how = $4, decided_by = $5, decided_at = $6
         where statement_line_id = $1 and status in ('open', 'proposed')",
        line.uuid(),
        order.uuid(),
        payment.uuid(),
        decision.how.as_str(),
        decision.by.map(Id::uuid),
        decision.now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks an undecided line as none of ours; says whether it was undecided.
///
/// # Errors
/// When the database fails.
pub async fn mark_dismissed(
    conn: &mut Conn,
    line: StatementLineId,
    by: Option<UserId>,
    note: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update statement_lines set status = 'dismissed', decided_by = $2, note = $3, decided_at = $4
         where statement_line_id = $1 and status in ('open', 'proposed')",
        line.uuid(),
        by.map(Id::uuid),
        note,
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Replaces what is proposed for an undecided line; what a person refused stays refused.
///
/// # Errors
/// When the database fails.
pub async fn put_proposals(
    conn: &mut Conn,
    line: StatementLineId,
    proposals: &[Proposal],
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from statement_proposals where statement_line_id = $1 and refused_at is null",
        line.uuid()
    )
    .execute(&mut *conn)
    .await?;
    for (position, proposal) in (1..).zip(proposals) {
        let reasons: Vec<String> =
            proposal.reasons.iter().map(|reason| reason.as_str().to_owned()).collect();
        sqlx::query!(
            "insert into statement_proposals (statement_line_id, order_id, position, reasons)
             values ($1, $2, $3, $4) on conflict do nothing",
            line.uuid(),
            proposal.order.uuid(),
            position,
            &reasons,
        )
        .execute(&mut *conn)
        .await?;
    }
    mark_proposed(conn, line).await
}

/// Refuses one proposal of a line; says whether it was open.
///
/// # Errors
/// When the database fails.
pub async fn refuse_proposal(
    conn: &mut Conn,
    line: StatementLineId,
    order: OrderId,
    by: Option<UserId>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let refused = sqlx::query!(
        "update statement_proposals set refused_at = $3, refused_by = $4
         where statement_line_id = $1 and order_id = $2 and refused_at is null",
        line.uuid(),
        order.uuid(),
        now,
        by.map(Id::uuid),
    )
    .execute(&mut *conn)
    .await?;
    mark_proposed(conn, line).await?;
    Ok(refused.rows_affected() == 1)
}

/// An undecided line is `proposed` while a proposal is open, else `open`.
async fn mark_proposed(conn: &mut Conn, line: StatementLineId) -> Result<(), StoreError> {
    sqlx::query!(
        "update statement_lines l
         set status = case when exists (
                 select from statement_proposals p
                 where p.statement_line_id = l.statement_line_id and p.refused_at is null)
             then 'proposed' else 'open' end
         where l.statement_line_id = $1 and l.status in ('open', 'proposed')",
        line.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether `order` is proposed for the line and nobody refused it.
///
/// # Errors
/// When the database fails.
pub async fn is_proposed(
    conn: &mut Conn,
    line: StatementLineId,
    order: OrderId,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from statement_proposals
                          where statement_line_id = $1 and order_id = $2 and refused_at is null) as "is!""#,
        line.uuid(),
        order.uuid(),
    )
    .fetch_one(conn)
    .await?)
}

/// Lists applied lines whose payment has not taken exactly their money. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(StatementLineId, String)>, StoreError> {
    let rows = sqlx::query!(
        "select l.statement_line_id, l.amount_minor, p.captured_minor, p.status
         from statement_lines l join payments p on p.payment_id = l.payment_id
         where p.status <> 'captured' or p.captured_minor <> l.amount_minor or p.provider <> 'bank'
            or p.order_id <> l.order_id
         order by l.statement_line_id limit 1000"
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "line of {}, payment {} with {} captured",
                row.amount_minor, row.status, row.captured_minor
            );
            (StatementLineId::from_uuid(row.statement_line_id), what)
        })
        .collect())
}
