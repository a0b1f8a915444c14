//! The browsers where a user is signed in: seen, ended, and told by mail when one is new.

use std::net::IpAddr;

use domain::ids::UserId;
use domain::notice::Notice;
use domain::user_agent::{BrowserKind, Device, SystemKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::error::StoreError;
use store::known_devices::{self, Known};
pub use store::web_sessions::{Ending, USER_KEY, name_of};
use store::web_sessions::{end_for_user, list_for_user};
use time::{Duration, OffsetDateTime};

use crate::account::confirm_login::audit;
use crate::account::notices::tell;
use crate::{Deps, fresh};

/// Where a session keeps what its browser calls itself and where it came from.
pub const BROWSER_KEY: &str = "browser";
/// Where a session keeps when somebody signed in, in seconds since 1970.
pub const SIGNED_IN_KEY: &str = "signed_in_at";
/// Where a session keeps when it began and was last noted, in seconds since 1970.
pub const AGE_KEY: &str = "age";
/// Letters of what a browser calls itself that are kept.
const USER_AGENT_CHARS_MAX: usize = 300;
/// The first login follows the making of an account by less.
const FIRST_LOGIN: Duration = Duration::hours(1);

/// What is kept of the browser that signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    pub user_agent: String,
    pub address: Option<IpAddr>,
    /// Two letters (ISO 3166-1), where a trusted proxy told them.
    #[serde(default)]
    pub country: Option<String>,
}

impl Browser {
    /// Keeps as much as is useful of what it calls itself.
    pub fn new(user_agent: &str, address: Option<IpAddr>, country: Option<&str>) -> Self {
        let user_agent = user_agent.chars().take(USER_AGENT_CHARS_MAX).collect();
        // `XX` stands for a country that the proxy does not know.
        let is_country = |it: &&str| {
            it.len() == 2 && it.bytes().all(|it| it.is_ascii_alphabetic()) && *it != "XX"
        };
        let country = country.filter(is_country).map(str::to_ascii_uppercase);
        Self { user_agent, address: address.map(|it| it.to_canonical()), country }
    }

    /// Which browser on what.
    pub fn device(&self) -> Device {
        Device::read(&self.user_agent)
    }

    /// In words that need no language, for a mail.
    fn in_short(&self) -> String {
        let Device { browser, system } = self.device();
        let browser = browser.map(BrowserKind::as_str);
        let system = system.map(SystemKind::as_str);
        let address = self.address.map(|it| it.to_string());
        let parts = [browser, system, address.as_deref(), self.country.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A browser where somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// By which it is ended; opens nothing.
    pub name: String,
    pub browser: Browser,
    pub since: Option<OffsetDateTime>,
    /// To within a day.
    pub last_seen_at: Option<OffsetDateTime>,
}

/// Where a user is signed in, the latest use first.
///
/// # Errors
/// When the database fails.
pub async fn list(deps: &Deps, user: UserId) -> Result<Vec<SignedIn>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let kept = list_for_user(&mut conn, user).await?;
    Ok(kept.into_iter().map(|it| read(it.name, &it.data)).collect())
}

fn read(name: String, data: &Map<String, Value>) -> SignedIn {
    let time = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let browser = data.get(BROWSER_KEY).cloned();
    let age: Option<(i64, i64)> =
        data.get(AGE_KEY).cloned().and_then(|it| serde_json::from_value(it).ok());
    SignedIn {
        name,
        browser: browser.and_then(|it| serde_json::from_value(it).ok()).unwrap_or_default(),
        since: data.get(SIGNED_IN_KEY).and_then(Value::as_i64).and_then(time),
        last_seen_at: age.and_then(|it| time(it.1)),
    }
}

/// Signs browsers of a user out; says how many.
///
/// # Errors
/// When the database fails.
pub async fn end(deps: &Deps, user: UserId, which: Ending<'_>) -> Result<u64, StoreError> {
    let mut tx = deps.db.begin().await?;
    let n_ended = end_for_user(&mut tx, user, which).await?;
    if n_ended > 0 {
        let now = deps.clock.now();
        audit(&mut tx, user, "user.sessions_ended", json!({ "n": n_ended }), now).await?;
    }
    tx.commit().await?;
    Ok(n_ended)
}

/// Notes the browser that a user signed in with, by the secret that only it keeps; its owner hears of a new one.
///
/// # Errors
/// When the database fails.
pub async fn note_device(
    deps: &Deps,
    user: UserId,
    secret: &str,
    browser: &Browser,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    // Of two first logins at once one is the first.
    store::users::lock(&mut tx, user).await?;
    let made_since = now - FIRST_LOGIN;
    match known_devices::note(&mut tx, user, &fresh::hash(secret), now, made_since).await? {
        Known::No => tell(&mut tx, user, Notice::NewDevice, browser.in_short(), now).await?,
        Known::Yes | Known::First => {}
    }
    tx.commit().await
}
