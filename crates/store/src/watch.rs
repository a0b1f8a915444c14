//! What the watch looks for in our own rows: every question is answered by an index and bounded in rows.

use std::str::FromStr;

use domain::alert::AlertRule;
use domain::ids::{AlertId, EventId, Id, MailId, OrderId, OrganizerId, PaymentId, RefundId};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::alerts::{About, Suspect};
use crate::db::Conn;
use crate::error::StoreError;

struct Row {
    subject: Uuid,
    organizer_id: Option<Uuid>,
    event_id: Option<Uuid>,
    order_id: Option<Uuid>,
    payment_id: Option<Uuid>,
    refund_id: Option<Uuid>,
    observed: Value,
    expected: Value,
}

impl Row {
    fn suspect(self, rule: AlertRule) -> Suspect {
        // What the recording of money raises is named by the payment's own id; the same matter has one name.
        let subject = if rule == AlertRule::MoneyLate {
            PaymentId::from_uuid(self.subject).to_string()
        } else {
            self.subject.to_string()
        };
        Suspect {
            rule,
            subject,
            about: About {
                organizer: self.organizer_id.map(OrganizerId::from_uuid),
                event: self.event_id.map(EventId::from_uuid),
                order: self.order_id.map(OrderId::from_uuid),
                payment: self.payment_id.map(PaymentId::from_uuid),
                refund: self.refund_id.map(RefundId::from_uuid),
            },
            observed: self.observed,
            expected: self.expected,
        }
    }
}

fn suspects(rows: Vec<Row>, rule: AlertRule) -> Vec<Suspect> {
    rows.into_iter().map(|row| row.suspect(rule)).collect()
}

/// Lists money recorded within `(from, until]` whose order had ended and which does not go back: the second net under
/// the recording itself, which raises this rule in its own transaction.
///
/// # Errors
/// When the database fails.
pub async fn list_late_money(
    conn: &mut Conn,
    from: OffsetDateTime,
    until: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.payment_id as subject, p.organizer_id as "organizer_id?", p.event_id as "event_id?",
                  p.order_id as "order_id?", p.payment_id as "payment_id?", null::uuid as refund_id,
                  jsonb_build_object('paymentStatus', p.status, 'orderStatus', o.status) as "observed!",
                  jsonb_build_object('refunded', 'full') as "expected!"
           from ledger_transactions t
           join payments p on p.payment_id = t.payment_id
           join orders o on o.order_id = p.order_id
           where t.created_at > $1 and t.created_at <= $2 and t.kind = 'capture_to_credit'
             and o.status in ('cancelled', 'expired') and p.applied_minor = 0 and p.refunds_minor < p.captured_minor
             and not exists (select from alerts a where a.payment_id = p.payment_id and a.rule = 'money.late')
           limit $3"#,
        from,
        until,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::MoneyLate))
}

/// Lists orders whose hold should have ended before `before`. While the provider is asked and does not answer, a hold
/// lasts on purpose: such orders are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_holds_not_released(
    conn: &mut Conn,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select o.order_id as subject, o.organizer_id as "organizer_id?", o.event_id as "event_id?",
                  o.order_id as "order_id?", null::uuid as payment_id, null::uuid as refund_id,
                  jsonb_build_object('orderStatus', o.status) as "observed!",
                  jsonb_build_object('orderStatus', 'expired') as "expected!"
           from order_holds h join orders o using (order_id)
           where h.expires_at < $1 and o.status in ('pending', 'awaiting_payment')
             and not exists (
                 select from payments p join open_payments q using (payment_id)
                 where p.order_id = o.order_id and p.status in ('created', 'pending', 'authorized')
                   and q.asked_at > coalesce(p.synced_at, p.created_at))
             and not exists (select from alerts a where a.dedupe_key = 'hold.not_released:' || o.order_id)
           order by h.expires_at limit $2"#,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::HoldNotReleased))
}

