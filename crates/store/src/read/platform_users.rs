//! Users as the platform's staff finds them, with what they belong to.

use domain::account::AccountState;
use domain::ids::{Id, OrganizerId, UserId};
use domain::permission::Role;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLine {
    pub user: UserId,
    pub email: String,
    pub is_administrator: bool,
    pub state: AccountState,
    /// Since when; none for whoever was never anything but active.
    pub state_at: Option<OffsetDateTime>,
    pub locale: String,
    pub created_at: OffsetDateTime,
}

/// Users whose address holds `text`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    text: &str,
    id: Option<UserId>,
    older_than: Option<UserId>,
    limit: i64,
) -> Result<Vec<UserLine>, StoreError> {
    let rows = sqlx::query!(
        "select user_id, email, is_administrator, state, state_at, locale, created_at from users
         where ($1 = '' or user_id = $2 or strpos(email_key, lower($1)) > 0) and ($3::uuid is null or user_id < $3)
         order by user_id desc limit $4",
        text,
        id.map(Id::uuid),
        older_than.map(Id::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(UserLine {
                user: UserId::from_uuid(row.user_id),
                email: row.email,
                is_administrator: row.is_administrator,
                state: word(AccountState::parse(&row.state), "users.state")?,
                state_at: row.state_at,
                locale: row.locale,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// What somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    pub user: UserId,
    pub organizer: OrganizerId,
    pub organizer_name: String,
    pub role: Role,
    /// The event that the role is for; none for the whole organizer.
    pub event_title: Option<String>,
}

/// What the users belong to, by name.
///
/// # Errors
/// When the database fails.
pub async fn list_belongings(
    conn: &mut Conn,
    users: &[UserId],
) -> Result<Vec<Belonging>, StoreError> {
    let ids: Vec<_> = users.iter().map(|it| it.uuid()).collect();
    sqlx::query!(
        r#"select roles.user_id as "user_id!", roles.organizer_id as "organizer_id!", o.display_name,
                  roles.role as "role!", roles.title as "title?"
           from (
               select user_id, organizer_id, role, null as title from members where user_id = any ($1)
               union all
               select m.user_id, m.organizer_id, m.role, e.title from event_members m join events e using (event_id)
               where m.user_id = any ($1)
           ) roles
           join organizers o on o.organizer_id = roles.organizer_id
           order by o.display_name, roles.title nulls first"#,
        &ids,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Belonging {
            user: UserId::from_uuid(row.user_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            organizer_name: row.display_name,
            role: word(Role::parse(&row.role), "members.role")?,
            event_title: row.title,
        })
    })
    .collect()
}

/// The user of an address.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, email_key: &str) -> Result<Option<UserId>, StoreError> {
    let found = sqlx::query_scalar!("select user_id from users where email_key = $1", email_key)
        .fetch_optional(conn)
        .await?;
    Ok(found.map(UserId::from_uuid))
}
