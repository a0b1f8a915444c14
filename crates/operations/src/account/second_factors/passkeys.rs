//! Passkeys of a user: made, asked, believed, taken away.

use domain::ids::{Id as _, PasskeyId, UserId};
use domain::limits::NAME_CHARS_MAX;
use domain::notice::Notice;
use domain::parsed::text;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::second_factors as rows;
pub use store::second_factors::Passkey;
use store::users;
use time::Duration;

use super::{FactorError, first_codes, note_removal};
use crate::account::confirm_login::audit;
use crate::account::notices::tell;
use crate::account::webauthn::{self, BASE64URL, Site, Unproved};
use crate::{Deps, fresh};

/// Bytes of the question that a passkey answers (Web Authentication §13.4.3 wants 16).
const CHALLENGE_BYTES: usize = 32;
const PASSKEYS_MAX: i64 = 20;
/// An answered question is remembered for longer than it would be believed.
const SPENT_KEPT: Duration = Duration::days(1);

/// What a passkey answers, in unpadded base 64 for addresses.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasskeyAnswer<'a> {
    pub credential: &'a str,
    pub client_data: &'a str,
    pub authenticator_data: &'a str,
    pub signature: &'a str,
    /// Whom the passkey was made for; only asked for where nobody is known yet.
    pub handle: &'a str,
}

/// A passkey that a browser just made.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    pub name: &'a str,
    pub challenge: &'a str,
    pub client_data: &'a str,
    pub authenticator_data: &'a str,
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

/// What to ask an authenticator, for a new passkey or for the proof of one. The challenge belongs into the session.
///
/// # Errors
/// When the database fails.
pub async fn question(deps: &Deps, user: UserId) -> Result<PasskeyQuestion, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let passkeys = rows::list_passkeys(&mut conn, user).await?;
    Ok(PasskeyQuestion {
        credentials: passkeys.iter().map(|it| BASE64URL.encode(&it.credential_id)).collect(),
        handle: handle(user),
        ..open_question(deps)
    })
}

/// What to ask an authenticator while nobody is known: whoever has a passkey for this site may answer.
pub fn open_question(deps: &Deps) -> PasskeyQuestion {
    let challenge: [u8; CHALLENGE_BYTES] = rand::random();
    PasskeyQuestion {
        rp_id: Site::of(&deps.settings.public_url).rp_id,
        challenge: BASE64URL.encode(&challenge),
        credentials: Vec::new(),
        handle: String::new(),
    }
}

/// By which an authenticator knows a user.
pub(in crate::account) fn handle(user: UserId) -> String {
    BASE64URL.encode(user.uuid().as_bytes())
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
/// [`FactorError::Wrong`], [`FactorError::Name`], [`FactorError::TooManyPasskeys`].
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
    users::lock(&mut tx, user).await?;
    if !spend(deps, &mut tx, new.challenge).await? {
        return Err(FactorError::Wrong);
    }
    if rows::factors(&mut tx, user).await?.n_passkeys >= PASSKEYS_MAX {
        return Err(FactorError::TooManyPasskeys);
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
    tell(&mut tx, user, Notice::FactorAdded, passkey.name.clone(), now).await?;
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
    users::lock(&mut tx, user).await?;
    let name = rows::delete_passkey(&mut tx, user, passkey).await?;
    let was_there = name.is_some();
    if let Some(name) = name {
        note_removal(deps, &mut tx, user, ("passkey", &name)).await?;
    }
    tx.commit().await?;
    Ok(was_there)
}

/// Whether one of the user's passkeys answered what it was asked; the caller holds the user's factors.
pub(in crate::account) async fn prove_passkey(
    deps: &Deps,
    conn: &mut Conn,
    user: UserId,
    challenge: &str,
    answer: PasskeyAnswer<'_>,
) -> Result<bool, StoreError> {
    let read = |text: &str| BASE64URL.decode(text.as_bytes()).ok();
    let (Some(id), Some(client), Some(data), Some(signature)) = (
        read(answer.credential),
        read(answer.client_data),
        read(answer.authenticator_data),
        read(answer.signature),
    ) else {
        return Ok(false);
    };
    let passkeys = rows::list_passkeys(conn, user).await?;
    let Some(passkey) = passkeys.iter().find(|it| it.credential_id == id) else { return Ok(false) };
    let verified = webauthn::verify_assertion(
        &Site::of(&deps.settings.public_url),
        challenge,
        (&passkey.public_key, passkey.sign_count),
        (&client, &data, &signature),
    );
    match verified {
        Ok(count) => {
            if !spend(deps, conn, challenge).await? {
                return Ok(false);
            }
            rows::note_passkey_use(conn, passkey.id, count, deps.clock.now()).await?;
            Ok(true)
        }
        Err(error) => {
            tracing::warn!(%error, "a passkey was not believed");
            Ok(false)
        }
    }
}

fn read(text: &str) -> Result<Vec<u8>, FactorError> {
    BASE64URL.decode(text.as_bytes()).map_err(|_| FactorError::Wrong)
}

fn not_believed(error: Unproved) -> FactorError {
    tracing::warn!(%error, "a new passkey was not believed");
    FactorError::Wrong
}

/// Whether the question was not answered before: each is answered once, whoever reads its session at the same moment.
async fn spend(deps: &Deps, conn: &mut Conn, challenge: &str) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    rows::spend_challenge(conn, &fresh::hash(challenge), now - SPENT_KEPT, now).await
}
