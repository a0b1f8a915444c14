//! Logging in with another address from now on.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks both mailboxes.
#[server(prefix = "/api", endpoint = "email_change/request")]
pub async fn request_email_change(#[server(default)] email: String) -> Result<(), AppError> {
    use operations::account::email_change::{EmailChangeError as E, request};

    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    let lang = ssr::lang();
    let problem = match request(&ssr::deps(), user, &email).await {
        Ok(_) => {
            ssr::redirect(&paths::account_after("email_asked"));
            return Ok(());
        }
        Err(E::Email(error)) => words::errors::email(error, lang),
        Err(E::Same) => words::email_change::same(lang).to_owned(),
        Err(E::TooMany) => words::email_change::too_many(lang).to_owned(),
        Err(E::NotActive) => {
            ssr::redirect(paths::LOGIN);
            return Ok(());
        }
        Err(E::Unexpected(error)) => return Err(ssr::unexpected(format!("{error:#}"))),
    };
    let values = [("email".to_owned(), email)].into_iter().collect();
    let errors = [("email".to_owned(), problem)].into_iter().collect();
    ssr::flash::put("email_change", values, errors).await;
    ssr::redirect(paths::ACCOUNT_EMAIL_FORM);
    Ok(())
}

/// One mailbox says yes.
#[server(prefix = "/api", endpoint = "email_change/confirm")]
pub async fn confirm_email_change(#[server(default)] token: String) -> Result<(), AppError> {
    use operations::account::email_change::{Confirmed, confirm};

    use crate::{paths, ssr};

    let viewer = ssr::viewer().await.ok();
    let next = match confirm(&ssr::deps(), &token, viewer).await.map_err(ssr::unexpected)? {
        Confirmed::Changed(_) => paths::LOGIN_CHANGED.to_owned(),
        Confirmed::Taken => paths::email_change_taken(),
        // The page says how it stands.
        Confirmed::Half | Confirmed::SignInFirst | Confirmed::Over => paths::email_change(&token),
    };
    ssr::redirect(&next);
    Ok(())
}

/// One mailbox says that it did not ask.
#[server(prefix = "/api", endpoint = "email_change/refuse")]
pub async fn refuse_email_change(#[server(default)] token: String) -> Result<(), AppError> {
    use operations::account::email_change::{Side, refuse};

    use crate::{paths, ssr};

    let side = refuse(&ssr::deps(), &token).await.map_err(ssr::unexpected)?;
    ssr::redirect(&match side {
        Some(side) => paths::email_change_refused(side == Side::Old),
        None => paths::email_change(&token),
    });
    Ok(())
}
