//! Second factors of a user: set up, used, taken away. Wrong tries are counted, and every change is in the audit log.

use domain::ids::{Id as _, PasskeyId, UserId};
use domain::limits::NAME_CHARS_MAX;
use domain::parsed::text;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::second_factors as rows;
pub use store::second_factors::{Factors, Passkey};
use store::users;
use time::{Duration, OffsetDateTime};

use crate::account::confirm_login::audit;
use crate::account::totp;
use crate::account::webauthn::{self, BASE64URL, Site, Unproved};
use crate::sealed::{self, Place};
use crate::{Deps, fresh};

/// Wrong tries within [`WINDOW`].
pub const FAILURES_MAX: i64 = 8;
const WINDOW: Duration = Duration::minutes(15);
/// Recovery codes that are made at once.
pub const CODES: usize = 10;
/// Letters of a recovery code: 77 bits, so that its hash tells nothing.
const CODE_LETTERS: usize = 16;
/// Bytes of the question that a passkey answers (Web Authentication §13.4.3 wants 16).
const CHALLENGE_BYTES: usize = 32;
const PASSKEYS_MAX: i64 = 20;

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

/// What a passkey answers, in unpadded base 64 for addresses.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasskeyAnswer<'a> {
    pub credential: &'a str,
    pub client_data: &'a str,
    pub authenticator_data: &'a str,
    pub signature: &'a str,
}

/// A passkey that a browser just made.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    pub name: &'a str,
    pub challenge: &'a str,
    pub client_data: &'a str,
    pub authenticator_data: &'a str,
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
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for FactorError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// The secret of an app that is being set up, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpSetup {
    pub readable: String,
    pub app_url: String,
}

/// What a browser needs to talk to an authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyQuestion {
    pub rp_id: String,
    pub challenge: String,
    /// Ids of the passkeys there are, in base 64 for addresses.
    pub credentials: Vec<String>,
    /// The user's handle, in base 64 for addresses: no name, no address.
    pub handle: String,
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
    let mut conn = deps.db.acquire().await?;
    match rows::put_unconfirmed_totp(&mut conn, user, &sealed, deps.clock.now()).await? {
        true => Ok(()),
        false => Err(FactorError::NotNow),
    }
}

