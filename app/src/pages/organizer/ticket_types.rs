//! Where the ticket types of an event are added, changed, ordered and taken off sale.

use domain::ids::TicketTypeId;
use domain::limits::{LINE_CHARS_MAX, NAME_CHARS_MAX};
use domain::tax::TaxRate;
use domain::time_zone;
use leptos::prelude::*;
use operations::events::list::{Event, get};
use operations::events::ticket_types::{TicketType, list};
use operations::fees::event_fees;
use time::OffsetDateTime;
use words::lang::Lang;
use words::status::Tone;
use words::{date, money, organizer, payouts};

use crate::api::in_form;
use crate::api::ticket_types::{key, new_key};
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::empty_state::EmptyState;
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::icon::{Icon, IconName};
use crate::components::notice::{Notice, ProblemSummary};
use crate::pages::frame::{OrganizerPage, Section, here};
use crate::pages::organizer::fees::fees_card;
use crate::pages::organizer::{ActionButton, PageHead, id_in_path, nav};
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page of an event's ticket types.
#[component]
pub fn TicketTypesPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::EditEvents, on_path("event", On::Event), move |member| async move {
        let id = id?;
        let event = get(&member.deps, &member.access, id).await?;
        let kept = list(&member.deps, &member.access, id).await?;
        let fees = event_fees(&member.deps, &member.access, id).await?;
        let opened = kept.iter().find(|it| ssr::query("open") == Some(it.id.to_string()));
        let refused = match opened {
            Some(ticket_type) => flash::take(&key(ticket_type.id)).await,
            None => flash::take(&new_key(id)).await,
        };
        let opened = opened.map(|it| it.id);
        let fees = fees_card(&event, &fees, &kept, member.lang).into_any();
        Ok(ticket_types(&event, &kept, opened, (&refused, fees), member.lang).into_any())
    })
}

/// The list; one form is open at a time, of one ticket type or of a new one.
fn ticket_types(
    event: &Event,
    on_offer: &[TicketType],
    opened: Option<TicketTypeId>,
    (refused, fees): (&Flash, AnyView),
    lang: Lang,
) -> impl IntoView + use<> {
    let done = ssr::query("done").and_then(|done| {
        let text = match done.as_str() {
            "added" => organizer::ticket_added(lang),
            "saved" => organizer::saved(lang),
            "archived" => organizer::ticket_archived(lang),
            "bearer" => payouts::fees_bearer_saved(lang),
            _ => return None,
        };
        Some(view! { <Notice tone=Tone::Good>{text}</Notice> })
    });
    let n = on_offer.len();
    let is_empty = n == 0;
    let rows = on_offer
        .iter()
        .enumerate()
        .map(|(i, ticket_type)| {
            let place = Place { is_first: i == 0, is_last: i + 1 == n };
            let form = (opened == Some(ticket_type.id))
                .then(|| edit_form(event, ticket_type, refused, lang).into_any());
            row(event, ticket_type, place, form, lang)
        })
        .collect_view();
    let new = if opened.is_some() {
        view! {
            <LinkButton href=paths::ticket_type(event.id, "new") kind=ButtonKind::Secondary>
                <Icon name=IconName::Plus />
                {organizer::ticket_add(lang)}
            </LinkButton>
        }
        .into_any()
    } else {
        let is_open = is_empty
            || !refused.errors.is_empty()
            || ssr::query("open").is_some_and(|it| it == "new");
        new_form(event, refused, is_open, lang).into_any()
    };
    let body = view! {
            <div class="form-page">
                <header class="page-header">
                    <div>
                        <h1>{organizer::tickets_title(lang)}</h1>
                        <p class="page-lead">{organizer::tickets_lead(lang)}</p>
                    </div>
                    <LinkButton href=paths::dashboard(event.id) kind=ButtonKind::Secondary>
                        {organizer::to_dashboard(lang)}
                    </LinkButton>
                </header>
                {done}
                {if is_empty {
                    view! {
                        <EmptyState
                            icon=IconName::Ticket
                            title=organizer::tickets_empty_title(lang).to_owned()
                            text=organizer::tickets_empty_text(lang).to_owned()
                        />
                    }
                        .into_any()
                } else {
                    view! { <ul class="sold-type-list">{rows}</ul> }.into_any()
                }}
                {new} {fees}
            </div>
    }
    .into_any();
    view! {
        <PageHead title=organizer::tickets_title(lang).to_owned() />
        <OrganizerPage section=Section::TicketTypes event=nav(event, lang)>{body}</OrganizerPage>
    }
}

/// Where a row stands in the list.
#[derive(Debug, Clone, Copy)]
struct Place {
    is_first: bool,
    is_last: bool,
}

