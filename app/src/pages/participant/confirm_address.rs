//! Where the mail leads that asks for a confirmed address: a button, because machines follow links.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::access::buyer_access;
use operations::orders::show::{ShownOrder, Situation, show_order};
use words::email_confirmation as texts;
use words::lang::Lang;

use super::personal_link;
use crate::components::button::SubmitButton;
use crate::components::icon::{Icon, IconName};
use crate::error::AppError;
use crate::pages::frame::ParticipantPage;
use crate::paths::email_confirmation;
use crate::{paths, ssr};

/// The page; what needs no yes any more is shown at once.
#[component]
pub fn ConfirmAddressPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let token = ssr::param("token");
        match read(&token).await {
            Ok(order) if order.situation == Situation::Unconfirmed => {
                let key = ssr::query("key").unwrap_or_default();
                question(order, token, key, ssr::lang()).into_any()
            }
            Ok(_) => {
                ssr::redirect(&paths::order_status(&token));
                ().into_any()
            }
            Err(error) => personal_link::refuse(&token, error).await,
        }
    })
}

async fn read(token: &str) -> Result<ShownOrder, AppError> {
    let access = buyer_access(&ssr::deps(), token).await?;
    Ok(show_order(&ssr::deps(), &access).await?)
}

fn question(order: ShownOrder, token: String, key: String, lang: Lang) -> impl IntoView {
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
                    <p class="order-sentence">
                        {order.page.event.title.clone()} " ・ " {order.page.code.clone()}
                    </p>
                    <p class="order-sentence">{texts::page_lead(lang)}</p>
                    <form class="order-action" method="post" action=email_confirmation::CONFIRM>
                        <input type="hidden" name="token" value=token />
                        <input type="hidden" name="key" value=key />
                        <SubmitButton>{texts::page_button(lang)}</SubmitButton>
                    </form>
                    <p class="order-hint">{texts::page_not_mine(lang)}</p>
                </header>
            </div>
        </ParticipantPage>
    }
}
