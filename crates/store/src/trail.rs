//! What a transaction leaves behind, written together: audit lines with outbox messages, mails with jobs.

use std::collections::BTreeSet;

use domain::ids::{EventId, Id, MailId, OrderId, OrganizerId};
use domain::mail::MailKind;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::audit;
use crate::db::Conn;
use crate::error::StoreError;
use crate::jobs::NewJob;

/// A fact: a message in the outbox, and a line of the same words in the audit log.
#[derive(Debug, Clone)]
pub struct Fact {
    pub organizer: OrganizerId,
    /// None for what is an organizer's and of no event.
    pub event: Option<EventId>,
    pub order: Option<OrderId>,
    pub actor_kind: &'static str,
    pub actor_id: Option<Uuid>,
    /// `refund.requested`
    pub what: String,
    /// What keeps order among messages: the order's code, the payment's id.
    pub key: String,
    /// Under `note`, `reason` and `answer` stands what people wrote; where it is about an order, the log leaves it out.
    pub detail: Value,
    /// False for what the line of another fact beside it says already: no line of its own, but a message.
    pub is_logged: bool,
}

/// A mail about an order with the job that sends it; who gets it is read from the order.
#[derive(Debug, Clone)]
pub struct OrderMail {
    pub mail: MailId,
    pub order: OrderId,
    pub kind: MailKind,
    /// The same mail is written once, whatever is repeated; its job too.
    pub dedupe_key: String,
    pub data: Value,
    pub job: NewJob,
}

/// Everything a transaction leaves behind besides its change.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    pub facts: Vec<Fact>,
    pub mails: Vec<OrderMail>,
    pub jobs: Vec<NewJob>,
}

/// Writes it all. Live pages and workers hear of it after the commit ([`crate::outbox::announce`]).
///
/// # Errors
/// When the database fails.
pub async fn write(conn: &mut Conn, trail: Trail, now: OffsetDateTime) -> Result<(), StoreError> {
    let Trail { facts, mails, jobs } = trail;
    if !facts.is_empty() {
        write_facts(conn, facts, now).await?;
    }
    if !(mails.is_empty() && jobs.is_empty()) {
        write_mails_and_jobs(conn, mails, jobs, now).await?;
    }
    Ok(())
}

async fn write_facts(
    conn: &mut Conn,
    facts: Vec<Fact>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let facts = FactColumns::of(facts);
    let origin = audit::origin().unwrap_or_default();
    sqlx::query!(
        "with audited as (
             insert into audit_entries
                 (audit_entry_id, organizer_id, event_id, order_id, actor_kind, actor_id, action, detail, created_at,
                  request_id, client, browser)
             -- What people wrote about an order can be erased; the log cannot, so it does not repeat it.
             select f.id, f.organizer_id, f.event_id, f.order_id, f.actor_kind, f.actor_id, f.what,
                    case when f.order_id is null then f.detail else f.detail - '{note,reason,answer}'::text[] end, $10,
                    nullif($11, ''), $12, $13
             from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $9::jsonb[],
                         $14::boolean[])
                 as f (id, organizer_id, event_id, order_id, actor_kind, actor_id, what, detail, is_logged)
             where f.is_logged
         )
         insert into outbox_messages (topic, key, organizer_id, event_id, order_id, payload, created_at)
         select f.what, f.key, f.organizer_id, f.event_id, f.order_id, f.detail, $10
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $7::text[], $8::text[], $9::jsonb[]) with ordinality
             as f (organizer_id, event_id, order_id, what, key, detail, position)
         order by f.position",
        &facts.ids,
        &facts.organizers,
        &facts.events as _,
        &facts.orders as _,
        &facts.actor_kinds as _,
        &facts.actor_ids as _,
        &facts.whats,
        &facts.keys,
        &facts.details,
        now,
        origin.request_id,
        origin.client,
        origin.browser,
        &facts.are_logged,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn write_mails_and_jobs(
    conn: &mut Conn,
    mails: Vec<OrderMail>,
    wishes: Vec<NewJob>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let jobs = JobColumns::of(&mails, wishes);
    let mails = MailColumns::of(mails);
    sqlx::query!(
        "with mailed as (
             insert into mails
                 (mail_id, organizer_id, order_id, kind, dedupe_key, recipient, locale, data, created_at)
             -- To the buyer; what is to be decided goes to the organizer, in the language of its first member.
             select m.id, o.organizer_id, o.order_id, m.kind, m.dedupe_key,
                    case when m.kind in ('return_to_decide', 'screening_to_decide', 'erasure_to_decide')
                        then organizer_contact(o.organizer_id) else o.buyer_email end,
                    case when m.kind in ('return_to_decide', 'screening_to_decide', 'erasure_to_decide')
                        then organizer_locale(o.organizer_id) else o.locale end,
                    m.data, $14
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[])
                 as m (id, order_id, kind, dedupe_key, data),
                 -- Looked up one by one: a plan made while there were few orders must not read them all.
                 -- Nobody is known any more to get mails about an order that was erased.
                 lateral (select * from orders o where o.order_id = m.order_id and o.erased_at is null limit 1) o
             on conflict (dedupe_key) do nothing
             returning mail_id
         )
         insert into jobs (job_id, kind, payload, dedupe_key, run_at, attempts_max, priority, created_at)
         select j.id, j.kind, j.payload, j.dedupe_key, j.run_at, j.attempts_max, j.priority, $14
         from unnest($6::uuid[], $7::text[], $8::jsonb[], $9::text[], $10::timestamptz[], $11::int[], $12::smallint[],
                     $13::uuid[])
             as j (id, kind, payload, dedupe_key, run_at, attempts_max, priority, mail_id)
         where j.mail_id is null or j.mail_id in (select mail_id from mailed)
         on conflict (dedupe_key) where dead_at is null and lease_token is null
         do update set run_at = least(jobs.run_at, excluded.run_at)",
        &mails.ids,
        &mails.orders,
        &mails.kinds as _,
        &mails.dedupe_keys,
        &mails.details,
        &jobs.ids,
        &jobs.kinds,
        &jobs.payloads,
        &jobs.dedupe_keys as _,
        &jobs.run_ats,
        &jobs.attempts,
        &jobs.priorities,
        &jobs.mails as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Facts by column, as `unnest` takes them.
