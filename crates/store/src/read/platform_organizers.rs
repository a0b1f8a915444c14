//! Organizers as the platform's staff sees them: the list, and one of them with what is known of it.

use domain::event::OrganizerKind;
use domain::ids::{Id, OrganizerId, PayoutId, UserId};
use domain::money::{Currency, Money};
use domain::payout::{PayoutModel, PayoutStatus};
use domain::permission::Role;
use domain::standing::Standing;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Rows of one kind on the page of one organizer.
const ROWS_MAX: i64 = 50;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizerLine {
    pub organizer: OrganizerId,
    pub name: String,
    pub kind: OrganizerKind,
    pub contact: String,
    pub standing: Standing,
    pub reason: String,
    pub model: PayoutModel,
    pub created_at: OffsetDateTime,
    pub n_members: i64,
    pub n_events: i64,
    pub n_open_alerts: i64,
}

/// Organizers whose name, contact, members' addresses or events hold `text`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    (text, standing): (&str, Option<Standing>),
    id: Option<OrganizerId>,
    older_than: Option<OrganizerId>,
    limit: i64,
) -> Result<Vec<OrganizerLine>, StoreError> {
    sqlx::query!(
        r#"with page as (
               select * from organizers o
               where ($1 = '' or o.organizer_id = $3 or strpos(lower(o.display_name), lower($1)) > 0
                      or strpos(lower(o.contact_email), lower($1)) > 0
                      or exists (select from members m join users u using (user_id)
                                 where m.organizer_id = o.organizer_id and strpos(u.email_key, lower($1)) > 0)
                      or exists (select from events e
                                 where e.organizer_id = o.organizer_id
                                   and (e.slug = $1 or strpos(lower(e.title), lower($1)) > 0)))
                 and ($2::text is null or o.standing = $2)
                 and ($4::uuid is null or o.organizer_id < $4)
               order by organizer_id desc limit $5
           )
           select organizer_id, display_name, kind, contact_email, standing, standing_reason, payout_model, created_at,
                  (select count(*) from members m where m.organizer_id = page.organizer_id) as "n_members!",
                  (select count(*) from events e where e.organizer_id = page.organizer_id) as "n_events!",
                  (select count(*) from alerts a
                   where a.organizer_id = page.organizer_id and a.resolved_at is null) as "n_open_alerts!"
           from page order by organizer_id desc"#,
        text,
        standing.map(Standing::as_str),
        id.map(Id::uuid),
        older_than.map(Id::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OrganizerLine {
            organizer: OrganizerId::from_uuid(row.organizer_id),
            name: row.display_name,
            kind: word(OrganizerKind::parse(&row.kind), "organizers.kind")?,
            contact: row.contact_email,
            standing: word(Standing::parse(&row.standing), "organizers.standing")?,
            reason: row.standing_reason,
            model: word(PayoutModel::parse(&row.payout_model), "payout model")?,
            created_at: row.created_at,
            n_members: row.n_members,
            n_events: row.n_events,
            n_open_alerts: row.n_open_alerts,
        })
    })
    .collect()
}

/// How many organizers are of each standing.
///
/// # Errors
/// When the database fails.
pub async fn count_inactive(conn: &mut Conn) -> Result<Vec<(Standing, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select standing, count(*) as "n!" from organizers where standing <> 'active' group by standing"#
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((word(Standing::parse(&row.standing), "organizers.standing")?, row.n)))
        .collect()
}

/// A member, as the staff sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLine {
    pub user: UserId,
    pub email: String,
    pub role: Role,
    pub since: OffsetDateTime,
}

/// The members of an organizer, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_members(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<MemberLine>, StoreError> {
    sqlx::query!(
        "select user_id, email, role, members.created_at from members join users using (user_id)
         where organizer_id = $1 order by members.created_at limit $2",
        organizer.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(MemberLine {
            user: UserId::from_uuid(row.user_id),
            email: row.email,
            role: word(Role::parse(&row.role), "members.role")?,
            since: row.created_at,
        })
    })
    .collect()
}

/// An event with what was sold for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLine {
    pub title: String,
    pub slug: String,
    pub status: domain::event::EventStatus,
    pub starts_at: Option<OffsetDateTime>,
    pub time_zone: String,
    pub n_paid_orders: i64,
}

/// The organizer's newest events.
///
/// # Errors
/// When the database fails.
pub async fn list_events(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<EventLine>, StoreError> {
    sqlx::query!(
        r#"select title, slug, status, starts_at, time_zone,
                  (select count(*) from orders o
                   where o.event_id = e.event_id and o.status = 'paid') as "n_paid_orders!"
           from events e where organizer_id = $1 order by event_id desc limit $2"#,
        organizer.uuid(),
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(EventLine {
            title: row.title,
            slug: row.slug,
            status: word(domain::event::EventStatus::parse(&row.status), "event status")?,
            starts_at: row.starts_at,
            time_zone: row.time_zone,
            n_paid_orders: row.n_paid_orders,
        })
    })
    .collect()
}

/// The organizer's accounts in the ledger: their kinds and sums, debits positive.
///
/// # Errors
/// When the database fails.
pub async fn list_balances(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<(String, Money)>, StoreError> {
    sqlx::query!(
        r#"select a.kind, a.currency, coalesce(sum(e.amount_minor), 0)::bigint as "minor!"
           from ledger_accounts a left join ledger_entries e using (ledger_account_id)
           where a.organizer_id = $1 group by a.kind, a.currency order by a.kind, a.currency"#,
        organizer.uuid(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok((row.kind, Money::new(row.minor, currency)))
    })
    .collect()
}

/// A payout in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutLine {
    pub payout: PayoutId,
    pub code: String,
    pub status: PayoutStatus,
    pub amount: Money,
    pub at: OffsetDateTime,
}

/// The organizer's newest payouts.
///
/// # Errors
/// When the database fails.
pub async fn list_payouts(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<PayoutLine>, StoreError> {
    sqlx::query!(
        "select payout_id, code, status, amount_minor, currency, created_at from payouts
         where organizer_id = $1 order by payout_id desc limit 10",
        organizer.uuid(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let currency = word(Currency::parse(&row.currency), "currency")?;
        Ok(PayoutLine {
            payout: PayoutId::from_uuid(row.payout_id),
            code: row.code,
            status: word(PayoutStatus::parse(&row.status), "payout status")?,
            amount: Money::new(row.amount_minor, currency),
            at: row.created_at,
        })
    })
    .collect()
}

/// A key to the API that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub name: String,
    pub prefix: String,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// The organizer's keys that open something now.
///
/// # Errors
/// When the database fails.
pub async fn list_keys(
    conn: &mut Conn,
    organizer: OrganizerId,
    now: OffsetDateTime,
) -> Result<Vec<KeyLine>, StoreError> {
    Ok(sqlx::query_as!(
        KeyLine,
        "select name, prefix, created_at, last_used_at from api_keys
         where organizer_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)
         order by last_used_at desc nulls last, created_at desc limit $3",
        organizer.uuid(),
        now,
        ROWS_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// The organizer's open alerts by rule.
///
/// # Errors
/// When the database fails.
pub async fn count_open_alerts(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select rule, count(*) as "n!" from alerts
           where organizer_id = $1 and resolved_at is null group by rule order by rule"#,
        organizer.uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.rule, row.n)).collect())
}
