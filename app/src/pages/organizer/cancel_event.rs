//! Calling off an event in two steps: what goes back, then what it means for everybody before anything happens.

use domain::event::EventStatus;
use domain::limits::REASON_CHARS_MAX;
use leptos::prelude::*;
use operations::event_cancellation::CancelEventError;
use operations::event_cancellation::plan::{Plan, plan};
use operations::event_cancellation::wish::{CancelForm, Wish};
use operations::events::list::get;
use words::cancellation;
use words::lang::Lang;
use words::status::Tone;

use crate::api::event_cancellation::{CancelFields, form_key};
use crate::components::button::SubmitButton;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::{AppError, FieldErrors};
use crate::pages::frame::{OrganizerPage, Section};
use crate::pages::organizer::{PageHead, id_in_path, nav, title_of};
use crate::ssr::flash;
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::ssr::refusals::sentence_of;
use crate::{paths, ssr};

mod review;

/// The page that asks what goes back, and then whether to.
#[component]
pub fn CancelEventPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(
        Permission::CancelEvents,
        on_path("event", On::Event),
        move |member| async move {
            let id = id?;
            let lang = member.lang;
            let event = get(&member.deps, &member.access, id).await?;
            if event.status == EventStatus::Cancelled {
                ssr::redirect(&paths::cancellation(id));
                return Ok(().into_any());
            }
            let everything = Wish::parse(&CancelForm::default(), event.currency)?;
            let look = |wish: Wish| {
                let (deps, access) = (member.deps.clone(), member.access);
                async move { plan(&deps, &access, id, &wish.terms).await }
            };
            let part = match look(everything).await {
                Err(CancelEventError::NotVisible) => {
                    let text = cancellation::not_visible(lang);
                    view! { <Notice tone=Tone::Quiet>{text}</Notice> }.into_any()
                }
                Err(error) => return Err(error.into()),
                Ok(whole) => {
                    let typed = typed(&whole);
                    let wish = Wish::parse(&typed.form(), event.currency);
                    match wish {
                        Ok(wish) if ssr::query("step").is_some_and(|step| step == "review") => {
                            let plan = look(wish.clone()).await?;
                            let refused = flash::take(&form_key(id)).await;
                            review::review(&plan, &wish, &typed, refused, lang).into_any()
                        }
                        Ok(_) => form(&whole, &typed, FieldErrors::new(), lang).into_any(),
                        Err(CancelEventError::Invalid(problems)) => {
                            let errors = problems
                                .iter()
                                .map(|it| (it.field.to_owned(), sentence_of(it, lang)))
                                .collect();
                            form(&whole, &typed, errors, lang).into_any()
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            };
            let back = title_of(&event.title, lang);
            Ok(view! {
                <PageHead title=cancellation::title(lang).to_owned() />
                <OrganizerPage section=Section::Details event=nav(&event, lang)>
                    <div class="form-page">
                        <p class="crumbs">
                            <a href=paths::dashboard(id)>"← " {back}</a>
                        </p>
                        {part}
                    </div>
                </OrganizerPage>
            }
            .into_any())
        },
    )
}

impl From<CancelEventError> for AppError {
    fn from(error: CancelEventError) -> Self {
        match error {
            CancelEventError::NotFound => Self::NotFound,
            CancelEventError::Invalid(_) => Self::Invalid(FieldErrors::new()),
            CancelEventError::NotVisible | CancelEventError::Changed => Self::Conflict,
            CancelEventError::Busy => Self::Unavailable,
            CancelEventError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

/// What stands in the address: the form sends itself by GET, so nothing typed is lost on the way.
fn typed(plan: &Plan) -> CancelFields {
    let text = |name: &str| ssr::query(name).unwrap_or_default();
    let ticked = plan.sold.iter().map(|it| it.id.to_string()).filter(|id| !text(id).is_empty());
    let ticked: Vec<String> = ticked.collect();
    CancelFields {
        reason: text("reason"),
        fee_percent: text("fee_percent"),
        fee_per_ticket: text("fee_per_ticket"),
        scope: text("scope"),
        only: if ticked.is_empty() { text("only") } else { ticked.join(",") },
        ..CancelFields::default()
    }
}

fn form(
    plan: &Plan,
    typed: &CancelFields,
    errors: FieldErrors,
    lang: Lang,
) -> impl IntoView + use<> {
    let reason = FieldSpec {
        value: typed.reason.clone(),
        error: errors.get("reason").cloned(),
        help: Some(cancellation::reason_hint(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("reason", cancellation::reason(lang))
    };
    view! {
        <h1>{cancellation::title(lang)}</h1>
        <p class="page-lead">{cancellation::lead(lang)}</p>
        <form method="get" action=paths::cancel_event(plan.event.id) class="card" novalidate="">
            <ProblemSummary errors=errors.clone() lang />
            <input type="hidden" name="step" value="review" />
            <Field field=reason lang /> {scope(plan, typed, &errors, lang)}
            {fees(plan, typed, &errors, lang)} <div class="form-end">
                <SubmitButton>{cancellation::look(lang)}</SubmitButton>
            </div>
        </form>
    }
}

/// Everything, or only some of the ticket types; one type alone is everything.
fn scope(
    plan: &Plan,
    typed: &CancelFields,
    errors: &FieldErrors,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    if plan.sold.len() < 2 {
        return None;
    }
    let option = |value: &'static str, label: &'static str, hint: &'static str| {
        let is_chosen = value == typed.scope || (value == "all" && typed.scope.is_empty());
        view! {
            <label class="choice">
                <input type="radio" name="scope" value=value checked=is_chosen />
                <span>
                    {label} <span class="choice-hint">{hint}</span>
                </span>
            </label>
        }
    };
    let all = option("all", cancellation::scope_all(lang), cancellation::scope_all_hint(lang));
    let some = option("some", cancellation::scope_some(lang), cancellation::scope_some_hint(lang));
    let boxes = plan
        .sold
        .iter()
        .map(|it| {
            let id = it.id.to_string();
            let is_ticked = typed.only.split(',').any(|only| only == id);
            view! {
                <label class="choice">
                    <input type="checkbox" name=id value="on" checked=is_ticked />
                    <span>{it.name.clone()}</span>
                </label>
            }
        })
        .collect_view();
    let error = errors.get("ticket_types").cloned();
    let invalid = error.is_some().then_some("");
    Some(view! {
        <fieldset class="field">
            <legend class="field-label">{cancellation::scope(lang)}</legend>
            <div class="choices">{all} {some}</div>
        </fieldset>
        <fieldset
            class="field"
            id=crate::components::field::field_id("ticket_types")
            data-invalid=invalid
        >
            <legend class="field-label">{cancellation::scope_types(lang)}</legend>
            {error.map(|error| view! { <p class="field-error">{error}</p> })}
            <div class="choices">{boxes}</div>
        </fieldset>
    })
}

fn fees(
    plan: &Plan,
    typed: &CancelFields,
    errors: &FieldErrors,
    lang: Lang,
) -> impl IntoView + use<> {
    let number = |name: &str, label: &str, value: &str, unit: &str| FieldSpec {
        value: value.to_owned(),
        error: errors.get(name).cloned(),
        inputmode: Some("numeric"),
        unit: Some(unit.to_owned()),
        is_required: false,
        ..FieldSpec::new(name, label)
    };
    let percent = number(
        "fee_percent",
        cancellation::fee_percent(lang),
        &typed.fee_percent,
        cancellation::unit_percent(lang),
    );
    let fixed = number(
        "fee_per_ticket",
        cancellation::fee_per_ticket(lang),
        &typed.fee_per_ticket,
        words::organizer::unit_yen(lang),
    );
    let is_open = !typed.fee_percent.is_empty() || !typed.fee_per_ticket.is_empty();
    let has_money = plan.total.back.is_positive();
    has_money.then(|| {
        view! {
            <details class="sold-type-more" open=is_open>
                <summary>{cancellation::fee_title(lang)}</summary>
                <p class="field-help">{cancellation::fee_hint(lang)}</p>
                <div class="field-pair">
                    <Field field=percent lang />
                    <Field field=fixed lang />
                </div>
            </details>
        }
    })
}

/// What is kept, in one line; none where nothing is.
pub(super) fn terms_line(
    terms: &domain::event_cancellation::CancellationTerms,
    lang: Lang,
) -> Option<String> {
    let percent = Some(terms.fee_basis_points / 100).filter(|it| *it > 0);
    let fixed = Some(terms.fee_per_ticket).filter(|it| it.is_positive());
    let fixed = fixed.map(|it| words::money::format(it, lang));
    (percent.is_some() || fixed.is_some())
        .then(|| cancellation::fee(percent, fixed.as_deref(), lang))
}
