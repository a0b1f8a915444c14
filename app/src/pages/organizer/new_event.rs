//! The first step of an event: a name and a date are enough for a draft.

use domain::limits::{LINE_CHARS_MAX, TITLE_CHARS_MAX};
use leptos::prelude::*;
use words::lang::Lang;
use words::organizer;

use crate::api::in_form;
use crate::components::button::SubmitButton;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::ProblemSummary;
use crate::pages::frame::{OrganizerPage, Reader, Section, here};
use crate::pages::organizer::PageHead;
use crate::paths;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};

/// The page that makes a draft.
#[component]
pub fn NewEventPage() -> impl IntoView {
    page_for_member(Permission::CreateEvents, On::Organizer, |member| async move {
        let form = flash::take("new_event").await;
        Ok(new_event(form, member.lang).into_any())
    })
}

fn new_event(form: Flash, lang: Lang) -> impl IntoView + use<> {
    let text = |name: &str, label: &str| {
        let name = in_form(name);
        FieldSpec {
            value: form.value_or(&name, ""),
            error: form.error(&name),
            is_required: false,
            ..FieldSpec::new(&name, label)
        }
    };
    let title = FieldSpec {
        is_required: true,
        help: Some(organizer::field_title_hint(lang).to_owned()),
        chars_max: Some(TITLE_CHARS_MAX),
        ..text("title", organizer::field_title(lang))
    };
    let time = |name: &str, label: &str| FieldSpec { kind: "datetime-local", ..text(name, label) };
    // The event begins with the zone of whoever makes it.
    let starts_at = FieldSpec {
        help: Reader::note_of_zone(lang),
        ..time("starts_at", organizer::field_starts_at(lang))
    };
    let ends_at = time("ends_at", organizer::field_ends_at(lang));
    let place_name = FieldSpec {
        help: Some(organizer::field_place_hint(lang).to_owned()),
        chars_max: Some(LINE_CHARS_MAX),
        ..text("place_name", organizer::field_place_name(lang))
    };
    view! {
        <PageHead title=organizer::new_event_title(lang).to_owned() />
        <OrganizerPage section=Section::Events event=None>
            <div class="form-page">
                <header class="page-header">
                    <div>
                        <h1>{organizer::new_event_title(lang)}</h1>
                        <p class="page-lead">{organizer::new_event_lead(lang)}</p>
                    </div>
                </header>
                <form method="post" action=here(paths::CREATE_EVENT) class="card" novalidate="">
                    <ProblemSummary errors=form.errors.clone() lang />
                    <Field field=title lang />
                    <div class="field-pair">
                        <Field field=starts_at lang />
                        <Field field=ends_at lang />
                    </div>
                    <Field field=place_name lang />
                    <div class="form-end">
                        <SubmitButton>{organizer::create_and_continue(lang)}</SubmitButton>
                    </div>
                </form>
            </div>
        </OrganizerPage>
    }
}
