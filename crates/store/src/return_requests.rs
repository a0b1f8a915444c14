//! Return requests: what participants ask and organizers decide.

use domain::ids::{EventId, Id, OrderId, OrganizerId, RefundId, ReturnRequestId, TicketId, UserId};
use domain::return_request::ReturnRequestStatus;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A return request as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnRequest {
    pub id: ReturnRequestId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub status: ReturnRequestStatus,
    /// What the participant wrote.
    pub note: String,
    /// What the organizer answered.
    pub answer: String,
    /// Codes of its tickets, in their order.
    pub tickets: Vec<String>,
    pub created_at: OffsetDateTime,
    pub decided_at: Option<OffsetDateTime>,
}

/// A return request to be written.
#[derive(Debug, Clone)]
pub struct NewReturnRequest<'a> {
    pub id: ReturnRequestId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub note: &'a str,
    pub tickets: &'a [TicketId],
    pub now: OffsetDateTime,
}

struct Row {
    return_request_id: uuid::Uuid,
    order_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    event_id: uuid::Uuid,
    status: String,
    note: String,
    answer: String,
    tickets: Vec<String>,
    created_at: OffsetDateTime,
    decided_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for ReturnRequest {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: ReturnRequestId::from_uuid(row.return_request_id),
            order: OrderId::from_uuid(row.order_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            event: EventId::from_uuid(row.event_id),
            status: word(ReturnRequestStatus::parse(&row.status), "return request status")?,
            note: row.note,
            answer: row.answer,
            tickets: row.tickets,
            created_at: row.created_at,
            decided_at: row.decided_at,
        })
    }
}

macro_rules! select_request {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select return_request_id, order_id, organizer_id, event_id, status, note, answer,
                      array(select code from return_request_tickets join tickets using (ticket_id)
                            where return_request_tickets.return_request_id = return_requests.return_request_id
                            order by position) as "tickets!",
                      created_at, decided_at
               from return_requests "# + $rest
            $(, $arg)*
        )
    };
}

