//! Erases everything that says who an order's buyer and its guests are, in every table that holds something of it.
//!
//! What is new and holds text about a person is added here; `buyer_data::nothing_of_a_person_is_left` in the tests of
//! `operations` looks through every column of the database.

use domain::ids::{Id, MailId, OrderId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;
use crate::orders::Order;

/// What was erased, as far as there is more to do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Whether it is the first time.
    pub is_new: bool,
    /// Mails whose jobs may tell of an address.
    pub mails: Vec<MailId>,
    /// Whether files were kept as evidence.
    pub has_files: bool,
}

/// Erases an order's data, or what came to it since. The caller holds the order.
///
/// # Errors
/// When the database refuses.
pub async fn erase(
    conn: &mut Conn,
    order: &Order,
    now: OffsetDateTime,
) -> Result<Erased, StoreError> {
    let is_new = of_order(conn, order.id, now).await?;
    of_money(conn, order.id, now).await?;
    of_wishes(conn, order.id).await?;
    of_outbox(conn, order).await?;
    Ok(Erased {
        is_new,
        mails: of_mails(conn, order.id).await?,
        has_files: of_disputes(conn, order.id).await?,
    })
}

async fn of_order(
    conn: &mut Conn,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let id = order.uuid();
    sqlx::query!("update tickets set attendee_name = '' where order_id = $1", id)
        .execute(&mut *conn)
        .await?;
    let erased = sqlx::query!(
        "update orders set buyer_name = '', buyer_email = '', search_text = lower(code), erased_at = $2, updated_at = $2,
                           end_reason = case when end_reason is not null then '' end
         where order_id = $1 and erased_at is null",
        id,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if erased.rows_affected() == 1 {
        return Ok(true);
    }
    // What came since is looked at up to now.
    sqlx::query!("update orders set erased_at = $2, updated_at = $2 where order_id = $1", id, now)
        .execute(conn)
        .await?;
    Ok(false)
}

/// How it was paid and what was written about refunds; amounts, numbers and dates stay.
async fn of_money(conn: &mut Conn, order: OrderId, now: OffsetDateTime) -> Result<(), StoreError> {
    let id = order.uuid();
    sqlx::query!(
        "update payments set method_details = '{}', hosted_url = null where order_id = $1",
        id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update refunds set reason = '', hand_note = '' where order_id = $1", id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "update refund_accounts a set hint = '', sealed = null, erased_at = coalesce(a.erased_at, $2)
         from refunds r where r.refund_id = a.refund_id and r.order_id = $1",
        id,
        now,
    )
    .execute(&mut *conn)
    .await?;
    // Day and amount stay; the bank and the organizer have the statement itself.
    sqlx::query!(
        "update statement_lines set payer = '', memo = '', note = '' where order_id = $1",
        id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update webhook_events w set body = '' from payments p where p.payment_id = w.payment_id and p.order_id = $1",
        id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update alerts set note = '' where order_id = $1 and note <> ''", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// What the participant wrote, and what was answered.
async fn of_wishes(conn: &mut Conn, order: OrderId) -> Result<(), StoreError> {
    let id = order.uuid();
    sqlx::query!("update return_requests set note = '', answer = '' where order_id = $1", id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("update cancellations set reason = '' where order_id = $1 and reason <> ''", id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from erasure_requests where order_id = $1", id).execute(conn).await?;
    Ok(())
}

/// What was told about the order: texts in facts, and what receivers answered to them.
async fn of_outbox(conn: &mut Conn, order: &Order) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_attempts a set response_body = ''
         from webhook_deliveries d
         join outbox_messages m using (outbox_message_id)
         where d.webhook_delivery_id = a.webhook_delivery_id and m.event_id = $2 and m.order_id = $1
           and d.webhook_endpoint_id in (select webhook_endpoint_id from webhook_endpoints where organizer_id = $3)",
        order.id.uuid(),
        order.event.uuid(),
        order.organizer.uuid(),
    )
    .execute(&mut *conn)
    .await?;
    // Words of people stand under these names (`crate::trail`).
    sqlx::query!(
        "update outbox_messages set payload = payload - '{note,reason,answer}'::text[]
         where event_id = $2 and order_id = $1 and payload ?| '{note,reason,answer}'::text[]",
        order.id.uuid(),
        order.event.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// That a mail was sent, and when, stays; what waits is not sent any more.
async fn of_mails(conn: &mut Conn, order: OrderId) -> Result<Vec<MailId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "update mails set recipient = 'deleted@deleted.invalid', subject = '', text_body = '', html_body = '', data = '{}',
                          last_error = null, status = case when status = 'queued' then 'skipped' else status end
         where order_id = $1 returning mail_id",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(MailId::from_uuid).collect())
}

async fn of_disputes(conn: &mut Conn, order: OrderId) -> Result<bool, StoreError> {
    let files = sqlx::query_scalar!(
        "update dispute_evidence e
         set body = case when body is not null then '' end, file_name = case when file_name is not null then '' end
         from disputes d where d.dispute_id = e.dispute_id and d.order_id = $1
         returning file_name",
        order.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(files.iter().any(Option::is_some))
}

/// Erases provider's messages that came to erased orders after; those since `since` are looked at.
///
/// # Errors
/// When the database refuses.
pub async fn forget_late_messages(
    conn: &mut Conn,
    since: OffsetDateTime,
) -> Result<u64, StoreError> {
    let erased = sqlx::query!(
        "update webhook_events w set body = ''
         from payments p join orders o using (order_id)
         where p.payment_id = w.payment_id and w.received_at >= $1 and o.erased_at is not null and w.body <> ''",
        since
    )
    .execute(conn)
    .await?;
    Ok(erased.rows_affected())
}
