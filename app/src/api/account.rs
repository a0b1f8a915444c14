//! Logging in and out, and the organizer's profile: what the forms of an account post to.

use leptos::prelude::*;

use crate::error::AppError;

/// Sends a login link; the answer is the same whether anybody is known at the address.
#[server(prefix = "/api", endpoint = "account/request_login")]
pub async fn request_login(#[server(default)] email: String) -> Result<(), AppError> {
    use operations::account::request_login::{RequestLogin, RequestLoginError, request_login};

    use crate::paths;
    use crate::ssr::{self, deps, sign_in};

    let lang = ssr::lang();
    let browser_secret = sign_in::make_browser_secret().await?;
    let request = RequestLogin {
        email: &email,
        lang,
        browser_secret: &browser_secret,
        client: sign_in::client_address(),
        identity: None,
    };
    match request_login(&deps(), request).await {
        Ok(address) => {
            sign_in::remember_email(address.as_str()).await?;
            ssr::redirect(paths::LOGIN_SENT);
        }
        Err(RequestLoginError::Email(error)) => {
            let problem = words::errors::email(error, lang);
            refuse("login", &[("email", &email)], &[("email", problem)]).await;
            ssr::redirect(paths::LOGIN);
        }
        Err(RequestLoginError::Unexpected(error)) => {
            ssr::unexpected(format!("{error:#}"));
            let problem = words::errors::unexpected(lang).to_owned();
            refuse("login", &[("email", &email)], &[("", problem)]).await;
            ssr::redirect(paths::LOGIN);
        }
    }
    Ok(())
}

/// Uses a login link and signs this browser in.
#[server(prefix = "/api", endpoint = "account/confirm_login")]
pub async fn confirm_login(
    #[server(default)] token: String,
    #[server(default)] other_browser: String,
) -> Result<(), AppError> {
    use operations::account::confirm_login::{
        ConfirmLogin, LoginOutcome, OtherBrowser, confirm_login,
    };
    use operations::account::provider_login::Presence;

    use crate::paths;
    use crate::ssr::{self, deps, sign_in};

    let deps = deps();
    let secret = sign_in::browser_secret().await;
    let other_browser =
        if other_browser == "accepted" { OtherBrowser::Accepted } else { OtherBrowser::Ask };
    let command = ConfirmLogin { token: &token, browser_secret: secret.as_deref(), other_browser };
    match confirm_login(&deps, command).await.map_err(ssr::unexpected)? {
        LoginOutcome::SignedIn { user, links, .. } => {
            let next = sign_in::enter(&deps, user, links, Presence::Now).await?;
            ssr::redirect(&next);
        }
        LoginOutcome::Disabled => ssr::redirect(paths::LOGIN_DISABLED),
        // The page of the link says why, and what to do.
        refused @ (LoginOutcome::Expired | LoginOutcome::Used | LoginOutcome::Unknown) => {
            tracing::warn!(?refused, "a login link was not taken");
            ssr::redirect(&paths::login_confirm(&token));
        }
        LoginOutcome::ConfirmInThisBrowser => ssr::redirect(&paths::login_confirm(&token)),
    }
    Ok(())
}

/// Signs this browser out.
#[server(prefix = "/api", endpoint = "account/log_out")]
pub async fn log_out() -> Result<(), AppError> {
    use operations::account::confirm_login::sign_out;

    use crate::paths;
    use crate::ssr::{self, deps, sign_in, viewer};

    if let Ok(user) = viewer().await {
        // Whatever cannot be written down: who wants out is out.
        if let Err(error) = sign_out(&deps(), user).await {
            ssr::unexpected(error);
        }
    }
    sign_in::end().await?;
    ssr::redirect(paths::LOGGED_OUT);
    Ok(())
}

/// Makes the organizer at the first login, or changes it.
#[server(prefix = "/api", endpoint = "account/save_profile")]
pub async fn save_profile(
    #[server(default)] kind: String,
    #[server(default)] display_name: String,
    #[server(default)] contact_email: String,
    #[server(default)] registration_number: String,
) -> Result<(), AppError> {
    use operations::account::profile::{ProfileForm, SaveProfileError, Saved, save_profile};

    use crate::paths;
    use crate::ssr::{self, deps, viewer};

    let Ok(user) = viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    let lang = ssr::lang();
    let form = ProfileForm {
        kind: &kind,
        display_name: &display_name,
        contact_email: &contact_email,
        registration_number: &registration_number,
    };
    let shown_for = match ssr::query(paths::FOR) {
        Some(text) => Some(text.parse().map_err(|_| ssr::reply(AppError::NotFound))?),
        None => None,
    };
    let problems = match save_profile(&deps(), user, shown_for, form).await {
        Ok(Saved::Created(_)) => {
            ssr::redirect(paths::EVENTS);
            return Ok(());
        }
        Ok(Saved::Changed(_)) => {
            ssr::redirect(paths::PROFILE_SAVED);
            return Ok(());
        }
        Err(SaveProfileError::NotAllowed) => return Err(ssr::reply(AppError::NotAllowed)),
        Err(SaveProfileError::Paused) => {
            vec![("", words::account::sign_ups_paused(lang).to_owned())]
        }
        Err(SaveProfileError::Invalid(problems)) => {
            problems.into_iter().map(|problem| in_words(problem, lang)).collect()
        }
        Err(SaveProfileError::Unexpected(error)) => {
            ssr::unexpected(format!("{error:#}"));
            vec![("", words::errors::unexpected(lang).to_owned())]
        }
    };
    let typed = [
        ("kind", &kind),
        ("display_name", &display_name),
        ("contact_email", &contact_email),
        ("registration_number", &registration_number),
    ];
    refuse("profile", &typed, &problems).await;
    ssr::redirect(if shown_for.is_some() { paths::PROFILE } else { paths::PROFILE_NEW });
    Ok(())
}

/// A problem of the profile: its field, and the sentence for people.
#[cfg(feature = "ssr")]
fn in_words(
    problem: operations::account::profile::ProfileProblem,
    lang: words::lang::Lang,
) -> (&'static str, String) {
    use domain::parsed::TextError;
    use operations::account::profile::ProfileProblem as P;

    match problem {
        P::Kind => ("kind", words::account::choose_kind(lang).to_owned()),
        P::DisplayName(TextError::Empty) => {
            ("display_name", words::account::display_name_missing(lang).to_owned())
        }
        P::DisplayName(error) => ("display_name", words::errors::text(error, lang)),
        P::RegistrationNumber => {
            ("registration_number", words::credit_note::registration_malformed(lang).to_owned())
        }
        P::ContactEmail(error) => ("contact_email", words::errors::email(error, lang)),
    }
}

/// Keeps what was typed and what is wrong with it for the page that asks again.
#[cfg(feature = "ssr")]
async fn refuse(form: &str, values: &[(&str, &String)], errors: &[(&str, String)]) {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone()));
    let errors = errors.iter().map(|(name, error)| ((*name).to_owned(), error.clone()));
    crate::ssr::flash::put(form, values.collect(), errors.collect()).await;
}