/// Lists ended orders that still hold places, of events where something happened since `since`.
///
/// # Errors
/// When the database fails.
pub async fn list_holds_without_order(
    conn: &mut Conn,
    since: OffsetDateTime,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"with active as (
               select distinct event_id from outbox_messages where created_at >= $1 and event_id is not null
           )
           select o.order_id as subject, o.organizer_id as "organizer_id?", o.event_id as "event_id?",
                  o.order_id as "order_id?", null::uuid as payment_id, null::uuid as refund_id,
                  jsonb_build_object('orderStatus', o.status, 'nHeld', count(*)) as "observed!",
                  jsonb_build_object('nHeld', 0) as "expected!"
           from active
           join tickets t on t.event_id = active.event_id and t.status = 'held'
           join orders o on o.order_id = t.order_id
           where o.status not in ('pending', 'awaiting_payment') and o.updated_at < $2
             and not exists (select from alerts a where a.dedupe_key = 'hold.without_order:' || o.order_id)
           group by o.order_id limit $3"#,
        since,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::HoldWithoutOrder))
}

/// Lists quotas that count other than their tickets, of events where something happened since `since`. One statement
/// sees one moment, and both change in one transaction: what differs here is wrong, not under way.
///
/// # Errors
/// When the database fails.
pub async fn list_quotas_that_differ(
    conn: &mut Conn,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"with active as (
               select distinct event_id from outbox_messages where created_at >= $1 and event_id is not null
           )
           select q.quota_id as subject, e.organizer_id as "organizer_id?", e.event_id as "event_id?",
                  null::uuid as order_id, null::uuid as payment_id, null::uuid as refund_id,
                  jsonb_build_object('nTaken', q.n_taken) as "observed!",
                  jsonb_build_object('nTaken', counted.n) as "expected!"
           from active
           join quotas q on q.event_id = active.event_id
           join events e on e.event_id = q.event_id
           cross join lateral (
               select count(*) as n from ticket_type_quotas tq
               join tickets t on t.ticket_type_id = tq.ticket_type_id and t.event_id = q.event_id
                             and t.status in ('held', 'valid')
               where tq.quota_id = q.quota_id
           ) counted
           where q.n_taken <> counted.n limit $2"#,
        since,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::QuotaDiffers))
}

/// Lists refunds that should have ended before `before`.
///
/// # Errors
/// When the database fails.
pub async fn list_stuck_refunds(
    conn: &mut Conn,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select r.refund_id as subject, r.organizer_id as "organizer_id?", p.event_id as "event_id?",
                  r.order_id as "order_id?", r.payment_id as "payment_id?", r.refund_id as "refund_id?",
                  jsonb_build_object('refundStatus', r.status) as "observed!",
                  jsonb_build_object('refundStatus', 'succeeded') as "expected!"
           from refunds r join payments p on p.payment_id = r.payment_id
           where r.status in ('requested', 'processing')
             -- People at the provider make transfers; a balance that is short fills with the next payments.
             and case when r.accepted_at is not null then r.accepted_at < $1::timestamptz - interval '7 days'
                      when r.waits_since is not null then r.waits_since < $1::timestamptz - interval '24 hours'
                      else r.updated_at < $1 end
             and not exists (select from alerts a where a.dedupe_key = 'refund.stuck:' || r.refund_id)
           order by r.updated_at limit $2"#,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::RefundStuck))
}

/// Lists mails that the mail server refused for good.
///
/// # Errors
/// When the database fails.
pub async fn list_refused_mails(conn: &mut Conn, limit: i64) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.mail_id as subject, m.organizer_id as "organizer_id?", o.event_id as "event_id?",
                  m.order_id as "order_id?", null::uuid as payment_id, null::uuid as refund_id,
                  jsonb_build_object('mailStatus', m.status, 'kind', m.kind) as "observed!",
                  jsonb_build_object('mailStatus', 'sent') as "expected!"
           from mails m join orders o on o.order_id = m.order_id
           where m.status = 'failed'
             and not exists (select from alerts a where a.dedupe_key = 'mail.refused:' || m.mail_id)
           order by m.mail_id desc limit $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::MailRefused))
}

