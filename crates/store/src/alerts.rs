//! Alerts: what does not add up, one line per matter, raised once, closed once, told once.

use domain::alert::{AlertRule, AlertSource, Resolution};
use domain::ids::{AlertId, EventId, Id, OrderId, OrganizerId, PaymentId, RefundId, UserId};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// An alert about money of a payment, raised where the money is recorded.
#[derive(Debug, Clone)]
pub struct NewAlert<'a> {
    pub id: AlertId,
    /// `money.double`, `money.late`, `money.short`, `money.over`, …
    pub rule: &'a str,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub order: OrderId,
    pub payment: PaymentId,
    pub detail: Value,
    pub now: OffsetDateTime,
}

/// Raises an alert once per rule and payment, for ever: what is recorded once is told once.
///
/// # Errors
/// When the database fails.
pub async fn insert_once(conn: &mut Conn, alert: &NewAlert<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into alerts (alert_id, rule, dedupe_key, organizer_id, event_id, order_id, payment_id, detail, observed, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
         on conflict (dedupe_key) do nothing",
        alert.id.uuid(),
        alert.rule,
        format!("{}:{}", alert.rule, alert.payment),
        alert.organizer.uuid(),
        alert.event.uuid(),
        alert.order.uuid(),
        alert.payment.uuid(),
        alert.detail,
        alert.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What an alert is about; without an organizer it is for administrators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About {
    pub organizer: Option<OrganizerId>,
    pub event: Option<EventId>,
    pub order: Option<OrderId>,
    pub payment: Option<PaymentId>,
    pub refund: Option<RefundId>,
}

/// Something that does not add up, as the watch or the check found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    pub rule: AlertRule,
    /// What tells this matter from others of the rule.
    pub subject: String,
    pub about: About,
    /// Nothing in here changes while the matter is the same.
    pub observed: Value,
    pub expected: Value,
}

impl Suspect {
    fn dedupe_key(&self) -> String {
        format!("{}:{}", self.rule, self.subject)
    }
}

/// Raises an alert unless the matter is open already or was accepted as it is now; says whether it is new.
///
/// A matter that closed by itself gave its key back and may be raised again. Two that raise the same at once meet at the
/// unique key, and one of them is told that it is not new.
///
/// # Errors
/// When the database fails.
pub async fn raise(
    conn: &mut Conn,
    id: AlertId,
    suspect: &Suspect,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let key = suspect.dedupe_key();
    sqlx::query!(
        "update alerts set dedupe_key = dedupe_key || '#' || alert_id
         where dedupe_key = $1 and resolution = 'accepted' and observed <> $2",
        key,
        suspect.observed,
    )
    .execute(&mut *conn)
    .await?;
    let About { organizer, event, order, payment, refund } = suspect.about;
    let raised = sqlx::query!(
        "insert into alerts (alert_id, rule, dedupe_key, organizer_id, event_id, order_id, payment_id, refund_id,
                             source, observed, expected, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (dedupe_key) do nothing",
        id.uuid(),
        suspect.rule.as_str(),
        key,
        organizer.map(Id::uuid),
        event.map(Id::uuid),
        order.map(Id::uuid),
        payment.map(Id::uuid),
        refund.map(Id::uuid),
        suspect.rule.source().as_str(),
        suspect.observed,
        suspect.expected,
        now,
    )
    .execute(conn)
    .await?;
    Ok(raised.rows_affected() == 1)
}

/// Closes an open alert whose facts are right; it gives its key back. Says whether it was open.
///
/// # Errors
/// When the database fails.
pub async fn close(
    conn: &mut Conn,
    alert: AlertId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let closed = sqlx::query!(
        "update alerts
         set resolved_at = $2, resolution = 'itself',
             dedupe_key = case when source = 'record' then dedupe_key else dedupe_key || '#' || alert_id end
         where alert_id = $1 and resolved_at is null",
        alert.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(closed.rows_affected() == 1)
}

/// Closes an open alert because a person accepts what it says; says whether it was open.
///
/// # Errors
/// When the database fails.
pub async fn accept(
    conn: &mut Conn,
    alert: AlertId,
    user: Option<UserId>,
    note: &str,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let closed = sqlx::query!(
        "update alerts
         set resolved_at = $2, resolution = 'accepted', resolved_by = $3, note = $4, closing_told_at = $2
         where alert_id = $1 and resolved_at is null",
        alert.uuid(),
        now,
        user.map(Id::uuid),
        note,
    )
    .execute(conn)
    .await?;
    Ok(closed.rows_affected() == 1)
}

/// Closes the open alert of a rule about a payment: the facts are right again.
///
/// # Errors
/// When the database fails.
pub async fn resolve_rule(
    conn: &mut Conn,
    rule: AlertRule,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let closed = sqlx::query!(
        "update alerts set resolved_at = $3, resolution = 'itself'
         where rule = $1 and payment_id = $2 and resolved_at is null",
        rule.as_str(),
        payment.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(closed.rows_affected())
}

/// Closes the open alerts of a payment: its money found its place.
///
/// # Errors
/// When the database fails.
pub async fn resolve_for_payment(
    conn: &mut Conn,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let closed = sqlx::query!(
        "update alerts set resolved_at = $2, resolution = 'itself' where payment_id = $1 and resolved_at is null",
        payment.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(closed.rows_affected())
}

/// An alert as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    /// A word of [`AlertRule`], or one that another part of the house raised.
    pub rule: String,
    pub about: About,
    /// What people read out of the order, where there is one.
    pub order_code: Option<String>,
    pub source: AlertSource,
    pub observed: Value,
    pub expected: Value,
    pub detected_at: OffsetDateTime,
    pub resolved_at: Option<OffsetDateTime>,
    pub resolution: Option<Resolution>,
    /// What stands behind the colon of its key: the payment's id, the job's.
    pub subject: String,
}

struct Row {
    alert_id: Uuid,
    rule: String,
    dedupe_key: String,
    organizer_id: Option<Uuid>,
    event_id: Option<Uuid>,
    order_id: Option<Uuid>,
    payment_id: Option<Uuid>,
    refund_id: Option<Uuid>,
    code: Option<String>,
    source: String,
    observed: Value,
    expected: Value,
    raised_at: OffsetDateTime,
    resolved_at: Option<OffsetDateTime>,
    resolution: Option<String>,
}

impl TryFrom<Row> for Alert {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let key = row.dedupe_key.split('#').next().unwrap_or_default();
        let subject = key.split_once(':').map(|(_, subject)| subject.to_owned());
        let resolution = row.resolution.as_deref().map(Resolution::parse).transpose();
        Ok(Self {
            id: AlertId::from_uuid(row.alert_id),
            rule: row.rule,
            about: About {
                organizer: row.organizer_id.map(OrganizerId::from_uuid),
                event: row.event_id.map(EventId::from_uuid),
                order: row.order_id.map(OrderId::from_uuid),
                payment: row.payment_id.map(PaymentId::from_uuid),
                refund: row.refund_id.map(RefundId::from_uuid),
            },
            order_code: row.code,
            source: word(AlertSource::parse(&row.source), "alert source")?,
            observed: row.observed,
            expected: row.expected,
            detected_at: row.raised_at,
            resolved_at: row.resolved_at,
            resolution: word(resolution, "alert resolution")?,
            subject: subject.unwrap_or_default(),
        })
    }
}

macro_rules! select_alert {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select alert_id, rule, dedupe_key, a.organizer_id, a.event_id, a.order_id, a.payment_id, a.refund_id,
                      orders.code as "code?", a.source, observed, expected, raised_at, resolved_at, resolution
               from alerts a left join orders on orders.order_id = a.order_id "# + $rest
            $(, $arg)*
        )
    };
}

