//! Accounts: logging in by a mailed link or a login provider, and the organizer's profile.

pub mod confirm_login;
pub mod email_change;
pub(crate) mod login_token;
pub mod mail_choices;
pub(crate) mod notices;
pub mod own_profile;
pub mod passkey_login;
pub mod personal_data;
pub mod profile;
pub mod provider_login;
pub mod request_login;
pub mod second_factors;
pub mod sessions;
pub mod shown_once;
pub mod states;
pub mod step_up;
mod totp;
mod webauthn;

use domain::ids::{OrganizerId, UserId};
use store::error::StoreError;
pub use store::organizers::Organizer;
pub use store::users::User;

use crate::Deps;

/// A user and whom the user may act for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub user: User,
    /// The oldest membership first; empty before the first profile.
    pub organizers: Vec<Organizer>,
}

impl Home {
    /// The organizer that pages are about: the one chosen last, else the oldest.
    pub fn current(&self) -> Option<&Organizer> {
        self.organizers.first()
    }

    /// One of the user's organizers, as a form names the one that it was shown for.
    pub fn named(&self, text: &str) -> Option<&Organizer> {
        let id: OrganizerId = text.parse().ok()?;
        self.organizers.iter().find(|it| it.organizer == id)
    }
}

/// Whether the user has an organizer of the own; who only helps others can still make one.
///
/// # Errors
/// When the database fails.
pub async fn owns_any(deps: &Deps, user: UserId) -> Result<bool, StoreError> {
    let mut conn = deps.db.acquire().await?;
    store::members::owns_any(&mut conn, user).await
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
