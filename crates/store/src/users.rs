//! Users: people who sign in, known by their address.

use domain::account::AccountState;
use domain::ids::{Id, UserId};
use domain::parsed::display_name::DisplayName;
use domain::parsed::email_address::EmailAddress;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub user: UserId,
    pub email: EmailAddress,
    pub is_administrator: bool,
    /// What others who run events together call the person; the address where there is none.
    pub display_name: Option<DisplayName>,
    /// `ja` or `en`: the language of mails.
    pub locale: String,
    /// Whether the person chose it; else it is the one of the last login.
    pub is_locale_chosen: bool,
    /// For what is about the person and not about an event.
    pub time_zone: String,
}

impl User {
    /// The name, or the address where there is none.
    pub fn called(&self) -> &str {
        self.display_name.as_ref().map_or(self.email.as_str(), DisplayName::as_str)
    }
}

/// Somebody who proved to read the mail of an address.
#[derive(Debug, Clone)]
pub struct SignIn<'a> {
    /// The id to take if the person is new.
    pub new_user: UserId,
    pub email: &'a EmailAddress,
    pub is_administrator: bool,
    pub locale: &'a str,
    pub at: OffsetDateTime,
}

/// The user.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn get(conn: &mut Conn, user: UserId) -> Result<User, StoreError> {
    let row = sqlx::query!(
        "select email, is_administrator, display_name, locale, is_locale_chosen, time_zone
         from users where user_id = $1",
        user.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(User {
        user,
        email: word(EmailAddress::parse(&row.email), "users.email")?,
        is_administrator: row.is_administrator,
        display_name: display_name(row.display_name)?,
        locale: row.locale,
        is_locale_chosen: row.is_locale_chosen,
        time_zone: row.time_zone,
    })
}

/// A name as it was kept.
pub(crate) fn display_name(text: Option<String>) -> Result<Option<DisplayName>, StoreError> {
    word(DisplayName::parse(text.as_deref().unwrap_or_default()), "users.display_name")
}

/// Keeps what somebody wants to be called, to read, and when.
///
/// # Errors
/// When the database refuses.
pub async fn save_profile(
    conn: &mut Conn,
    user: UserId,
    display_name: Option<&DisplayName>,
    (locale, time_zone): (&str, &str),
) -> Result<(), StoreError> {
    sqlx::query!(
        "update users set display_name = $2, locale = $3, is_locale_chosen = true, time_zone = $4 where user_id = $1",
        user.uuid(),
        display_name.map(DisplayName::as_str),
        locale,
        time_zone,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The user of an address, if there is one.
///
/// # Errors
/// When the database refuses.
pub async fn find(conn: &mut Conn, email: &EmailAddress) -> Result<Option<UserId>, StoreError> {
    let user = sqlx::query_scalar!("select user_id from users where email_key = $1", email.key())
        .fetch_optional(conn)
        .await?;
    Ok(user.map(UserId::from_uuid))
}

/// Lets a user log in with another address.
///
/// # Errors
/// On the constraint `users_email_key_key` when somebody else does.
pub async fn change_email(
    conn: &mut Conn,
    user: UserId,
    email: &EmailAddress,
    is_administrator: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update users set email = $2, email_key = $3, is_administrator = $4 where user_id = $1",
        user.uuid(),
        email.as_str(),
        email.key(),
        is_administrator,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Holds an account until this transaction ends, and tells how it stands: of two things that somebody does with the own
/// account at once, one waits for the other. Before any lock on links, wishes or organizers.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn lock(conn: &mut Conn, user: UserId) -> Result<AccountState, StoreError> {
    let state =
        sqlx::query_scalar!("select state from users where user_id = $1 for update", user.uuid())
            .fetch_one(conn)
            .await?;
    word(AccountState::parse(&state), "users.state")
}

/// How an account stands.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn state(conn: &mut Conn, user: UserId) -> Result<AccountState, StoreError> {
    let state = sqlx::query_scalar!("select state from users where user_id = $1", user.uuid())
        .fetch_one(conn)
        .await?;
    word(AccountState::parse(&state), "users.state")
}

/// Moves an account from one state to another, and says whether it moved.
///
/// # Errors
/// When the database refuses.
pub async fn change_state(
    conn: &mut Conn,
    user: UserId,
    (from, to): (AccountState, AccountState),
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update users set state = $3, state_at = $4 where user_id = $1 and state = $2",
        user.uuid(),
        from.as_str(),
        to.as_str(),
        at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds the user of the address or creates one, and says whether it is new.
///
/// Who is an administrator is decided by configuration and follows it at every sign-in. The language follows the sign-in
/// until its owner chooses one.
///
/// # Errors
/// When the database refuses.
pub async fn upsert(conn: &mut Conn, sign_in: SignIn<'_>) -> Result<(UserId, IsNew), StoreError> {
    let row = sqlx::query!(
        r#"insert into users (user_id, email, email_key, is_administrator, locale, created_at)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (email_key) do update
               set is_administrator = excluded.is_administrator,
                   locale = case when users.is_locale_chosen then users.locale else excluded.locale end
           returning user_id"#,
        sign_in.new_user.uuid(),
        sign_in.email.as_str(),
        sign_in.email.key(),
        sign_in.is_administrator,
        sign_in.locale,
        sign_in.at,
    )
    .fetch_one(conn)
    .await?;
    let user = UserId::from_uuid(row.user_id);
    Ok((user, if user == sign_in.new_user { IsNew::Yes } else { IsNew::No }))
}

/// Makes whoever has one of these addresses an administrator, and nobody else; tells of those whom that changed.
///
/// # Errors
/// When the database fails.
pub async fn set_administrators(
    conn: &mut Conn,
    email_keys: &[String],
) -> Result<Vec<(UserId, bool)>, StoreError> {
    let rows = sqlx::query!(
        "update users set is_administrator = not is_administrator
         where is_administrator <> (email_key = any($1)) and state <> 'deleted'
         returning user_id, is_administrator",
        email_keys,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (UserId::from_uuid(row.user_id), row.is_administrator)).collect())
}

/// Whether a row was made just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsNew {
    Yes,
    No,
}
