//! The web session of a browser that signs in: what ties a link to it, and its new id once somebody is signed in.

use std::net::IpAddr;

use domain::ids::{EventId, UserId};
use domain::login::LoginIdentity;
use http::header;
use http::request::Parts;
use leptos::prelude::use_context;
use operations::Deps;
use operations::account::provider_login::Presence;
use operations::account::sessions::{self, Browser, Ending};
use operations::account::{self, own_profile, second_factors, shown_once};
use operations::events::live_token::issue;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::error::AppError;
use crate::paths;
use crate::ssr::member::Member;
use crate::ssr::{self, USER_KEY, step_up};

/// What ties a login link to the browser that asked for it.
const BROWSER_SECRET_KEY: &str = "browser_secret";
/// The address that a link was sent to, for the page that says so.
const LOGIN_EMAIL_KEY: &str = "login_email";

/// An invitation that is accepted after the login.
const INVITATION_KEY: &str = "invitation";
const INVITATION_CHARS_MAX: usize = 64;

/// The page of ours that somebody goes on with after the login.
pub const NEXT_KEY: &str = "next";

/// Letters of the secret that a browser is known by.
const DEVICE_SECRET_CHARS: usize = 32;

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
    let settings = ssr::deps().settings;
    let sealed = shown_once::seal(&settings, INVITATION_KEY, token).map_err(ssr::unexpected)?;
    open()?.insert(INVITATION_KEY, sealed).await.map_err(ssr::unexpected)
}

/// The invitation that waited for the login, taken out.
pub async fn take_invitation() -> Option<String> {
    let sealed: String = ssr::session()?.remove(INVITATION_KEY).await.ok().flatten()?;
    shown_once::open(&ssr::deps().settings, INVITATION_KEY, &sealed)
}

/// Who has proved the first factor in this browser and not yet the second.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Half {
    pub user: UserId,
    since: i64,
    /// What was proved besides and is linked with the second factor.
    pub links: Option<LoginIdentity>,
}

/// Lets somebody in who has proved an address or an identity, being there or not: at once, or to the question for a second
/// factor. Says where the browser goes on.
///
/// # Errors
/// When the session cannot be kept.
pub async fn enter(
    deps: &Deps,
    user: UserId,
    links: Option<LoginIdentity>,
    presence: Presence,
) -> Result<String, AppError> {
    let factors = second_factors::factors(deps, user).await.map_err(ssr::unexpected)?;
    if !second_factors::is_asked_at_login(&factors) {
        start(deps, user, presence).await?;
        return landing(deps, user).await;
    }
    let half = Half { user, since: deps.clock.now().unix_timestamp(), links };
    let session = begin_anew().await?;
    session.insert(HALF_KEY, half).await.map_err(ssr::unexpected)?;
    Ok(paths::LOGIN_SECOND.to_owned())
}

/// Where somebody goes on who was just signed in: to the invitation or the page that waited, to the first profile, or to
/// work.
///
/// # Errors
/// When the database fails.
pub async fn landing(deps: &Deps, user: UserId) -> Result<String, AppError> {
    if let Some(token) = take_invitation().await {
        return Ok(paths::invitation(&token));
    }
    if let Some(next) = take_next().await? {
        return Ok(next);
    }
    let home = account::home(deps, user).await.map_err(ssr::unexpected)?;
    Ok(if home.current().is_none() { paths::PROFILE } else { paths::EVENTS }.to_owned())
}

/// Keeps the page of ours that somebody wanted, until they have signed in or confirmed.
///
/// # Errors
/// When the session cannot be kept.
pub async fn come_back_to(address: &str) -> Result<(), AppError> {
    open()?.insert(NEXT_KEY, address).await.map_err(ssr::unexpected)
}

/// The page of ours that was wanted, taken out.
///
/// # Errors
/// When the session cannot be read.
pub async fn take_next() -> Result<Option<String>, AppError> {
    open()?.remove(NEXT_KEY).await.map_err(ssr::unexpected)
}

