//! Signs in with a passkey alone: it is something one has, and it asked its owner for a finger, a face or a PIN.

use domain::ids::UserId;
use serde_json::json;
use store::{second_factors as rows, users};

use crate::Deps;
use crate::account::confirm_login::{audit, enter, is_active};
use crate::account::second_factors::{FactorError, PasskeyAnswer, handle, prove_passkey};
use crate::account::webauthn::BASE64URL;

/// Who answered the open question with a passkey of theirs (Web Authentication §7.2, with nobody identified before).
///
/// # Errors
/// [`FactorError::Wrong`], whatever was wrong: the answer tells nobody which passkeys are known. [`FactorError::Disabled`]
/// to the owner of a disabled account.
pub async fn sign_in(
    deps: &Deps,
    challenge: &str,
    answer: PasskeyAnswer<'_>,
) -> Result<UserId, FactorError> {
    let credential = BASE64URL.decode(answer.credential.as_bytes());
    let credential = credential.map_err(|_| FactorError::Wrong)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let owner = rows::find_passkey_owner(&mut tx, &credential).await?;
    let user = owner.filter(|it| answer.handle == handle(*it)).ok_or(FactorError::Wrong)?;
    users::lock(&mut tx, user).await?;
    if !prove_passkey(deps, &mut tx, user, challenge, answer).await? {
        return Err(FactorError::Wrong);
    }
    // Who is an administrator follows the configuration at every sign-in.
    let known = users::get(&mut tx, user).await?;
    enter(&mut tx, &deps.settings, &known.email, &known.locale, now).await?;
    if !is_active(&mut tx, user, now).await? {
        tx.commit().await?;
        return Err(FactorError::Disabled);
    }
    audit(&mut tx, user, "user.signed_in", json!({ "passkey": true }), now).await?;
    tx.commit().await?;
    Ok(user)
}
