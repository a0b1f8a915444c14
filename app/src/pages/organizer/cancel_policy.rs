//! The editor of an event's cancel policy: a preset or steps of one's own, with the outcome in plain words beside it.

use domain::cancel_policy::{CancelMode, CancelPolicy, Fee, Preset, Terms, Until};
use domain::ids::TicketTypeId;
use leptos::prelude::*;
use operations::events::cancel_policy::{AFTER_FIELDS, STEP_FIELDS, StepFields, get as get_policy};
use operations::events::list::{Event, get};
use operations::events::ticket_types::{TicketType, list};
use words::cancelling as texts;
use words::lang::Lang;
use words::organizer;
use words::status::Tone;

use crate::api::cancel_policies::key;
use crate::api::in_form;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::{Notice, ProblemSummary};
use crate::pages::frame::{OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead, id_in_path, nav};
use crate::pages::participant::cancelled_facts::spelled_out;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page of an event's cancel policy.
#[component]
pub fn CancelPolicyPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::EditEvents, on_path("event", On::Event), move |member| async move {
        let id = id?;
        let event = get(&member.deps, &member.access, id).await?;
        let types = list(&member.deps, &member.access, id).await?;
        let policy = get_policy(&member.deps, &member.access, id).await?;
        let refused = flash::take(&key(id)).await;
        let own = ssr::query("for").and_then(|it| it.parse::<TicketTypeId>().ok());
        let own = types.iter().find(|it| Some(it.id) == own).cloned();
        let lang = member.lang;
        let editor = Editor { event, types, policy, own, refused, lang };
        let body = editor.body().into_any();
        Ok(view! {
            <PageHead title=texts::editor_title(lang).to_owned() />
            <OrganizerPage section=Section::TicketTypes event=nav(&editor.event, lang)>
                {body}
            </OrganizerPage>
        }
        .into_any())
    })
}

struct Editor {
    event: Event,
    types: Vec<TicketType>,
    policy: CancelPolicy,
    /// The ticket type whose own terms are edited; none for the general ones.
    own: Option<TicketType>,
    refused: Flash,
    lang: Lang,
}

impl Editor {
    fn body(&self) -> impl IntoView + use<> {
        let lang = self.lang;
        let is_saved = ssr::query("done").is_some_and(|done| done == "saved");
        let presets = self.own.is_none().then(|| self.presets().into_any());
        view! {
            <div class="form-page">
                <header class="page-header">
                    <div>
                        <h1>{texts::editor_title(lang)}</h1>
                        <p class="page-lead">{texts::editor_lead(lang)}</p>
                    </div>
                    <LinkButton href=paths::ticket_types(self.event.id) kind=ButtonKind::Secondary>
                        {organizer::tickets_title(lang)}
                    </LinkButton>
                </header>
                {is_saved
                    .then(|| view! { <Notice tone=Tone::Good>{texts::policy_saved(lang)}</Notice> })}
                {self.now()} {presets} {self.form()}
            </div>
        }
    }

    /// The policy in plain words, as participants read it.
    fn now(&self) -> impl IntoView + use<> {
        let (lang, policy) = (self.lang, &self.policy);
        let types: Vec<_> = self.types.iter().map(|it| (it.id, it.name.clone())).collect();
        let terms = (policy.mode != CancelMode::Closed)
            .then(|| spelled_out(policy, &types, self.event.currency, lang));
        let mode = texts::mode_text(policy.mode, lang);
        view! {
            <Card title=texts::editor_now(lang)>
                <p>{mode}</p>
                {terms}
            </Card>
        }
    }

    fn presets(&self) -> impl IntoView + use<> {
        let (lang, event) = (self.lang, self.event.id);
        let rows = Preset::ALL
            .iter()
            .map(|preset| {
                let policy = preset.policy();
                let name = texts::preset(*preset, lang);
                let is_now = policy == self.policy;
                let told = match policy.mode {
                    CancelMode::SelfService => {
                        texts::sentence(&policy.general, self.event.currency, lang)
                    }
                    CancelMode::Approval => texts::mode_approval_hint(lang).to_owned(),
                    CancelMode::Closed => texts::mode_closed_hint(lang).to_owned(),
                };
                let fields =
                    vec![("event", event.to_string()), ("preset", preset.as_str().to_owned())];
                view! {
                    <li class="more-row" data-now=is_now.then_some("")>
                        <p>
                            <b>{name}</b>
                            " "
                            <span class="preset-terms">{told}</span>
                        </p>
                        <ActionButton
                            action=paths::TAKE_CANCEL_PRESET
                            fields
                            kind=ButtonKind::Secondary
                            label=format!("{}: {name}", texts::editor_use(lang))
                            is_disabled=is_now
                        >
                            {texts::editor_use(lang)}
                        </ActionButton>
                    </li>
                }
            })
            .collect_view();
        view! {
            <Card title=texts::editor_presets(lang)>
                <ul class="preset-list">{rows}</ul>
            </Card>
        }
    }

