//! Where a login provider sends the browser back to.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use words::lang::Lang;
use words::login;

use super::AccountPage;
use crate::components::button::LinkButton;
use crate::components::icon::{Icon, IconName};
use crate::pages::not_found::ProblemPage;
use crate::ssr::provider_login::{Stranded, come_back};
use crate::{paths, ssr};

/// Takes the browser in and moves on; says what is wrong where that cannot be.
#[component]
pub fn LoginReturnPage() -> impl IntoView {
    ssr::keep_private();
    let (lang, provider) = (ssr::lang(), ssr::param("provider"));
    Suspend::new(async move {
        match come_back(&provider).await {
            Ok(Ok(path)) => {
                ssr::redirect(&path);
                ().into_any()
            }
            Ok(Err(stranded)) => problem(stranded, lang).into_any(),
            Err(error) => view! { <ProblemPage error /> }.into_any(),
        }
    })
}

fn problem(stranded: Stranded, lang: Lang) -> impl IntoView {
    ssr::set_status(400);
    view! {
        <Title text=login::return_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <span class="account-sign" data-tone="quiet">
                <Icon name=IconName::Alert />
            </span>
            <h1>{login::return_title(lang)}</h1>
            <p class="account-lead">{stranded.sentence(lang)}</p>
            <LinkButton href=paths::LOGIN.to_owned()>{login::back_to_login(lang)}</LinkButton>
        </AccountPage>
    }
}
