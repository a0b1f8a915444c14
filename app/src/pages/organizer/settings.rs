//! The organizer's settings: the profile's way in, and the keys to the REST API.

use domain::limits::NAME_CHARS_MAX;
use leptos::prelude::*;
use operations::api_keys::{ApiKey, KeyLife, Scope, list_api_keys};
use time::OffsetDateTime;
use words::lang::Lang;
use words::status::Tone;
use words::{date, members, organizer};

use crate::api::api_keys::{CREATED_KEY, FORM_KEY};
use crate::api::in_form;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec, SelectField, field_id};
use crate::components::notice::{Notice, ProblemSummary};
use crate::islands::share::CopyButton;
use crate::pages::frame::{Allowed, OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead};
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// A page that belongs to the settings, with the way back to them.
pub(super) fn part_of_settings(
    title: &'static str,
    lead: Option<&'static str>,
    body: AnyView,
    lang: Lang,
) -> AnyView {
    view! {
        <PageHead title=title.to_owned() />
        <OrganizerPage section=Section::Settings event=None>
            <div class="form-page">
                <p class="crumbs">
                    <a href=paths::SETTINGS>"← " {organizer::settings_title(lang)}</a>
                </p>
                <header class="page-header">
                    <div>
                        <h1>{title}</h1>
                        {lead.map(|lead| view! { <p class="page-lead">{lead}</p> })}
                    </div>
                </header>
                {body}
            </div>
        </OrganizerPage>
    }
    .into_any()
}

/// The zone in which a key's dates are shown; keys belong to no event.
const ZONE: &str = domain::time_zone::JAPAN;

/// The settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    page_for_member(Permission::ViewSettings, On::Organizer, |member| async move {
        let lang = member.lang;
        let keys = if member.access.may(Permission::ManageApiKeys) {
            let keys = list_api_keys(&member.deps, &member.access).await;
            Some(keys.map_err(ssr::unexpected)?)
        } else {
            None
        };
        let form = flash::take(FORM_KEY).await;
        let created = ssr::shown_once::take(CREATED_KEY).await;
        let step_up = if member.access.may(Permission::ManageMembers) {
            Some(super::step_up::section(&member).await?)
        } else {
            None
        };
        let retention = if member.access.may(Permission::ManageSettings) {
            Some(super::retention::section(&member).await?)
        } else {
            None
        };
        let name = member.home.current().map(|it| it.display_name.clone()).unwrap_or_default();
        Ok(view! {
            <PageHead title=organizer::settings_title(lang).to_owned() />
            <OrganizerPage section=Section::Settings event=None>
                <div class="form-page">
                    <header class="page-header">
                        <h1>{organizer::settings_title(lang)}</h1>
                    </header>
                    {profile(name, lang)}
                    <Card title=members::title(lang)>
                        <div class="more-row">
                            <p>{members::settings_text(lang)}</p>
                            <LinkButton href=paths::MEMBERS.to_owned() kind=ButtonKind::Secondary>
                                {members::open(lang)}
                            </LinkButton>
                        </div>
                    </Card>
                    <Card title=words::login::own_title(lang)>
                        <div class="more-row">
                            <p>{words::login::own_lead(lang)}</p>
                            <LinkButton href=paths::ACCOUNT.to_owned() kind=ButtonKind::Secondary>
                                {words::login::open(lang)}
                            </LinkButton>
                        </div>
                    </Card>
                    {step_up} {retention}
                    {keys.map(|keys| api_keys(&keys, created, form, lang))}
                    {others(lang)}
                </div>
            </OrganizerPage>
        }
        .into_any())
    })
}

fn profile(name: String, lang: Lang) -> impl IntoView {
    view! {
        <Card title=organizer::settings_profile(lang)>
            <div class="more-row">
                <p>
                    <b>{name}</b>
                    <br />
                    {organizer::settings_profile_text(lang)}
                </p>
                {Allowed::may(Permission::ManageSettings)
                    .then(|| {
                        view! {
                            <LinkButton
                                href=paths::PROFILE.to_owned()
                                kind=ButtonKind::Secondary
                            >
                                {organizer::settings_edit(lang)}
                            </LinkButton>
                        }
                    })}
            </div>
        </Card>
    }
}