/// The secret that waits to be confirmed.
///
/// # Errors
/// When the database fails.
pub async fn totp_setup(deps: &Deps, user: UserId) -> Result<Option<TotpSetup>, FactorError> {
    let mut conn = deps.db.acquire().await?;
    let kept = rows::find_totp(&mut conn, user).await?.filter(|it| !it.is_confirmed);
    let Some(kept) = kept else { return Ok(None) };
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
    rows::lock(&mut tx, user).await?;
    let kept = rows::find_totp(&mut tx, user).await?.filter(|it| !it.is_confirmed);
    let kept = kept.ok_or(FactorError::NotNow)?;
    let secret = open(deps, user, &kept.sealed)?;
    let step = totp::matching_step(&secret, typed, now).ok_or(FactorError::Wrong)?;
    rows::use_totp_step(&mut tx, user, step, now).await?;
    audit(&mut tx, user, "user.factor_added", json!({ "kind": "totp" }), now).await?;
    let codes = first_codes(&mut tx, user, now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Makes new recovery codes; the old ones are worth nothing any more.
///
/// # Errors
/// [`FactorError::NotNow`] when there is no factor that they could stand in for.
pub async fn renew_codes(deps: &Deps, user: UserId) -> Result<Vec<String>, FactorError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    rows::lock(&mut tx, user).await?;
    if !is_asked_at_login(&rows::factors(&mut tx, user).await?) {
        return Err(FactorError::NotNow);
    }
    let codes = new_codes(&mut tx, user, now).await?;
    audit(&mut tx, user, "user.recovery_codes_renewed", json!({}), now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes the code app away; says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove_totp(deps: &Deps, user: UserId) -> Result<bool, FactorError> {
    let mut tx = deps.db.begin().await?;
    rows::lock(&mut tx, user).await?;
    let was_there = rows::delete_totp(&mut tx, user).await?;
    if was_there {
        note_removal(deps, &mut tx, user, "totp").await?;
    }
    tx.commit().await?;
    Ok(was_there)
}

/// What to ask an authenticator, for a new passkey or for the proof of one. The challenge belongs into the session.
///
/// # Errors
/// When the database fails.
pub async fn question(deps: &Deps, user: UserId) -> Result<PasskeyQuestion, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let passkeys = rows::list_passkeys(&mut conn, user).await?;
    let challenge: [u8; CHALLENGE_BYTES] = rand::random();
    Ok(PasskeyQuestion {
        rp_id: Site::of(&deps.settings.public_url).rp_id,
        challenge: BASE64URL.encode(&challenge),
        credentials: passkeys.iter().map(|it| BASE64URL.encode(&it.credential_id)).collect(),
        handle: BASE64URL.encode(user.uuid().as_bytes()),
    })
}

/// The passkeys of a user.
///
/// # Errors
/// When the database fails.
pub async fn passkeys(deps: &Deps, user: UserId) -> Result<Vec<Passkey>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    rows::list_passkeys(&mut conn, user).await
}

/// Keeps a new passkey. With the first factor come recovery codes, told this once.
///
/// # Errors
/// [`FactorError::Wrong`], [`FactorError::Name`], [`FactorError::NotNow`] when there are too many.
pub async fn add_passkey(
    deps: &Deps,
    user: UserId,
    new: NewPasskey<'_>,
) -> Result<Vec<String>, FactorError> {
    let name = text::line(new.name, NAME_CHARS_MAX).map_err(|_| FactorError::Name)?;
    let site = Site::of(&deps.settings.public_url);
    let (client, data) = (read(new.client_data)?, read(new.authenticator_data)?);
    let credential =
        webauthn::read_registration(&site, new.challenge, &client, &data).map_err(not_believed)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    rows::lock(&mut tx, user).await?;
    if rows::factors(&mut tx, user).await?.n_passkeys >= PASSKEYS_MAX {
        return Err(FactorError::NotNow);
    }
    let passkey = Passkey {
        id: fresh::id(),
        name,
        credential_id: credential.id,
        public_key: credential.public_key,
        sign_count: i64::from(credential.sign_count),
        created_at: now,
        last_used_at: None,
    };
    if !rows::insert_passkey_once(&mut tx, user, &passkey).await? {
        return Err(FactorError::Wrong);
    }
    let detail = json!({ "kind": "passkey", "name": passkey.name });
    audit(&mut tx, user, "user.factor_added", detail, now).await?;
    let codes = first_codes(&mut tx, user, now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes a passkey away; says whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove_passkey(
    deps: &Deps,
    user: UserId,
    passkey: PasskeyId,
) -> Result<bool, FactorError> {
    let mut tx = deps.db.begin().await?;
    rows::lock(&mut tx, user).await?;
    let was_there = rows::delete_passkey(&mut tx, user, passkey).await?;
    if was_there {
        note_removal(deps, &mut tx, user, "passkey").await?;
    }
    tx.commit().await?;
    Ok(was_there)
}

/// Proves a second factor: a code works once, a passkey answers its own question, and who guesses is held back.
///
/// # Errors
/// [`FactorError::Wrong`], [`FactorError::TooMany`].
pub async fn prove(deps: &Deps, user: UserId, proof: Proof<'_>) -> Result<(), FactorError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    rows::lock(&mut tx, user).await?;
    if rows::count_failures(&mut tx, user, now - WINDOW).await? >= FAILURES_MAX {
        return Err(FactorError::TooMany);
    }
    let kind = match proof {
        Proof::Code(typed) => prove_code(deps, &mut tx, user, typed, now).await?,
        Proof::Passkey { challenge, answer } => {
            prove_passkey(deps, &mut tx, user, challenge, answer).await?
        }
    };
    let outcome = match kind {
        Some(kind) => {
            audit(&mut tx, user, "user.factor_used", json!({ "kind": kind }), now).await?;
            Ok(())
        }
        None => {
            rows::note_failure(&mut tx, user, now - WINDOW, now).await?;
            audit(&mut tx, user, "user.factor_refused", json!({}), now).await?;
            Err(FactorError::Wrong)
        }
    };
    tx.commit().await?;
    outcome
}

/// The kind of factor whose code it is.
async fn prove_code(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
    typed: &str,
    now: OffsetDateTime,
) -> Result<Option<&'static str>, FactorError> {
    if let Some(kept) = rows::find_totp(conn, user).await?.filter(|it| it.is_confirmed) {
        let secret = open(deps, user, &kept.sealed)?;
        if let Some(step) = totp::matching_step(&secret, typed, now) {
            let is_fresh = rows::use_totp_step(conn, user, step, now).await?;
            return Ok(is_fresh.then_some("totp"));
        }
    }
    let hash = fresh::hash(&plain_code(typed));
    let is_known = rows::use_recovery_code(conn, user, &hash, now).await?;
    Ok(is_known.then_some("recovery_code"))
}

async fn prove_passkey(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
    challenge: &str,
    answer: PasskeyAnswer<'_>,
) -> Result<Option<&'static str>, FactorError> {
    let read = |text: &str| BASE64URL.decode(text.as_bytes()).ok();
    let (Some(id), Some(client), Some(data), Some(signature)) = (
        read(answer.credential),
        read(answer.client_data),
        read(answer.authenticator_data),
        read(answer.signature),
    ) else {
        return Ok(None);
    };
    let passkeys = rows::list_passkeys(conn, user).await?;
    let Some(passkey) = passkeys.iter().find(|it| it.credential_id == id) else { return Ok(None) };
    let verified = webauthn::verify_assertion(
        &Site::of(&deps.settings.public_url),
        challenge,
        (&passkey.public_key, passkey.sign_count),
        (&client, &data, &signature),
    );
    match verified {
        Ok(count) => {
            rows::note_passkey_use(conn, passkey.id, count, deps.clock.now()).await?;
            Ok(Some("passkey"))
        }
        Err(error) => {
            tracing::warn!(%error, "a passkey was not believed");
            Ok(None)
        }
    }
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
    kind: &str,
) -> Result<(), StoreError> {
    audit(conn, user, "user.factor_removed", json!({ "kind": kind }), deps.clock.now()).await?;
    if !is_asked_at_login(&rows::factors(conn, user).await?) {
        rows::delete_recovery_codes(conn, user).await?;
    }
    Ok(())
}

/// `ABCD-EFGH-JKMN-PQRS`.
fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|it| it.iter().collect()).collect::<Vec<String>>().join("-")
}

/// As it is hashed: large letters and digits only.
fn plain_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn read(text: &str) -> Result<Vec<u8>, FactorError> {
    BASE64URL.decode(text.as_bytes()).map_err(|_| FactorError::Wrong)
}

fn not_believed(error: Unproved) -> FactorError {
    tracing::warn!(%error, "a new passkey was not believed");
    FactorError::Wrong
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
