//! Asks for a login link: the answer is the same whether anybody is known at the address.

use std::net::IpAddr;

use domain::limits::LOGIN_LINK_MINUTES;
use domain::login::LoginIdentity;
use domain::parsed::TextError;
use domain::parsed::email_address::EmailAddress;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::login_links::{self, NewLoginLink};
use time::{Duration, OffsetDateTime};
use words::lang::Lang;

use crate::account::login_token;
use crate::actor::Actor;
use crate::mails::enqueue::{MailData, enqueue_login_mail};
use crate::trail::{self, About};
use crate::{Deps, fresh, links};

/// Links to one address within [`WINDOW`].
pub const LINKS_PER_EMAIL_MAX: i64 = 5;
/// Links for one client within [`WINDOW`]; a whole office may share an address.
pub const LINKS_PER_CLIENT_MAX: i64 = 30;
/// The time in which links are counted.
pub const WINDOW: Duration = Duration::minutes(15);
/// How long ended links are kept, so that a late click is told what happened.
const KEPT: Duration = Duration::days(7);

/// Somebody typed an address.
#[derive(Debug, Clone, Copy)]
pub struct RequestLogin<'a> {
    pub email: &'a str,
    pub lang: Lang,
    /// The secret in the browser's web session: the same browser needs no second question.
    pub browser_secret: &'a str,
    /// Where the request came from, as far as it is known.
    pub client: Option<IpAddr>,
    /// What this browser has just proved at a login provider; the link connects it.
    pub identity: Option<&'a LoginIdentity>,
}

/// Why no link was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestLoginError {
    #[error("the address {0}")]
    Email(TextError),
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for RequestLoginError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Writes a link and its mail, unless there were too many lately: then nothing is sent and nothing is said about it.
///
/// # Errors
/// When the address is none, or the database fails.
pub async fn request_login(
    deps: &Deps,
    request: RequestLogin<'_>,
) -> Result<EmailAddress, RequestLoginError> {
    let email = EmailAddress::parse(request.email).map_err(RequestLoginError::Email)?;
    let now = deps.clock.now();
    let client_hash = request.client.map(|client| fresh::hash(&network(client)));
    let browser_hash = fresh::hash(request.browser_secret);

    let mut tx = deps.db.begin().await?;
    let recent =
        login_links::count_recent(&mut tx, &email, client_hash.as_deref(), now - WINDOW).await?;
    let is_allowed =
        recent.n_for_email < LINKS_PER_EMAIL_MAX && recent.n_for_client < LINKS_PER_CLIENT_MAX;
    if is_allowed {
        let seed = fresh::token();
        let token = login_token::of_seed(&deps.settings, &seed);
        let expires_at = expiry(now);
        let link = NewLoginLink {
            token_hash: &fresh::hash(&token),
            email: &email,
            locale: request.lang.code(),
            browser_hash: Some(&browser_hash),
            client_hash: client_hash.as_deref(),
            identity: request.identity,
            created_at: now,
            expires_at,
        };
        login_links::insert(&mut tx, link).await?;
        let links = request.identity.map(|it| it.provider.clone());
        let data = MailData::LoginLink { seed, expires_at, links };
        enqueue_login_mail(&mut tx, &email, data, request.lang, now).await?;
    }
    note(&mut tx, is_allowed, now).await?;
    login_links::remove_ended(&mut tx, now - KEPT).await?;
    tx.commit().await?;
    Ok(email)
}

/// A link that works once in any browser, for who starts the house: the demo, the first start.
///
/// # Errors
/// When the address is none, or the database fails.
pub async fn create_login_link(
    deps: &Deps,
    email: &str,
    lang: Lang,
) -> Result<String, RequestLoginError> {
    let email = EmailAddress::parse(email).map_err(RequestLoginError::Email)?;
    let now = deps.clock.now();
    let token = fresh::token();
    let link = NewLoginLink {
        token_hash: &fresh::hash(&token),
        email: &email,
        locale: lang.code(),
        browser_hash: None,
        client_hash: None,
        identity: None,
        created_at: now,
        expires_at: expiry(now),
    };
    let mut tx = deps.db.begin().await?;
    login_links::insert(&mut tx, link).await?;
    note(&mut tx, true, now).await?;
    tx.commit().await?;
    Ok(links::login(&deps.settings, &token))
}

fn expiry(now: OffsetDateTime) -> OffsetDateTime {
    now + Duration::minutes(LOGIN_LINK_MINUTES)
}

/// Without the address: the log is kept longer than an address that somebody only typed.
async fn note(conn: &mut Conn, is_allowed: bool, now: OffsetDateTime) -> Result<(), StoreError> {
    let action = if is_allowed { "login_link.requested" } else { "login_link.limited" };
    trail::note(conn, About::PLATFORM, Actor::System, (action, json!({})), now).await
}

/// What counts as one client: an IPv4 address, or the /64 that one IPv6 subscriber owns.
fn network(client: IpAddr) -> String {
    match client.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_one_client() {
        let read = |text: &str| network(text.parse().unwrap());
        assert_eq!(read("192.0.2.7"), "192.0.2.7");
        assert_eq!(read("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(read("2001:db8:1:2:3:4:5:6"), read("2001:db8:1:2:ffff::1"));
        assert_ne!(read("2001:db8:1:2::1"), read("2001:db8:1:3::1"));
    }
}
