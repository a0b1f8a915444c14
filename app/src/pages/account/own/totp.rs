//! Setting up a code app: the key to scan or to type, and the first code.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::second_factors::{TotpSetup, totp_setup};
use words::lang::Lang;
use words::second_factor;

use super::super::{AccountPage, page_for_user};
use crate::components::button::SubmitButton;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::ProblemSummary;
use crate::pages::participant::ticket::qr;
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The page; without a secret that waits there is nothing to show.
#[component]
pub fn TotpPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let Some(setup) = totp_setup(&deps, user).await.map_err(ssr::unexpected)? else {
            ssr::redirect(paths::ACCOUNT);
            return Ok(().into_any());
        };
        Ok(page(&setup, flash::take("totp").await, lang).into_any())
    })
}

fn page(setup: &TotpSetup, form: Flash, lang: Lang) -> impl IntoView + use<> {
    let code = FieldSpec {
        error: form.error("code"),
        autocomplete: Some("one-time-code"),
        inputmode: Some("numeric"),
        ..FieldSpec::new("code", second_factor::setup_code(lang))
    };
    let picture = qr(&setup.app_url, second_factor::qr_label(lang).to_owned());
    let key = setup.readable.clone();
    view! {
        <Title text=second_factor::setup_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{second_factor::setup_title(lang)}</h1>
            <p class="account-lead">{second_factor::setup_scan(lang)}</p>
            {picture}
            <p class="account-aside">{second_factor::setup_type(lang)}</p>
            <p>
                <code class="secret">{key}</code>
            </p>
            <form method="post" action=paths::CONFIRM_TOTP class="account-form" novalidate="">
                <ProblemSummary errors=form.errors lang />
                <Field field=code lang />
                <SubmitButton>{second_factor::setup_confirm(lang)}</SubmitButton>
            </form>
        </AccountPage>
    }
}
