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
    /// The first browser of all: there is nothing to compare it with.
    First,
    No,
}

/// Notes that a user logged in with a browser.
///
/// # Errors
/// When the database refuses.
pub async fn note(
    conn: &mut Conn,
    user: UserId,
    device_hash: &[u8],
    at: OffsetDateTime,
) -> Result<Known, StoreError> {
    let before = sqlx::query!(
        r#"select count(*) as "n_all!", count(*) filter (where device_hash = $2) as "n_this!"
           from known_devices where user_id = $1"#,
        user.uuid(),
        device_hash,
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
        (0, _) => Known::First,
        (_, 0) => Known::No,
        _ => Known::Yes,
    })
}

/// Forgets the browsers of a user that were not seen since `since`.
///
/// # Errors
/// When the database refuses.
pub async fn forget_old(
    conn: &mut Conn,
    user: UserId,
    since: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from known_devices where user_id = $1 and last_seen_at < $2",
        user.uuid(),
        since,
    )
    .execute(conn)
    .await?;
    Ok(())
}
