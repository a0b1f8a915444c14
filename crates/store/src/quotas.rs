//! Places: taken and given back in one statement each, never more than the quota holds.

use domain::ids::{EventId, Id, QuotaId, TicketTypeId};

use crate::db::Conn;
use crate::error::StoreError;

/// How many places of one quota an order wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    pub quota: QuotaId,
    pub n_places: i32,
}

/// What came of asking for places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Taken {
    All,
    /// This quota has too few left; the caller's transaction must be dropped.
    SoldOut(QuotaId),
}

/// Lists what `wanted` tickets take, a line a quota, sorted so that two orders never wait for each other in a circle.
///
/// # Errors
/// When the database fails.
pub async fn list_claims(
    conn: &mut Conn,
    wanted: &[(TicketTypeId, u32)],
) -> Result<Vec<Claim>, StoreError> {
    Ok(foresee(conn, wanted).await?.into_iter().map(|(claim, _)| claim).collect())
}

/// As [`list_claims`], and whether each claim would fit at this moment. Locks nothing and promises nothing: [`take`]
/// decides.
///
/// # Errors
/// When the database fails.
pub async fn foresee(
    conn: &mut Conn,
    wanted: &[(TicketTypeId, u32)],
) -> Result<Vec<(Claim, bool)>, StoreError> {
    let (types, numbers): (Vec<_>, Vec<_>) = wanted
        .iter()
        .map(|(ticket_type, n)| (ticket_type.uuid(), i32::try_from(*n).unwrap_or(i32::MAX)))
        .unzip();
    let rows = sqlx::query!(
        r#"
        select q.quota_id, w.n::int as "n_places!", q.n_taken + w.n <= q.size as "fits!"
        from (
            select t.quota_id, sum(w.n) as n
            from unnest($1::uuid[], $2::int[]) as w (ticket_type_id, n)
            join ticket_type_quotas t using (ticket_type_id)
            group by t.quota_id
        ) w
        join quotas q using (quota_id)
        order by q.quota_id
        "#,
        &types,
        &numbers,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let claim = Claim { quota: QuotaId::from_uuid(row.quota_id), n_places: row.n_places };
            (claim, row.fits)
        })
        .collect())
}

/// Takes places, quota by quota in the order given; the row's lock makes the test and the change one step.
///
/// # Errors
/// `Busy` when somebody holds a quota for too long.
pub async fn take(conn: &mut Conn, claims: &[Claim]) -> Result<Taken, StoreError> {
    for claim in claims {
        let taken = sqlx::query!(
            "update quotas set n_taken = n_taken + $2 where quota_id = $1 and n_taken + $2 <= size",
            claim.quota.uuid(),
            claim.n_places,
        )
        .execute(&mut *conn)
        .await?;
        if taken.rows_affected() == 0 {
            return Ok(Taken::SoldOut(claim.quota));
        }
    }
    Ok(Taken::All)
}

/// The negative control of [`take`]: looks first and changes later, as it must not be done.
///
/// # Errors
/// When the database fails.
pub async fn take_unguarded(conn: &mut Conn, claims: &[Claim]) -> Result<Taken, StoreError> {
    for claim in claims {
        let quota = sqlx::query!(
            "select size, n_taken from quotas where quota_id = $1",
            claim.quota.uuid()
        )
        .fetch_one(&mut *conn)
        .await?;
        if quota.n_taken + claim.n_places > quota.size {
            return Ok(Taken::SoldOut(claim.quota));
        }
        sqlx::query!("select pg_sleep(0.005)").fetch_one(&mut *conn).await?;
        sqlx::query!(
            "update quotas set n_taken = $2 where quota_id = $1",
            claim.quota.uuid(),
            quota.n_taken + claim.n_places,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(Taken::All)
}

/// Gives places back.
///
/// # Errors
/// When the database fails, or more would be given back than were taken.
pub async fn give_back(conn: &mut Conn, claims: &[Claim]) -> Result<(), StoreError> {
    for claim in claims {
        sqlx::query!(
            "update quotas set n_taken = n_taken - $2 where quota_id = $1",
            claim.quota.uuid(),
            claim.n_places,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Counts the event's places again: each quota takes exactly its held and valid tickets. The rows are locked first, so
/// that orders under way add to what was counted.
///
/// # Errors
/// `Conflict("quotas_n_taken_check")` when there are more tickets than places.
pub async fn count_again(conn: &mut Conn, event: EventId) -> Result<u64, StoreError> {
    sqlx::query!(
        "select quota_id from quotas where event_id = $1 order by quota_id for update",
        event.uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let changed = sqlx::query!(
        "update quotas q set n_taken = counted.n
         from (
             select quota_id, (
                 select count(*) from ticket_type_quotas tq
                 join tickets t on t.ticket_type_id = tq.ticket_type_id and t.event_id = $1
                               and t.status in ('held', 'valid')
                 where tq.quota_id = quotas.quota_id)::int as n
             from quotas where event_id = $1
         ) counted
         where q.quota_id = counted.quota_id and q.n_taken <> counted.n",
        event.uuid()
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected())
}

/// A quota that does not match its tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaBreak {
    pub quota: QuotaId,
    pub event: EventId,
    pub size: i32,
    pub n_taken: i32,
    pub n_tickets: i64,
}

/// Lists quotas whose number differs from the tickets that hold places, or exceeds their size. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<QuotaBreak>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with counted as (
            select q.quota_id, count(t.ticket_id) as n_tickets
            from ticket_type_quotas q
            join tickets t on t.ticket_type_id = q.ticket_type_id and t.status in ('held', 'valid')
            group by q.quota_id
        )
        select q.quota_id, q.event_id, q.size, q.n_taken, coalesce(c.n_tickets, 0) as "n_tickets!"
        from quotas q left join counted c using (quota_id)
        where q.n_taken <> coalesce(c.n_tickets, 0) or q.n_taken > q.size
        order by q.quota_id
        limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| QuotaBreak {
            quota: QuotaId::from_uuid(row.quota_id),
            event: EventId::from_uuid(row.event_id),
            size: row.size,
            n_taken: row.n_taken,
            n_tickets: row.n_tickets,
        })
        .collect())
}
