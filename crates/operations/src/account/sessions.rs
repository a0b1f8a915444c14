//! The browsers where a user is signed in.

use domain::ids::UserId;
use store::error::StoreError;
use store::web_sessions::end_for_user;
pub use store::web_sessions::{Ending, USER_KEY, name_of};

use crate::Deps;

/// Signs browsers of a user out; says how many.
///
/// # Errors
/// When the database fails.
pub async fn end(deps: &Deps, user: UserId, which: Ending<'_>) -> Result<u64, StoreError> {
    let mut conn = deps.db.acquire().await?;
    end_for_user(&mut conn, user, which).await
}
