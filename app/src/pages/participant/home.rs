//! The start page: what this is, for whom, and the way in.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use words::{frame, participant};

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::icon::{Icon, IconName};
use crate::pages::frame::PageFooter;
use crate::{paths, ssr};

/// Where strangers arrive.
#[component]
pub fn HomePage() -> impl IntoView {
    let lang = ssr::lang();
    let promise = |icon: IconName, title: &'static str, text: &'static str| {
        view! {
            <li class="home-promise">
                <span class="fact-icon">
                    <Icon name=icon />
                </span>
                <h2>{title}</h2>
                <p>{text}</p>
            </li>
        }
    };
    view! {
        <Title text="" />
        <Meta name="description" content=participant::home_text(lang) />
        <a class="skip-link" href="#content">{frame::skip_to_content(lang)}</a>
        <header class="home-head">
            <a class="brand" href=paths::HOME>{frame::product(lang)}</a>
            <LinkButton href=paths::LOGIN.to_owned() kind=ButtonKind::Quiet>
                {frame::log_in(lang)}
            </LinkButton>
        </header>
        <main class="home-page" id="content">
            <div class="home-lead">
                <h1>{participant::home_title(lang)}</h1>
                <p>{participant::home_text(lang)}</p>
                <LinkButton href=paths::EVENTS.to_owned()>{participant::home_start(lang)}</LinkButton>
            </div>
            <ul class="home-promises">
                {promise(
                    IconName::Check,
                    participant::home_promise_safe(lang),
                    participant::home_promise_safe_text(lang),
                )}
                {promise(
                    IconName::People,
                    participant::home_promise_kind(lang),
                    participant::home_promise_kind_text(lang),
                )}
                {promise(
                    IconName::Wallet,
                    participant::home_promise_card(lang),
                    participant::home_promise_card_text(lang),
                )}
            </ul>
        </main>
        <PageFooter />
    }
}
