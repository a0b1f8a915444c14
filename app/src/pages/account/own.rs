//! One's own account: ways to log in, and what keeps it safe.

use domain::ids::UserId;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::home;
use words::lang::Lang;
use words::login;
use words::status::Tone;

use super::login::LogOutForm;
use super::{AccountPage, page_for_user};
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::pages::frame::Reader;
use crate::ssr::flash;
use crate::{paths, ssr};

mod browsers;
pub mod codes;
pub mod data;
pub mod email;
mod factors;
pub mod mails;
pub mod profile;
pub mod totp;
mod ways_in;

/// The account page.
#[component]
pub fn OwnAccountPage() -> impl IntoView {
    let lang = ssr::lang();
    page_for_user(move |user| page(user, lang))
}

async fn page(user: UserId, lang: Lang) -> Result<AnyView, AppError> {
    let deps = ssr::deps();
    let home = home(&deps, user).await.map_err(ssr::unexpected)?;
    Reader::tell(&home.user);
    let form = flash::take("account").await;
    let ways_in = ways_in::section(&deps, user, home.user.email.as_str(), lang).await?;
    let name_error = form.error("name");
    let factors = factors::section(&deps, user, home.user.email.as_str(), name_error, lang).await?;
    let email = email::section(home.user.email.as_str(), lang).await;
    let browsers = browsers::section(&deps, user, lang).await?;
    Ok(view! {
        <Title text=login::own_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{login::own_title(lang)}</h1>
            <p class="account-lead">{login::own_lead(lang)}</p>
            {done(lang)}
            <ProblemSummary errors=form.errors lang />
            {profile::section(&home.user, lang)}
            {email}
            {ways_in}
            {factors}
            {browsers}
            {mails::section(lang)}
            {data::section(lang)}
            <LinkButton href=paths::EVENTS.to_owned() kind=ButtonKind::Secondary>
                {words::account::to_events(lang)}
            </LinkButton>
            <div class="account-who">
                <LogOutForm />
            </div>
        </AccountPage>
    }
    .into_any())
}

/// What has just been done, by the word in the address.
fn done(lang: Lang) -> Option<impl IntoView> {
    let (tone, sentence) = match ssr::query("done")?.as_str() {
        "linked" => (Tone::Good, login::linked(lang)),
        "unlinked" => (Tone::Good, login::unlinked(lang)),
        "factor_added" => (Tone::Good, words::second_factor::factor_added(lang)),
        "factor_removed" => (Tone::Good, words::second_factor::factor_removed(lang)),
        "profile_saved" => (Tone::Good, words::own_profile::saved(lang)),
        "email_asked" => (Tone::Good, words::email_change::sent(lang)),
        "signed_out" => (Tone::Good, words::browsers::ended(lang)),
        "linked_elsewhere" => (Tone::Bad, login::linked_elsewhere(lang)),
        _ => return None,
    };
    Some(view! { <Notice tone=tone>{sentence}</Notice> })
}
