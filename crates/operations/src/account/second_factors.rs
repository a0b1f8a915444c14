//! Second factors of a user: set up, used, taken away. Wrong tries are counted, and every change is in the audit log.

use domain::account::AccountState;
use domain::ids::UserId;
use domain::login::LoginIdentity;
use domain::notice::Notice;
use domain::parsed::email_address::EmailAddress;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::second_factors as rows;
pub use store::second_factors::Factors;
use store::second_factors::TotpSecret;
use store::users;
use store::web_sessions::{Ending, end_for_user};
use time::{Duration, OffsetDateTime};

use crate::account::confirm_login::audit;
use crate::account::notices::tell;
use crate::account::{provider_login, totp};
use crate::actor::Actor;
use crate::platform::visits;
use crate::sealed::{self, Place};
use crate::trail::{self, About};
use crate::{Deps, fresh};

mod passkeys;

pub use passkeys::{
    NewPasskey, Passkey, PasskeyAnswer, PasskeyQuestion, add_passkey, open_question, passkeys,
    question, remove_passkey,
};
pub(in crate::account) use passkeys::{handle, prove_passkey};

/// Wrong codes within [`WINDOW`].
pub const FAILURES_MAX: i64 = 8;
const WINDOW: Duration = Duration::minutes(15);
/// Wrong codes within [`DAY`]: after that only recovery codes and passkeys count, which nobody guesses.
pub const FAILURES_PER_DAY_MAX: i64 = 40;
const DAY: Duration = Duration::days(1);
/// How long a new secret waits for its first code.
const SETUP_MAX: Duration = Duration::minutes(15);
/// Recovery codes that are made at once.
pub const CODES: usize = 10;
/// Letters of a recovery code: 115 bits, so that its hash tells nothing.
const CODE_LETTERS: usize = 24;

/// What proves a second factor, as it was typed or sent by the browser.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// A code of the app, or a recovery code.
    Code(&'a str),
    Passkey {
        challenge: &'a str,
        answer: PasskeyAnswer<'a>,
    },
}

/// Why something about a second factor was not done.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    #[error("the code or the passkey is not right")]
    Wrong,
    /// Too many wrong tries: nothing is looked at for a while.
    #[error("too many wrong tries")]
    TooMany,
    /// It is set up already, or there is none to confirm.
    #[error("there is nothing to set up")]
    NotNow,
    #[error("the name of a passkey is missing or too long")]
    Name,
    #[error("there are too many passkeys")]
    TooManyPasskeys,
    /// It was right, and the account is disabled.
    #[error("the account is disabled")]
    Disabled,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for FactorError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// What the proof is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// The second half of a login; an identity that was proved in the first half is linked now, and not before.
    Login { links: Option<&'a LoginIdentity> },
    /// Going on with something that matters.
    GoingOn,
}

/// The secret of an app that is being set up, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpSetup {
    pub readable: String,
    pub app_url: String,
}

/// What a user has set up.
///
/// # Errors
/// When the database fails.
pub async fn factors(deps: &Deps, user: UserId) -> Result<Factors, StoreError> {
    let mut conn = deps.db.acquire().await?;
    rows::factors(&mut conn, user).await
}

/// Whether a user is asked for a second factor at login.
pub const fn is_asked_at_login(factors: &Factors) -> bool {
    factors.has_totp || factors.n_passkeys > 0
}

/// Makes a secret for a code app, in place of one that was never confirmed.
///
/// # Errors
/// [`FactorError::NotNow`] when an app is set up.
pub async fn begin_totp(deps: &Deps, user: UserId) -> Result<(), FactorError> {
    let secret = totp::new_secret();
    let sealed = seal(deps, user, &secret)?;
    let mut tx = deps.db.begin().await?;
    // Not while another tab confirms the secret before.
    users::lock(&mut tx, user).await?;
    let is_put = rows::put_unconfirmed_totp(&mut tx, user, &sealed, deps.clock.now()).await?;
    tx.commit().await?;
    if is_put { Ok(()) } else { Err(FactorError::NotNow) }
}

/// The secret that waits to be confirmed.
///
/// # Errors
/// When the database fails.
pub async fn totp_setup(deps: &Deps, user: UserId) -> Result<Option<TotpSetup>, FactorError> {
    let mut conn = deps.db.acquire().await?;
    let Some(kept) = waiting_totp(deps, &mut conn, user).await? else { return Ok(None) };
    let secret = open(deps, user, &kept.sealed)?;
    let email = users::get(&mut conn, user).await?.email;
    let app_url = totp::app_url(&secret, email.as_str());
    Ok(Some(TotpSetup { readable: totp::readable(&secret), app_url }))
}