/// The ways to what has a page of its own.
fn others(lang: Lang) -> impl IntoView {
    view! {
        {Allowed::may(Permission::ManageSettings)
            .then(|| {
                view! {
                    <Card title=words::screening::settings_title(lang)>
                        <div class="more-row">
                            <p>{words::screening::settings_lead(lang)}</p>
                            <LinkButton href=paths::SCREENING.to_owned() kind=ButtonKind::Secondary>
                                {words::screening::open(lang)}
                            </LinkButton>
                        </div>
                    </Card>
                }
            })}
        {Allowed::may(Permission::ManageApiKeys)
            .then(|| {
                view! {
                    <Card title=words::embed::title(lang)>
                        <div class="more-row">
                            <p>{words::embed::lead(lang)}</p>
                            <LinkButton
                                href=paths::embed::KEYS.to_owned()
                                kind=ButtonKind::Secondary
                            >
                                {words::embed::open(lang)}
                            </LinkButton>
                        </div>
                    </Card>
                }
            })}
        {Allowed::may(Permission::ManageWebhooks)
            .then(|| {
                view! {
                    <Card title=words::webhooks::title(lang)>
                        <div class="more-row">
                            <p>{words::webhooks::settings_text(lang)}</p>
                            <LinkButton href=paths::WEBHOOKS.to_owned() kind=ButtonKind::Secondary>
                                {words::webhooks::open(lang)}
                            </LinkButton>
                        </div>
                    </Card>
                }
            })}
        {Allowed::may(Permission::ViewAudit)
            .then(|| {
                view! {
                    <Card title=words::audit::title(lang)>
                        <div class="more-row">
                            <p>{words::audit::settings_text(lang)}</p>
                            <LinkButton href=paths::AUDIT.to_owned() kind=ButtonKind::Secondary>
                                {words::audit::open(lang)}
                            </LinkButton>
                        </div>
                    </Card>
                }
            })}
    }
}

fn api_keys(
    keys: &[ApiKey],
    created: Option<String>,
    form: Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    let was_revoked = ssr::query("done").is_some_and(|done| done == "key_revoked");
    let rows = keys.iter().map(|key| row(key, lang)).collect_view();
    view! {
        <section class="card" id="keys">
            <h2 class="card-title">{organizer::keys_title(lang)}</h2>
            <p class="quiet-text">
                {organizer::keys_text(lang)} " "
                <a href=paths::API_REFERENCE>{organizer::keys_docs(lang)}</a>
            </p>
            {created.map(|secret| new_secret(secret, lang))}
            {was_revoked
                .then(|| view! { <Notice tone=Tone::Good>{organizer::key_revoked_now(lang)}</Notice> })}
            {if keys.is_empty() {
                view! { <p class="quiet-text">{organizer::keys_none(lang)}</p> }.into_any()
            } else {
                view! { <ul class="key-list">{rows}</ul> }.into_any()
            }}
            {key_form(form, lang)}
        </section>
    }
}

fn new_secret(secret: String, lang: Lang) -> impl IntoView + use<> {
    view! {
        <Notice tone=Tone::Good title=organizer::key_created_title(lang)>
            <p>
                <code class="secret">{secret.clone()}</code>
            </p>
            <CopyButton
                text=secret
                label=organizer::copy(lang).to_owned()
                done=organizer::copied(lang).to_owned()
            />
            <p>{organizer::key_created_text(lang)}</p>
        </Notice>
    }
}

