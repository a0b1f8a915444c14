//! Goes on with what somebody was doing before they were asked to confirm: the form waits, whole, behind one button.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::step_up::Waiting;
use words::lang::Lang;
use words::{login, second_factor};

use super::{AccountPage, page_for_user};
use crate::components::button::{ButtonKind, SubmitButton};
use crate::ssr::step_up;
use crate::{paths, ssr};

/// The page after confirming.
#[component]
pub fn ContinuePage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let Some(waiting) = step_up::waiting(&deps, user).await else {
            ssr::redirect(paths::EVENTS);
            return Ok(().into_any());
        };
        Ok(page(waiting, lang).into_any())
    })
}

fn page(waiting: Waiting, lang: Lang) -> impl IntoView {
    // What cannot be undone says so on its button.
    let (kind, button) = match waiting.what.as_str() {
        "own_end" => (ButtonKind::Danger, login::delete_button(lang)),
        _ => (ButtonKind::Primary, second_factor::continue_button(lang)),
    };
    let method = if waiting.is_get { "get" } else { "post" };
    let what = second_factor::what(&waiting.what, waiting.amount.as_deref(), lang);
    let fields = waiting.fields.into_iter().map(|(name, value)| {
        view! { <input type="hidden" name=name value=value /> }
    });
    view! {
        <Title text=second_factor::continue_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{second_factor::continue_title(lang)}</h1>
            <p class="account-lead">{second_factor::continue_lead(lang)}</p>
            <p>
                <b>{what}</b>
            </p>
            <form method=method action=waiting.action class="account-form">
                {fields.collect_view()}
                <SubmitButton kind>{button}</SubmitButton>
            </form>
            <p class="account-aside">
                <a href=waiting.page>{second_factor::continue_back(lang)}</a>
            </p>
        </AccountPage>
    }
}
