//! Users before the platform's staff: found by their address, with what they belong to.

use domain::ids::UserId;
use store::error::StoreError;
use store::read::platform_users as rows;
pub use store::read::platform_users::{Belonging, UserLine};

use crate::Deps;
use crate::actor::AdministratorAccess;

/// Users of a page.
const PAGE_USERS: i64 = 30;

/// A page of users and the way on.
#[derive(Debug, Clone)]
pub struct UserPage {
    /// Each with what it belongs to.
    pub users: Vec<(UserLine, Vec<Belonging>)>,
    /// Where the next page begins; none at the end.
    pub older: Option<UserId>,
}

/// A page of users whose address holds `text`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    _: &AdministratorAccess,
    text: &str,
    older_than: Option<UserId>,
) -> Result<UserPage, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let wanted = PAGE_USERS.saturating_add(1);
    let mut found = rows::list(&mut conn, text, text.parse().ok(), older_than, wanted).await?;
    let is_more = i64::try_from(found.len()).is_ok_and(|n| n > PAGE_USERS);
    if is_more {
        found.pop();
    }
    let older = found.last().map(|it| it.user).filter(|_| is_more);
    let ids: Vec<UserId> = found.iter().map(|it| it.user).collect();
    let belongings = rows::list_belongings(&mut conn, &ids).await?;
    let of = |user: UserId| -> Vec<Belonging> {
        belongings.iter().filter(|it| it.user == user).cloned().collect()
    };
    let users = found.into_iter().map(|line| (line.clone(), of(line.user))).collect();
    Ok(UserPage { users, older })
}
