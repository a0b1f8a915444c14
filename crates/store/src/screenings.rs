//! Screenings: how unusual orders looked before their buyers paid, what was decided, and the counts behind it.

use domain::ids::{EventId, Id, OrderId, OrganizerId, ScreeningId, UserId};
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::screening::{Decision, Reason, Score, ScreeningRules, Sensitivity};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::read::sale::EventRef;

/// Orders of an event that tell its habit: the latest paid ones.
const HABIT_ORDERS: i64 = 50;
/// Fewer tell nothing.
const HABIT_ORDERS_MIN: i64 = 5;

/// A screening to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewScreening<'a> {
    pub id: ScreeningId,
    pub order: OrderId,
    pub organizer: OrganizerId,
    pub event: EventId,
    pub score: &'a Score,
    pub decision: Decision,
    pub now: OffsetDateTime,
}

/// What orders of an event are screened by, beside their buyers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    pub rules: ScreeningRules,
    /// What orders of the event come to: the median of the latest; none before there are some.
    pub habit_minor: Option<i64>,
    /// Whether buyers on the web are looked at when they come back from confirming their address.
    pub confirms_email: bool,
}

/// How often a name came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub name_hash: Vec<u8>,
    /// Since the window began, this time included.
    pub n: i32,
    /// In the window before.
    pub n_before: i32,
}

/// A screening that was held back, with what its organizer is shown of the order.
#[derive(Debug, Clone)]
pub struct ListedScreening {
    pub order: OrderId,
    pub order_code: String,
    pub order_status: OrderStatus,
    pub buyer_name: String,
    pub buyer_email: String,
    pub amount: Money,
    pub hold_expires_at: OffsetDateTime,
    pub score: i16,
    pub reasons: Vec<Reason>,
    pub decision: Decision,
    pub created_at: OffsetDateTime,
    pub decided_at: Option<OffsetDateTime>,
}

impl ListedScreening {
    /// Whether somebody can still decide: it is held back and the order can still be paid.
    pub const fn is_open(&self) -> bool {
        matches!(self.decision, Decision::Review | Decision::Blocked)
            && self.order_status.is_payable()
    }
}

/// Counts each name once more and tells how often it came, in one statement that commits by itself: who comes at the
/// same moment is counted too, whatever becomes of either order, and nobody waits for anybody's transaction. Nobody is
/// told anything that hangs on it before a later commit, so this one does not wait for the disk.
///
/// # Errors
/// When the database fails.
pub async fn count(
    conn: &mut Conn,
    names: &[Vec<u8>],
    (begins_at, before): (OffsetDateTime, OffsetDateTime),
) -> Result<Vec<Count>, StoreError> {
    let counts = sqlx::query_as!(
        Count,
        r#"with quick as materialized (select set_config('synchronous_commit', 'off', true) as it),
         counted as (
             insert into screening_counts (name_hash, begins_at, n)
             select name, $2, 1 from unnest($1::bytea[]) as name, quick where quick.it = 'off' order by name
             on conflict (name_hash, begins_at) do update set n = screening_counts.n + 1
             returning name_hash, n
         )
         select c.name_hash as "name_hash!", c.n as "n!", coalesce(b.n, 0) as "n_before!"
         from counted c left join screening_counts b on b.name_hash = c.name_hash and b.begins_at = $3"#,
        names,
        begins_at,
        before,
    )
    .fetch_all(conn)
    .await?;
    Ok(counts)
}

/// Forgets counts from before; says how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_counts(conn: &mut Conn, before: OffsetDateTime) -> Result<u64, StoreError> {
    let done = sqlx::query!("delete from screening_counts where begins_at < $1", before);
    Ok(done.execute(conn).await?.rows_affected())
}

/// What orders of the event are screened by.
///
/// # Errors
/// `NotFound` when there is no such event.
pub async fn ground(conn: &mut Conn, event: &EventRef) -> Result<Ground, StoreError> {
    let (id, slug) = match event {
        EventRef::Id(id) => (Some(id.uuid()), None),
        EventRef::Slug(slug) => (None, Some(slug.as_str())),
    };
    let row = sqlx::query!(
        r#"select e.confirms_email, g.screening_sensitivity, g.screening_review_at, g.screening_block_above,
                  (select percentile_disc(0.5) within group (order by latest.amount_minor)
                   from (select amount_minor from orders
                         where event_id = e.event_id and status = 'paid' and amount_minor > 0
                         order by order_id desc limit $3) latest
                   having count(*) >= $4) as habit_minor
           from events e join organizers g using (organizer_id)
           where e.event_id = $1 or e.slug = $2"#,
        id,
        slug,
        HABIT_ORDERS,
        HABIT_ORDERS_MIN,
    )
    .fetch_one(conn)
    .await?;
    Ok(Ground {
        rules: rules(
            &row.screening_sensitivity,
            row.screening_review_at,
            row.screening_block_above,
        )?,
        habit_minor: row.habit_minor,
        confirms_email: row.confirms_email,
    })
}