/// Writes a return request with its tickets.
///
/// # Errors
/// `Conflict("return_requests_open_key")` when the order has an open one.
pub async fn insert(conn: &mut Conn, new: &NewReturnRequest<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into return_requests (return_request_id, order_id, organizer_id, event_id, note, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        new.id.uuid(),
        new.order.uuid(),
        new.organizer.uuid(),
        new.event.uuid(),
        new.note,
        new.now,
    )
    .execute(&mut *conn)
    .await?;
    let tickets: Vec<_> = new.tickets.iter().map(|ticket| ticket.uuid()).collect();
    sqlx::query!(
        "insert into return_request_tickets (return_request_id, ticket_id) select $1, unnest($2::uuid[])",
        new.id.uuid(),
        &tickets,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The organizer's own return request.
///
/// # Errors
/// `NotFound` when there is none or it is somebody else's.
pub async fn get(
    conn: &mut Conn,
    organizer: OrganizerId,
    request: ReturnRequestId,
) -> Result<ReturnRequest, StoreError> {
    select_request!(
        "where return_request_id = $1 and organizer_id = $2",
        request.uuid(),
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The return request again, locked until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn lock(conn: &mut Conn, request: ReturnRequestId) -> Result<ReturnRequest, StoreError> {
    select_request!("where return_request_id = $1 for update", request.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The order's request that waits for a decision, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn find_open(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Option<ReturnRequest>, StoreError> {
    select_request!("where order_id = $1 and status = 'requested' for update", order.uuid())
        .fetch_optional(conn)
        .await?
        .map(ReturnRequest::try_from)
        .transpose()
}

/// The requests of an order, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list_for_order(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Vec<ReturnRequest>, StoreError> {
    select_request!("where order_id = $1 order by return_request_id", order.uuid())
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(ReturnRequest::try_from)
        .collect()
}

/// A decision on a return request.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    pub status: ReturnRequestStatus,
    pub answer: &'a str,
    pub decided_by: Option<UserId>,
}

/// Writes a decision on an open request; says whether it was open.
///
/// # Errors
/// When the database fails.
pub async fn mark_decided(
    conn: &mut Conn,
    request: ReturnRequestId,
    decision: Decision<'_>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update return_requests set status = $2, answer = $3, decided_by = $4, decided_at = $5
         where return_request_id = $1 and status = 'requested'",
        request.uuid(),
        decision.status.as_str(),
        decision.answer,
        decision.decided_by.map(Id::uuid),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Marks an approved request completed; says whether it moved.
///
/// # Errors
/// When the database fails.
pub async fn mark_completed(
    conn: &mut Conn,
    request: ReturnRequestId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update return_requests set status = 'completed', completed_at = $2
         where return_request_id = $1 and status = 'approved'",
        request.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Opens the completed request of a refund again whose transfer came back; says which that was.
///
/// # Errors
/// When the database fails.
pub async fn mark_waiting_again(
    conn: &mut Conn,
    refund: RefundId,
) -> Result<Option<ReturnRequestId>, StoreError> {
    let moved = sqlx::query_scalar!(
        "update return_requests set status = 'approved', completed_at = null
         where status = 'completed'
           and return_request_id in (
               select return_request_id from cancellation_refunds join cancellations using (cancellation_id)
               where refund_id = $1)
         returning return_request_id",
        refund.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(moved.map(ReturnRequestId::from_uuid))
}

/// The approved request that waited for this refund and waits for no other.
///
/// # Errors
/// When the database fails.
pub async fn find_for_refund(
    conn: &mut Conn,
    refund: RefundId,
) -> Result<Option<ReturnRequestId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select return_request_id from return_requests q
         where status = 'approved'
           and return_request_id in (
               select return_request_id from cancellation_refunds join cancellations using (cancellation_id)
               where refund_id = $1)
           and not exists (
               select from cancellations c join cancellation_refunds using (cancellation_id) join refunds r using (refund_id)
               where c.return_request_id = q.return_request_id and r.status <> 'succeeded')",
        refund.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(ReturnRequestId::from_uuid))
}

/// A request in the organizer's list, with whom it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRequest {
    pub request: ReturnRequest,
    pub buyer_name: String,
    pub order_code: String,
}

/// The requests of the organizer's event: those to decide first, the oldest of them on top; then the latest decided.
///
/// # Errors
/// When the database fails.
pub async fn list_for_event(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    limit: i64,
) -> Result<Vec<ListedRequest>, StoreError> {
    let rows = sqlx::query!(
        r#"select return_request_id, q.order_id, q.status, note, answer, q.created_at, decided_at, o.buyer_name, o.code,
                  array(select t.code from return_request_tickets l join tickets t using (ticket_id)
                        where l.return_request_id = q.return_request_id order by t.position) as "tickets!"
           from return_requests q join orders o on o.order_id = q.order_id
           where q.event_id = $1 and q.organizer_id = $2
           order by q.status <> 'requested',
                    case when q.status = 'requested' then q.created_at end, decided_at desc, return_request_id
           limit $3"#,
        event.uuid(),
        organizer.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let request = ReturnRequest {
                id: ReturnRequestId::from_uuid(row.return_request_id),
                order: OrderId::from_uuid(row.order_id),
                organizer,
                event,
                status: word(ReturnRequestStatus::parse(&row.status), "return request status")?,
                note: row.note,
                answer: row.answer,
                tickets: row.tickets,
                created_at: row.created_at,
                decided_at: row.decided_at,
            };
            Ok(ListedRequest { request, buyer_name: row.buyer_name, order_code: row.code })
        })
        .collect()
}

/// How many requests of an event wait for a decision, and who asked first.
///
/// # Errors
/// When the database fails.
pub async fn count_open(
    conn: &mut Conn,
    event: EventId,
) -> Result<Option<(usize, String)>, StoreError> {
    let names = sqlx::query_scalar!(
        "select buyer_name from return_requests q join orders o on o.order_id = q.order_id
         where q.event_id = $1 and q.status = 'requested' order by q.created_at limit 1000",
        event.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let n = names.len();
    Ok(names.into_iter().next().map(|first| (n, first)))
}

/// Lists requests that contradict their cancellations. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(ReturnRequestId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"select q.return_request_id, q.status, count(distinct c.cancellation_id) as "n_cancellations!",
                  count(*) filter (where r.status = 'succeeded') as "n_back!"
           from return_requests q
           left join cancellations c using (return_request_id)
           left join cancellation_refunds x using (cancellation_id)
           left join refunds r on r.refund_id = x.refund_id
           group by q.return_request_id
           having (q.status in ('requested', 'rejected') and count(c.cancellation_id) > 0)
               or (q.status = 'completed' and count(x.refund_id) > count(*) filter (where r.status = 'succeeded'))
               or (q.status = 'approved' and count(c.cancellation_id) > 0
                   and count(x.refund_id) = count(*) filter (where r.status = 'succeeded'))
           order by q.return_request_id limit 1000"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "status {}, cancellations {}, refunds made {}",
                row.status, row.n_cancellations, row.n_back
            );
            (ReturnRequestId::from_uuid(row.return_request_id), what)
        })
        .collect())
}
