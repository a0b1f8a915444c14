//! Second factors: set up, proved, taken away.

use leptos::prelude::*;

use crate::error::AppError;

/// Makes a secret for a code app and shows it.
#[server(prefix = "/api", endpoint = "second_factors/begin_totp")]
pub async fn begin_totp() -> Result<(), AppError> {
    use operations::account::second_factors::begin_totp;

    use crate::{paths, ssr};

    let Some(user) = door::user().await else { return Ok(()) };
    let outcome = begin_totp(&ssr::deps(), user).await;
    door::end(outcome, paths::TOTP, "account", paths::ACCOUNT).await
}

/// Takes the first code of the app.
#[server(prefix = "/api", endpoint = "second_factors/confirm_totp")]
pub async fn confirm_totp(#[server(default)] code: String) -> Result<(), AppError> {
    use operations::account::second_factors::confirm_totp;

    use crate::{paths, ssr};

    let Some(user) = door::user().await else { return Ok(()) };
    match confirm_totp(&ssr::deps(), user, &code).await {
        Ok(codes) => door::added(user, codes).await,
        Err(error) => door::refuse(error, "totp", paths::TOTP).await,
    }
}

/// Takes the code app away.
#[server(prefix = "/api", endpoint = "second_factors/remove_totp")]
pub async fn remove_totp() -> Result<(), AppError> {
    use operations::account::second_factors::remove_totp;

    use crate::{paths, ssr};

    let Some(user) = door::user().await else { return Ok(()) };
    let outcome = remove_totp(&ssr::deps(), user).await.map(|_| ());
    ssr::sign_in::end_others(&ssr::deps(), user).await?;
    door::end(outcome, &paths::account_after("factor_removed"), "account", paths::ACCOUNT).await
}

/// Makes new recovery codes and shows them once.
#[server(prefix = "/api", endpoint = "second_factors/renew_codes")]
pub async fn renew_codes() -> Result<(), AppError> {
    use operations::account::second_factors::renew_codes;

    use crate::{paths, ssr};

    let Some(user) = door::user().await else { return Ok(()) };
    match renew_codes(&ssr::deps(), user).await {
        Ok(codes) => door::show(&codes).await,
        Err(error) => door::refuse(error, "account", paths::ACCOUNT).await,
    }
}

/// Keeps a passkey that this browser just made.
#[server(prefix = "/api", endpoint = "second_factors/add_passkey")]
pub async fn add_passkey(
    #[server(default)] name: String,
    #[server(default)] client_data: String,
    #[server(default)] authenticator_data: String,
) -> Result<(), AppError> {
    use operations::account::second_factors::{NewPasskey, add_passkey};

    use crate::ssr::step_up;
    use crate::{paths, ssr};

    let Some(user) = door::user().await else { return Ok(()) };
    let deps = ssr::deps();
    let new = NewPasskey {
        name: &name,
        challenge: &step_up::take_challenge(&deps, step_up::Ceremony::Create).await,
        client_data: &client_data,
        authenticator_data: &authenticator_data,
    };
    match add_passkey(&deps, user, new).await {
        Ok(codes) => door::added(user, codes).await,
        Err(error) => door::refuse(error, "account", paths::ACCOUNT).await,
    }
}

/// Takes a passkey away.
#[server(prefix = "/api", endpoint = "second_factors/remove_passkey")]
pub async fn remove_passkey(#[server(default)] passkey: String) -> Result<(), AppError> {
    use operations::account::second_factors::remove_passkey;

    use crate::{paths, ssr};

    let Some(user) = door::user().await else { return Ok(()) };
    let passkey = passkey.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let outcome = remove_passkey(&ssr::deps(), user, passkey).await.map(|_| ());
    ssr::sign_in::end_others(&ssr::deps(), user).await?;
    door::end(outcome, &paths::account_after("factor_removed"), "account", paths::ACCOUNT).await
}

