//! Where a login link leads: one button, because mail scanners follow links and must not sign anybody in.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::confirm_login::{LinkState, look_at_link};
use words::account;
use words::lang::Lang;
use words::status::Tone;

use super::AccountPage;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
use crate::pages::not_found::ProblemPage;
use crate::ssr::sign_in;
use crate::{paths, ssr};

/// The page of a login link.
#[component]
pub fn LoginConfirmPage() -> impl IntoView {
    ssr::keep_private();
    let (lang, deps) = (ssr::lang(), ssr::deps());
    let token = ssr::query("token").unwrap_or_default();
    Suspend::new(async move {
        let secret = sign_in::browser_secret().await;
        match look_at_link(&deps, &token, secret.as_deref()).await {
            Ok(LinkState::Ready { email, links }) => {
                let slug = links.map(|it| it.provider);
                // A provider that is not configured any more still has its name in addresses.
                let links = slug
                    .map(|it| deps.login.find(&it).map_or(it.clone(), |it| it.name().to_owned()));
                ready(email.as_str(), links, token, lang).into_any()
            }
            Ok(LinkState::OtherBrowser { email }) => {
                other_browser(email.as_str(), token, lang).into_any()
            }
            Ok(LinkState::Used) => {
                let is_in = ssr::viewer().await.is_ok();
                ended(account::used_title(lang), account::used_lead(lang), is_in, lang).into_any()
            }
            Ok(LinkState::Expired) => {
                ended(account::expired_title(lang), account::expired_lead(lang), false, lang)
                    .into_any()
            }
            Ok(LinkState::Unknown) => {
                ended(account::unknown_title(lang), account::unknown_lead(lang), false, lang)
                    .into_any()
            }
            Err(error) => view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any(),
        }
    })
}

fn ready(email: &str, links: Option<String>, token: String, lang: Lang) -> impl IntoView + use<> {
    let lead = account::confirm_lead(email, lang);
    view! {
        <Title text=account::confirm_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{account::confirm_title(lang)}</h1>
            <p class="account-lead">{lead}</p>
            {links
                .map(|name| {
                    view! { <Notice tone=Tone::Quiet>{words::login::will_link(&name, lang)}</Notice> }
                })}
            <form method="post" action=paths::CONFIRM_LOGIN class="account-form">
                <input type="hidden" name="token" value=token />
                <SubmitButton>{account::confirm_button(lang)}</SubmitButton>
            </form>
            <p class="account-aside">{account::confirm_once(lang)}</p>
        </AccountPage>
    }
}

fn other_browser(email: &str, token: String, lang: Lang) -> impl IntoView + use<> {
    let lead = account::confirm_lead(email, lang);
    view! {
        <Title text=account::other_browser_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{account::other_browser_title(lang)}</h1>
            <p class="account-lead">{lead}</p>
            <p>{account::other_browser_lead(lang)}</p>
            <form method="post" action=paths::CONFIRM_LOGIN class="account-form">
                <input type="hidden" name="token" value=token />
                <input type="hidden" name="other_browser" value="accepted" />
                <SubmitButton>{account::other_browser_button(lang)}</SubmitButton>
            </form>
            <p class="account-aside">{account::other_browser_no(lang)}</p>
        </AccountPage>
    }
}

fn ended(title: &'static str, lead: &'static str, is_in: bool, lang: Lang) -> impl IntoView {
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <span class="account-sign" data-tone="quiet">
                <Icon name=IconName::Clock />
            </span>
            <h1>{title}</h1>
            <p class="account-lead">{lead}</p>
            {is_in
                .then(|| {
                    view! {
                        <LinkButton href=paths::EVENTS.to_owned()>{account::to_events(lang)}</LinkButton>
                    }
                })}
            <LinkButton
                href=paths::LOGIN.to_owned()
                kind=if is_in { ButtonKind::Secondary } else { ButtonKind::Primary }
            >
                {account::new_link(lang)}
            </LinkButton>
        </AccountPage>
    }
}
