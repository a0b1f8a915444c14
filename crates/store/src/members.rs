//! Members: who may act for an organizer, or at one of its events, in which role.

use domain::ids::{
    DisputeId, EventId, Id, OrderId, OrganizerId, RefundId, ReturnRequestId, UserId,
};
use domain::parsed::display_name::DisplayName;
use domain::parsed::email_address::EmailAddress;
use domain::permission::Role;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::users;

/// A member as the list shows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub user: UserId,
    pub email: EmailAddress,
    pub display_name: Option<DisplayName>,
    pub role: Role,
    /// Where the role counts for one event only: the event and its title.
    pub event: Option<(EventId, String)>,
    pub since: OffsetDateTime,
}

impl Member {
    /// The name, or the address where there is none.
    pub fn called(&self) -> &str {
        self.display_name.as_ref().map_or(self.email.as_str(), DisplayName::as_str)
    }
}

/// Members that a page shows.
const MEMBERS_MAX: i64 = 500;

/// The user's role for the whole organizer.
///
/// # Errors
/// When the database fails.
pub async fn find_role(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
) -> Result<Option<Role>, StoreError> {
    let found = sqlx::query_scalar!(
        "select role from members where organizer_id = $1 and user_id = $2",
        organizer.uuid(),
        user.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    found.map(|role| word(Role::parse(&role), "members.role")).transpose()
}

/// The user's roles at single events of the organizer.
///
/// # Errors
/// When the database fails.
pub async fn list_event_roles(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
) -> Result<Vec<(EventId, Role)>, StoreError> {
    let rows = sqlx::query!(
        "select event_id, role from event_members where user_id = $2 and organizer_id = $1
         order by event_id desc limit $3",
        organizer.uuid(),
        user.uuid(),
        MEMBERS_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let role = word(Role::parse(&row.role), "event_members.role")?;
            Ok((EventId::from_uuid(row.event_id), role))
        })
        .collect()
}

/// Everybody who belongs to the organizer, the oldest first; members of single events after the others.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn, organizer: OrganizerId) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query!(
        r#"select m.user_id as "user_id!", u.email as "email!", u.display_name, m.role as "role!", m.created_at as "created_at!",
                  m.event_id, e.title as "title?"
           from (
               select user_id, role, created_at, null::uuid as event_id from members where organizer_id = $1
               union all
               select user_id, role, created_at, event_id from event_members where organizer_id = $1
           ) m
           join users u on u.user_id = m.user_id
           left join events e on e.event_id = m.event_id
           order by m.event_id nulls first, m.created_at, m.user_id
           limit $2"#,
        organizer.uuid(),
        MEMBERS_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = row.event_id.map(EventId::from_uuid);
            Ok(Member {
                user: UserId::from_uuid(row.user_id),
                email: word(EmailAddress::parse(&row.email), "users.email")?,
                display_name: users::display_name(row.display_name)?,
                role: word(Role::parse(&row.role), "members.role")?,
                event: event.zip(row.title),
                since: row.created_at,
            })
        })
        .collect()
}

/// Holds every other change of the organizer's members back until this transaction ends.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such organizer.
pub async fn lock_all(conn: &mut Conn, organizer: OrganizerId) -> Result<(), StoreError> {
    let id = organizer.uuid();
    sqlx::query!(
        "select organizer_id from organizers where organizer_id = $1 for no key update",
        id
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Whether the user answers for some organizer.
///
/// # Errors
/// When the database fails.
pub async fn owns_any(conn: &mut Conn, user: UserId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from members where user_id = $1 and role = 'owner') as "owns!""#,
        user.uuid(),
    )
    .fetch_one(conn)
    .await?)
}

/// How many owners there are beside `user` who can do something: a disabled account answers for nobody.
///
/// # Errors
/// When the database fails.
pub async fn count_other_owners(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from members join users using (user_id)
           where organizer_id = $1 and role = 'owner' and user_id <> $2 and state = 'active'"#,
        organizer.uuid(),
        user.uuid(),
    )
    .fetch_one(conn)
    .await?)
}

