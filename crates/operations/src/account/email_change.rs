//! Logs in with another address from now on, once both mailboxes said yes: the old one may be all that is left of an
//! account, and the new one may be somebody else's. The new one says yes where the account is signed in, so that nobody is
//! talked into somebody else's account; the old one can say that it was not asked.

use domain::account::AccountState;
use domain::ids::UserId;
use domain::notice::Notice;
use domain::parsed::TextError;
use domain::parsed::email_address::EmailAddress;
use serde_json::json;
use store::db::Conn;
pub use store::email_changes::Side;
use store::email_changes::{self as rows, EmailChange, NewEmailChange};
use store::error::StoreError;
use store::users;
use store::web_sessions::{Ending, end_for_user};
use time::Duration;

use crate::account::confirm_login::audit;
use crate::account::login_token;
use crate::account::notices::tell;
use crate::mails::enqueue::{MailData, enqueue_email_change};
use crate::platform::staff::is_administrator;
use crate::{Deps, fresh};

/// How long both mailboxes have.
const LIFE: Duration = Duration::days(1);
/// Wishes of one user within [`LIFE`].
pub const WISHES_MAX: i64 = 5;

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum EmailChangeError {
    #[error("the address {0}")]
    Email(TextError),
    #[error("it is the address already")]
    Same,
    /// Of this account, or for this address, which may be somebody else's mailbox.
    #[error("too many wishes in one day")]
    TooMany,
    #[error("the account is not active")]
    NotActive,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for EmailChangeError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// How a mailed secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// This mailbox is asked.
    Asked { side: Side, new_email: EmailAddress },
    /// The new mailbox says yes in a browser that is signed in to the account.
    SignInFirst,
    /// This mailbox said yes, the other has not yet.
    WaitsForOther { side: Side },
    /// Over: done, replaced, too old, or never there.
    Over,
}

/// What a yes did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The other mailbox has not said yes yet.
    Half,
    /// Done: every browser is signed out.
    Changed(UserId),
    /// Somebody else logs in with the new address.
    Taken,
    /// Nothing was done: see [`Wish::SignInFirst`].
    SignInFirst,
    Over,
}

/// Asks both mailboxes. Whether somebody else has the new address is told to its mailbox only.
///
/// # Errors
/// See [`EmailChangeError`].
pub async fn request(
    deps: &Deps,
    user: UserId,
    typed: &str,
) -> Result<EmailAddress, EmailChangeError> {
    let new_email = EmailAddress::parse(typed).map_err(EmailChangeError::Email)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(EmailChangeError::NotActive);
    }
    let known = users::get(&mut tx, user).await?;
    if known.email.key() == new_email.key() {
        return Err(EmailChangeError::Same);
    }
    let wishes = rows::count_since(&mut tx, user, &new_email, now - LIFE).await?;
    if wishes.of_user >= WISHES_MAX || wishes.for_address >= WISHES_MAX {
        return Err(EmailChangeError::TooMany);
    }
    let seeds = [fresh::token(), fresh::token()];
    let [old_hash, new_hash] = [0, 1]
        .map(|i| seeds.get(i).map(|seed| fresh::hash(&token(deps, seed))).unwrap_or_default());
    let new = NewEmailChange {
        id: fresh::id(),
        user,
        old_email: &known.email,
        new_email: &new_email,
        old_token_hash: &old_hash,
        new_token_hash: &new_hash,
        created_at: now,
        expires_at: now + LIFE,
    };
    rows::replace(&mut tx, new).await?;
    let [old_seed, new_seed] = seeds;
    for (to, seed, is_old) in [(&known.email, old_seed, true), (&new_email, new_seed, false)] {
        let data = MailData::EmailChange { seed, is_old, new_email: new_email.to_string() };
        enqueue_email_change(&mut tx, (to, &known.locale), data, now).await?;
    }
    audit(&mut tx, user, "user.email_change_asked", json!({}), now).await?;
    tx.commit().await?;
    Ok(new_email)
}

/// Tells how a mailed secret stands, and changes nothing: mail scanners look too. `viewer` is who is signed in.
///
/// # Errors
/// When the database fails.
pub async fn look(deps: &Deps, token: &str, viewer: Option<UserId>) -> Result<Wish, StoreError> {
    let mut tx = deps.db.begin().await?;
    let found = hold(&mut tx, token).await?;
    Ok(found.map_or(Wish::Over, |change| stand(deps, change, viewer)))
}

