//! Receivers of outgoing webhooks: the organizer's list, and the form for another.

use domain::limits::NAME_CHARS_MAX;
use domain::webhook_endpoint::{URL_BYTES_MAX, WebhookTopic};
use leptos::prelude::*;
use operations::webhook_endpoints::{WebhookEndpoint, list};
use words::lang::Lang;
use words::status::Tone;
use words::webhooks as texts;

use crate::api::webhook_endpoints::{FORM_KEY, topic_field};
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec, field_id};
use crate::components::notice::{Notice, ProblemSummary};
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::here;
use crate::pages::organizer::settings::part_of_settings;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

pub mod deliveries;
pub mod endpoint;

/// The list of receivers.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    page_for_member(Permission::ManageWebhooks, On::Organizer, |member| async move {
        let lang = member.lang;
        let endpoints = list(&member.deps, &member.access).await?;
        let form = flash::take(FORM_KEY).await;
        let was_removed = ssr::query("done").is_some_and(|done| done == "removed");
        let body = view! {
            {was_removed
                .then(|| view! { <Notice tone=Tone::Good>{texts::removed_now(lang)}</Notice> })}
            <section class="card">
                {if endpoints.is_empty() {
                    view! {
                        <p>
                            <b>{texts::none_title(lang)}</b>
                            <br />
                            {texts::none_text(lang)}
                        </p>
                    }
                        .into_any()
                } else {
                    let rows = endpoints.iter().map(|it| row(it, lang)).collect_view();
                    view! { <ul class="key-list">{rows}</ul> }.into_any()
                }}
            </section>
            {register_form(form, lang)}
        };
        let (title, lead) = (texts::title(lang), Some(texts::lead(lang)));
        Ok(part_of_settings(title, lead, body.into_any(), lang))
    })
}

fn row(endpoint: &WebhookEndpoint, lang: Lang) -> impl IntoView + use<> {
    let status =
        texts::receiver(endpoint.disabled_at.is_some(), endpoint.failing_since.is_some(), lang);
    let topics: Vec<&str> = endpoint.topics.iter().map(|topic| topic.as_str()).collect();
    view! {
        <li class="key-line">
            <div class="webhook-address">
                <p>
                    <a href=paths::webhook(endpoint.id)>{endpoint.url.clone()}</a>
                </p>
                <p class="people-details">
                    {endpoint.description.clone()} " " {topics.join(", ")}
                </p>
            </div>
            <StatusBadge status />
        </li>
    }
}

fn register_form(form: Flash, lang: Lang) -> impl IntoView + use<> {
    let url = FieldSpec {
        value: form.value_or("url", ""),
        error: form.error("url"),
        help: Some(texts::url_hint(lang).to_owned()),
        kind: "url",
        inputmode: Some("url"),
        autocomplete: Some("off"),
        placeholder: Some("https://example.com/webhooks".to_owned()),
        chars_max: Some(URL_BYTES_MAX),
        ..FieldSpec::new("url", texts::url(lang))
    };
    let description = FieldSpec {
        value: form.value_or("description", ""),
        error: form.error("description"),
        is_required: false,
        autocomplete: Some("off"),
        chars_max: Some(NAME_CHARS_MAX),
        ..FieldSpec::new("description", texts::description(lang))
    };
    let topics_error = form.error("topics");
    let invalid = topics_error.is_some().then_some("");
    let boxes = WebhookTopic::ALL
        .iter()
        .map(|topic| {
            let name = topic_field(*topic);
            let is_ticked = !form.value_or(&name, "").is_empty();
            view! {
                <label class="choice">
                    <input type="checkbox" name=name value="on" checked=is_ticked />
                    <span>
                        {texts::topic_word(*topic, lang)}
                        <code class="choice-hint">{topic.as_str()}</code>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <section class="card" id="register">
            <h2 class="card-title">{texts::add(lang)}</h2>
            <form method="post" action=here(paths::REGISTER_WEBHOOK) novalidate="">
                <ProblemSummary errors=form.errors.clone() lang />
                <Field field=url lang />
                <Field field=description lang />
                <fieldset class="field" id=field_id("topics") data-invalid=invalid>
                    <legend class="field-label">{texts::topics(lang)}</legend>
                    <div class="choices">{boxes}</div>
                    {topics_error.map(|error| view! { <p class="field-error">"! " {error}</p> })}
                </fieldset>
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Primary>{texts::register(lang)}</SubmitButton>
                </div>
            </form>
        </section>
    }
}
