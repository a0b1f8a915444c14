//! Credit notes: numbered without gaps, written once, as they were on their day.

use domain::credit_note::CreditNoteNumber;
use domain::ids::{CreditNoteId, EventId, Id, OrderId, OrganizerId, RefundId};
use domain::money::{Currency, Money};
use domain::tax::{TaxPart, TaxRate};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A credit note as it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    pub id: CreditNoteId,
    pub number: CreditNoteNumber,
    pub refund: RefundId,
    pub order: OrderId,
    pub event: EventId,
    pub amount: Money,
    pub issuer_name: String,
    pub registration_number: Option<String>,
    pub buyer_name: String,
    pub order_code: String,
    pub event_title: String,
    pub time_zone: String,
    /// When the order was paid.
    pub sold_at: OffsetDateTime,
    pub returned_at: OffsetDateTime,
    /// The higher rate first.
    pub parts: Vec<TaxPart>,
}

/// A credit note to be written; names and dates are taken from their rows.
#[derive(Debug, Clone)]
pub struct NewCreditNote {
    pub id: CreditNoteId,
    pub organizer: OrganizerId,
    pub refund: RefundId,
    pub amount: Money,
    pub parts: Vec<TaxPart>,
    pub now: OffsetDateTime,
}

/// Whether the refund has its note.
///
/// # Errors
/// When the database fails.
pub async fn exists_for(conn: &mut Conn, refund: RefundId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from credit_notes where refund_id = $1) as "exists!""#,
        refund.uuid()
    )
    .fetch_one(conn)
    .await?)
}

/// What the notes of an order took back, by rate.
///
/// # Errors
/// When the database fails.
pub async fn sum_by_rate(
    conn: &mut Conn,
    order: OrderId,
    currency: Currency,
) -> Result<Vec<TaxPart>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.tax_rate_basis_points, sum(p.gross_minor)::bigint as "gross!", sum(p.tax_minor)::bigint as "tax!"
           from credit_notes n join credit_note_parts p using (credit_note_id)
           where n.order_id = $1 group by p.tax_rate_basis_points order by p.tax_rate_basis_points desc"#,
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| part(row.tax_rate_basis_points, row.gross, row.tax, currency))
        .collect()
}

/// Issues a note under the organizer's next number. The number's row stays locked until the transaction ends, so that
/// numbers have no gap: take it last.
///
/// # Errors
/// `Conflict("credit_notes_refund_key")` when the refund has one.
pub async fn insert(conn: &mut Conn, new: &NewCreditNote) -> Result<CreditNoteNumber, StoreError> {
    let number = sqlx::query_scalar!(
        "insert into credit_note_series (organizer_id, last_number) values ($1, 1)
         on conflict (organizer_id) do update set last_number = credit_note_series.last_number + 1
         returning last_number",
        new.organizer.uuid()
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into credit_notes (credit_note_id, organizer_id, number, refund_id, order_id, event_id, amount_minor,
                                   currency, issuer_name, registration_number, buyer_name, order_code, event_title,
                                   time_zone, sold_at, returned_at, issued_at)
         select $1, o.organizer_id, $3, r.refund_id, o.order_id, o.event_id, $4, r.currency, g.display_name,
                g.registration_number, o.buyer_name, o.code, e.title, e.time_zone, coalesce(o.paid_at, o.created_at),
                coalesce(r.succeeded_at, $5), $5
         from refunds r
         join orders o using (order_id)
         join organizers g on g.organizer_id = o.organizer_id
         join events e on e.event_id = o.event_id
         where r.refund_id = $2",
        new.id.uuid(),
        new.refund.uuid(),
        number,
        new.amount.minor(),
        new.now,
    )
    .execute(&mut *conn)
    .await?;
    let rates: Vec<_> = new.parts.iter().map(|it| i32::from(it.rate.basis_points())).collect();
    let gross: Vec<_> = new.parts.iter().map(|it| it.gross.minor()).collect();
    let tax: Vec<_> = new.parts.iter().map(|it| it.tax.minor()).collect();
    sqlx::query!(
        "insert into credit_note_parts (credit_note_id, tax_rate_basis_points, gross_minor, tax_minor)
         select $1, * from unnest($2::int[], $3::bigint[], $4::bigint[])",
        new.id.uuid(),
        &rates,
        &gross,
        &tax,
    )
    .execute(conn)
    .await?;
    Ok(CreditNoteNumber(number))
}

