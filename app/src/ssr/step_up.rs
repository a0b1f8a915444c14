//! What the web session keeps about confirming again: when it was done last, and the form that waits for it.

use domain::ids::UserId;
use operations::Deps;
use operations::account::step_up::{RecentlyConfirmed, Waiting, open_waiting};

use crate::error::AppError;
use crate::ssr;

/// When a second factor was proved last, in seconds since 1970.
pub const CONFIRMED_KEY: &str = "confirmed_at";
/// The sealed form that waits.
pub const WAITING_KEY: &str = "waiting";
/// The question that a passkey is asked.
const CHALLENGE_KEY: &str = "passkey_challenge";

/// Notes that a second factor was proved just now.
///
/// # Errors
/// When the session cannot be kept.
pub async fn note_confirmed(deps: &Deps) -> Result<(), AppError> {
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    let now = deps.clock.now().unix_timestamp();
    session.insert(CONFIRMED_KEY, now).await.map_err(ssr::unexpected)
}

/// The proof that this browser's user confirmed recently.
pub async fn confirmed(deps: &Deps) -> Option<RecentlyConfirmed> {
    let at: Option<i64> = ssr::session()?.get(CONFIRMED_KEY).await.ok().flatten();
    RecentlyConfirmed::read(deps, at)
}

/// The form that waits.
pub async fn waiting(deps: &Deps, user: UserId) -> Option<Waiting> {
    let envelope: String = ssr::session()?.get(WAITING_KEY).await.ok().flatten()?;
    open_waiting(deps, user, &envelope)
}

/// Keeps the question that a passkey is about to be asked.
///
/// # Errors
/// When the session cannot be kept.
pub async fn keep_challenge(challenge: &str) -> Result<(), AppError> {
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    session.insert(CHALLENGE_KEY, challenge).await.map_err(ssr::unexpected)
}

/// The question that was asked, taken out: it is answered once.
pub async fn take_challenge() -> String {
    let Some(session) = ssr::session() else { return String::new() };
    session.remove(CHALLENGE_KEY).await.ok().flatten().unwrap_or_default()
}