fn new_form(event: &Event, refused: &Flash, is_open: bool, lang: Lang) -> impl IntoView + use<> {
    view! {
        <details class="card sold-type-new" id="new" open=is_open>
            <summary>
                <Icon name=IconName::Plus />
                {organizer::ticket_add(lang)}
            </summary>
            <form method="post" action=here(paths::ADD_TICKET_TYPE) novalidate="">
                <input type="hidden" name="event" value=event.id.to_string() />
                {fields(event, None, refused, lang)}
                <div class="form-end">
                    <SubmitButton>{organizer::ticket_add(lang)}</SubmitButton>
                </div>
            </form>
        </details>
    }
}

fn row(
    event: &Event,
    ticket_type: &TicketType,
    place: Place,
    form: Option<AnyView>,
    lang: Lang,
) -> impl IntoView + use<> {
    let id = ticket_type.id.to_string();
    let hidden = || vec![("event", event.id.to_string()), ("ticket_type", id.clone())];
    let moved = |direction: &str| {
        let mut fields = hidden();
        fields.push(("direction", direction.to_owned()));
        fields
    };
    let labelled = |word: &str| format!("{word}: {}", ticket_type.name);
    view! {
        <li class="card sold-type" id=id.clone()>
            <div class="sold-type-head">
                <div class="sold-type-name">
                    <h2>{ticket_type.name.clone()}</h2>
                    <p>{facts(event, ticket_type, lang)}</p>
                </div>
                <p class="sold-type-price amount">
                    {money::format_or_free(ticket_type.terms.price, lang)}
                </p>
                <div class="sold-type-moves">
                    <ActionButton
                        action=paths::MOVE_TICKET_TYPE
                        fields=moved("up")
                        kind=ButtonKind::Secondary
                        label=labelled(organizer::ticket_up(lang))
                        is_disabled=place.is_first
                    >
                        <span aria-hidden="true">"↑"</span>
                    </ActionButton>
                    <ActionButton
                        action=paths::MOVE_TICKET_TYPE
                        fields=moved("down")
                        kind=ButtonKind::Secondary
                        label=labelled(organizer::ticket_down(lang))
                        is_disabled=place.is_last
                    >
                        <span aria-hidden="true">"↓"</span>
                    </ActionButton>
                </div>
            </div>
            {match form {
                Some(form) => form,
                None => {
                    view! {
                        <a
                            class="button sold-type-edit"
                            data-kind="secondary"
                            href=paths::ticket_type(event.id, &id)
                            aria-label=labelled(organizer::ticket_edit(lang))
                        >
                            <Icon name=IconName::Edit />
                            {organizer::ticket_edit(lang)}
                        </a>
                    }
                        .into_any()
                }
            }}
        </li>
    }
}

fn edit_form(
    event: &Event,
    ticket_type: &TicketType,
    refused: &Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    let archived =
        vec![("event", event.id.to_string()), ("ticket_type", ticket_type.id.to_string())];
    view! {
        <form
            method="post"
            action=here(paths::SAVE_TICKET_TYPE)
            class="sold-type-form"
            novalidate=""
        >
            <input type="hidden" name="event" value=event.id.to_string() />
            <input type="hidden" name="ticket_type" value=ticket_type.id.to_string() />
            {fields(event, Some(ticket_type), refused, lang)}
            <div class="form-end">
                <SubmitButton>{organizer::save(lang)}</SubmitButton>
                <LinkButton href=paths::ticket_types(event.id) kind=ButtonKind::Quiet>
                    {organizer::go_back(lang)}
                </LinkButton>
            </div>
        </form>
        <div class="more-row">
            <p>{organizer::ticket_archive_hint(lang)}</p>
            <ActionButton
                action=paths::ARCHIVE_TICKET_TYPE
                fields=archived
                kind=ButtonKind::Danger
            >
                {organizer::ticket_archive(lang)}
            </ActionButton>
        </div>
    }
}

/// How many are taken, and when it is sold.
fn facts(event: &Event, ticket_type: &TicketType, lang: Lang) -> String {
    let places = ticket_type
        .places
        .map(|it| organizer::places(i64::from(it.n_taken), i64::from(it.size), lang));
    let zone = event.time_zone.as_str();
    let window = match (ticket_type.terms.sales_start_at, ticket_type.terms.sales_end_at) {
        (None, None) => None,
        (start, end) => {
            let text = |at: Option<OffsetDateTime>| {
                at.map(|at| date::short_time(at, zone)).unwrap_or_default()
            };
            Some(format!("{} – {}", text(start), text(end)).trim().to_owned())
        }
    };
    let description = Some(ticket_type.description.clone()).filter(|text| !text.is_empty());
    [description, places, window].into_iter().flatten().collect::<Vec<_>>().join(" ・ ")
}

/// Makes the inputs of one form: what was refused, else what is kept.
struct Inputs<'a> {
    event: &'a Event,
    kept: Option<&'a TicketType>,
    refused: &'a Flash,
    lang: Lang,
}