    /// Steps of one's own, for all tickets or for one ticket type.
    fn form(&self) -> impl IntoView + use<> {
        let lang = self.lang;
        let own = self.own.as_ref();
        let title = own.map_or_else(
            || texts::editor_own(lang).to_owned(),
            |own| format!("{}: {}", texts::own_terms(lang), own.name),
        );
        let terms = own.map_or(&self.policy.general, |own| self.policy.terms(own.id));
        let steps = STEP_FIELDS
            .iter()
            .enumerate()
            .map(|(i, fields)| self.step(i, *fields, terms))
            .collect_view();
        let mode = own.is_none().then(|| self.mode_choice().into_any());
        let ticket_type = own.map(|own| own.id.to_string()).unwrap_or_default();
        let is_open = own.is_some() || !self.refused.errors.is_empty();
        let switch = (self.types.len() > 1).then(|| self.type_links());
        let drop = own.map(|own| self.drop_button(own.id));
        view! {
            <details class="card" id="own" open=is_open>
                <summary>{title}</summary>
                <form method="post" action=here(paths::SAVE_CANCEL_POLICY) novalidate="">
                    <ProblemSummary errors=self.refused.errors.clone() lang />
                    <input type="hidden" name="event" value=self.event.id.to_string() />
                    <input type="hidden" name="ticket_type" value=ticket_type />
                    {mode} <p class="field-help">{texts::steps_hint(lang)}</p> {steps}
                    {self.after(terms)}
                    <div class="form-end">
                        <SubmitButton>{organizer::save(lang)}</SubmitButton>
                    </div>
                </form>
                {drop} {switch}
            </details>
        }
    }

    fn mode_choice(&self) -> impl IntoView + use<> {
        let lang = self.lang;
        let name = in_form("mode");
        let chosen = self.refused.value_or(&name, self.policy.mode.as_str());
        let options = [
            (
                CancelMode::SelfService,
                texts::mode_self_service(lang),
                texts::mode_self_service_hint(lang),
            ),
            (CancelMode::Approval, texts::mode_approval(lang), texts::mode_approval_hint(lang)),
            (CancelMode::Closed, texts::mode_closed(lang), texts::mode_closed_hint(lang)),
        ];
        let options = options.map(|(mode, label, hint)| {
            let is_chosen = mode.as_str() == chosen;
            choice(in_form("mode"), mode.as_str(), label, Some(hint), is_chosen)
        });
        view! {
            <fieldset class="field">
                <legend class="field-label">{texts::editor_mode(lang)}</legend>
                <div class="choices">{options.into_iter().collect_view()}</div>
            </fieldset>
        }
    }

    /// One row: until when, and for how much.
    fn step(&self, i: usize, fields: StepFields, terms: &Terms) -> impl IntoView + use<> {
        let lang = self.lang;
        let now = terms.steps.get(i);
        let (number, unit) = match now.map(|step| step.until) {
            Some(Until::Days(days)) => (days.to_string(), "days"),
            Some(Until::Hours(hours)) => (hours.to_string(), "hours"),
            None => (String::new(), "days"),
        };
        let number = FieldSpec {
            inputmode: Some("numeric"),
            ..self.input(fields.number, texts::step_until(lang), &number)
        };
        let unit = self.input(fields.unit, texts::step_unit(lang), unit);
        let units = vec![
            ("days".to_owned(), texts::unit_days(lang).to_owned()),
            ("hours".to_owned(), texts::unit_hours(lang).to_owned()),
        ];
        let unit = FieldSpec { is_required: true, ..unit };
        let (percent, fixed) = self.fee(fields, now.map(|step| step.fee));
        view! {
            <fieldset class="field policy-step">
                <legend class="field-label">{texts::step_number(i + 1, lang)}</legend>
                <div class="policy-row">
                    <Field field=number lang />
                    <SelectField field=unit options=units lang />
                    <Field field=percent lang />
                    <Field field=fixed lang />
                </div>
            </fieldset>
        }
    }