fn stand(deps: &Deps, change: EmailChange, viewer: Option<UserId>) -> Wish {
    if change.ended_at.is_some() || change.expires_at <= deps.clock.now() {
        return Wish::Over;
    }
    let side = change.side;
    let said_yes = match side {
        Side::Old => change.old_confirmed_at,
        Side::New => change.new_confirmed_at,
    };
    match said_yes {
        Some(_) => Wish::WaitsForOther { side },
        None if side == Side::New && viewer != Some(change.user) => Wish::SignInFirst,
        None => Wish::Asked { side, new_email: change.new_email },
    }
}

/// One mailbox says yes; the second yes changes the address and signs out every browser.
///
/// # Errors
/// When the database fails.
pub async fn confirm(
    deps: &Deps,
    token: &str,
    viewer: Option<UserId>,
) -> Result<Confirmed, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let Some(change) = hold(&mut tx, token).await? else { return Ok(Confirmed::Over) };
    let (id, user, side) = (change.id, change.user, change.side);
    let other = match side {
        Side::Old => change.new_confirmed_at,
        Side::New => change.old_confirmed_at,
    };
    let new_email = change.new_email.clone();
    match stand(deps, change, viewer) {
        Wish::Over => return Ok(Confirmed::Over),
        Wish::SignInFirst => return Ok(Confirmed::SignInFirst),
        Wish::Asked { .. } | Wish::WaitsForOther { .. } => {}
    }
    rows::confirm(&mut tx, id, side, now).await?;
    if other.is_none() {
        tx.commit().await?;
        return Ok(Confirmed::Half);
    }
    rows::end(&mut tx, id, now).await?;
    // Said to the old address, which hears of nothing more, and then to the new one.
    tell(&mut tx, user, Notice::EmailChanged, new_email.to_string(), now).await?;
    let is_administrator = is_administrator(&deps.settings, &new_email);
    match users::change_email(&mut tx, user, &new_email, is_administrator).await {
        Ok(()) => {}
        Err(error) if error.is_conflict("users_email_key_key") => {
            drop(tx);
            return end_taken(deps, token).await;
        }
        Err(error) => return Err(error),
    }
    tell(&mut tx, user, Notice::EmailConfirmed, String::new(), now).await?;
    end_for_user(&mut tx, user, Ending::All).await?;
    audit(&mut tx, user, "user.email_changed", json!({}), now).await?;
    tx.commit().await?;
    Ok(Confirmed::Changed(user))
}

/// A mailbox says that it did not ask: the wish ends. When it is the account's own, somebody else is signed in, so every
/// browser is signed out too. Tells which mailbox it was, if the wish was open.
///
/// # Errors
/// When the database fails.
pub async fn refuse(deps: &Deps, token: &str) -> Result<Option<Side>, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let Some(change) = hold(&mut tx, token).await? else { return Ok(None) };
    if change.ended_at.is_some() || change.expires_at <= now {
        return Ok(None);
    }
    rows::end(&mut tx, change.id, now).await?;
    if change.side == Side::Old {
        end_for_user(&mut tx, change.user, Ending::All).await?;
    }
    audit(&mut tx, change.user, "user.email_change_refused", json!({}), now).await?;
    tx.commit().await?;
    Ok(Some(change.side))
}

/// The wish that a mailed secret belongs to, of an active account; held after its user, as [`request`] and deleting an
/// account do.
async fn hold(conn: &mut Conn, token: &str) -> Result<Option<EmailChange>, StoreError> {
    let hash = fresh::hash(token);
    let Some(user) = rows::find_user(conn, &hash).await? else { return Ok(None) };
    if users::lock(conn, user).await? != AccountState::Active {
        return Ok(None);
    }
    rows::lock(conn, &hash).await
}

/// The wish cannot be: somebody else logs in with this address.
async fn end_taken(deps: &Deps, token: &str) -> Result<Confirmed, StoreError> {
    let mut tx = deps.db.begin().await?;
    if let Some(change) = hold(&mut tx, token).await? {
        rows::end(&mut tx, change.id, deps.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(Confirmed::Taken)
}

/// The secret of one mailbox, from what its mail holds.
pub(crate) fn token(deps: &Deps, seed: &str) -> String {
    login_token::of_seed(&deps.settings, &format!("email:{seed}"))
}
