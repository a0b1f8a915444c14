//! Signing out browsers from afar.

use leptos::prelude::*;

use crate::error::AppError;

/// Signs one browser of the user out.
#[server(prefix = "/api", endpoint = "sessions/end")]
pub async fn end_session(#[server(default)] browser: String) -> Result<(), AppError> {
    use operations::account::sessions::{Ending, end};

    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    // One that is gone already is signed out.
    end(&ssr::deps(), user, Ending::One(&browser)).await.map_err(ssr::unexpected)?;
    ssr::redirect(&paths::account_after("signed_out"));
    Ok(())
}

/// Signs every other browser of the user out.
#[server(prefix = "/api", endpoint = "sessions/end_others")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    use crate::ssr::sign_in;
    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    sign_in::end_others(&ssr::deps(), user).await?;
    ssr::redirect(&paths::account_after("signed_out"));
    Ok(())
}