#[derive(Default)]
struct FactColumns {
    ids: Vec<Uuid>,
    organizers: Vec<Uuid>,
    events: Vec<Option<Uuid>>,
    orders: Vec<Option<Uuid>>,
    actor_kinds: Vec<&'static str>,
    actor_ids: Vec<Option<Uuid>>,
    whats: Vec<String>,
    keys: Vec<String>,
    details: Vec<Value>,
    are_logged: Vec<bool>,
}

impl FactColumns {
    fn of(facts: Vec<Fact>) -> Self {
        let mut columns = Self::default();
        for fact in facts {
            columns.ids.push(Uuid::now_v7());
            columns.organizers.push(fact.organizer.uuid());
            columns.events.push(fact.event.map(Id::uuid));
            columns.orders.push(fact.order.map(Id::uuid));
            columns.actor_kinds.push(fact.actor_kind);
            columns.actor_ids.push(fact.actor_id);
            columns.whats.push(fact.what);
            columns.keys.push(fact.key);
            columns.details.push(fact.detail);
            columns.are_logged.push(fact.is_logged);
        }
        columns
    }
}

/// Mails by column.
#[derive(Default)]
struct MailColumns {
    ids: Vec<Uuid>,
    orders: Vec<Uuid>,
    kinds: Vec<&'static str>,
    dedupe_keys: Vec<String>,
    details: Vec<Value>,
}

impl MailColumns {
    fn of(mails: Vec<OrderMail>) -> Self {
        let mut columns = Self::default();
        for mail in mails {
            columns.ids.push(mail.mail.uuid());
            columns.orders.push(mail.order.uuid());
            columns.kinds.push(mail.kind.as_str());
            columns.dedupe_keys.push(mail.dedupe_key);
            columns.details.push(mail.data);
        }
        columns
    }
}

/// Jobs by column, each with the mail it sends if it is one's. One statement may meet a key once only.
#[derive(Default)]
struct JobColumns {
    ids: Vec<Uuid>,
    kinds: Vec<String>,
    payloads: Vec<Value>,
    dedupe_keys: Vec<Option<String>>,
    run_ats: Vec<OffsetDateTime>,
    attempts: Vec<i32>,
    priorities: Vec<i16>,
    mails: Vec<Option<Uuid>>,
}

impl JobColumns {
    fn of(mails: &[OrderMail], wishes: Vec<NewJob>) -> Self {
        let of_mails = mails.iter().map(|mail| (Some(mail.mail.uuid()), mail.job.clone()));
        let mut columns = Self::default();
        let mut seen = BTreeSet::new();
        for (mail, job) in wishes.into_iter().map(|job| (None, job)).chain(of_mails) {
            if job.dedupe_key.as_ref().is_some_and(|key| !seen.insert(key.clone())) {
                continue;
            }
            columns.ids.push(job.id.uuid());
            columns.kinds.push(job.kind.to_owned());
            columns.payloads.push(job.payload);
            columns.dedupe_keys.push(job.dedupe_key);
            columns.run_ats.push(job.run_at);
            columns.attempts.push(job.attempts_max);
            columns.priorities.push(job.priority);
            columns.mails.push(mail);
        }
        columns
    }
}
