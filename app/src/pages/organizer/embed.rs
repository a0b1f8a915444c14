//! The websites that show an organizer's events: their keys, and the form for another.

use domain::limits::NAME_CHARS_MAX;
use leptos::prelude::*;
use operations::publishable_keys::{PublishableKey, list};
use words::lang::Lang;
use words::status::Tone;
use words::{date, embed, organizer};

use crate::api::publishable_keys::FORM_KEY;
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::pages::frame::{Reader, here};
use crate::pages::organizer::ActionButton;
use crate::pages::organizer::settings::part_of_settings;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// The page of the keys.
#[component]
pub fn EmbedKeysPage() -> impl IntoView {
    page_for_member(Permission::ManageApiKeys, On::Organizer, |member| async move {
        let lang = member.lang;
        let keys = list(&member.deps, &member.access).await.map_err(ssr::unexpected)?;
        let form = flash::take(FORM_KEY).await;
        let done = ssr::query("done").and_then(|done| match done.as_str() {
            "created" => Some(embed::created_now(lang)),
            "revoked" => Some(embed::revoked_now(lang)),
            _ => None,
        });
        let body = view! {
            {done.map(|done| view! { <Notice tone=Tone::Good>{done}</Notice> })}
            <section class="card">{shown(&keys, lang)}</section>
            {add(form, lang)}
        };
        let (title, lead) = (embed::title(lang), Some(embed::lead(lang)));
        Ok(part_of_settings(title, lead, body.into_any(), lang))
    })
}

fn shown(keys: &[PublishableKey], lang: Lang) -> AnyView {
    if keys.is_empty() {
        return view! {
            <p>
                <b>{embed::none_title(lang)}</b>
                <br />
                {embed::none_text(lang)}
            </p>
        }
        .into_any();
    }
    let rows = keys.iter().map(|key| row(key, lang)).collect_view();
    view! {
        <ul class="key-list">{rows}</ul>
        <p class="quiet-text">{embed::key_is_public(lang)}</p>
    }
    .into_any()
}

fn row(key: &PublishableKey, lang: Lang) -> impl IntoView + use<> {
    let shown = key.last_used_at.map_or_else(
        || embed::never_shown(lang).to_owned(),
        |at| embed::last_shown(&date::short_time(at, &Reader::zone()), lang),
    );
    let made = date::short_time(key.created_at, &Reader::zone());
    let made = format!("{} {made} ・ {shown}", embed::made(lang));
    let sites: Vec<&str> = key.sites.iter().map(|site| site.as_str()).collect();
    let sites = sites.join(organizer::comma(lang));
    view! {
        <li class="key-line" data-revoked=key.revoked_at.map(|_| "")>
            <div>
                <p>
                    <b>{key.name.clone()}</b>
                </p>
                <p class="people-details">{sites}</p>
                <p class="people-details">
                    <code>{key.id.to_string()}</code>
                </p>
                <p class="people-details">{made}</p>
            </div>
            {if key.revoked_at.is_some() {
                view! { <span class="quiet-text">{embed::revoked(lang)}</span> }.into_any()
            } else {
                view! {
                    <ActionButton
                        action=paths::embed::REVOKE_KEY
                        fields=vec![("key", key.id.to_string())]
                        kind=ButtonKind::Danger
                        label=format!("{}: {}", embed::revoke(lang), key.name)
                    >
                        {embed::revoke(lang)}
                    </ActionButton>
                }
                    .into_any()
            }}
        </li>
    }
}

fn add(form: Flash, lang: Lang) -> impl IntoView + use<> {
    let name = FieldSpec {
        value: form.value_or("name", ""),
        error: form.error("name"),
        help: Some(embed::name_hint(lang).to_owned()),
        chars_max: Some(NAME_CHARS_MAX),
        autocomplete: Some("off"),
        ..FieldSpec::new("name", embed::name(lang))
    };
    let sites = FieldSpec {
        value: form.value_or("sites", ""),
        error: form.error("sites"),
        help: Some(embed::sites_hint(lang).to_owned()),
        placeholder: Some("https://example.jp".to_owned()),
        rows: 3,
        ..FieldSpec::new("sites", embed::sites(lang))
    };
    view! {
        <section class="card" id="add">
            <h2 class="card-title">{embed::add(lang)}</h2>
            <form method="post" action=here(paths::embed::CREATE_KEY) novalidate="">
                <ProblemSummary errors=form.errors.clone() lang />
                <Field field=name lang />
                <Field field=sites lang />
                <div class="form-end">
                    <SubmitButton>{embed::create(lang)}</SubmitButton>
                </div>
            </form>
        </section>
    }
}
