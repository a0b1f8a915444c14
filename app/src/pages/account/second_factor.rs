//! Where a second factor is asked for: at login, and again before something that matters.

use domain::ids::UserId;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::Deps;
use operations::account::second_factors::{factors, is_asked_at_login, question};
use words::lang::Lang;
use words::second_factor;

use super::{AccountPage, page_for_user, passkey};
use crate::components::button::{LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::ProblemSummary;
use crate::error::AppError;
use crate::pages::not_found::ProblemPage;
use crate::ssr::{flash, sign_in, step_up};
use crate::{paths, ssr};

/// The second step of logging in.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    ssr::keep_private();
    let (lang, deps) = (ssr::lang(), ssr::deps());
    Suspend::new(async move {
        let Some(half) = sign_in::half_in(&deps).await else {
            ssr::redirect(paths::LOGIN);
            return ().into_any();
        };
        let words = Words {
            title: second_factor::login_title(lang),
            lead: second_factor::login_lead(lang),
            none_lead: second_factor::none_lead(lang),
        };
        match page(&deps, half.user, words, lang).await {
            Ok(page) => page,
            Err(error) => view! { <ProblemPage error /> }.into_any(),
        }
    })
}

/// Confirming before something that matters.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let is_form = step_up::waiting(&deps, user).await.is_some();
        let (lead, none_lead) = if is_form {
            (second_factor::confirm_lead(lang), second_factor::none_lead(lang))
        } else {
            (second_factor::page_lead(lang), second_factor::none_page_lead(lang))
        };
        let words = Words { title: second_factor::confirm_title(lang), lead, none_lead };
        page(&deps, user, words, lang).await
    })
}

/// What the page says.
struct Words {
    title: &'static str,
    lead: &'static str,
    /// Where there is nothing to ask for yet.
    none_lead: &'static str,
}

async fn page(
    deps: &Deps,
    user: UserId,
    Words { title, lead, none_lead }: Words,
    lang: Lang,
) -> Result<AnyView, AppError> {
    let factors = factors(deps, user).await.map_err(ssr::unexpected)?;
    if !is_asked_at_login(&factors) {
        return Ok(nothing_set_up(none_lead, lang).into_any());
    }
    let form = flash::take("second_factor").await;
    let code = FieldSpec {
        error: form.error("code"),
        autocomplete: Some("one-time-code"),
        ..FieldSpec::new("code", second_factor::code(lang))
    };
    let passkey = match factors.n_passkeys {
        0 => None,
        _ => {
            let question = question(deps, user).await.map_err(ssr::unexpected)?;
            step_up::keep_challenge(deps, step_up::Ceremony::Prove, &question.challenge).await?;
            Some(passkey::prove(question, lang))
        }
    };
    Ok(view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{title}</h1>
            <p class="account-lead">{lead}</p>
            <ProblemSummary errors=form.errors lang />
            {passkey}
            <form method="post" action=paths::PROVE_FACTOR class="account-form" novalidate="">
                <Field field=code lang />
                <SubmitButton>{second_factor::confirm(lang)}</SubmitButton>
            </form>
        </AccountPage>
    }
    .into_any())
}

fn nothing_set_up(lead: &'static str, lang: Lang) -> impl IntoView {
    view! {
        <Title text=second_factor::none_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{second_factor::none_title(lang)}</h1>
            <p class="account-lead">{lead}</p>
            <LinkButton href=paths::ACCOUNT.to_owned()>{second_factor::none_button(lang)}</LinkButton>
        </AccountPage>
    }
}
