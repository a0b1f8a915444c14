//! A browser on its way to a login provider and back.

use domain::ids::UserId;
use operations::account::provider_login::{
    self as login, Answer, Arrival, Away, LoginError, Presence, ProviderLoginError, Return,
};
use words::lang::Lang;

use crate::error::AppError;
use crate::paths;
use crate::ssr::{self, flash, sign_in};

/// Where the session keeps that its browser is at a provider.
const AWAY_KEY: &str = "away";

/// Why a browser that came back is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranded {
    /// The person or the provider did not finish.
    Refused,
    NotAway,
    Unbelievable,
    NotPresent,
    Unusable,
    NoAddress,
}

impl Stranded {
    /// What is said about it.
    pub const fn sentence(self, lang: Lang) -> &'static str {
        match self {
            Self::Refused => words::login::refused(lang),
            Self::NotAway => words::login::not_away(lang),
            Self::Unbelievable => words::login::unbelievable(lang),
            Self::NotPresent => words::login::not_present(lang),
            Self::Unusable => words::login::unusable(lang),
            Self::NoAddress => words::login::no_address(lang),
        }
    }
}

/// Sends the browser to a provider; where that cannot be, back to the page it came from.
///
/// # Errors
/// When there is no such provider, or the session cannot be kept.
pub async fn set_out(provider: &str, links_to: Option<UserId>) -> Result<(), AppError> {
    // Who is signed in and logs in again shows that it is they who sit there: a session at the provider shows nothing.
    let is_again = links_to.is_none() && ssr::viewer().await.is_ok();
    let presence = if is_again { Presence::Now } else { Presence::Known };
    let (url, away) = match login::set_out(&ssr::deps(), provider, links_to, presence).await {
        Ok(there) => there,
        Err(ProviderLoginError::UnknownProvider) => return Err(ssr::reply(AppError::NotFound)),
        Err(error) => {
            ssr::unexpected(error);
            let sentence = words::login::unusable(ssr::lang()).to_owned();
            let errors = [(flash::WHOLE_FORM.to_owned(), sentence)].into_iter().collect();
            let (form, page) = if links_to.is_some() {
                ("account", paths::ACCOUNT)
            } else {
                ("login", paths::LOGIN)
            };
            flash::put(form, std::collections::BTreeMap::new(), errors).await;
            ssr::redirect(page);
            return Ok(());
        }
    };
    sign_in::make_browser_secret().await?;
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    session.insert(AWAY_KEY, away).await.map_err(ssr::unexpected)?;
    ssr::redirect(&url);
    Ok(())
}

/// Takes in a browser that came back: where it goes on, or why it does not.
///
/// # Errors
/// When there is no such provider, or something fails here.
pub async fn come_back(provider: &str) -> Result<Result<String, Stranded>, AppError> {
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    let away: Option<Away> = session.get(AWAY_KEY).await.map_err(ssr::unexpected)?;
    // A link on some page neither ends a way back that is under way, nor makes us keep a session.
    let is_ours = |away: &Away| ssr::query("state").as_deref() == Some(&away.way_back.state);
    let Some(away) = away.filter(is_ours) else { return Ok(Err(Stranded::NotAway)) };
    // Taken out before anything else: one way back is taken once.
    session.remove_value(AWAY_KEY).await.map_err(ssr::unexpected)?;
    let state = ssr::query("state").unwrap_or_default();
    let Some(code) = ssr::query("code") else { return Ok(Err(Stranded::Refused)) };
    let issuer = ssr::query("iss");
    // Made when it set out.
    let browser_secret = sign_in::browser_secret().await.unwrap_or_default();
    let back = Return {
        provider,
        away: Some(&away),
        viewer: ssr::viewer().await.ok(),
        answer: Answer { code: &code, state: &state, issuer: issuer.as_deref() },
        browser_secret: &browser_secret,
        client: sign_in::client_address(),
        lang: ssr::lang(),
    };
    match login::come_back(&ssr::deps(), back).await {
        Ok(arrival) => {
            let is_asked = away.way_back.present_since.is_some();
            let presence = if is_asked { Presence::Now } else { Presence::Known };
            go_on(provider, arrival, presence).await
        }
        Err(ProviderLoginError::UnknownProvider) => Err(AppError::NotFound),
        Err(ProviderLoginError::NotAway) => Ok(Err(Stranded::NotAway)),
        Err(ProviderLoginError::Provider(error)) => {
            tracing::warn!(%error, provider, "a login was not taken");
            Ok(Err(stranded(&error)))
        }
        Err(ProviderLoginError::Unexpected(error)) => Err(ssr::unexpected(format!("{error:#}"))),
    }
}

fn stranded(error: &LoginError) -> Stranded {
    use LoginError as E;
    match error {
        E::Unusable(_) => Stranded::Unusable,
        E::Refused(_) => Stranded::Refused,
        E::NotPresent => Stranded::NotPresent,
        E::Unbelievable(_) => Stranded::Unbelievable,
    }
}

async fn go_on(
    provider: &str,
    arrival: Arrival,
    presence: Presence,
) -> Result<Result<String, Stranded>, AppError> {
    Ok(Ok(match arrival {
        Arrival::SignedIn(user) => sign_in::enter(&ssr::deps(), user, None, presence).await?,
        Arrival::Linked => paths::account_after("linked"),
        Arrival::LinkedElsewhere => paths::account_after("linked_elsewhere"),
        Arrival::MailSent(email) => {
            sign_in::remember_email(email.as_str()).await?;
            paths::login_sent_by(provider)
        }
        Arrival::Disabled => paths::LOGIN_DISABLED.to_owned(),
        Arrival::NoAddress => return Ok(Err(Stranded::NoAddress)),
    }))
}
