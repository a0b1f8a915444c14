//! One's own data: taken out, or deleted with the account.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::personal_data::{Needs, needs};
use words::lang::Lang;
use words::login;
use words::status::Tone;

use super::super::{AccountPage, page_for_user};
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::notice::{Notice, ProblemSummary};
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The part of the account page.
pub(super) fn section(lang: Lang) -> impl IntoView {
    view! {
        <section class="account-section" id="data">
            <h2>{login::data_title(lang)}</h2>
            <p class="account-aside">{login::data_lead(lang)}</p>
            <p>
                <a href=paths::EXPORT_DATA rel="external">
                    {login::data_export(lang)}
                </a>
            </p>
            <p>
                <a href=paths::DELETE_ACCOUNT>{login::delete_open(lang)}</a>
            </p>
        </section>
    }
}

/// Where somebody deletes the account.
#[component]
pub fn DeleteAccountPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let needs = needs(&deps, user).await.map_err(ssr::unexpected)?;
        Ok(page(needs, flash::take("delete_account").await, lang).into_any())
    })
}

fn page(needs: Vec<Needs>, form: Flash, lang: Lang) -> impl IntoView {
    let content = if needs.is_empty() {
        ready(form, lang).into_any()
    } else {
        not_yet(needs, lang).into_any()
    };
    view! {
        <Title text=login::delete_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{login::delete_title(lang)}</h1>
            <p class="account-lead">{login::delete_lead(lang)}</p>
            <p>{login::delete_kept(lang)}</p>
            {content}
            <LinkButton href=paths::ACCOUNT.to_owned() kind=ButtonKind::Secondary>
                {login::open(lang)}
            </LinkButton>
        </AccountPage>
    }
}

fn ready(form: Flash, lang: Lang) -> impl IntoView {
    let error = form.error("sure");
    let is_refused = error.is_some();
    view! {
        <form method="post" action=paths::DELETE_ACCOUNT_NOW class="account-form" novalidate="">
            <ProblemSummary errors=form.errors lang />
            <label class="choice" for="field-sure">
                <input
                    type="checkbox"
                    id="field-sure"
                    name="sure"
                    value="yes"
                    aria-invalid=is_refused.then_some("true")
                    aria-describedby=is_refused.then_some("field-sure-error")
                />
                <span>{login::delete_sure(lang)}</span>
            </label>
            {error
                .map(|error| {
                    view! {
                        <p class="field-error" id="field-sure-error">
                            {error}
                        </p>
                    }
                })}
            <SubmitButton kind=ButtonKind::Danger>{login::delete_button(lang)}</SubmitButton>
        </form>
    }
}

fn not_yet(needs: Vec<Needs>, lang: Lang) -> impl IntoView {
    let lines = needs
        .into_iter()
        .map(|it| view! { <li>{login::still_needed(&it.organizer, it.why, lang)}</li> })
        .collect_view();
    view! {
        <Notice tone=Tone::Waiting title=login::delete_first(lang)>
            <p>{login::delete_nobody_else(lang)}</p>
            <ul>{lines}</ul>
        </Notice>
    }
}