/// How the organizer's orders are screened.
///
/// # Errors
/// `NotFound` when there is none of this id.
pub async fn get_rules(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<ScreeningRules, StoreError> {
    let row = sqlx::query!(
        "select screening_sensitivity, screening_review_at, screening_block_above
         from organizers where organizer_id = $1",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    rules(&row.screening_sensitivity, row.screening_review_at, row.screening_block_above)
}

fn rules(
    sensitivity: &str,
    review_at: i16,
    block_above: i16,
) -> Result<ScreeningRules, StoreError> {
    let sensitivity = word(Sensitivity::parse(sensitivity), "screening sensitivity")?;
    let review_at = word(u16::try_from(review_at), "screening threshold")?;
    let block_above = word(u16::try_from(block_above), "screening threshold")?;
    word(ScreeningRules::new(sensitivity, review_at, block_above), "screening thresholds")
}

/// Writes how the organizer's orders are screened.
///
/// # Errors
/// `NotFound` when there is none of this id.
pub async fn set_rules(
    conn: &mut Conn,
    organizer: OrganizerId,
    rules: &ScreeningRules,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let done = sqlx::query!(
        "update organizers set screening_sensitivity = $2, screening_review_at = $3, screening_block_above = $4,
             updated_at = $5
         where organizer_id = $1",
        organizer.uuid(),
        rules.sensitivity().as_str(),
        word(i16::try_from(rules.review_at().get()), "screening threshold")?,
        word(i16::try_from(rules.block_above().get()), "screening threshold")?,
        now,
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Writes a screening.
///
/// # Errors
/// `Conflict("screenings_standing_key")` when the order is held back already.
pub async fn insert(conn: &mut Conn, new: &NewScreening<'_>) -> Result<(), StoreError> {
    let reasons = word(serde_json::to_value(new.score.reasons()), "reasons")?;
    sqlx::query!(
        "insert into screenings (screening_id, order_id, organizer_id, event_id, score, reasons, decision, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.uuid(),
        new.order.uuid(),
        new.organizer.uuid(),
        new.event.uuid(),
        word(i16::try_from(new.score.value().get()), "score")?,
        reasons,
        new.decision.as_str(),
        new.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What became of an order that was held back; none when it never was.
///
/// # Errors
/// When the database fails.
pub async fn find_standing(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Option<Decision>, StoreError> {
    let found = sqlx::query_scalar!(
        "select decision from screenings where order_id = $1 and decision <> 'pass'",
        order.uuid()
    )
    .fetch_optional(conn)
    .await?;
    word(found.as_deref().map(Decision::parse).transpose(), "screening decision")
}

/// Writes what was decided about an order that is held back; says whether it was.
///
/// # Errors
/// When the database fails.
pub async fn mark_decided(
    conn: &mut Conn,
    order: OrderId,
    decision: Decision,
    decided_by: Option<UserId>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update screenings set decision = $2, decided_by = $3, decided_at = $4
         where order_id = $1 and decision in ('review', 'blocked')",
        order.uuid(),
        decision.as_str(),
        decided_by.map(Id::uuid),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// What of the event was held back: what waits first, then the latest.
///
/// # Errors
/// When the database fails.
pub async fn list_for_event(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: EventId,
    limit: i64,
) -> Result<Vec<ListedScreening>, StoreError> {
    let rows = sqlx::query!(
        "select s.order_id, s.score, s.reasons, s.decision, s.created_at, s.decided_at,
                o.code, o.status, o.buyer_name, o.buyer_email, o.amount_minor, o.currency, o.hold_expires_at
         from screenings s join orders o on o.order_id = s.order_id
         where s.event_id = $2 and s.organizer_id = $1 and s.decision <> 'pass'
         order by (s.decision in ('review', 'blocked') and o.status in ('pending', 'awaiting_payment')) desc,
                  (s.decision = 'review') desc, s.screening_id desc
         limit $3",
        organizer.uuid(),
        event.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = word(Currency::parse(&row.currency), "currency")?;
            Ok(ListedScreening {
                order: OrderId::from_uuid(row.order_id),
                order_code: row.code,
                order_status: word(OrderStatus::parse(&row.status), "order status")?,
                buyer_name: row.buyer_name,
                buyer_email: row.buyer_email,
                amount: Money::new(row.amount_minor, currency),
                hold_expires_at: row.hold_expires_at,
                score: row.score,
                reasons: word(serde_json::from_value(row.reasons), "reasons")?,
                decision: word(Decision::parse(&row.decision), "screening decision")?,
                created_at: row.created_at,
                decided_at: row.decided_at,
            })
        })
        .collect()
}

/// How many orders of the event wait for a decision, and whose is the first.
///
/// # Errors
/// When the database fails.
pub async fn waiting(conn: &mut Conn, event: EventId) -> Result<Option<(i64, String)>, StoreError> {
    let row = sqlx::query!(
        r#"select count(*) as "n!", (array_agg(o.buyer_name order by s.screening_id))[1] as first
           from screenings s join orders o on o.order_id = s.order_id
           where s.event_id = $1 and s.decision = 'review' and o.status in ('pending', 'awaiting_payment')"#,
        event.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(row.first.map(|first| (row.n, first)))
}
