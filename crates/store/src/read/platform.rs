//! How the platform stands, for its staff: the queue by kind of work, mails, messages, payouts, alerts of nobody.

use domain::payment::OWN_BANK;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// One kind of work in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueKind {
    pub kind: String,
    /// Its time has come, and nobody works on it.
    pub n_ready: i64,
    pub n_running: i64,
    pub n_later: i64,
    pub n_dead: i64,
    /// How long the oldest ready one has waited.
    pub lag_seconds: i64,
}

/// The queue by kind of work; what waits longest first.
///
/// # Errors
/// When the database fails.
pub async fn queue_kinds(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Vec<QueueKind>, StoreError> {
    Ok(sqlx::query_as!(
        QueueKind,
        r#"select kind,
                  count(*) filter (where is_ready) as "n_ready!",
                  count(*) filter (where is_running) as "n_running!",
                  count(*) filter (where dead_at is null and not is_ready and not is_running) as "n_later!",
                  count(*) filter (where dead_at is not null) as "n_dead!",
                  coalesce(extract(epoch from $1 - min(run_at) filter (where is_ready)), 0)::bigint as "lag_seconds!"
           from (
               select kind, run_at, dead_at,
                      dead_at is null and lease_until > $1 as is_running,
                      dead_at is null and run_at <= $1 and (lease_until is null or lease_until <= $1) as is_ready
               from (select kind, run_at, dead_at, coalesce(lease_until, '-infinity') as lease_until from jobs) leased
           ) jobs
           group by kind order by 6 desc, kind"#,
        now
    )
    .fetch_all(conn)
    .await?)
}

/// What else is told about the machinery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Mails that wait since before the moment that was asked for.
    pub n_late_mails: i64,
    pub n_waiting_webhooks: i64,
    pub webhook_lag_seconds: i64,
    pub last_mail_at: Option<OffsetDateTime>,
    /// When the newest mail was written that could not be sent for good.
    pub last_failed_mail_at: Option<OffsetDateTime>,
    pub n_approved_payouts: i64,
}

/// Reads the facts; mails that wait since before `mails_before` are late.
///
/// # Errors
/// When the database fails.
pub async fn facts(
    conn: &mut Conn,
    mails_before: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Facts, StoreError> {
    Ok(sqlx::query_as!(
        Facts,
        r#"select
               (select coalesce(sum(case kind when 'mail_paid' then jsonb_array_length(payload->'orders') else 1 end), 0)
                from jobs where kind in ('send_mail', 'mail_paid') and dead_at is null and created_at < $1)
                   as "n_late_mails!",
               waiting.n as "n_waiting_webhooks!", waiting.lag as "webhook_lag_seconds!",
               (select max(sent_at) from (select sent_at from mails order by mail_id desc limit 100) newest)
                   as "last_mail_at?",
               (select created_at from mails where status = 'failed' order by mail_id desc limit 1)
                   as "last_failed_mail_at?",
               (select count(*) from payouts where status = 'approved') as "n_approved_payouts!"
           from (
               select count(*) as n, coalesce(extract(epoch from $2 - min(received_at)), 0)::bigint as lag
               from webhook_events where status = 'received'
           ) waiting"#,
        mails_before,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// What is known of a provider from what it told us and what we asked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFacts {
    pub provider: String,
    /// When it last answered a question about a payment.
    pub answered_at: Option<OffsetDateTime>,
    /// When it was last asked in vain, and about how many payments its answer is missing.
    pub silent_at: Option<OffsetDateTime>,
    pub n_silent: i64,
    /// When it last told us something, and when that was last acted on.
    pub told_at: Option<OffsetDateTime>,
    pub acted_at: Option<OffsetDateTime>,
    pub n_waiting: i64,
    /// When money last came in through it, and when it last paid out to us.
    pub captured_at: Option<OffsetDateTime>,
    pub settled_at: Option<OffsetDateTime>,
}

/// Reads what is known of these providers, and of any other that had to do with the newest payments; a question from
/// before `asked_before` should have been answered.
///
/// # Errors
/// When the database fails.
pub async fn providers(
    conn: &mut Conn,
    configured: &[String],
    asked_before: OffsetDateTime,
) -> Result<Vec<ProviderFacts>, StoreError> {
    Ok(sqlx::query_as!(
        ProviderFacts,
        r#"with newest as materialized (
               select provider, synced_at, captured_at from payments where provider <> $3
               order by payment_id desc limit 1000
           ), told as materialized (
               select provider, received_at, processed_at from webhook_events
               order by webhook_event_id desc limit 1000
           ), silent as materialized (
               select provider, count(*) as n, max(asked_at) as at from open_payments join payments using (payment_id)
               where status in ('created', 'pending', 'authorized') and asked_at > coalesce(synced_at, created_at)
                 and asked_at < $2
               group by provider
           )
           select name as "provider!",
                  (select max(synced_at) from newest where provider = name) as answered_at,
                  (select at from silent where provider = name) as silent_at,
                  coalesce((select n from silent where provider = name), 0) as "n_silent!",
                  (select max(received_at) from told where provider = name) as told_at,
                  (select max(processed_at) from told where provider = name) as acted_at,
                  (select count(*) from webhook_events where provider = name and status = 'received') as "n_waiting!",
                  (select max(captured_at) from newest where provider = name) as captured_at,
                  (select max(settled_at) from settlements where provider = name) as settled_at
           from (select unnest($1::text[]) union select provider from newest) names (name) order by name"#,
        configured,
        asked_before,
        OWN_BANK,
    )
    .fetch_all(conn)
    .await?)
}

/// Open alerts that belong to no organizer, by rule.
///
/// # Errors
/// When the database fails.
pub async fn count_open_alerts(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select rule, count(*) as "n!" from alerts
           where organizer_id is null and resolved_at is null group by rule order by rule"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.rule, row.n)).collect())
}