/// Lists jobs that gave up.
///
/// # Errors
/// When the database fails.
pub async fn list_dead_jobs(conn: &mut Conn, limit: i64) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select job_id as subject, null::uuid as organizer_id, null::uuid as event_id, null::uuid as order_id,
                  null::uuid as payment_id, null::uuid as refund_id,
                  jsonb_build_object('kind', kind, 'attempts', attempts, 'lastError', left(last_error, 200)) as "observed!",
                  jsonb_build_object('job', 'done') as "expected!"
           from jobs
           where dead_at is not null
             and not exists (select from alerts a where a.dedupe_key = 'job.dead:' || job_id)
           order by dead_at limit $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(suspects(rows, AlertRule::JobDead))
}

/// What jobs of a kind wait for: the mails of those that send one, the orders of those that write the mails of many.
async fn list_waiting<T: Id + FromStr>(
    conn: &mut Conn,
    kind: &str,
    before: Option<OffsetDateTime>,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let waiting = sqlx::query_scalar!(
        r#"select id as "id!" from jobs cross join lateral (
               select payload->>'mail' as id where kind = 'send_mail'
               union all
               select jsonb_array_elements_text(payload->'orders') where kind = 'mail_paid'
           ) wanted
           where kind = $1 and dead_at is null and ($2::timestamptz is null or created_at < $2) and id is not null
           order by created_at limit $3"#,
        kind,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(waiting.iter().filter_map(|id| id.parse::<T>().ok()).map(Id::uuid).collect())
}

/// Lists whose mails wait since before `before`: a line an organizer, one for the platform's own. Read from the queue,
/// which holds only what is not done.
///
/// # Errors
/// When the database fails.
pub async fn list_stuck_mails(
    conn: &mut Conn,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let mails = list_waiting::<MailId>(conn, "send_mail", Some(before), limit).await?;
    let unwritten = list_waiting::<OrderId>(conn, "mail_paid", Some(before), limit).await?;
    let organizers = sqlx::query_scalar!(
        r#"select organizer_id as "organizer_id?" from mails where mail_id = any($1) and status = 'queued'
           union
           select organizer_id from orders where order_id = any($2)"#,
        &mails,
        &unwritten,
    )
    .fetch_all(conn)
    .await?;
    Ok(organizers
        .into_iter()
        .map(|organizer| Suspect {
            rule: AlertRule::MailStuck,
            subject: organizer.map_or_else(|| "platform".to_owned(), |id| id.to_string()),
            about: About { organizer: organizer.map(OrganizerId::from_uuid), ..About::default() },
            observed: json!({ "mailStatus": "queued" }),
            expected: json!({ "mailStatus": "sent" }),
        })
        .collect())
}

/// Lists orders of an organizer that are paid and whose mails are still to be written; read from the queue.
///
/// # Errors
/// When the database fails.
pub async fn list_unwritten_mails(
    conn: &mut Conn,
    organizer: OrganizerId,
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let ids = list_waiting::<OrderId>(conn, "mail_paid", None, limit).await?;
    let orders = sqlx::query_scalar!(
        "select order_id from orders where order_id = any($1) and organizer_id = $2 order by order_id",
        &ids,
        organizer.uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(orders.into_iter().map(OrderId::from_uuid).collect())
}

/// Lists the queued mails of an organizer, or the platform's own, that have waited longest; read from the queue.
///
/// # Errors
/// When the database fails.
pub async fn list_queued_mails(
    conn: &mut Conn,
    organizer: Option<OrganizerId>,
    limit: i64,
) -> Result<Vec<MailId>, StoreError> {
    let ids = list_waiting::<MailId>(conn, "send_mail", None, limit).await?;
    let mails = sqlx::query_scalar!(
        "select mail_id from mails
         where mail_id = any($1) and status = 'queued' and organizer_id is not distinct from $2 order by mail_id",
        &ids,
        organizer.map(Id::uuid),
    )
    .fetch_all(conn)
    .await?;
    Ok(mails.into_iter().map(MailId::from_uuid).collect())
}

/// How the provider's money and messages came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrivals {
    pub n_captures: i64,
    pub n_webhooks: i64,
}

