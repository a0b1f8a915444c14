//! The web session of a browser that signs in: what ties a link to it, and its new id once somebody is signed in.

use std::net::IpAddr;

use domain::ids::UserId;
use http::request::Parts;
use leptos::prelude::use_context;
use operations::Deps;
use operations::account::{self, second_factors};
use tower_sessions::Session;

use crate::error::AppError;
use crate::paths;
use crate::ssr::{self, USER_KEY, step_up};

/// What ties a login link to the browser that asked for it.
const BROWSER_SECRET_KEY: &str = "browser_secret";
/// The address that a link was sent to, for the page that says so.
const LOGIN_EMAIL_KEY: &str = "login_email";

/// An invitation that is accepted after the login.
const INVITATION_KEY: &str = "invitation";
const INVITATION_CHARS_MAX: usize = 64;

/// Who has proved the first factor only.
const HALF_KEY: &str = "half_in";
/// How long the first factor counts while the second is looked for.
const HALF_SECONDS_MAX: i64 = 15 * 60;

/// Where a request came from; put into its extensions by the server, which knows the proxies before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Where this request came from, if the server said so.
pub fn client_address() -> Option<IpAddr> {
    use_context::<Parts>()?.extensions.get::<ClientAddress>().map(|it| it.0)
}

/// The secret of this browser, made at the first question for a link.
///
/// # Errors
/// When the session cannot be kept.
pub async fn make_browser_secret() -> Result<String, AppError> {
    if let Some(secret) = browser_secret().await {
        return Ok(secret);
    }
    let secret = operations::fresh::token();
    open()?.insert(BROWSER_SECRET_KEY, &secret).await.map_err(ssr::unexpected)?;
    Ok(secret)
}

/// The secret of this browser, if it asked for a link.
pub async fn browser_secret() -> Option<String> {
    ssr::session()?.get(BROWSER_SECRET_KEY).await.ok().flatten()
}

/// Remembers where the link went.
///
/// # Errors
/// When the session cannot be kept.
pub async fn remember_email(email: &str) -> Result<(), AppError> {
    open()?.insert(LOGIN_EMAIL_KEY, email).await.map_err(ssr::unexpected)
}

/// Where the last link went.
pub async fn remembered_email() -> Option<String> {
    ssr::session()?.get(LOGIN_EMAIL_KEY).await.ok().flatten()
}

/// Remembers the invitation that waits for the login.
///
/// # Errors
/// When the session cannot be kept.
pub async fn remember_invitation(token: &str) -> Result<(), AppError> {
    let is_token =
        token.len() <= INVITATION_CHARS_MAX && token.bytes().all(|it| it.is_ascii_alphanumeric());
    if !is_token {
        return Ok(());
    }
    open()?.insert(INVITATION_KEY, token).await.map_err(ssr::unexpected)
}

/// The invitation that waited for the login, taken out.
pub async fn take_invitation() -> Option<String> {
    ssr::session()?.remove(INVITATION_KEY).await.ok().flatten()
}

/// Who has proved the first factor in this browser and not yet the second, with the second it was.
type Half = (UserId, i64);

/// Lets somebody in who has proved an address or an identity: at once, or to the question for a second factor. Says
/// where the browser goes on.
///
/// # Errors
/// When the session cannot be kept.
pub async fn enter(deps: &Deps, user: UserId) -> Result<String, AppError> {
    let factors = second_factors::factors(deps, user).await.map_err(ssr::unexpected)?;
    if !second_factors::is_asked_at_login(&factors) {
        start(user).await?;
        return landing(deps, user).await;
    }
    let session = open()?;
    session.cycle_id().await.map_err(ssr::unexpected)?;
    let half: Half = (user, deps.clock.now().unix_timestamp());
    session.insert(HALF_KEY, half).await.map_err(ssr::unexpected)?;
    Ok(paths::LOGIN_SECOND.to_owned())
}

/// Where somebody goes on who was just signed in: to the invitation that waited, to the first profile, or to work.
///
/// # Errors
/// When the database fails.
pub async fn landing(deps: &Deps, user: UserId) -> Result<String, AppError> {
    if let Some(token) = take_invitation().await {
        return Ok(paths::invitation(&token));
    }
    let home = account::home(deps, user).await.map_err(ssr::unexpected)?;
    Ok(if home.current().is_none() { paths::PROFILE } else { paths::EVENTS }.to_owned())
}

/// Who still owes the second factor.
pub async fn half_in(deps: &Deps) -> Option<UserId> {
    let (user, since): Half = ssr::session()?.get(HALF_KEY).await.ok().flatten()?;
    let waited = deps.clock.now().unix_timestamp().saturating_sub(since);
    (waited <= HALF_SECONDS_MAX).then_some(user)
}

/// Signs the browser in under a new session id: who knew the old one has nothing. The server counts its age from here.
///
/// # Errors
/// When the session cannot be kept.
pub async fn start(user: UserId) -> Result<(), AppError> {
    let session = open()?;
    session.cycle_id().await.map_err(ssr::unexpected)?;
    for key in [
        BROWSER_SECRET_KEY,
        LOGIN_EMAIL_KEY,
        HALF_KEY,
        step_up::CONFIRMED_KEY,
        step_up::WAITING_KEY,
    ] {
        session.remove_value(key).await.map_err(ssr::unexpected)?;
    }
    session.insert(USER_KEY, user).await.map_err(ssr::unexpected)
}

/// Signs the browser out and forgets everything about it.
///
/// # Errors
/// When the session cannot be ended.
pub async fn end() -> Result<(), AppError> {
    open()?.flush().await.map_err(ssr::unexpected)
}

fn open() -> Result<Session, AppError> {
    ssr::session().ok_or(AppError::Unavailable)
}