/// Gives the user a role, for the organizer or for one event; a role that was there is replaced.
///
/// # Errors
/// When the database refuses: the last owner stays one.
pub async fn put(
    conn: &mut Conn,
    organizer: OrganizerId,
    (user, event): (UserId, Option<EventId>),
    role: Role,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    match event {
        None => {
            sqlx::query!(
                "insert into members (organizer_id, user_id, role, created_at) values ($1, $2, $3, $4)
                 on conflict (organizer_id, user_id) do update set role = excluded.role",
                organizer.uuid(),
                user.uuid(),
                role.as_str(),
                now,
            )
            .execute(conn)
            .await?;
        }
        Some(event) => {
            sqlx::query!(
                "insert into event_members (event_id, organizer_id, user_id, role, created_at)
                 values ($1, $2, $3, $4, $5)
                 on conflict (event_id, user_id) do update set role = excluded.role",
                event.uuid(),
                organizer.uuid(),
                user.uuid(),
                role.as_str(),
                now,
            )
            .execute(conn)
            .await?;
        }
    }
    Ok(())
}

/// Takes a role away, and says which it was.
///
/// # Errors
/// When the database refuses: the last owner stays.
pub async fn remove(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    event: Option<EventId>,
) -> Result<Option<Role>, StoreError> {
    let removed: Option<String> = match event {
        None => {
            sqlx::query_scalar!(
                "delete from members where organizer_id = $1 and user_id = $2 returning role",
                organizer.uuid(),
                user.uuid(),
            )
            .fetch_optional(conn)
            .await?
        }
        Some(event) => {
            sqlx::query_scalar!(
            "delete from event_members where organizer_id = $1 and user_id = $2 and event_id = $3
                 returning role",
            organizer.uuid(),
            user.uuid(),
            event.uuid(),
        )
            .fetch_optional(conn)
            .await?
        }
    };
    removed.map(|role| word(Role::parse(&role), "members.role")).transpose()
}

/// Makes the user's pages be about this organizer.
///
/// # Errors
/// When the database fails.
pub async fn act_for(
    conn: &mut Conn,
    user: UserId,
    organizer: OrganizerId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update users set acting_for = $2 where user_id = $1",
        user.uuid(),
        organizer.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends every key that the user made for the organizer, and says which worked until now.
///
/// # Errors
/// When the database fails.
pub async fn revoke_keys(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar!(
        "update api_keys set revoked_at = $3
         where organizer_id = $1 and created_by = $2 and revoked_at is null
         returning api_key_id",
        organizer.uuid(),
        user.uuid(),
        now,
    )
    .fetch_all(conn)
    .await?)
}

/// The event of an order of the organizer's, if it is one.
///
/// # Errors
/// When the database fails.
pub async fn event_of_order(
    conn: &mut Conn,
    organizer: OrganizerId,
    order: OrderId,
) -> Result<Option<EventId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select event_id from orders where organizer_id = $1 and order_id = $2",
        organizer.uuid(),
        order.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(EventId::from_uuid))
}

/// The event of a refund of the organizer's, if it is one.
///
/// # Errors
/// When the database fails.
pub async fn event_of_refund(
    conn: &mut Conn,
    organizer: OrganizerId,
    refund: RefundId,
) -> Result<Option<EventId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select orders.event_id from refunds join orders using (order_id)
         where refunds.organizer_id = $1 and refund_id = $2",
        organizer.uuid(),
        refund.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(EventId::from_uuid))
}

/// The event of a dispute of the organizer's, if it is one.
///
/// # Errors
/// When the database fails.
pub async fn event_of_dispute(
    conn: &mut Conn,
    organizer: OrganizerId,
    dispute: DisputeId,
) -> Result<Option<EventId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select event_id from disputes where organizer_id = $1 and dispute_id = $2",
        organizer.uuid(),
        dispute.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(EventId::from_uuid))
}

/// The event of a return request of the organizer's, if it is one.
///
/// # Errors
/// When the database fails.
pub async fn event_of_return(
    conn: &mut Conn,
    organizer: OrganizerId,
    request: ReturnRequestId,
) -> Result<Option<EventId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select event_id from return_requests where organizer_id = $1 and return_request_id = $2",
        organizer.uuid(),
        request.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(EventId::from_uuid))
}
