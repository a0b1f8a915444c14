//! Logging in with a provider, and which providers open an account.

use leptos::prelude::*;

use crate::error::AppError;

/// Sends the browser to a login provider.
#[server(prefix = "/api", endpoint = "login/set_out")]
pub async fn set_out(#[server(default)] provider: String) -> Result<(), AppError> {
    crate::ssr::provider_login::set_out(&provider, None).await
}

/// Signs in with a passkey alone.
#[server(prefix = "/api", endpoint = "login/passkey")]
pub async fn log_in_with_passkey(
    #[server(default)] credential: String,
    #[server(default)] client_data: String,
    #[server(default)] authenticator_data: String,
    #[server(default)] signature: String,
    #[server(default)] handle: String,
) -> Result<(), AppError> {
    use operations::account::passkey_login::sign_in as sign_in_with;
    use operations::account::provider_login::Presence;
    use operations::account::second_factors::{FactorError, PasskeyAnswer};

    use crate::ssr::{sign_in, step_up};
    use crate::{paths, ssr};

    let deps = ssr::deps();
    let challenge = step_up::take_challenge(&deps, step_up::Ceremony::LogIn).await;
    let answer = PasskeyAnswer {
        credential: &credential,
        client_data: &client_data,
        authenticator_data: &authenticator_data,
        signature: &signature,
        handle: &handle,
    };
    match sign_in_with(&deps, &challenge, answer).await {
        Ok(user) => {
            sign_in::start(&deps, user, Presence::Now).await?;
            step_up::note_confirmed(&deps).await?;
            ssr::redirect(&sign_in::landing(&deps, user).await?);
            Ok(())
        }
        Err(FactorError::Disabled) => {
            ssr::redirect(paths::LOGIN_DISABLED);
            Ok(())
        }
        Err(FactorError::Unexpected(error)) => Err(ssr::unexpected(format!("{error:#}"))),
        Err(_) => {
            let sentence = words::second_factor::login_passkey_wrong(ssr::lang()).to_owned();
            let errors = [(ssr::flash::WHOLE_FORM.to_owned(), sentence)].into_iter().collect();
            ssr::flash::put("passkey_login", std::collections::BTreeMap::new(), errors).await;
            ssr::redirect(paths::LOGIN_PASSKEY);
            Ok(())
        }
    }
}

/// Sends somebody who is signed in to a provider, to link the account there with the one here.
#[server(prefix = "/api", endpoint = "login/link")]
pub async fn link(#[server(default)] provider: String) -> Result<(), AppError> {
    use crate::{paths, ssr};

    match ssr::viewer().await {
        Ok(user) => ssr::provider_login::set_out(&provider, Some(user)).await,
        Err(_) => {
            ssr::redirect(paths::LOGIN);
            Ok(())
        }
    }
}

/// Takes a provider's account from the ways in.
#[server(prefix = "/api", endpoint = "login/unlink")]
pub async fn unlink(#[server(default)] identity: String) -> Result<(), AppError> {
    use operations::account::provider_login::unlink;

    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    let identity = identity.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    if !unlink(&ssr::deps(), user, identity).await.map_err(ssr::unexpected)? {
        return Err(ssr::reply(AppError::NotFound));
    }
    ssr::redirect(&paths::account_after("unlinked"));
    Ok(())
}
