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
    Suspend::new(async move {
        match look(&deps, &token).await {
            _ if is_taken => told(said::taken(lang), lang).into_any(),
            Ok(Wish::Asked { side, new_email }) => {
                asked(side, new_email.to_string(), token, lang).into_any()
            }
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
                <input type="hidden" name="token" value=token />
                <SubmitButton>{said::confirm(lang)}</SubmitButton>
            </form>
        </AccountPage>
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