fn read(rows: Vec<Row>) -> Result<Vec<Alert>, StoreError> {
    rows.into_iter().map(Alert::try_from).collect()
}

/// The organizer's alert.
///
/// # Errors
/// `NotFound` when there is none, or it is another's.
pub async fn get_for_organizer(
    conn: &mut Conn,
    organizer: OrganizerId,
    alert: AlertId,
) -> Result<Alert, StoreError> {
    select_alert!("where alert_id = $1 and a.organizer_id = $2", alert.uuid(), organizer.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// The platform's alert: one without an organizer.
///
/// # Errors
/// `NotFound` when there is none, or it is an organizer's.
pub async fn get_for_platform(conn: &mut Conn, alert: AlertId) -> Result<Alert, StoreError> {
    select_alert!("where alert_id = $1 and a.organizer_id is null", alert.uuid())
        .fetch_one(conn)
        .await?
        .try_into()
}

/// Lists the open alerts of a rule, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_open(
    conn: &mut Conn,
    rule: AlertRule,
    limit: i64,
) -> Result<Vec<Alert>, StoreError> {
    read(
        select_alert!(
            "where rule = $1 and resolved_at is null order by alert_id limit $2",
            rule.as_str(),
            limit
        )
        .fetch_all(conn)
        .await?,
    )
}

/// Takes alerts whose raising was not told yet, oldest first: those of the watch and the check at once, those raised in
/// passing once their grace is over. Marked told in the caller's transaction.
///
/// # Errors
/// When the database fails.
pub async fn take_untold(
    conn: &mut Conn,
    graced_before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Alert>, StoreError> {
    let ids = sqlx::query_scalar!(
        "update alerts set told_at = $2
         where alert_id in (
             select alert_id from alerts
             where told_at is null and (source <> 'record' or raised_at <= $1 or resolved_at is not null)
             order by raised_at limit $3 for update skip locked)
         returning alert_id",
        graced_before,
        now,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    read(select_alert!("where alert_id = any($1) order by alert_id", &ids).fetch_all(conn).await?)
}

/// Takes alerts whose closing was not told yet, oldest first; marked told in the caller's transaction.
///
/// # Errors
/// When the database fails.
pub async fn take_untold_closings(
    conn: &mut Conn,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Alert>, StoreError> {
    let ids = sqlx::query_scalar!(
        "update alerts set closing_told_at = $1
         where alert_id in (
             select alert_id from alerts
             where resolved_at is not null and closing_told_at is null and told_at is not null
             order by resolved_at limit $2 for update skip locked)
         returning alert_id",
        now,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    read(select_alert!("where alert_id = any($1) order by alert_id", &ids).fetch_all(conn).await?)
}

/// Marks every told, open alert mailed and lists them, oldest first: what one digest speaks of.
///
/// # Errors
/// When the database fails.
pub async fn take_unmailed(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Vec<AlertId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "update alerts set mailed_at = $1
         where told_at is not null and mailed_at is null and resolved_at is null
         returning alert_id",
        now
    )
    .fetch_all(conn)
    .await?;
    let mut ids: Vec<_> = ids.into_iter().map(AlertId::from_uuid).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Lists those of the alerts that are still open, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_still_open(conn: &mut Conn, ids: &[AlertId]) -> Result<Vec<Alert>, StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    read(
        select_alert!("where alert_id = any($1) and resolved_at is null order by alert_id", &ids)
            .fetch_all(conn)
            .await?,
    )
}

/// How many alerts of the organizer are open.
///
/// # Errors
/// When the database fails.
pub async fn count_open(conn: &mut Conn, organizer: OrganizerId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from alerts where organizer_id = $1 and resolved_at is null"#,
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?)
}

/// How many alerts of the event are open.
///
/// # Errors
/// When the database fails.
pub async fn count_open_of_event(conn: &mut Conn, event: EventId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from alerts where event_id = $1 and resolved_at is null"#,
        event.uuid()
    )
    .fetch_one(conn)
    .await?)
}

/// How many alerts are open, by rule: for metrics.
///
/// # Errors
/// When the database fails.
pub async fn count_open_by_rule(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select rule, count(*) as "n!" from alerts where resolved_at is null group by rule order by rule"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.rule, row.n)).collect())
}