/// Proves a second factor: at login, or before something that matters.
#[server(prefix = "/api", endpoint = "second_factors/prove")]
pub async fn prove(
    #[server(default)] code: String,
    #[server(default)] credential: String,
    #[server(default)] client_data: String,
    #[server(default)] authenticator_data: String,
    #[server(default)] signature: String,
) -> Result<(), AppError> {
    use operations::account::provider_login::Presence;
    use operations::account::second_factors::{PasskeyAnswer, Proof, Purpose, prove};

    use crate::ssr::{sign_in, step_up};
    use crate::{paths, ssr};

    let deps = ssr::deps();
    let half = sign_in::half_in(&deps).await;
    let page = if half.is_some() { paths::LOGIN_SECOND } else { paths::CONFIRM };
    let user = match &half {
        Some(half) => half.user,
        None => match door::user().await {
            Some(user) => user,
            None => return Ok(()),
        },
    };
    let challenge = step_up::take_challenge(&deps, step_up::Ceremony::Prove).await;
    let answer = PasskeyAnswer {
        credential: &credential,
        client_data: &client_data,
        authenticator_data: &authenticator_data,
        signature: &signature,
        handle: "",
    };
    let proof = match credential.is_empty() {
        true => Proof::Code(&code),
        false => Proof::Passkey { challenge: &challenge, answer },
    };
    let purpose = match &half {
        Some(half) => Purpose::Login { links: half.links.as_ref() },
        None => Purpose::GoingOn,
    };
    if let Err(error) = prove(&deps, user, proof, purpose).await {
        return door::refuse(error, "second_factor", page).await;
    }
    if half.is_some() {
        sign_in::start(&deps, user, Presence::Now).await?;
    }
    step_up::note_confirmed(&deps).await?;
    let next = match step_up::waiting(&deps, user).await {
        Some(_) => paths::CONFIRM_CONTINUE.to_owned(),
        None if half.is_some() => sign_in::landing(&deps, user).await?,
        None => sign_in::take_next().await?.unwrap_or_else(|| paths::ACCOUNT.to_owned()),
    };
    ssr::redirect(&next);
    Ok(())
}

/// Under which name new recovery codes wait to be shown once.
pub const CODES_KEY: &str = "recovery_codes";

/// What the doors above have in common.
#[cfg(feature = "ssr")]
mod door {
    use std::collections::BTreeMap;

    use domain::ids::UserId;
    use operations::account::second_factors::FactorError;

    use super::CODES_KEY;
    use crate::error::AppError;
    use crate::ssr::{flash, shown_once, sign_in, step_up};
    use crate::{paths, ssr};

    /// Who is signed in; `None` after the browser was led to the login.
    pub(super) async fn user() -> Option<UserId> {
        let user = ssr::viewer().await.ok();
        if user.is_none() {
            ssr::redirect(paths::LOGIN);
        }
        user
    }

    /// Shows recovery codes, once.
    pub(super) async fn show(codes: &[String]) -> Result<(), AppError> {
        shown_once::keep(CODES_KEY, &codes.join(" ")).await?;
        ssr::redirect(paths::RECOVERY_CODES);
        Ok(())
    }

    /// A factor was set up: it was proved with that, browsers that did without it are out, and there may be codes to show.
    pub(super) async fn added(user: UserId, codes: Vec<String>) -> Result<(), AppError> {
        let deps = ssr::deps();
        step_up::note_confirmed(&deps).await?;
        sign_in::end_others(&deps, user).await?;
        if !codes.is_empty() {
            return show(&codes).await;
        }
        ssr::redirect(&paths::account_after("factor_added"));
        Ok(())
    }

    /// Goes on, or back to the form with what is wrong.
    pub(super) async fn end(
        outcome: Result<(), FactorError>,
        next: &str,
        form: &str,
        page: &str,
    ) -> Result<(), AppError> {
        match outcome {
            Ok(()) => {
                ssr::redirect(next);
                Ok(())
            }
            Err(error) => refuse(error, form, page).await,
        }
    }

    /// Back to the form with what is wrong.
    pub(super) async fn refuse(error: FactorError, form: &str, page: &str) -> Result<(), AppError> {
        let lang = ssr::lang();
        let (field, sentence) = match error {
            // The account's page has no field for a code: there it was a passkey.
            FactorError::Wrong if page == paths::ACCOUNT => {
                (flash::WHOLE_FORM, words::second_factor::passkey_failed(lang))
            }
            FactorError::Wrong => ("code", words::second_factor::wrong(lang)),
            FactorError::TooManyPasskeys => {
                (flash::WHOLE_FORM, words::second_factor::too_many_passkeys(lang))
            }
            FactorError::TooMany => ("code", words::second_factor::too_many(lang)),
            FactorError::NotNow => (flash::WHOLE_FORM, words::second_factor::not_now(lang)),
            FactorError::Disabled => (flash::WHOLE_FORM, words::login::disabled(lang)),
            FactorError::Name => ("name", words::errors::required(lang)),
            FactorError::Unexpected(error) => {
                ssr::unexpected(format!("{error:#}"));
                (flash::WHOLE_FORM, words::errors::unexpected(lang))
            }
        };
        let errors = [(field.to_owned(), sentence.to_owned())].into_iter().collect();
        flash::put(form, BTreeMap::new(), errors).await;
        ssr::redirect(page);
        Ok(())
    }
}
