//! Tells the owner of an account by mail what happened to it, whoever did it.

use domain::ids::UserId;
use domain::notice::Notice;
use store::db::Conn;
use store::error::StoreError;
use store::users;
use time::OffsetDateTime;

use crate::mails::enqueue::enqueue_notice;

/// Writes the mail in the transaction of what it tells.
///
/// # Errors
/// When the database fails.
pub(crate) async fn tell(
    conn: &mut Conn,
    user: UserId,
    notice: Notice,
    detail: String,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let known = users::get(conn, user).await?;
    enqueue_notice(conn, &known, notice, detail, now).await
}
