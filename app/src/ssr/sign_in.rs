//! The web session of a browser that signs in: what ties a link to it, and its new id once somebody is signed in.

use std::net::IpAddr;

use domain::ids::UserId;
use http::request::Parts;
use leptos::prelude::use_context;
use tower_sessions::Session;

use crate::error::AppError;
use crate::ssr::{self, USER_KEY};

/// What ties a login link to the browser that asked for it.
const BROWSER_SECRET_KEY: &str = "browser_secret";
/// The address that a link was sent to, for the page that says so.
const LOGIN_EMAIL_KEY: &str = "login_email";

/// An invitation that is accepted after the login.
const INVITATION_KEY: &str = "invitation";
const INVITATION_CHARS_MAX: usize = 64;

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

/// Signs the browser in under a new session id: who knew the old one has nothing. The server counts its age from here.
///
/// # Errors
/// When the session cannot be kept.
pub async fn start(user: UserId) -> Result<(), AppError> {
    let session = open()?;
    session.cycle_id().await.map_err(ssr::unexpected)?;
    for key in [BROWSER_SECRET_KEY, LOGIN_EMAIL_KEY] {
        session.remove::<String>(key).await.map_err(ssr::unexpected)?;
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
