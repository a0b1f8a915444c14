//! One receiver of webhooks: how it is, what can be done with it, and the log of what it was sent.

use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use leptos::prelude::*;
use operations::webhook_deliveries::list::{DeliveryPage, list};
use operations::webhook_endpoints::WebhookEndpoint;
use words::lang::Lang;
use words::status::Tone;
use words::{date, organizer, webhooks as texts};

use crate::api::webhook_endpoints::SECRET_KEY;
use crate::components::button::ButtonKind;
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::islands::share::CopyButton;
use crate::pages::frame::{OrganizerPage, Section};
use crate::pages::organizer::webhooks::deliveries::log;
use crate::pages::organizer::{ActionButton, PageHead, id_in_path};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// A receiver belongs to no event; its times are Japan's.
pub(super) const ZONE: &str = domain::time_zone::JAPAN;

/// The page of a receiver.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let id = id_in_path::<WebhookEndpointId>("endpoint");
    let before = ssr::query("before").and_then(|id| id.parse::<WebhookDeliveryId>().ok());
    page_for_member(Permission::ManageWebhooks, On::Organizer, move |member| async move {
        let lang = member.lang;
        let page = list(&member.deps, &member.access, id?, before).await?;
        let secret = ssr::shown_once::take(SECRET_KEY).await;
        let now = member.deps.clock.now();
        Ok(view! {
            <PageHead title=texts::title(lang).to_owned() />
            <OrganizerPage section=Section::Settings event=None>
                <nav class="crumbs">
                    <a href=paths::WEBHOOKS>"‹ " {texts::back(lang)}</a>
                </nav>
                {head(&page.endpoint, lang)}
                {done_notice(lang)}
                {secret.map(|secret| new_secret(secret, lang))}
                {state_notice(&page.endpoint, now, lang)}
                {log(&page, before.is_some(), now, lang)}
                {more(&page, lang)}
            </OrganizerPage>
        }
        .into_any())
    })
}

fn head(endpoint: &WebhookEndpoint, lang: Lang) -> impl IntoView + use<> {
    let is_off = endpoint.disabled_at.is_some();
    let status = texts::receiver(is_off, endpoint.failing_since.is_some(), lang);
    let topics =
        endpoint.topics.iter().map(|topic| view! { <li>{topic.as_str()}</li> }).collect_view();
    view! {
        <header class="page-header">
            <div>
                <h1 class="webhook-url">{endpoint.url.clone()}</h1>
                <p class="page-lead">
                    <StatusBadge status /> " " {endpoint.description.clone()}
                </p>
                <ul class="webhook-topics" aria-label=texts::topics(lang)>{topics}</ul>
            </div>
            <div class="page-actions">
                {if is_off {
                    switch(endpoint.id, true, ButtonKind::Primary, lang).into_any()
                } else {
                    view! {
                        <ActionButton
                            action=paths::TEST_WEBHOOK
                            fields=endpoint_field(endpoint.id)
                            kind=ButtonKind::Primary
                        >
                            {texts::send_test(lang)}
                        </ActionButton>
                    }
                        .into_any()
                }}
            </div>
        </header>
    }
}

fn switch(
    endpoint: WebhookEndpointId,
    is_on: bool,
    kind: ButtonKind,
    lang: Lang,
) -> impl IntoView + use<> {
    let mut fields = endpoint_field(endpoint);
    if is_on {
        fields.push(("on", "1".to_owned()));
    }
    let word = if is_on { texts::switch_on(lang) } else { texts::switch_off(lang) };
    view! {
        <ActionButton action=paths::SWITCH_WEBHOOK fields kind>
            {word}
        </ActionButton>
    }
}

pub(super) fn endpoint_field(endpoint: WebhookEndpointId) -> Vec<(&'static str, String)> {
    vec![("endpoint", endpoint.to_string())]
}

fn done_notice(lang: Lang) -> Option<impl IntoView> {
    let (tone, text) = match ssr::query("done")?.as_str() {
        "tested" => (Tone::Good, texts::tested_now(lang)),
        "resent" => (Tone::Good, texts::resent_now(lang)),
        "enabled" => (Tone::Good, texts::enabled_now(lang)),
        "disabled" => (Tone::Quiet, texts::disabled_now(lang)),
        "is_off" => (Tone::Bad, texts::is_off(lang)),
        _ => return None,
    };
    Some(view! { <Notice tone>{text}</Notice> })
}

fn new_secret(secret: String, lang: Lang) -> impl IntoView + use<> {
    view! {
        <Notice tone=Tone::Good title=texts::secret_title(lang)>
            <p>
                <code class="secret">{secret.clone()}</code>
            </p>
            <CopyButton
                text=secret
                label=organizer::copy(lang).to_owned()
                done=organizer::copied(lang).to_owned()
            />
            <p>{texts::secret_text(lang)}</p>
        </Notice>
    }
}

fn state_notice(
    endpoint: &WebhookEndpoint,
    now: time::OffsetDateTime,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    if let Some(reason) = &endpoint.disabled_reason {
        let tone = if reason == "by_hand" { Tone::Quiet } else { Tone::Bad };
        let text = texts::off_reason(reason, lang).to_owned();
        return Some(view! { <Notice tone>{text}</Notice> });
    }
    let until = endpoint.old_secret_until.filter(|until| *until > now)?;
    let text = format!("{}: {}", texts::old_secret(lang), date::short_time(until, ZONE));
    Some(view! { <Notice tone=Tone::Quiet>{text}</Notice> })
}

fn more(page: &DeliveryPage, lang: Lang) -> impl IntoView + use<> {
    let endpoint = page.endpoint.id;
    let is_on = page.endpoint.disabled_at.is_none();
    view! {
        <details class="card webhook-more">
            <summary>{texts::more(lang)}</summary>
            <div class="more-row">
                <p>{texts::rotate_text(lang)}</p>
                <ActionButton
                    action=paths::ROTATE_WEBHOOK_SECRET
                    fields=endpoint_field(endpoint)
                    kind=ButtonKind::Secondary
                >
                    {texts::rotate(lang)}
                </ActionButton>
            </div>
            <div class="page-actions">
                {is_on.then(|| switch(endpoint, false, ButtonKind::Secondary, lang))}
                <ActionButton
                    action=paths::REMOVE_WEBHOOK
                    fields=endpoint_field(endpoint)
                    kind=ButtonKind::Danger
                >
                    {texts::remove(lang)}
                </ActionButton>
            </div>
        </details>
    }
}
