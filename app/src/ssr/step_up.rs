//! What the web session keeps about confirming again: when it was done last, and the form that waits for it.

use domain::ids::UserId;
use operations::Deps;
pub use operations::account::sessions::SIGNED_IN_KEY;
use operations::account::step_up::{Confirmed, Waiting, open_waiting};

use crate::error::AppError;
use crate::ssr;

/// When a second factor was proved last, in seconds since 1970.
pub const CONFIRMED_KEY: &str = "confirmed_at";
/// When the person at this browser showed last who they are, in seconds since 1970: by a mailed link, a passkey, or a
/// provider that asked them. A provider that merely knows the browser shows nothing of who sits there.
pub const PRESENT_KEY: &str = "present_at";
/// The sealed form that waits.
pub const WAITING_KEY: &str = "waiting";
/// The question that a passkey is asked, and since when.
const CHALLENGE_KEY: &str = "passkey_challenge";
const CHALLENGE_SECONDS_MAX: i64 = 15 * 60;

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// To be made.
    Create,
    /// To stand in as the second factor.
    Prove,
    /// To log in alone.
    LogIn,
}

impl Ceremony {
    const fn key(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Prove => "prove",
            Self::LogIn => "log_in",
        }
    }
}

/// Notes that a second factor was proved just now, under a new session id: whoever copied the old one gains nothing.
///
/// # Errors
/// When the session cannot be kept.
pub async fn note_confirmed(deps: &Deps) -> Result<(), AppError> {
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    let now = deps.clock.now().unix_timestamp();
    session.cycle_id().await.map_err(ssr::unexpected)?;
    session.insert(CONFIRMED_KEY, now).await.map_err(ssr::unexpected)
}

/// Whether a second factor was proved in this web session.
pub async fn confirmed() -> Option<Confirmed> {
    Confirmed::read(ssr::session()?.get(CONFIRMED_KEY).await.ok().flatten())
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
pub async fn keep_challenge(
    deps: &Deps,
    ceremony: Ceremony,
    challenge: &str,
) -> Result<(), AppError> {
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    let asked = (challenge, deps.clock.now().unix_timestamp());
    session.insert(&key(ceremony), asked).await.map_err(ssr::unexpected)
}

/// The question that was asked, taken out: it is answered once, and soon. Empty when there is none.
pub async fn take_challenge(deps: &Deps, ceremony: Ceremony) -> String {
    let Some(session) = ssr::session() else { return String::new() };
    let asked: Option<(String, i64)> = session.remove(&key(ceremony)).await.ok().flatten();
    let now = deps.clock.now().unix_timestamp();
    let asked = asked.filter(|(_, at)| now.saturating_sub(*at) <= CHALLENGE_SECONDS_MAX);
    asked.map(|(challenge, _)| challenge).unwrap_or_default()
}

fn key(ceremony: Ceremony) -> String {
    format!("{CHALLENGE_KEY}:{}", ceremony.key())
}