impl Inputs<'_> {
    fn line(&self, name: &str, label: &str, now: impl Fn(&TicketType) -> String) -> FieldSpec {
        let name = in_form(name);
        FieldSpec {
            value: self.refused.value_or(&name, &self.kept.map(now).unwrap_or_default()),
            error: self.refused.error(&name),
            is_required: false,
            ..FieldSpec::new(&name, label)
        }
    }

    fn number(
        &self,
        name: &str,
        label: &str,
        unit: &str,
        now: impl Fn(&TicketType) -> String,
    ) -> FieldSpec {
        FieldSpec {
            inputmode: Some("numeric"),
            unit: Some(unit.to_owned()),
            ..self.line(name, label, now)
        }
    }

    fn time(
        &self,
        name: &str,
        label: &str,
        at: impl Fn(&TicketType) -> Option<OffsetDateTime>,
    ) -> FieldSpec {
        let zone = self.event.time_zone.as_str();
        let wall = |it: &TicketType| {
            at(it).and_then(|at| time_zone::wall(at, zone).ok()).unwrap_or_default()
        };
        FieldSpec { kind: "datetime-local", ..self.line(name, label, wall) }
    }
}

fn fields(
    event: &Event,
    kept: Option<&TicketType>,
    refused: &Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    let inputs = Inputs { event, kept, refused, lang };
    let name = FieldSpec {
        is_required: true,
        help: Some(organizer::ticket_name_hint(lang).to_owned()),
        chars_max: Some(NAME_CHARS_MAX),
        ..inputs.line("name", organizer::ticket_name(lang), |it| it.name.clone())
    };
    let price = FieldSpec {
        is_required: true,
        help: Some(organizer::ticket_price_hint(lang).to_owned()),
        ..inputs.number("price", organizer::ticket_price(lang), organizer::unit_yen(lang), |it| {
            it.terms.price.minor().to_string()
        })
    };
    let quota = FieldSpec {
        help: Some(organizer::ticket_quota_hint(lang).to_owned()),
        ..inputs.number(
            "quota",
            organizer::ticket_quota(lang),
            organizer::unit_people(lang),
            |it| it.places.map(|places| places.size.to_string()).unwrap_or_default(),
        )
    };
    let description = FieldSpec {
        chars_max: Some(LINE_CHARS_MAX),
        ..inputs
            .line("description", organizer::ticket_description(lang), |it| it.description.clone())
    };
    view! {
        <ProblemSummary errors=refused.errors.clone() lang />
        <Field field=name lang />
        <div class="field-pair">
            <Field field=price lang />
            <Field field=quota lang />
        </div>
        <Field field=description lang />
        {more_fields(&inputs)}
    }
}

/// What most events never touch.
fn more_fields(inputs: &Inputs<'_>) -> impl IntoView + use<> {
    let lang = inputs.lang;
    let starts = inputs
        .time("sales_start_at", organizer::ticket_sales_start(lang), |it| it.terms.sales_start_at);
    let ends =
        inputs.time("sales_end_at", organizer::ticket_sales_end(lang), |it| it.terms.sales_end_at);
    let unit = organizer::unit_tickets(lang);
    let least = inputs.number("per_order_min", organizer::ticket_min(lang), unit, |it| {
        it.terms.per_order_min.to_string()
    });
    let most = inputs.number("per_order_max", organizer::ticket_max(lang), unit, |it| {
        it.terms.per_order_max.to_string()
    });
    let mut tax = inputs.line("tax_rate", organizer::ticket_tax(lang), |it| {
        it.terms.tax_rate.basis_points().to_string()
    });
    tax.is_required = true;
    if tax.value.is_empty() {
        tax.value = TaxRate::STANDARD.basis_points().to_string();
    }
    let has_errors = [&starts, &ends, &least, &most, &tax].iter().any(|it| it.error.is_some());
    view! {
        <details class="sold-type-more" open=has_errors>
            <summary>{organizer::ticket_more(lang)}</summary>
            <p class="field-help">{organizer::ticket_sales_hint(lang)}</p>
            <div class="field-pair">
                <Field field=starts lang />
                <Field field=ends lang />
            </div>
            <div class="field-pair">
                <Field field=least lang />
                <Field field=most lang />
            </div>
            <SelectField field=tax options=tax_options(lang) lang />
        </details>
    }
}

fn tax_options(lang: Lang) -> Vec<(String, String)> {
    [
        (TaxRate::STANDARD, organizer::tax_standard(lang)),
        (TaxRate::REDUCED, organizer::tax_reduced(lang)),
        (TaxRate::NONE, organizer::tax_none(lang)),
    ]
    .map(|(rate, text)| (rate.basis_points().to_string(), text.to_owned()))
    .to_vec()
}