/// Confirms the app by its first code. With the first factor come recovery codes, told this once.
///
/// # Errors
/// [`FactorError::Wrong`], [`FactorError::NotNow`].
pub async fn confirm_totp(
    deps: &Deps,
    user: UserId,
    typed: &str,
) -> Result<Vec<String>, FactorError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    users::lock(&mut tx, user).await?;
    let kept = waiting_totp(deps, &mut tx, user).await?.ok_or(FactorError::NotNow)?;
    let secret = open(deps, user, &kept.sealed)?;
    let step = totp::matching_step(&secret, typed, now).ok_or(FactorError::Wrong)?;
    rows::use_totp_step(&mut tx, user, step, now).await?;
    audit(&mut tx, user, "user.factor_added", json!({ "kind": "totp" }), now).await?;
    tell(&mut tx, user, Notice::FactorAdded, "TOTP".to_owned(), now).await?;
    let codes = first_codes(&mut tx, user, now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// The secret that waits for its first code, unless it waits too long.
async fn waiting_totp(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<TotpSecret>, StoreError> {
    let since = deps.clock.now() - SETUP_MAX;
    let kept = rows::find_totp(conn, user).await?;
    Ok(kept.filter(|it| !it.is_confirmed && it.created_at > since))
}

/// Makes new recovery codes; the old ones are worth nothing any more.
///
/// # Errors
/// [`FactorError::NotNow`] when there is no factor that they could stand in for.
pub async fn renew_codes(deps: &Deps, user: UserId) -> Result<Vec<String>, FactorError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    users::lock(&mut tx, user).await?;
    if !is_asked_at_login(&rows::factors(&mut tx, user).await?) {
        return Err(FactorError::NotNow);
    }
    let codes = new_codes(&mut tx, user, now).await?;
    audit(&mut tx, user, "user.recovery_codes_renewed", json!({}), now).await?;
    tell(&mut tx, user, Notice::CodesRenewed, String::new(), now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes the code app away; says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove_totp(deps: &Deps, user: UserId) -> Result<bool, FactorError> {
    let mut tx = deps.db.begin().await?;
    users::lock(&mut tx, user).await?;
    let was_there = rows::delete_totp(&mut tx, user).await?;
    if was_there {
        note_removal(deps, &mut tx, user, ("totp", "TOTP")).await?;
    }
    tx.commit().await?;
    Ok(was_there)
}

/// Proves a second factor: a code works once, a passkey answers its own question once, and who guesses codes is held back.
///
/// # Errors
/// [`FactorError::Wrong`], [`FactorError::TooMany`].
pub async fn prove(
    deps: &Deps,
    user: UserId,
    proof: Proof<'_>,
    purpose: Purpose<'_>,
) -> Result<(), FactorError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(FactorError::Disabled);
    }
    let kind = match proof {
        Proof::Code(typed) => {
            if rows::count_failures(&mut tx, user, now - WINDOW).await? >= FAILURES_MAX {
                return Err(FactorError::TooMany);
            }
            prove_code(deps, &mut tx, user, typed, now).await?
        }
        Proof::Passkey { challenge, answer } => {
            prove_passkey(deps, &mut tx, user, challenge, answer).await?.then_some("passkey")
        }
    };
    let Some(kind) = kind else {
        if matches!(proof, Proof::Code(_)) {
            note_wrong_code(&mut tx, user, now).await?;
        }
        audit(&mut tx, user, "user.factor_refused", json!({}), now).await?;
        tx.commit().await?;
        return Err(FactorError::Wrong);
    };
    audit(&mut tx, user, "user.factor_used", json!({ "kind": kind }), now).await?;
    if kind == RECOVERY_CODE {
        tell(&mut tx, user, Notice::RecoveryCodeUsed, String::new(), now).await?;
    }
    if let Purpose::Login { links } = purpose {
        if let Some(identity) = links {
            provider_login::link_within(&mut tx, user, identity, now).await?;
        }
        audit(&mut tx, user, "user.signed_in", json!({ "second": kind }), now).await?;
    }
    Ok(tx.commit().await?)
}

/// Counts it; the owner hears of it when it becomes too much.
async fn note_wrong_code(
    conn: &mut Conn,
    user: UserId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    rows::note_failure(conn, user, now - DAY, now).await?;
    if rows::count_failures(conn, user, now - WINDOW).await? == FAILURES_MAX {
        tell(conn, user, Notice::Guessed, String::new(), now).await?;
    }
    Ok(())
}

const RECOVERY_CODE: &str = "recovery_code";

/// The kind of factor whose code it is.
async fn prove_code(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
    typed: &str,
    now: OffsetDateTime,
) -> Result<Option<&'static str>, FactorError> {
    let is_guessed = rows::count_failures(conn, user, now - DAY).await? >= FAILURES_PER_DAY_MAX;
    let kept = rows::find_totp(conn, user).await?.filter(|it| it.is_confirmed && !is_guessed);
    if let Some(kept) = kept {
        let secret = open(deps, user, &kept.sealed)?;
        if let Some(step) = totp::matching_step(&secret, typed, now) {
            let is_fresh = rows::use_totp_step(conn, user, step, now).await?;
            return Ok(is_fresh.then_some("totp"));
        }
    }
    let hash = fresh::hash(&plain_code(typed));
    let is_known = rows::use_recovery_code(conn, user, &hash, now).await?;
    Ok(is_known.then_some(RECOVERY_CODE))
}

