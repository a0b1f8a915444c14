//! The page of bank statements: files that were read, lines that wait for a decision, and what was decided lately.

use domain::ids::{Id, OrderId, OrganizerId, StatementImportId, StatementLineId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::statement::matching::Reason;
use time::{Date, OffsetDateTime};

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::statements::{DecidedHow, LineStatus};

/// A file that was read.
#[derive(Debug, Clone)]
pub struct ImportRow {
    pub id: StatementImportId,
    pub file_name: String,
    pub account: String,
    pub n_lines: i32,
    pub n_new: i32,
    pub n_applied: i64,
    pub n_undecided: i64,
    pub first_day: Option<Date>,
    pub last_day: Option<Date>,
    pub created_at: OffsetDateTime,
}

/// A line with what was decided, or what is proposed.
#[derive(Debug, Clone)]
pub struct LineRow {
    pub id: StatementLineId,
    pub booked_on: Date,
    pub amount: Money,
    pub payer: String,
    pub memo: String,
    pub status: LineStatus,
    pub how: Option<DecidedHow>,
    pub note: String,
    /// The order it was recorded for.
    pub order: Option<OrderRow>,
    pub proposals: Vec<ProposalRow>,
}

/// An order in one line.
#[derive(Debug, Clone)]
pub struct OrderRow {
    pub id: OrderId,
    pub code: String,
    pub buyer_name: String,
    pub event_title: String,
    pub status: OrderStatus,
    pub amount: Money,
    /// What it lacks; nothing once it is paid.
    pub missing: Money,
}

/// An order that is proposed, with the reasons.
#[derive(Debug, Clone)]
pub struct ProposalRow {
    pub order: OrderRow,
    pub reasons: Vec<Reason>,
}

/// The organizer's files, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_imports(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<ImportRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select i.statement_import_id, i.file_name, i.account, i.n_lines, i.n_new, i.first_day, i.last_day, i.created_at,
                  (select count(*) from statement_lines l
                   where l.statement_import_id = i.statement_import_id and l.status = 'applied') as "n_applied!",
                  (select count(*) from statement_lines l
                   where l.statement_import_id = i.statement_import_id and l.status in ('open', 'proposed'))
                      as "n_undecided!"
           from statement_imports i where i.organizer_id = $1 order by i.statement_import_id desc limit $2"#,
        organizer.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ImportRow {
            id: StatementImportId::from_uuid(row.statement_import_id),
            file_name: row.file_name,
            account: row.account,
            n_lines: row.n_lines,
            n_new: row.n_new,
            n_applied: row.n_applied,
            n_undecided: row.n_undecided,
            first_day: row.first_day,
            last_day: row.last_day,
            created_at: row.created_at,
        })
        .collect())
}

/// Which lines are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinesOf {
    /// Everything that waits for a decision.
    Undecided,
    /// What was applied or dismissed lately.
    Decided,
    /// Every line that came in with one file.
    Import(StatementImportId),
}

/// The organizer's lines: undecided ones oldest first, others newest first, a file's in its order.
///
/// # Errors
/// When the database fails.
pub async fn list_lines(
    conn: &mut Conn,
    organizer: OrganizerId,
    of: LinesOf,
    limit: i64,
) -> Result<Vec<LineRow>, StoreError> {
    let (statuses, import): (&[&str], _) = match of {
        LinesOf::Undecided => (&["open", "proposed"], None),
        LinesOf::Decided => (&["applied", "dismissed"], None),
        LinesOf::Import(import) => {
            (&["open", "proposed", "applied", "dismissed", "outgoing"], Some(import.uuid()))
        }
    };
    let statuses: Vec<String> = statuses.iter().map(|&status| status.to_owned()).collect();
    let rows = sqlx::query!(
        "select statement_line_id, booked_on, amount_minor, currency, payer, memo, status, decided_how, note, order_id
         from statement_lines
         where organizer_id = $1 and status = any ($2) and ($3::uuid is null or statement_import_id = $3)
         order by case when $3::uuid is null then null else row_number end,
                  case when status in ('applied', 'dismissed') then decided_at end desc nulls last, statement_line_id
         limit $4",
        organizer.uuid(),
        &statuses,
        import,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        let how = row.decided_how.as_deref().map(DecidedHow::parse).transpose();
        let id = StatementLineId::from_uuid(row.statement_line_id);
        let status = word(LineStatus::parse(&row.status), "line status")?;
        let order = match row.order_id {
            Some(order) => Some(get_order(conn, OrderId::from_uuid(order)).await?),
            None => None,
        };
        let proposals = match status {
            LineStatus::Proposed => list_proposals(conn, id).await?,
            _ => Vec::new(),
        };
        lines.push(LineRow {
            id,
            booked_on: row.booked_on,
            amount: Money::new(row.amount_minor, currency),
            payer: row.payer,
            memo: row.memo,
            status,
            how: word(how, "decision")?,
            note: row.note,
            order,
            proposals,
        });
    }
    Ok(lines)
}

async fn list_proposals(
    conn: &mut Conn,
    line: StatementLineId,
) -> Result<Vec<ProposalRow>, StoreError> {
    let rows = sqlx::query!(
        "select order_id, reasons from statement_proposals
         where statement_line_id = $1 and refused_at is null order by position",
        line.uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut proposals = Vec::with_capacity(rows.len());
    for row in rows {
        let reasons: Result<Vec<_>, _> = row.reasons.iter().map(|it| Reason::parse(it)).collect();
        proposals.push(ProposalRow {
            order: get_order(conn, OrderId::from_uuid(row.order_id)).await?,
            reasons: word(reasons, "reason")?,
        });
    }
    Ok(proposals)
}

async fn get_order(conn: &mut Conn, order: OrderId) -> Result<OrderRow, StoreError> {
    let row = sqlx::query!(
        r#"select o.code, o.buyer_name, o.status, o.amount_minor, o.currency, e.title,
                  (case when o.status in ('pending', 'awaiting_payment') then o.amount_minor - coalesce((
                      select sum(greatest(0, p.captured_minor - greatest(p.applied_minor + p.credit_refunds_minor, p.refunds_minor)))
                      from payments p
                      where p.order_id = o.order_id), 0) else 0 end)::bigint as "missing_minor!"
           from orders o join events e using (event_id) where o.order_id = $1"#,
        order.uuid()
    )
    .fetch_one(conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    Ok(OrderRow {
        id: order,
        code: row.code,
        buyer_name: row.buyer_name,
        event_title: row.title,
        status: word(OrderStatus::parse(&row.status), "order status")?,
        amount: Money::new(row.amount_minor, currency),
        missing: Money::new(row.missing_minor, currency),
    })
}

/// How many lines of the organizer wait for a decision.
///
/// # Errors
/// When the database fails.
pub async fn count_undecided(conn: &mut Conn, organizer: OrganizerId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from statement_lines where organizer_id = $1 and status in ('open', 'proposed')"#,
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?)
}

/// The organizer's order by its code, for a person who chooses it for a line; the newest where several events use the code.
///
/// # Errors
/// When the database fails.
pub async fn find_order_by_code(
    conn: &mut Conn,
    organizer: OrganizerId,
    code: &str,
) -> Result<Option<OrderId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select order_id from orders where organizer_id = $1 and code = $2 order by order_id desc limit 1",
        organizer.uuid(),
        code,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(OrderId::from_uuid))
}
