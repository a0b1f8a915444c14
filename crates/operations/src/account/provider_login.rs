//! Signs in with an account at a login provider, and links such an account with proof of both.
//!
//! An identity that is linked opens its account. One that is not is linked in two ways only: by somebody who is signed
//! in, or by a mail to the address that the provider told, opened in the browser that proved the identity. The address
//! alone never opens anything: not every provider checks it, and it changes hands.

use std::net::IpAddr;

use domain::ids::{LoginIdentityId, UserId};
use domain::login::LoginIdentity;
use domain::notice::Notice;
use domain::parsed::email_address::EmailAddress;
pub use providers::login::{Answer, LoginError, Presence, ProvedIdentity, WayBack};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::error::StoreError;
use store::login_identities;
pub use store::login_identities::LinkedIdentity;
use store::users;
use time::{Duration, OffsetDateTime};
use words::lang::Lang;

use crate::account::confirm_login::{audit, is_active, note_first_factor};
use crate::account::notices::tell;
use crate::account::request_login::{RequestLogin, RequestLoginError, request_login};
use crate::{Deps, fresh, links};

/// How long somebody may take at the provider.
const AWAY_MAX: Duration = Duration::minutes(15);

/// Somebody is at a provider; kept in the web session of the browser that set out, used once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    pub provider: String,
    pub way_back: WayBack,
    /// Who is signed in and wants to link, if that is what it is for.
    pub links_to: Option<UserId>,
    pub since: i64,
}

/// Somebody came back.
#[derive(Debug, Clone, Copy)]
pub struct Return<'a> {
    pub provider: &'a str,
    /// What the session remembers, if it remembers anything.
    pub away: Option<&'a Away>,
    /// Who is signed in in this browser.
    pub viewer: Option<UserId>,
    pub answer: Answer<'a>,
    /// What ties a mailed link to this browser.
    pub browser_secret: &'a str,
    pub client: Option<IpAddr>,
    pub lang: Lang,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    SignedIn(UserId),
    /// Linked with the account that is signed in, or it was so before.
    Linked,
    /// It opens another account, and stays there.
    LinkedElsewhere,
    /// A mail is on its way that proves the address; its link links.
    MailSent(EmailAddress),
    /// Not linked, and the provider told no address.
    NoAddress,
    /// It opens an account that is disabled.
    Disabled,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderLoginError {
    #[error("no such login provider")]
    UnknownProvider,
    /// The browser did not set out, took too long, or came back twice.
    #[error("this browser is not on its way back")]
    NotAway,
    #[error(transparent)]
    Provider(#[from] LoginError),
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for ProviderLoginError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Sends somebody to a provider: the address to go to, and what the session must remember.
///
/// # Errors
/// When the provider is unknown or does not answer.
pub async fn set_out(
    deps: &Deps,
    provider: &str,
    links_to: Option<UserId>,
    presence: Presence,
) -> Result<(String, Away), ProviderLoginError> {
    let found = deps.login.find(provider).ok_or(ProviderLoginError::UnknownProvider)?;
    let there = found.set_out(&links::login_return(&deps.settings, provider), presence).await?;
    let away = Away {
        provider: provider.to_owned(),
        way_back: there.way_back,
        links_to,
        since: deps.clock.now().unix_timestamp(),
    };
    Ok((there.url, away))
}

/// Takes somebody in who comes back from a provider.
///
/// # Errors
/// When the browser did not set out to this provider, or what it brings is not to be believed.
pub async fn come_back(deps: &Deps, back: Return<'_>) -> Result<Arrival, ProviderLoginError> {
    let provider = deps.login.find(back.provider).ok_or(ProviderLoginError::UnknownProvider)?;
    let is_late = |away: &&Away| {
        deps.clock.now().unix_timestamp().saturating_sub(away.since) > AWAY_MAX.whole_seconds()
    };
    let away = back.away.filter(|away| away.provider == back.provider && !is_late(away));
    let away = away.ok_or(ProviderLoginError::NotAway)?;
    // Whoever signed out on the way, or in as somebody else, links nothing.
    if away.links_to.is_some() && away.links_to != back.viewer {
        return Err(ProviderLoginError::NotAway);
    }
    let return_url = links::login_return(&deps.settings, back.provider);
    let proved = provider.come_back(&return_url, &away.way_back, back.answer).await?;
    match away.links_to {
        Some(user) => Ok(link(deps, user, &proved.identity).await?),
        None => arrive(deps, &proved, back).await,
    }
}

/// Signs the owner of an identity in, or sends the mail that links it.
///
/// # Errors
/// When the database fails.
pub async fn arrive(
    deps: &Deps,
    proved: &ProvedIdentity,
    back: Return<'_>,
) -> Result<Arrival, ProviderLoginError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if let Some(user) = login_identities::find_owner(&mut tx, &proved.identity).await? {
        login_identities::note_use(&mut tx, &proved.identity, now).await?;
        // Who is an administrator follows the configuration at every sign-in.
        let known = users::get(&mut tx, user).await?;
        super::confirm_login::enter(&mut tx, &deps.settings, &known.email, &known.locale, now)
            .await?;
        if !is_active(&mut tx, user, now).await? {
            tx.commit().await?;
            return Ok(Arrival::Disabled);
        }
        let detail = json!({ "provider": proved.identity.provider });
        note_first_factor(&mut tx, user, detail, now).await?;
        tx.commit().await?;
        return Ok(Arrival::SignedIn(user));
    }
    drop(tx);
    let Some(email) = proved.email.as_deref() else { return Ok(Arrival::NoAddress) };
    let request = RequestLogin {
        email,
        lang: back.lang,
        browser_secret: back.browser_secret,
        client: back.client,
        identity: Some(&proved.identity),
    };
    match request_login(deps, request).await {
        Ok(email) => Ok(Arrival::MailSent(email)),
        Err(RequestLoginError::Email(_)) => Ok(Arrival::NoAddress),
        Err(RequestLoginError::Unexpected(error)) => Err(error.into()),
    }
}

/// Links an identity with the user who is signed in and has just proved it.
///
/// # Errors
/// When the database fails.
pub async fn link(
    deps: &Deps,
    user: UserId,
    identity: &LoginIdentity,
) -> Result<Arrival, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let is_new = link_within(&mut tx, user, identity, now).await?;
    let owner = login_identities::find_owner(&mut tx, identity).await?;
    tx.commit().await?;
    Ok(if is_new || owner == Some(user) { Arrival::Linked } else { Arrival::LinkedElsewhere })
}

