//! What is kept about an order's buyer and guests, told as one object.

use domain::ids::{Id, OrderId};
use serde_json::Value;

use crate::db::Conn;
use crate::error::StoreError;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whom it is about: not what the organizer wrote for itself, nor what it answers the bank.
    Buyer,
    Organizer,
}

/// Everything that is kept about the order, for its reader; no secret, and no account number.
///
/// # Errors
/// `NotFound` when there is no such order.
pub async fn tell(conn: &mut Conn, order: OrderId, reader: Reader) -> Result<Value, StoreError> {
    let mut told = facts(conn, order, reader == Reader::Organizer).await?;
    if let (Some(told), Value::Object(more)) =
        (told.as_object_mut(), correspondence(conn, order).await?)
    {
        told.extend(more);
    }
    Ok(told)
}

async fn facts(conn: &mut Conn, order: OrderId, is_all: bool) -> Result<Value, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select jsonb_build_object(
               'order', (select to_jsonb(a) from (
                   select o.code, e.title as event, g.display_name as organizer, o.status, o.buyer_name as name,
                          o.buyer_email as email, o.locale as language, o.source, o.amount_minor, o.tax_minor, o.currency,
                          o.created_at, o.paid_at, o.ended_at, o.end_reason, o.transfer_number, o.erased_at) a),
               'lines', (select coalesce(jsonb_agg(a), '[]') from (
                   select name, quantity, unit_price_minor, amount_minor from order_lines
                   where order_id = $1 order by position) a),
               'tickets', (select coalesce(jsonb_agg(a), '[]') from (
                   select code, attendee_name as name, status, issued_at from tickets where order_id = $1 order by position) a),
               'payments', (select coalesce(jsonb_agg(a), '[]') from (
                   select provider, method, method_details as details, status, amount_minor, captured_minor, created_at,
                          captured_at, provider_payment_id
                   from payments where order_id = $1 order by ordinal) a),
               'refunds', (select coalesce(jsonb_agg(a), '[]') from (
                   select r.amount_minor, r.status, r.way, r.reason, case when $2 then r.hand_note end as note, r.created_at, r.succeeded_at,
                          x.hint as account
                   from refunds r left join refund_accounts x using (refund_id) where order_id = $1 order by r.created_at) a),
               'transfers', (select coalesce(jsonb_agg(a), '[]') from (
                   select booked_on, amount_minor, payer, memo, case when $2 then note end as note from statement_lines where order_id = $1
                   order by booked_on) a),
               'credit_notes', (select coalesce(jsonb_agg(a), '[]') from (
                   select number, buyer_name as name, amount_minor, issued_at from credit_notes where order_id = $1
                   order by number) a),
               'disputes', (select coalesce(jsonb_agg(a), '[]') from (
                   select d.status, d.opened_at, d.ended_at,
                          case when $2 then
                              (select coalesce(jsonb_agg(jsonb_build_object('text', body, 'file', file_name)), '[]')
                               from dispute_evidence v where v.dispute_id = d.dispute_id) end as evidence
                   from disputes d where order_id = $1 order by d.opened_at) a)
           ) as "data!"
           from orders o join events e using (event_id) join organizers g on g.organizer_id = o.organizer_id
           where o.order_id = $1"#,
        order.uuid(),
        is_all,
    )
    .fetch_one(conn)
    .await?)
}

async fn correspondence(conn: &mut Conn, order: OrderId) -> Result<Value, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select jsonb_build_object(
               'cancellations', (select coalesce(jsonb_agg(a), '[]') from (
                   select fee_minor, back_minor, reason, created_at from cancellations where order_id = $1
                   order by created_at) a),
               'wishes_to_cancel', (select coalesce(jsonb_agg(a), '[]') from (
                   select status, note, answer, created_at, decided_at from return_requests where order_id = $1
                   order by created_at) a),
               'wish_to_be_erased', (select to_jsonb(a) from (
                   select asked_at, answered_at, answer from erasure_requests where order_id = $1) a),
               'mails', (select coalesce(jsonb_agg(a), '[]') from (
                   select kind, recipient, subject, text_body as text, status, created_at, sent_at from mails
                   where order_id = $1 and kind not in ('return_to_decide', 'erasure_to_decide', 'screening_to_decide')
                   order by created_at, mail_id) a),
               'messages_of_the_provider', (select coalesce(jsonb_agg(a), '[]') from (
                   select w.provider, w.kind, w.received_at from webhook_events w join payments p using (payment_id)
                   where p.order_id = $1 order by w.received_at) a),
               'history', (select coalesce(jsonb_agg(a), '[]') from (
                   select created_at as at, action, actor_kind as who,
                          case when actor_kind = 'buyer' then client end as network,
                          case when actor_kind = 'buyer' then browser end as browser
                   from audit_entries where order_id = $1 order by audit_entry_id) a)
           ) as "data!""#,
        order.uuid(),
    )
    .fetch_one(conn)
    .await?)
}