/// Counts the captures at the provider recorded within `(from, until]` and the webhooks received since `from`.
///
/// # Errors
/// When the database fails.
pub async fn count_arrivals(
    conn: &mut Conn,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Arrivals, StoreError> {
    let row = sqlx::query!(
        r#"select (select count(*) from ledger_transactions t join payments p on p.payment_id = t.payment_id
                   where t.created_at > $1 and t.created_at <= $2 and t.kind in ('capture', 'capture_to_credit')
                     and p.provider <> 'bank') as "n_captures!",
                  (select count(*) from webhook_events where received_at > $1) as "n_webhooks!""#,
        from,
        until,
    )
    .fetch_one(conn)
    .await?;
    Ok(Arrivals { n_captures: row.n_captures, n_webhooks: row.n_webhooks })
}

/// Lists open alerts whose facts are right by our own rows.
///
/// # Errors
/// When the database fails.
pub async fn list_settled(
    conn: &mut Conn,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<AlertId>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"select a.alert_id
           from alerts a
           left join orders o on o.order_id = a.order_id
           left join payments p on p.payment_id = a.payment_id
           left join refunds r on r.refund_id = a.refund_id
           where a.resolved_at is null and case a.rule
               when 'payment.missing_here' then p.status = 'captured'
               when 'money.late' then o.status = 'paid' and p.applied_minor = p.captured_minor or p.captured_minor <= (
                   select coalesce(sum(b.amount_minor), 0) from refunds b
                   where b.payment_id = p.payment_id and b.status = 'succeeded')
               when 'money.double' then p.captured_minor - p.applied_minor <= (
                   select coalesce(sum(b.amount_minor), 0) from refunds b
                   where b.payment_id = p.payment_id and b.status = 'succeeded')
               when 'money.dispute_won' then p.captured_minor <= (
                   select coalesce(sum(b.amount_minor), 0) from refunds b
                   where b.payment_id = p.payment_id and b.status = 'succeeded')
               when 'settlement.missing_there' then exists (
                   select from settlement_lines l where l.payment_id = a.payment_id and l.kind = 'payment')
               when 'settlement.missing_here' then exists (
                   select from settlement_differences d
                   where d.dedupe_key = substr(a.dedupe_key, length(a.rule) + 2) and d.resolved_at is not null)
               when 'settlement.without_lines' then exists (
                   select from settlement_differences d
                   where d.dedupe_key = substr(a.dedupe_key, length(a.rule) + 2) and d.resolved_at is not null)
               when 'hold.not_released' then o.status not in ('pending', 'awaiting_payment') or o.hold_expires_at > $1
               when 'hold.without_order' then o.status in ('pending', 'awaiting_payment') or not exists (
                   select from tickets t where t.order_id = o.order_id and t.status = 'held')
               when 'refund.stuck' then r.status not in ('requested', 'processing')
                   -- It waits for people at the provider, or for its balance, and not for too long yet.
                   or r.accepted_at >= $1::timestamptz - interval '7 days'
                   or r.accepted_at is null and r.waits_since >= $1::timestamptz - interval '24 hours'
               when 'quota.differs' then not exists (
                   select from quotas q where q.quota_id::text = split_part(a.dedupe_key, ':', 2)
                     and q.n_taken <> (
                         select count(*) from ticket_type_quotas tq
                         join tickets t on t.ticket_type_id = tq.ticket_type_id and t.event_id = q.event_id
                                       and t.status in ('held', 'valid')
                         where tq.quota_id = q.quota_id))
               when 'payout.stuck' then not exists (
                   select from payouts y where y.payout_id::text = split_part(a.dedupe_key, ':', 2)
                     and y.status = split_part(a.dedupe_key, ':', 3))
               when 'job.dead' then not exists (
                   select from jobs j
                   where j.job_id::text = split_part(a.dedupe_key, ':', 2) and j.dead_at is not null)
               when 'webhooks.silent' then exists (
                   select from webhook_events w where w.received_at > a.raised_at)
               else false end
           order by a.alert_id limit $2"#,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(AlertId::from_uuid).collect())
}
