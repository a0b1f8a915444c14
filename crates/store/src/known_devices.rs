//! The browsers that users logged in with before.

use domain::ids::{Id, UserId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// How a browser stands to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Seen with this user before.
    Yes,
    /// The browser that the account was made with.
    First,
    No,
}

/// Notes that a user logged in with a browser. The first of all is no news while the account is younger than `made_since`.
///
/// # Errors
/// When the database refuses.
pub async fn note(
    conn: &mut Conn,
    user: UserId,
    device_hash: &[u8],
    at: OffsetDateTime,
    made_since: OffsetDateTime,
) -> Result<Known, StoreError> {
    let before = sqlx::query!(
        r#"select count(*) as "n_all!", count(*) filter (where device_hash = $2) as "n_this!",
                  (select created_at > $3 from users where user_id = $1) as "is_new!"
           from known_devices where user_id = $1"#,
        user.uuid(),
        device_hash,
        made_since,
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into known_devices (user_id, device_hash, first_seen_at, last_seen_at)
         values ($1, $2, $3, $3)
         on conflict (user_id, device_hash) do update set last_seen_at = excluded.last_seen_at",
        user.uuid(),
        device_hash,
        at,
    )
    .execute(conn)
    .await?;
    Ok(match (before.n_all, before.n_this) {
        (0, _) if before.is_new => Known::First,
        (_, 0) => Known::No,
        _ => Known::Yes,
    })
}

/// Forgets every browser of a user: whoever logs in next is told of.
///
/// # Errors
/// When the database refuses.
pub async fn forget_all(conn: &mut Conn, user: UserId) -> Result<(), StoreError> {
    sqlx::query!("delete from known_devices where user_id = $1", user.uuid()).execute(conn).await?;
    Ok(())
}

/// Forgets the browsers of everybody that were not seen since `since`.
///
/// # Errors
/// When the database refuses.
pub async fn forget_unseen(conn: &mut Conn, since: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query!("delete from known_devices where last_seen_at < $1", since).execute(conn).await?;
    Ok(())
}