/// Links in the caller's transaction; says whether it is new.
pub(super) async fn link_within(
    conn: &mut store::db::Conn,
    user: UserId,
    identity: &LoginIdentity,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let is_new = login_identities::insert_once(conn, fresh::id(), user, identity, now).await?;
    if is_new {
        let detail = json!({ "provider": identity.provider });
        audit(conn, user, "user.identity_linked", detail, now).await?;
        tell(conn, user, Notice::IdentityLinked, identity.provider.clone(), now).await?;
    }
    Ok(is_new)
}

/// The providers that are linked with a user.
///
/// # Errors
/// When the database fails.
pub async fn linked(deps: &Deps, user: UserId) -> Result<Vec<LinkedIdentity>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    login_identities::list_for_user(&mut conn, user).await
}

/// Takes an identity from its user; says whether there was one. The mailed link remains, so nobody locks themselves out.
///
/// # Errors
/// When the database fails.
pub async fn unlink(deps: &Deps, user: UserId, id: LoginIdentityId) -> Result<bool, StoreError> {
    let mut tx = deps.db.begin().await?;
    let Some(provider) = login_identities::delete(&mut tx, user, id).await? else {
        return Ok(false);
    };
    let (detail, now) = (json!({ "provider": provider }), deps.clock.now());
    audit(&mut tx, user, "user.identity_unlinked", detail, now).await?;
    tell(&mut tx, user, Notice::IdentityUnlinked, provider, now).await?;
    tx.commit().await?;
    Ok(true)
}
