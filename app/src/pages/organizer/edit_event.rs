//! Where an event is edited: what people read, when and where, how they pay; its picture; duplicating and deleting it.

use std::collections::BTreeMap;

use domain::event::{EventStatus, Visibility};
use domain::limits::{LINE_CHARS_MAX, TITLE_CHARS_MAX};
use domain::payment::PaymentMethod;
use domain::time_zone;
use leptos::prelude::*;
use operations::events::draft;
use operations::events::list::{Event, get};
use operations::orders::confirm_address::is_asked_by;
use words::lang::Lang;
use words::status::{self, Tone};
use words::{date, email_confirmation, organizer};

use crate::api::in_form;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec, SelectField, field_id};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::FieldErrors;
use crate::islands::autosave::Autosave;
use crate::pages::frame::{Allowed, OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead, event_field, id_in_path, nav};
use crate::ssr::flash;
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// Zones that people choose from; an event's own is added when it is another.
const TIME_ZONES: [&str; 12] = [
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Taipei",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Australia/Sydney",
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Paris",
];
const DESCRIPTION_ROWS: u16 = 12;

/// What the form shows: what was typed and refused, what was typed and not saved, or what is kept.
struct Form {
    values: BTreeMap<String, String>,
    errors: FieldErrors,
    /// When it was typed, if it was never saved.
    unsaved: Option<String>,
}

/// The page of an event's details.
#[component]
pub fn EditEventPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::EditEvents, on_path("event", On::Event), move |member| async move {
        let id = id?;
        let event = get(&member.deps, &member.access, id).await?;
        let refused = flash::take(&crate::api::events::form_key(id)).await;
        let kept = draft::find(&member.deps, &member.access, id).await?;
        let form = if !refused.values.is_empty() {
            Form { values: refused.values, errors: refused.errors, unsaved: None }
        } else if let Some(draft) = kept {
            let when = date::short_time(draft.saved_at, &event.time_zone);
            let errors = FieldErrors::new();
            Form { values: draft.fields, errors, unsaved: Some(when) }
        } else {
            Form { values: values_of(&event), errors: FieldErrors::new(), unsaved: None }
        };
        let asks = is_asked_by(&member.deps, &member.access, id).await?;
        Ok(edit_event(&event, form, asks, member.lang).into_any())
    })
}

