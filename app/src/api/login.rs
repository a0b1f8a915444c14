//! Logging in with a provider, and which providers open an account.

use leptos::prelude::*;

use crate::error::AppError;

/// Sends the browser to a login provider.
#[server(prefix = "/api", endpoint = "login/set_out")]
pub async fn set_out(#[server(default)] provider: String) -> Result<(), AppError> {
    crate::ssr::provider_login::set_out(&provider, None).await
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
