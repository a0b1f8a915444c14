//! Uses a login link: once, within its time, and in another browser only after a question.

use domain::account::AccountState;
use domain::ids::UserId;
use domain::login::LoginIdentity;
use domain::parsed::email_address::EmailAddress;
use serde_json::{Value, json};
use store::db::Conn;
use store::error::StoreError;
use store::login_links::{self, LoginLink};
use store::users::{self, IsNew, SignIn};
use time::OffsetDateTime;

use crate::account::provider_login;
use crate::account::second_factors::is_asked_at_login;
use crate::actor::Actor;
use crate::platform::staff::is_administrator;
use crate::platform::visits;
use crate::trail::{self, About};
use crate::{Deps, Settings, fresh};

/// A link as the page with the button shows it. Looking uses nothing up: mail scanners look too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    Ready {
        email: EmailAddress,
        /// What this browser has proved, and the link connects with the address.
        links: Option<LoginIdentity>,
    },
    /// Good, but another browser asked for it.
    OtherBrowser {
        email: EmailAddress,
    },
    Expired,
    Used,
    Unknown,
}

/// Somebody pressed the button.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmLogin<'a> {
    pub token: &'a str,
    /// The secret in this browser's web session, if it has one.
    pub browser_secret: Option<&'a str>,
    pub other_browser: OtherBrowser,
}

/// Whether the person was told that another browser asked for the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherBrowser {
    Ask,
    Accepted,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    SignedIn {
        user: UserId,
        is_new: IsNew,
        /// What this browser proved besides, of somebody who owes a second factor: it is linked with that, not before.
        links: Option<LoginIdentity>,
    },
    ConfirmInThisBrowser,
    /// The account is disabled.
    Disabled,
    Expired,
    Used,
    Unknown,
}

/// Tells how a link stands, without using it.
///
/// # Errors
/// When the database fails.
pub async fn look_at_link(
    deps: &Deps,
    token: &str,
    browser_secret: Option<&str>,
) -> Result<LinkState, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let link = login_links::find(&mut conn, &fresh::hash(token)).await?;
    Ok(state(link, browser_secret, deps.clock.now()))
}

/// Uses the link and signs its owner in; a person who was never here becomes a user. Two clicks at once sign in once.
///
/// # Errors
/// When the database fails.
pub async fn confirm_login(
    deps: &Deps,
    command: ConfirmLogin<'_>,
) -> Result<LoginOutcome, StoreError> {
    let token_hash = fresh::hash(command.token);
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let link = login_links::lock(&mut tx, &token_hash).await?;
    let locale = link.as_ref().map(|link| link.locale.clone()).unwrap_or_default();
    let (email, identity) = match state(link, command.browser_secret, now) {
        LinkState::Ready { email, links } => (email, links),
        // The other browser may be somebody else's: it signs in here, and what was proved there is not linked.
        LinkState::OtherBrowser { email } => match command.other_browser {
            OtherBrowser::Accepted => (email, None),
            OtherBrowser::Ask => return Ok(LoginOutcome::ConfirmInThisBrowser),
        },
        LinkState::Expired => return Ok(LoginOutcome::Expired),
        LinkState::Used => return Ok(LoginOutcome::Used),
        LinkState::Unknown => return Ok(LoginOutcome::Unknown),
    };
    login_links::mark_used(&mut tx, &token_hash, now).await?;
    let (user, is_new) = enter(&mut tx, &deps.settings, &email, &locale, now).await?;
    if !is_active(&mut tx, user, now).await? {
        tx.commit().await?;
        return Ok(LoginOutcome::Disabled);
    }
    let owes_second = note_first_factor(&mut tx, user, json!({}), now).await?;
    let links = match identity {
        // Whoever reads the mail of somebody must not keep a way in that outlives it.
        Some(identity) if !owes_second => {
            provider_login::link_within(&mut tx, user, &identity, now).await?;
            None
        }
        other => other,
    };
    tx.commit().await?;
    Ok(LoginOutcome::SignedIn { user, is_new, links })
}

/// Notes that somebody proved a first factor: signed in with it, unless a second one is owed, which is said.
pub(super) async fn note_first_factor(
    conn: &mut Conn,
    user: UserId,
    detail: Value,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let owes_second = is_asked_at_login(&store::second_factors::factors(conn, user).await?);
    let action = if owes_second { "user.first_factor" } else { "user.signed_in" };
    audit(conn, user, action, detail, now).await?;
    Ok(owes_second)
}

/// Notes that somebody signed out; the web session itself is ended by the caller.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(deps: &Deps, user: UserId) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    visits::end_of(&mut tx, user, Actor::User(user), now).await?;
    audit(&mut tx, user, "user.signed_out", json!({}), now).await?;
    tx.commit().await
}

/// The user of an address that is known to belong to somebody, made if there is none: after a confirmed link, or for the
/// demo.
///
/// # Errors
/// When the database fails.
pub async fn enter(
    conn: &mut Conn,
    settings: &Settings,
    email: &EmailAddress,
    locale: &str,
    now: OffsetDateTime,
) -> Result<(UserId, IsNew), StoreError> {
    let is_administrator = is_administrator(settings, email);
    let sign_in = SignIn { new_user: fresh::id(), email, is_administrator, locale, at: now };
    users::upsert(conn, sign_in).await
}

/// Whether a user may come in; that somebody tried to who may not is noted.
pub(super) async fn is_active(
    conn: &mut Conn,
    user: UserId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let is_active = users::state(conn, user).await? == AccountState::Active;
    if !is_active {
        audit(conn, user, "user.refused_disabled", json!({}), now).await?;
    }
    Ok(is_active)
}

fn state(link: Option<LoginLink>, browser_secret: Option<&str>, now: OffsetDateTime) -> LinkState {
    let Some(link) = link else { return LinkState::Unknown };
    let is_same_browser = match (link.browser_hash, browser_secret) {
        (None, _) => true,
        (Some(asked), Some(secret)) => asked == fresh::hash(secret),
        (Some(_), None) => false,
    };
    if link.used_at.is_some() {
        LinkState::Used
    } else if link.expires_at <= now {
        LinkState::Expired
    } else if is_same_browser {
        LinkState::Ready { email: link.email, links: link.identity }
    } else {
        LinkState::OtherBrowser { email: link.email }
    }
}

/// Notes what a user did with the own account.
pub(super) async fn audit(
    conn: &mut Conn,
    user: UserId,
    action: &str,
    detail: Value,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    trail::note(conn, About::PLATFORM, Actor::User(user), (action, detail), now).await
}