/// Who still owes the second factor.
pub async fn half_in(deps: &Deps) -> Option<Half> {
    let half: Half = ssr::session()?.get(HALF_KEY).await.ok().flatten()?;
    let waited = deps.clock.now().unix_timestamp().saturating_sub(half.since);
    (waited <= HALF_SECONDS_MAX).then_some(half)
}

/// The key to an event's live channel, for this login; empty where there is none to give.
pub async fn live_token(member: &Member, event: EventId) -> String {
    let Some(session) = ssr::session() else { return String::new() };
    let signed_in_at: Option<i64> = session.get(step_up::SIGNED_IN_KEY).await.ok().flatten();
    let token = signed_in_at.and_then(|at| issue(&member.deps, &member.access, event, at));
    token.unwrap_or_default()
}

/// Signs the browser in under a new session id: who knew the old one has nothing, and nothing of who sat here before is
/// left. The server counts the session's age from here. Pages are in the language that the account has chosen.
///
/// # Errors
/// When the session cannot be kept.
pub async fn start(deps: &Deps, user: UserId, presence: Presence) -> Result<(), AppError> {
    let session = begin_anew().await?;
    let now = deps.clock.now().unix_timestamp();
    let user_agent = ssr::header_of_request(header::USER_AGENT).unwrap_or_default();
    let browser = Browser::new(&user_agent, client_address(), ssr::client_country().as_deref());
    session.insert(step_up::SIGNED_IN_KEY, now).await.map_err(ssr::unexpected)?;
    if presence == Presence::Now {
        session.insert(step_up::PRESENT_KEY, now).await.map_err(ssr::unexpected)?;
    }
    session.insert(sessions::BROWSER_KEY, &browser).await.map_err(ssr::unexpected)?;
    session.insert(USER_KEY, user).await.map_err(ssr::unexpected)?;
    if let Some(lang) = own_profile::chosen_language(deps, user).await.map_err(ssr::unexpected)? {
        ssr::keep_lang(lang);
    }
    let secret = device_secret(deps);
    sessions::note_device(deps, user, &secret, &browser).await.map_err(ssr::unexpected)
}

/// The secret by which this browser is known again at its next login; kept as a cookie of its own, made at the first.
fn device_secret(deps: &Deps) -> String {
    let is_https = deps.settings.public_url.starts_with("https://");
    let name = if is_https { "__Host-device" } else { "device" };
    let kept =
        use_context::<Parts>().and_then(|it| ssr::cookie(&it.headers, name).map(str::to_owned));
    let known = kept.filter(|it| it.len() == DEVICE_SECRET_CHARS);
    let secret = known.unwrap_or_else(operations::fresh::token);
    let secure = if is_https { "; Secure" } else { "" };
    let cookie =
        format!("{name}={secret}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax{secure}");
    ssr::send_header(header::SET_COOKIE, &cookie);
    secret
}

/// Signs out every other browser of the user.
///
/// # Errors
/// When the database fails.
pub async fn end_others(deps: &Deps, user: UserId) -> Result<(), AppError> {
    let here = open()?.id().map(|id| sessions::name_of(&id));
    // A session that is about to be written under a new id is not there yet.
    let which = here.as_deref().map_or(Ending::All, Ending::Others);
    sessions::end(deps, user, which).await.map(|_| ()).map_err(ssr::unexpected)
}

/// A session with a new id, in which only what waits for the login is left.
async fn begin_anew() -> Result<Session, AppError> {
    let session = open()?;
    let mut kept = Vec::new();
    for key in [INVITATION_KEY, NEXT_KEY] {
        kept.push((key, session.get_value(key).await.map_err(ssr::unexpected)?));
    }
    session.clear().await;
    session.cycle_id().await.map_err(ssr::unexpected)?;
    for (key, value) in kept {
        if let Some(value) = value {
            session.insert_value(key, value).await.map_err(ssr::unexpected)?;
        }
    }
    Ok(session)
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