    /// What comes after the last step.
    fn after(&self, terms: &Terms) -> impl IntoView + use<> {
        let lang = self.lang;
        let now = if terms.after.is_some() { "fee" } else { "closed" };
        let chosen = self.refused.value_or(&in_form("after"), now);
        let option = |value: &'static str, label: &'static str| {
            choice(in_form("after"), value, label, None, value == chosen)
        };
        let options =
            [option("fee", texts::after_fee(lang)), option("closed", texts::after_closed(lang))];
        let (percent, fixed) = self.fee(AFTER_FIELDS, terms.after);
        view! {
            <fieldset class="field policy-step">
                <legend class="field-label">{texts::after_title(lang)}</legend>
                <div class="choices">{options.into_iter().collect_view()}</div>
                <div class="field-pair">
                    <Field field=percent lang />
                    <Field field=fixed lang />
                </div>
            </fieldset>
        }
    }

    fn fee(&self, fields: StepFields, fee: Option<Fee>) -> (FieldSpec, FieldSpec) {
        let lang = self.lang;
        let percent = fee.map(|fee| fee.basis_points / 100).filter(|it| *it > 0);
        let fixed = fee.map(|fee| fee.fixed_minor).filter(|it| *it > 0);
        let text = |it: Option<String>| it.unwrap_or_default();
        let percent = self.input(
            fields.percent,
            texts::step_percent(lang),
            &text(percent.map(|it| it.to_string())),
        );
        let fixed = self.input(
            fields.fixed,
            texts::step_fixed(lang),
            &text(fixed.map(|it| it.to_string())),
        );
        let numeric = |field: FieldSpec| FieldSpec { inputmode: Some("numeric"), ..field };
        (numeric(percent), numeric(fixed))
    }

    /// An input with what was refused, else with what is kept.
    fn input(&self, name: &str, label: &str, now: &str) -> FieldSpec {
        let name = in_form(name);
        FieldSpec {
            value: self.refused.value_or(&name, now),
            error: self.refused.error(&name),
            is_required: false,
            ..FieldSpec::new(&name, label)
        }
    }

    /// Leads to the terms of each ticket type.
    fn type_links(&self) -> impl IntoView + use<> {
        let (lang, event) = (self.lang, self.event.id);
        let link = |href: String, name: String, is_here: bool| {
            view! {
                <li>
                    <a href=href aria-current=is_here.then_some("true")>
                        {name}
                    </a>
                </li>
            }
        };
        let here = self.own.as_ref().map(|own| own.id);
        let all = format!("{}#own", paths::cancel_policy(event));
        let general = link(all, texts::for_all(lang).to_owned(), here.is_none());
        let types = self
            .types
            .iter()
            .map(|it| {
                let href = paths::cancel_policy_of(event, &it.id.to_string());
                link(href, it.name.clone(), here == Some(it.id))
            })
            .collect_view();
        view! {
            <nav class="policy-types" aria-label=texts::editor_for(lang)>
                <p class="field-help">{texts::editor_for_hint(lang)}</p>
                <ul>{general} {types}</ul>
            </nav>
        }
    }

    fn drop_button(&self, own: TicketTypeId) -> impl IntoView + use<> {
        let lang = self.lang;
        let fields = vec![("event", self.event.id.to_string()), ("ticket_type", own.to_string())];
        view! {
            <ActionButton action=paths::DROP_CANCEL_TERMS fields kind=ButtonKind::Quiet>
                {texts::same_as_all(lang)}
            </ActionButton>
        }
    }
}

/// One of several answers.
fn choice(
    name: String,
    value: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    is_chosen: bool,
) -> impl IntoView + use<> {
    view! {
        <label class="choice">
            <input type="radio" name=name value=value checked=is_chosen />
            <span>{label} " " {hint.map(|hint| view! { <span class="choice-hint">{hint}</span> })}</span>
        </label>
    }
}
