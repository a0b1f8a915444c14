//! Where somebody logs in with a passkey alone: a page of its own, so that only who comes here is given a question.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::second_factors::open_question;
use words::second_factor;

use super::{AccountPage, passkey};
use crate::components::notice::ProblemSummary;
use crate::error::AppError;
use crate::pages::not_found::ProblemPage;
use crate::ssr::{flash, step_up};
use crate::{paths, ssr};

/// The page of the passkey.
#[component]
pub fn PasskeyLoginPage() -> impl IntoView {
    ssr::keep_private();
    Suspend::new(async move {
        match page().await {
            Ok(page) => page.into_any(),
            Err(error) => view! { <ProblemPage error /> }.into_any(),
        }
    })
}

async fn page() -> Result<impl IntoView, AppError> {
    let lang = ssr::lang();
    let form = flash::take("passkey_login").await;
    let deps = ssr::deps();
    let question = open_question(&deps);
    step_up::keep_challenge(&deps, step_up::Ceremony::LogIn, &question.challenge).await?;
    Ok(view! {
        <Title text=second_factor::login_passkey_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{second_factor::login_passkey_title(lang)}</h1>
            <p class="account-lead">{second_factor::login_passkey_lead(lang)}</p>
            <ProblemSummary errors=form.errors lang />
            {passkey::log_in(question, lang)}
            <p class="account-aside">
                <a href=paths::LOGIN>{second_factor::login_passkey_back(lang)}</a>
            </p>
        </AccountPage>
    })
}
