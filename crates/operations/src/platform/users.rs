//! Users before the platform's staff: found by their address, with what they belong to, disabled and let in again.

use domain::account::AccountState;
use domain::ids::UserId;
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use store::error::StoreError;
use store::read::platform_users as rows;
pub use store::read::platform_users::{Belonging, UserLine};

use crate::Deps;
use crate::account::states;
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

/// Why an account stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("a reason is needed, in one line")]
    MalformedReason,
    /// Nobody locks themselves out.
    #[error("one's own account cannot be disabled")]
    Own,
    #[error("there is no such account, or it is deleted")]
    NotFound,
    #[error(transparent)]
    Unexpected(#[from] StoreError),
}

/// Disables an account or opens it again, with a reason for the audit log; its owner is told by mail. One that stands so
/// already stays as it is.
///
/// # Errors
/// Without a reason; for one's own account; when there is none, or it is deleted for good.
pub async fn set_state(
    deps: &Deps,
    access: &AdministratorAccess,
    user: UserId,
    to: AccountState,
    reason: &str,
) -> Result<(), AccountError> {
    let reason = text::line(reason, REASON_CHARS_MAX).map_err(|_| AccountError::MalformedReason)?;
    let by = access.actor();
    if by.user() == Some(user) {
        return Err(AccountError::Own);
    }
    let is_changed = match to {
        AccountState::Active => states::enable(deps, by, user, &reason).await?,
        AccountState::Disabled => states::disable(deps, by, user, &reason).await?,
        AccountState::Deleted => return Err(AccountError::NotFound),
    };
    if is_changed {
        return Ok(());
    }
    let stands = store::users::state(&mut *deps.db.acquire().await?, user).await;
    match stands {
        Ok(state) if state == to => Ok(()),
        Ok(_) | Err(StoreError::NotFound) => Err(AccountError::NotFound),
        Err(error) => Err(error.into()),
    }
}
