//! Says that a login link is on its way.

use domain::limits::LOGIN_LINK_MINUTES;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use words::account;

use super::AccountPage;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::icon::{Icon, IconName};
use crate::ssr::sign_in;
use crate::{paths, ssr};

/// The page after asking. It says the same whether a mail was sent or not.
#[component]
pub fn LoginSentPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    let by = ssr::query("by").and_then(|it| Some(deps.login.find(&it)?.name().to_owned()));
    ssr::keep_private();
    view! {
        <Title text=account::sent_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <span class="account-sign">
                <Icon name=IconName::Mail />
            </span>
            <h1>{account::sent_title(lang)}</h1>
            {Suspend::new(async move {
                let Some(email) = sign_in::remembered_email().await else {
                    ssr::redirect(paths::LOGIN);
                    return ().into_any();
                };
                let lead = match by {
                    Some(name) => words::login::sent_to_link(&name, &email, LOGIN_LINK_MINUTES, lang),
                    None => account::sent_lead(&email, LOGIN_LINK_MINUTES, lang),
                };
                view! { <p class="account-lead">{lead}</p> }.into_any()
            })}
            <p>{account::sent_other_browser(lang)}</p>
            <p class="account-aside">{account::sent_rest(lang)}</p>
            <LinkButton href=paths::LOGIN.to_owned() kind=ButtonKind::Secondary>
                {account::other_address(lang)}
            </LinkButton>
        </AccountPage>
    }
}