/// Takes all second factors from whoever lost them, and signs out all their browsers; for our staff, at the machine. Says
/// whether there is somebody of this address.
///
/// # Errors
/// When the address is none, or the database fails.
pub async fn forget_all(deps: &Deps, address: &str, reason: &str) -> anyhow::Result<bool> {
    let email = EmailAddress::parse(address).map_err(|it| anyhow::anyhow!("the address {it}"))?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let Some(user) = users::find(&mut tx, &email).await? else { return Ok(false) };
    users::lock(&mut tx, user).await?;
    rows::delete_all(&mut tx, user).await?;
    end_for_user(&mut tx, user, Ending::All).await?;
    visits::end_of(&mut tx, user, Actor::System, now).await?;
    let told = ("user.factors_forgotten", json!({ "user": user, "reason": reason }));
    trail::note(&mut tx, About::PLATFORM, Actor::System, told, now).await?;
    tell(&mut tx, user, Notice::FactorsForgotten, String::new(), now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Recovery codes for somebody who has none yet.
async fn first_codes(
    conn: &mut Conn,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Vec<String>, StoreError> {
    match rows::factors(conn, user).await?.n_codes {
        0 => new_codes(conn, user, now).await,
        _ => Ok(Vec::new()),
    }
}

async fn new_codes(
    conn: &mut Conn,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Vec<String>, StoreError> {
    let codes: Vec<String> = (0..CODES).map(|_| fresh::code(CODE_LETTERS)).collect();
    let hashes: Vec<_> = codes.iter().map(|code| fresh::hash(code)).collect();
    rows::replace_recovery_codes(conn, user, &hashes, now).await?;
    Ok(codes.iter().map(|code| in_groups(code)).collect())
}

/// Notes it, and forgets recovery codes that stand in for nothing.
async fn note_removal(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
    (kind, name): (&str, &str),
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    audit(conn, user, "user.factor_removed", json!({ "kind": kind }), now).await?;
    tell(conn, user, Notice::FactorRemoved, name.to_owned(), now).await?;
    if !is_asked_at_login(&rows::factors(conn, user).await?) {
        rows::delete_recovery_codes(conn, user).await?;
    }
    Ok(())
}

/// `ABCD-EFGH-JKMN-PQRS-TWXY-2345`.
fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|it| it.iter().collect()).collect::<Vec<String>>().join("-")
}

/// As it is hashed: large letters and digits only.
fn plain_code(typed: &str) -> String {
    let plain = typed.chars().map(domain::parsed::text::half_width);
    plain.filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn place(row: &str) -> Place<'_> {
    Place { column: "totp_secrets.sealed", row }
}

fn seal(deps: &Deps, user: UserId, secret: &[u8]) -> Result<Vec<u8>, FactorError> {
    sealed::seal(&deps.settings, place(&user.to_string()), secret)
        .map_err(|error| FactorError::Unexpected(error.into()))
}

fn open(deps: &Deps, user: UserId, envelope: &[u8]) -> Result<Vec<u8>, FactorError> {
    sealed::open(&deps.settings, place(&user.to_string()), envelope)
        .map_err(|error| FactorError::Unexpected(error.into()))
}
