//! Accounts: logging in by a mailed link, and the organizer's profile.

pub mod confirm_login;
pub(crate) mod login_token;
pub mod profile;
pub mod request_login;

use domain::ids::UserId;
use store::error::StoreError;
pub use store::organizers::Organizer;
use store::users::User;

use crate::Deps;

/// A user and whom the user may act for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub user: User,
    /// The oldest membership first; empty before the first profile.
    pub organizers: Vec<Organizer>,
}

impl Home {
    /// The organizer that pages are about: one for each user for now.
    pub fn current(&self) -> Option<&Organizer> {
        self.organizers.first()
    }
}

/// Who the user is and whom the user may act for.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such user.
pub async fn home(deps: &Deps, user: UserId) -> Result<Home, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let user = store::users::get(&mut conn, user).await?;
    let organizers = store::organizers::list_for_user(&mut conn, user.user).await?;
    Ok(Home { user, organizers })
}
