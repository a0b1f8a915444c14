//! The address that somebody logs in with, and how it is changed: by a yes of both mailboxes.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::email_change::{Side, Wish, look};
use words::email_change as said;
use words::lang::Lang;

use super::super::AccountPage;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::ProblemSummary;
use crate::pages::not_found::ProblemPage;
use crate::ssr::flash;
use crate::{paths, ssr};

/// The part of the account page.
pub(super) async fn section(current: &str, lang: Lang) -> impl IntoView + use<> {
    let form = flash::take("email_change").await;
    let email = FieldSpec {
        value: form.value_or("email", ""),
        error: form.error("email"),
        kind: "email",
        autocomplete: Some("email"),
        inputmode: Some("email"),
        ..FieldSpec::new("email", said::field(lang))
    };
    let current = current.to_owned();
    view! {
        <section class="account-section" id="email">
            <h2>{said::title(lang)}</h2>
            <p>
                <b>{current}</b>
            </p>
            <p class="account-aside">{said::lead(lang)}</p>
            <form method="post" action=paths::REQUEST_EMAIL_CHANGE class="account-form" novalidate="">
                <ProblemSummary errors=form.errors lang />
                <Field field=email lang />
                <SubmitButton kind=ButtonKind::Secondary>{said::button(lang)}</SubmitButton>
            </form>
        </section>
    }
}

/// Where a mailed link leads: one button, because mail scanners follow links.
#[component]
pub fn EmailChangePage() -> impl IntoView {
    ssr::keep_private();
    let (lang, deps) = (ssr::lang(), ssr::deps());
    let token = ssr::query("token").unwrap_or_default();
    let is_taken = ssr::query("taken").is_some();
    let refused = ssr::query("refused");
    Suspend::new(async move {
        let viewer = ssr::viewer().await.ok();
        match look(&deps, &token, viewer).await {
            _ if is_taken => told(said::taken(lang), lang).into_any(),
            _ if refused.as_deref() == Some("old") => {
                told(said::refused_old(lang), lang).into_any()
            }
            _ if refused.is_some() => told(said::refused(lang), lang).into_any(),
            Ok(Wish::Asked { side, new_email }) => {
                asked(side, new_email.to_string(), token, lang).into_any()
            }
            Ok(Wish::SignInFirst) => elsewhere(token, lang).into_any(),
            Ok(Wish::WaitsForOther { .. }) => told(said::half(lang), lang).into_any(),
            Ok(Wish::Over) => told(said::over(lang), lang).into_any(),
            Err(error) => view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any(),
        }
    })
}

fn asked(side: Side, new_email: String, token: String, lang: Lang) -> impl IntoView {
    let lead = match side {
        Side::Old => said::page_old(lang),
        Side::New => said::page_new(lang),
    };
    view! {
        <Title text=said::page_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{said::page_title(lang)}</h1>
            <p class="account-lead">{lead}</p>
            <p>
                <b>{new_email}</b>
            </p>
            <form method="post" action=paths::CONFIRM_EMAIL_CHANGE class="account-form">
                <input type="hidden" name="token" value=token.clone() />
                <SubmitButton>{said::confirm(lang)}</SubmitButton>
            </form>
            {not_me(side, token, lang)}
        </AccountPage>
    }
}

/// The new mailbox, in a browser that is not signed in to the account.
fn elsewhere(token: String, lang: Lang) -> impl IntoView {
    view! {
        <Title text=said::page_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{said::page_title(lang)}</h1>
            <p class="account-lead">{said::sign_in_first(lang)}</p>
            <LinkButton href=paths::LOGIN.to_owned() kind=ButtonKind::Primary>
                {words::login::back_to_login(lang)}
            </LinkButton>
            {not_me(Side::New, token, lang)}
        </AccountPage>
    }
}

/// The way out for whoever did not ask.
fn not_me(side: Side, token: String, lang: Lang) -> impl IntoView {
    let what = match side {
        Side::Old => said::refuse_old(lang),
        Side::New => said::refuse_new(lang),
    };
    view! {
        <form method="post" action=paths::REFUSE_EMAIL_CHANGE class="account-form">
            <input type="hidden" name="token" value=token />
            <SubmitButton kind=ButtonKind::Secondary>{said::refuse(lang)}</SubmitButton>
            <p class="account-aside">{what}</p>
        </form>
    }
}

fn told(sentence: &'static str, lang: Lang) -> impl IntoView {
    view! {
        <Title text=said::page_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{said::page_title(lang)}</h1>
            <p class="account-lead">{sentence}</p>
            <LinkButton href=paths::ACCOUNT.to_owned() kind=ButtonKind::Secondary>
                {words::login::open(lang)}
            </LinkButton>
        </AccountPage>
    }
}