fn row(key: &ApiKey, lang: Lang) -> impl IntoView + use<> {
    let used = key.last_used_at.map_or_else(
        || organizer::key_never_used(lang).to_owned(),
        |at: OffsetDateTime| date::short_time(at, ZONE),
    );
    let scopes: Vec<&str> = key
        .scopes
        .iter()
        .filter_map(|scope| Scope::parse(scope).ok())
        .map(|scope| scope_word(scope, lang))
        .collect();
    view! {
        <li class="key-line" data-revoked=key.revoked_at.map(|_| "")>
            <div>
                <p>
                    <b>{key.name.clone()}</b>
                    " "
                    <code>{key.prefix.clone()} "…"</code>
                </p>
                <p class="people-details">
                    {scopes.join(organizer::comma(lang))} " ・ " {used}
                    {key
                        .expires_at
                        .map(|at| {
                            format!(" ・ {} {}", members::key_until(lang), date::short_time(at, ZONE))
                        })}
                </p>
            </div>
            {if key.revoked_at.is_some() {
                view! { <span class="quiet-text">{organizer::key_revoked(lang)}</span> }.into_any()
            } else {
                view! {
                    <ActionButton
                        action=paths::REVOKE_API_KEY
                        fields=vec![("key", key.id.to_string())]
                        kind=ButtonKind::Danger
                        label=format!("{}: {}", organizer::key_revoke(lang), key.name)
                    >
                        {organizer::key_revoke(lang)}
                    </ActionButton>
                }
                    .into_any()
            }}
        </li>
    }
}

fn key_form(form: Flash, lang: Lang) -> impl IntoView + use<> {
    let name = FieldSpec {
        value: form.value_or("name", ""),
        error: form.error("name"),
        help: Some(organizer::key_name_hint(lang).to_owned()),
        chars_max: Some(NAME_CHARS_MAX),
        autocomplete: Some("off"),
        ..FieldSpec::new("name", organizer::key_name(lang))
    };
    let life = FieldSpec {
        value: form.value_or("life", KeyLife::Quarter.as_str()),
        ..FieldSpec::new("life", members::key_life(lang))
    };
    let lives = KeyLife::ALL.iter().map(|it| (it.to_string(), life_word(*it, lang).to_owned()));
    let lives = lives.collect();
    let scopes_error = form.error("scopes");
    let invalid = scopes_error.is_some().then_some("");
    let boxes = Scope::ALL
        .iter()
        .map(|scope| {
            let name = in_form(&scope.as_str().replace(':', "_"));
            let is_ticked = !form.value_or(&name, "").is_empty();
            view! {
                <label class="choice">
                    <input type="checkbox" name=name value="on" checked=is_ticked />
                    <span>{scope_word(*scope, lang)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <form method="post" action=here(paths::CREATE_API_KEY) class="key-form" novalidate="">
            <ProblemSummary errors=form.errors.clone() lang />
            <Field field=name lang />
            <SelectField field=life options=lives lang />
            <fieldset
                class="field"
                id=field_id("scopes")
                data-invalid=invalid
            >
                <legend class="field-label">{organizer::key_scopes(lang)}</legend>
                <div class="choices">{boxes}</div>
                {scopes_error.map(|error| view! { <p class="field-error">"! " {error}</p> })}
            </fieldset>
            <div class="form-end">
                <SubmitButton kind=ButtonKind::Secondary>{organizer::key_create(lang)}</SubmitButton>
            </div>
        </form>
    }
}

const fn life_word(life: KeyLife, lang: Lang) -> &'static str {
    match life {
        KeyLife::Month => members::key_month(lang),
        KeyLife::Quarter => members::key_quarter(lang),
        KeyLife::Year => members::key_year(lang),
        KeyLife::Endless => members::key_endless(lang),
    }
}

const fn scope_word(scope: Scope, lang: Lang) -> &'static str {
    match scope {
        Scope::EventsRead => organizer::scope_events_read(lang),
        Scope::EventsWrite => organizer::scope_events_write(lang),
        Scope::OrdersRead => organizer::scope_orders_read(lang),
        Scope::OrdersWrite => organizer::scope_orders_write(lang),
        Scope::RefundsWrite => organizer::scope_refunds_write(lang),
        Scope::LedgerRead => organizer::scope_ledger_read(lang),
        Scope::WebhooksWrite => organizer::scope_webhooks_write(lang),
    }
}
