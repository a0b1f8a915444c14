//! Where the mail leads that asks for a confirmed address: a button, because machines follow links.

use domain::ids::OrderId;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::orders::confirm_address::{Asked, look};
use words::email_confirmation as texts;
use words::lang::Lang;

use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::empty_state::EmptyState;
use crate::components::icon::{Icon, IconName};
use crate::error::AppError;
use crate::pages::frame::ParticipantPage;
use crate::pages::not_found::ProblemPage;
use crate::paths::email_confirmation;
use crate::{paths, ssr};

/// The page; who said yes already is led to the order.
#[component]
pub fn ConfirmAddressPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let (order, key) = (ssr::param("order").parse::<OrderId>(), ssr::param("key"));
        let Ok(order) = order else {
            return view! { <ProblemPage error=AppError::NotFound /> }.into_any();
        };
        match look(&ssr::deps(), order, &key).await {
            Ok(Asked::Open { event_title, is_free }) => {
                question(order, key, (event_title, is_free), ssr::lang()).into_any()
            }
            Ok(Asked::Given { link_token }) => {
                ssr::redirect(&paths::order_status(&link_token));
                ().into_any()
            }
            Ok(Asked::Done { slug }) => done(&slug, ssr::lang()).into_any(),
            Ok(Asked::Over) => over(ssr::lang()).into_any(),
            Err(error) => view! { <ProblemPage error=error.into() /> }.into_any(),
        }
    })
}

fn question(
    order: OrderId,
    key: String,
    (event_title, is_free): (String, bool),
    lang: Lang,
) -> impl IntoView {
    let lead = if is_free { texts::page_lead_free(lang) } else { texts::page_lead(lang) };
    view! {
        <Title text=texts::page_title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page">
                <header class="order-lead" data-tone="waiting">
                    <span class="order-sign">
                        <Icon name=IconName::Mail />
                    </span>
                    <h1>{texts::page_title(lang)}</h1>
                    <p class="order-sentence">{event_title}</p>
                    <p class="order-sentence">{lead}</p>
                    <form class="order-action" method="post" action=email_confirmation::CONFIRM>
                        <input type="hidden" name="order" value=order.to_string() />
                        <input type="hidden" name="key" value=key />
                        <SubmitButton>{texts::page_button(lang)}</SubmitButton>
                    </form>
                    <p class="order-hint">{texts::page_not_mine(lang)}</p>
                </header>
            </div>
        </ParticipantPage>
    }
}

fn done(slug: &str, lang: Lang) -> impl IntoView + use<> {
    let link = paths::personal_links::of_event(slug);
    view! {
        <Title text=texts::page_title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <EmptyState
                icon=IconName::Check
                title=texts::given(lang).to_owned()
                text=texts::page_done(lang).to_owned()
            >
                <LinkButton href=link kind=ButtonKind::Secondary>
                    {words::personal_link::title(lang)}
                </LinkButton>
            </EmptyState>
        </ParticipantPage>
    }
}

fn over(lang: Lang) -> impl IntoView {
    view! {
        <Title text=texts::page_title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <EmptyState
                icon=IconName::Clock
                title=texts::page_title(lang).to_owned()
                text=texts::page_over(lang).to_owned()
            />
        </ParticipantPage>
    }
}