fn values_of(event: &Event) -> BTreeMap<String, String> {
    let wall = |at: Option<time::OffsetDateTime>| {
        at.and_then(|at| time_zone::wall(at, &event.time_zone).ok()).unwrap_or_default()
    };
    let mut values: BTreeMap<String, String> = [
        ("title", event.title.clone()),
        ("description", event.description_markdown.clone()),
        ("place_name", event.place_name.clone()),
        ("place_address", event.place_address.clone()),
        ("starts_at", wall(event.starts_at)),
        ("ends_at", wall(event.ends_at)),
        ("time_zone", event.time_zone.clone()),
        ("capacity", event.capacity.map(|n| n.to_string()).unwrap_or_default()),
        ("visibility", event.visibility.as_str().to_owned()),
        ("slug", event.slug.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (in_form(name), value))
    .collect();
    for method in &event.methods {
        values.insert(in_form(method.as_str()), "on".to_owned());
    }
    values
}

fn edit_event(event: &Event, form: Form, asks: bool, lang: Lang) -> impl IntoView + use<> {
    let done = ssr::query("done").and_then(|done| notice_of(&done, lang));
    let unsaved = form.unsaved.as_ref().map(|when| unsaved_notice(event, when, lang));
    let body = view! {
            <div class="form-page">
                <header class="page-header">
                    <h1>{organizer::edit_event_title(lang)}</h1>
                    <LinkButton href=paths::event_preview(&event.slug) kind=ButtonKind::Secondary>
                        {organizer::preview(lang)}
                    </LinkButton>
                </header>
                {done} {unsaved} {details_form(event, &form, lang)} {cover_form(event, lang)}
                {addresses(event, asks, lang)} {more(event, lang)}
            </div>
    }
    .into_any();
    view! {
        <PageHead title=organizer::edit_event_title(lang).to_owned() />
        <OrganizerPage section=Section::Details event=nav(event, lang)>{body}</OrganizerPage>
    }
}

fn notice_of(done: &str, lang: Lang) -> Option<AnyView> {
    let (tone, text) = match done {
        "saved" => (Tone::Good, organizer::saved(lang)),
        "duplicated" => (Tone::Good, organizer::duplicated_now(lang)),
        "cover_saved" => (Tone::Good, organizer::cover_saved(lang)),
        "cover_too_large" => (Tone::Bad, organizer::cover_too_large(lang)),
        "cover_unreadable" => (Tone::Bad, organizer::cover_unreadable(lang)),
        "addresses_saved" => (Tone::Good, email_confirmation::setting_saved(lang)),
        "not_deletable" => (Tone::Bad, organizer::not_deletable(lang)),
        _ => return None,
    };
    Some(view! { <Notice tone>{text}</Notice> }.into_any())
}

fn unsaved_notice(event: &Event, when: &str, lang: Lang) -> impl IntoView + use<> {
    let text = organizer::unsaved_text(when, lang);
    let fields = event_field(event.id);
    view! {
        <Notice tone=Tone::Waiting title=organizer::unsaved_title(lang)>
            <p>{text}</p>
            <ActionButton action=paths::DISCARD_EVENT_DRAFT fields kind=ButtonKind::Quiet>
                {organizer::discard(lang)}
            </ActionButton>
        </Notice>
    }
}

fn details_form(event: &Event, form: &Form, lang: Lang) -> impl IntoView + use<> {
    let field = |name: &str, label: &str| spec(form, name, label);
    let title = FieldSpec {
        help: Some(organizer::field_title_hint(lang).to_owned()),
        chars_max: Some(TITLE_CHARS_MAX),
        is_required: true,
        ..field("title", organizer::field_title(lang))
    };
    let description = FieldSpec {
        help: Some(organizer::field_description_hint(lang).to_owned()),
        rows: DESCRIPTION_ROWS,
        ..field("description", organizer::field_description(lang))
    };
    let capacity = FieldSpec {
        help: Some(organizer::field_capacity_hint(lang).to_owned()),
        inputmode: Some("numeric"),
        unit: Some(organizer::unit_people(lang).to_owned()),
        ..field("capacity", organizer::field_capacity(lang))
    };
    let slug = FieldSpec {
        help: Some(organizer::field_slug_hint(lang).to_owned()),
        autocomplete: Some("off"),
        ..field("slug", organizer::field_slug(lang))
    };
    // A draft that was typed before somebody else saved still carries its own version.
    let version =
        if form.unsaved.is_some() { form.values.get(&in_form("version")).cloned() } else { None };
    let version = version.unwrap_or_else(|| event.version.to_string());
    view! {
        <form
            method="post"
            action=here(paths::SAVE_EVENT)
            class="card event-form"
            id="event-form"
            novalidate=""
        >
            <ProblemSummary errors=form.errors.clone() lang />
            <input type="hidden" name="event" value=event.id.to_string() />
            <input type="hidden" name=in_form("version") value=version />
            <Field field=title lang />
            {when_and_where(event, form, lang)}
            <Field field=description lang />
            {methods_choice(form, lang)}
            {visibility_choice(form, lang)}
            <div class="field-pair">
                <Field field=capacity lang />
                <Field field=slug lang />
            </div>
            <div class="form-end">
                <SubmitButton>{organizer::save(lang)}</SubmitButton>
                <Autosave
                    event=event.id.to_string()
                    form="event-form".to_owned()
                    idle=organizer::autosave_idle(lang).to_owned()
                    keeping=organizer::autosave_saving(lang).to_owned()
                    kept=organizer::autosave_kept(lang).to_owned()
                    failed=organizer::autosave_failed(lang).to_owned()
                />
            </div>
        </form>
    }
}

fn when_and_where(event: &Event, form: &Form, lang: Lang) -> impl IntoView + use<> {
    let field = |name: &str, label: &str| spec(form, name, label);
    let starts_at = FieldSpec {
        kind: "datetime-local",
        ..field("starts_at", organizer::field_starts_at(lang))
    };
    let ends_at =
        FieldSpec { kind: "datetime-local", ..field("ends_at", organizer::field_ends_at(lang)) };
    let zone =
        FieldSpec { is_required: true, ..field("time_zone", organizer::field_time_zone(lang)) };
    let mut zones: Vec<&str> = TIME_ZONES.to_vec();
    if !zones.contains(&event.time_zone.as_str()) {
        zones.push(&event.time_zone);
    }
    let zones = zones.into_iter().map(|zone| (zone.to_owned(), zone.replace('_', " "))).collect();
    let place_name = FieldSpec {
        help: Some(organizer::field_place_hint(lang).to_owned()),
        chars_max: Some(LINE_CHARS_MAX),
        ..field("place_name", organizer::field_place_name(lang))
    };
    let place_address = FieldSpec {
        chars_max: Some(LINE_CHARS_MAX),
        ..field("place_address", organizer::field_place_address(lang))
    };
    view! {
        <div class="field-pair">
            <Field field=starts_at lang />
            <Field field=ends_at lang />
        </div>
        <SelectField field=zone options=zones lang />
        <Field field=place_name lang />
        <Field field=place_address lang />
    }
}

fn spec(form: &Form, name: &str, label: &str) -> FieldSpec {
    let name = in_form(name);
    FieldSpec {
        value: form.values.get(&name).cloned().unwrap_or_default(),
        error: form.errors.get(&name).cloned(),
        is_required: false,
        ..FieldSpec::new(&name, label)
    }
}

fn methods_choice(form: &Form, lang: Lang) -> impl IntoView + use<> {
    let error = form.errors.get(&in_form("methods")).cloned();
    let invalid = error.is_some().then_some("");
    let id = field_id(&in_form("methods"));
    let boxes = PaymentMethod::ALL
        .iter()
        .map(|method| {
            let name = in_form(method.as_str());
            let is_ticked = form.values.get(&name).is_some_and(|value| !value.is_empty());
            view! {
                <label class="choice">
                    <input type="checkbox" name=name value="on" checked=is_ticked />
                    <span>{status::method(*method, lang)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" id=id data-invalid=invalid>
            <legend class="field-label">{organizer::field_methods(lang)}</legend>
            <p class="field-help">{organizer::field_methods_hint(lang)}</p>
            <div class="choices">{boxes}</div>
            {error.map(|error| view! { <p class="field-error">"! " {error}</p> })}
        </fieldset>
    }
}

fn visibility_choice(form: &Form, lang: Lang) -> impl IntoView + use<> {
    let name = in_form("visibility");
    let chosen = form.values.get(&name).cloned().unwrap_or_default();
    let option = |visibility: Visibility, label: &'static str, hint: &'static str| {
        let is_chosen = visibility.as_str() == chosen;
        let name = name.clone();
        view! {
            <label class="choice">
                <input type="radio" name=name value=visibility.as_str() checked=is_chosen />
                <span>
                    {label} <span class="choice-hint">{hint}</span>
                </span>
            </label>
        }
    };
    let unlisted = option(
        Visibility::Unlisted,
        organizer::visibility_unlisted(lang),
        organizer::visibility_unlisted_hint(lang),
    );
    let public = option(
        Visibility::Public,
        organizer::visibility_public(lang),
        organizer::visibility_public_hint(lang),
    );
    view! {
        <fieldset class="field" id=field_id(&name)>
            <legend class="field-label">{organizer::field_visibility(lang)}</legend>
            <div class="choices">{unlisted} {public}</div>
        </fieldset>
    }
}

fn cover_form(event: &Event, lang: Lang) -> impl IntoView + use<> {
    let fields = event_field(event.id);
    let cover = event.cover;
    let action = paths::cover(event.id);
    view! {
        <Card title=organizer::cover_title(lang)>
            {cover
                .map(|file| {
                    view! {
                        <img
                            class="cover-now"
                            src=paths::file_narrow(&file.to_string())
                            alt=organizer::cover_alt(lang)
                            loading="lazy"
                        />
                    }
                })}
            <form
                method="post"
                action=action
                enctype="multipart/form-data"
                class="cover-form"
            >
                <div class="field">
                    <label class="field-label" for="cover">
                        {organizer::cover_choose(lang)}
                    </label>
                    <p class="field-help" id="cover-help">
                        {organizer::cover_hint(lang)}
                    </p>
                    <div class="field-control">
                        <input
                            type="file"
                            id="cover"
                            name="cover"
                            accept="image/jpeg,image/png,image/webp"
                            required=true
                            aria-describedby="cover-help"
                        />
                    </div>
                </div>
                <SubmitButton kind=ButtonKind::Secondary>{organizer::cover_upload(lang)}</SubmitButton>
            </form>
            {cover
                .map(|_| {
                    view! {
                        <ActionButton action=paths::REMOVE_COVER fields kind=ButtonKind::Quiet>
                            {organizer::cover_remove(lang)}
                        </ActionButton>
                    }
                })}
        </Card>
    }
}

/// Whether buyers confirm their address first.
fn addresses(event: &Event, asks: bool, lang: Lang) -> impl IntoView + use<> {
    view! {
        <section class="card" id="addresses">
            <h2 class="card-title">{email_confirmation::setting_title(lang)}</h2>
            <p class="quiet-text">{email_confirmation::setting_text(lang)}</p>
            <form method="post" action=here(paths::email_confirmation::SET)>
                <input type="hidden" name="event" value=event.id.to_string() />
                <label class="choice">
                    <input type="checkbox" name="asks" value="on" checked=asks />
                    <span>{email_confirmation::setting_label(lang)}</span>
                </label>
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>
                        {email_confirmation::setting_save(lang)}
                    </SubmitButton>
                </div>
            </form>
        </section>
    }
}

fn more(event: &Event, lang: Lang) -> impl IntoView + use<> {
    let (copied, deleted) = (event_field(event.id), event_field(event.id));
    let policy = paths::cancel_policy(event.id);
    let is_draft = event.status == EventStatus::Draft;
    let can_cancel = matches!(event.status, EventStatus::Published | EventStatus::Closed);
    let cancel = paths::cancel_event(event.id);
    view! {
        <Card title=organizer::more_title(lang)>
            <div class="more-row">
                <p>{words::cancelling::editor_lead(lang)}</p>
                <LinkButton href=policy kind=ButtonKind::Secondary>
                    {words::cancelling::editor_change(lang)}
                </LinkButton>
            </div>
            {Allowed::may(Permission::CreateEvents)
                .then(|| {
                    view! {
                        <div class="more-row">
                            <p>{organizer::duplicate_hint(lang)}</p>
                            <ActionButton
                                action=paths::DUPLICATE_EVENT
                                fields=copied
                                kind=ButtonKind::Secondary
                            >
                                {organizer::duplicate(lang)}
                            </ActionButton>
                        </div>
                    }
                })}
            {can_cancel
                .then(|| {
                    view! {
                        <div class="more-row">
                            <p>{words::cancellation::entry_hint(lang)}</p>
                            <LinkButton href=cancel kind=ButtonKind::Danger>
                                {words::cancellation::entry(lang)}
                            </LinkButton>
                        </div>
                    }
                })}
            {is_draft
                .then(|| {
                    view! {
                        <div class="more-row">
                            <p>{organizer::delete_draft_hint(lang)}</p>
                            <ActionButton
                                action=paths::DELETE_EVENT
                                fields=deleted
                                kind=ButtonKind::Danger
                            >
                                {organizer::delete_draft(lang)}
                            </ActionButton>
                        </div>
                    }
                })}
        </Card>
    }
}
