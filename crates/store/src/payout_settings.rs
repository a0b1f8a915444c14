//! How an organizer is paid out: the model, the schedule, and who bears the fees of an event.

use domain::fees::Bearer;
use domain::ids::{EventId, Id, OrganizerId};
use domain::money::{Currency, Money};
use domain::payout::{PayoutModel, PayoutTerms};
use domain::permission::{Permission, PermissionSet, Role};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// How an organizer is paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayoutSettings {
    pub model: PayoutModel,
    pub terms: PayoutTerms,
    /// Members who may approve payouts, for the rule of four eyes: who prepared one does not approve it, if another can.
    pub n_members: i64,
}

/// How the organizer is paid out.
///
/// # Errors
/// `NotFound` when there is none of this id.
pub async fn get(conn: &mut Conn, organizer: OrganizerId) -> Result<PayoutSettings, StoreError> {
    let approves = |role: &&Role| PermissionSet::of(**role).has(Permission::ApprovePayouts);
    let roles: Vec<String> = Role::ALL.iter().filter(approves).map(ToString::to_string).collect();
    let row = sqlx::query!(
        r#"select payout_model, payout_business_days, payout_reserve_basis_points, payout_reserve_days,
                  payout_minimum_minor,
                  (select count(*) from members m where m.organizer_id = o.organizer_id
                   and m.role = any($2)) as "n_members!"
           from organizers o where organizer_id = $1"#,
        organizer.uuid(),
        &roles,
    )
    .fetch_one(conn)
    .await?;
    Ok(PayoutSettings {
        model: word(PayoutModel::parse(&row.payout_model), "payout model")?,
        terms: PayoutTerms {
            business_days: word(u8::try_from(row.payout_business_days), "business days")?,
            reserve_basis_points: word(u16::try_from(row.payout_reserve_basis_points), "reserve")?,
            reserve_days: word(u16::try_from(row.payout_reserve_days), "reserve days")?,
            minimum: Money::new(row.payout_minimum_minor, Currency::JPY),
        },
        n_members: row.n_members,
    })
}

/// Holds every other payout and every other switch of the organizer back until the transaction ends.
///
/// # Errors
/// `NotFound` when there is none of this id.
pub async fn lock(conn: &mut Conn, organizer: OrganizerId) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        "select organizer_id from organizers where organizer_id = $1 for no key update",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Switches the model; says whether it was another.
///
/// # Errors
/// When the database fails.
pub async fn set_model(
    conn: &mut Conn,
    organizer: OrganizerId,
    model: PayoutModel,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update organizers set payout_model = $2, updated_at = $3 where organizer_id = $1 and payout_model <> $2",
        organizer.uuid(),
        model.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Writes the schedule.
///
/// # Errors
/// `Conflict("organizers_payout_terms_check")` when it is out of bounds, `NotFound` when there is no such organizer.
pub async fn set_terms(
    conn: &mut Conn,
    organizer: OrganizerId,
    terms: &PayoutTerms,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let moved = sqlx::query!(
        "update organizers set payout_business_days = $2, payout_reserve_basis_points = $3, payout_reserve_days = $4,
             payout_minimum_minor = $5, updated_at = $6
         where organizer_id = $1",
        organizer.uuid(),
        i16::from(terms.business_days),
        i32::from(terms.reserve_basis_points),
        word(i16::try_from(terms.reserve_days), "reserve days")?,
        terms.minimum.minor(),
        now,
    )
    .execute(conn)
    .await?;
    if moved.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Whether the organizer has an event on sale that is not over.
///
/// # Errors
/// When the database fails.
pub async fn has_event_on_sale(
    conn: &mut Conn,
    organizer: OrganizerId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from events where organizer_id = $1 and status = 'published'
                          and coalesce(ends_at, starts_at) > $2) as "it!""#,
        organizer.uuid(),
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// Who bears the fees of an event.
///
/// # Errors
/// `NotFound` when there is no such event.
pub async fn bearer(conn: &mut Conn, event: EventId) -> Result<Bearer, StoreError> {
    let bearer =
        sqlx::query_scalar!("select fee_bearer from events where event_id = $1", event.uuid())
            .fetch_one(conn)
            .await?;
    word(Bearer::parse(&bearer), "fee bearer")
}

/// Says who bears the fees of new orders.
///
/// # Errors
/// When the database fails.
pub async fn set_bearer(
    conn: &mut Conn,
    event: EventId,
    bearer: Bearer,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let moved = sqlx::query!(
        "update events set fee_bearer = $2, updated_at = $3 where event_id = $1 and fee_bearer <> $2",
        event.uuid(),
        bearer.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}