struct Row {
    credit_note_id: Uuid,
    number: i64,
    refund_id: Uuid,
    order_id: Uuid,
    event_id: Uuid,
    amount_minor: i64,
    currency: String,
    issuer_name: String,
    registration_number: Option<String>,
    buyer_name: String,
    order_code: String,
    event_title: String,
    time_zone: String,
    sold_at: OffsetDateTime,
    returned_at: OffsetDateTime,
}

/// The notes of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<CreditNote>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select credit_note_id, number, refund_id, order_id, event_id, amount_minor, currency, issuer_name,
                registration_number, buyer_name, order_code, event_title, time_zone, sold_at, returned_at
         from credit_notes where order_id = $1 order by number",
        order.uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut notes = Vec::with_capacity(rows.len());
    for row in rows {
        notes.push(read(conn, row).await?);
    }
    Ok(notes)
}

async fn read(conn: &mut Conn, row: Row) -> Result<CreditNote, StoreError> {
    let currency = word(Currency::parse(&row.currency), "currency")?;
    let parts = sqlx::query!(
        "select tax_rate_basis_points, gross_minor, tax_minor from credit_note_parts
         where credit_note_id = $1 order by tax_rate_basis_points desc",
        row.credit_note_id
    )
    .fetch_all(conn)
    .await?;
    let parts: Result<Vec<TaxPart>, StoreError> = parts
        .into_iter()
        .map(|it| part(it.tax_rate_basis_points, it.gross_minor, it.tax_minor, currency))
        .collect();
    Ok(CreditNote {
        id: CreditNoteId::from_uuid(row.credit_note_id),
        number: CreditNoteNumber(row.number),
        refund: RefundId::from_uuid(row.refund_id),
        order: OrderId::from_uuid(row.order_id),
        event: EventId::from_uuid(row.event_id),
        amount: Money::new(row.amount_minor, currency),
        issuer_name: row.issuer_name,
        registration_number: row.registration_number,
        buyer_name: row.buyer_name,
        order_code: row.order_code,
        event_title: row.event_title,
        time_zone: row.time_zone,
        sold_at: row.sold_at,
        returned_at: row.returned_at,
        parts: parts?,
    })
}

fn part(points: i32, gross: i64, tax: i64, currency: Currency) -> Result<TaxPart, StoreError> {
    let rate = TaxRate::from_basis_points(points.into());
    Ok(TaxPart {
        rate: rate.ok_or(StoreError::Malformed("tax rate"))?,
        gross: Money::new(gross, currency),
        tax: Money::new(tax, currency),
    })
}

/// Lists refunds without their note, series with gaps, and orders whose notes take back more than they were paid.
/// For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(String, String)>, StoreError> {
    let missing = sqlx::query_scalar!(
        "select r.refund_id from refunds r left join credit_notes n using (refund_id)
         where r.status = 'succeeded' and not r.is_from_credit and r.source <> 'dispute' and n.refund_id is null
         limit 1000"
    )
    .fetch_all(&mut *conn)
    .await?;
    let gaps = sqlx::query!(
        r#"select s.organizer_id, s.last_number, count(n.number) as "n!" from credit_note_series s
           left join credit_notes n using (organizer_id)
           group by s.organizer_id having count(n.number) <> s.last_number limit 1000"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let over = sqlx::query!(
        r#"select n.order_id, sum(n.amount_minor)::bigint as "noted!" from credit_notes n group by n.order_id
           having sum(n.amount_minor) > (select coalesce(sum(p.applied_minor), 0) from payments p
                                         where p.order_id = n.order_id) limit 1000"#
    )
    .fetch_all(conn)
    .await?;
    let missing = missing.into_iter().map(|id| {
        (RefundId::from_uuid(id).to_string(), "went back without a credit note".to_owned())
    });
    let gaps = gaps.into_iter().map(|row| {
        let what = format!("{} notes up to number {}", row.n, row.last_number);
        (OrganizerId::from_uuid(row.organizer_id).to_string(), what)
    });
    let over = over.into_iter().map(|row| {
        let what = format!("its notes take back {}", row.noted);
        (OrderId::from_uuid(row.order_id).to_string(), what)
    });
    Ok(missing.chain(gaps).chain(over).collect())
}
