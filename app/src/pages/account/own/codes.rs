//! Recovery codes, shown once.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use words::lang::Lang;
use words::second_factor;

use super::super::{AccountPage, page_for_user};
use crate::api::second_factors::CODES_KEY;
use crate::components::button::LinkButton;
use crate::ssr::{shown_once, sign_in, step_up};
use crate::{paths, ssr};

/// The page; it has nothing to show a second time.
#[component]
pub fn RecoveryCodesPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let kept = shown_once::take(CODES_KEY).await.unwrap_or_default();
        let codes: Vec<String> = kept.split_whitespace().map(str::to_owned).collect();
        if codes.is_empty() {
            ssr::redirect(paths::ACCOUNT);
            return Ok(().into_any());
        }
        // Whoever set a factor up in order to go on with something goes on with it.
        let next = match step_up::waiting(&deps, user).await {
            Some(_) => paths::CONFIRM_CONTINUE.to_owned(),
            None => {
                let next = sign_in::take_next().await.ok().flatten();
                next.unwrap_or_else(|| paths::account_after("factor_added"))
            }
        };
        Ok(page(codes, next, lang).into_any())
    })
}

fn page(codes: Vec<String>, next: String, lang: Lang) -> impl IntoView {
    let codes = codes.into_iter().map(|code| view! { <li><code>{code}</code></li> });
    view! {
        <Title text=second_factor::codes_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{second_factor::codes_title(lang)}</h1>
            <p class="account-lead">{second_factor::codes_lead(lang)}</p>
            <ul class="recovery-codes">{codes.collect_view()}</ul>
            <LinkButton href=next>{second_factor::codes_kept(lang)}</LinkButton>
        </AccountPage>
    }
}
