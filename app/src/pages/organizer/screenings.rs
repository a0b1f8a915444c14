//! Orders that were held back before payment: why, in plain words, and what the organizer decides.

use domain::ids::EventId;
use domain::limits::REASON_CHARS_MAX;
use leptos::prelude::*;
use operations::events::list::{Event, get};
use operations::screening::decide::{DecideError, ListedScreening, list};
use words::lang::Lang;
use words::screening as texts;
use words::status::Tone;
use words::{date, organizer, status};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::field::{Field, FieldSpec};
use crate::components::icon::IconName;
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::error::AppError;
use crate::pages::frame::{Allowed, OrganizerPage, Section, here};
use crate::pages::organizer::{PageHead, id_in_path, nav};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

impl From<DecideError> for AppError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::NotFound => Self::NotFound,
            other => ssr::unexpected(other),
        }
    }
}

/// The page of an event's screenings.
#[component]
pub fn ScreeningsPage() -> impl IntoView {
    let id = id_in_path("event");
    let on = on_path("event", On::Event);
    page_for_member(Permission::DecideScreenings, on, move |member| async move {
        let id = id?;
        let event = get(&member.deps, &member.access, id).await?;
        let held_back = list(&member.deps, &member.access, id).await?;
        let lang = member.lang;
        let body = body(&event, &held_back, lang).into_any();
        Ok(view! {
            <PageHead title=texts::queue_title(lang).to_owned() />
            <OrganizerPage section=Section::Orders event=nav(&event, lang)>{body}</OrganizerPage>
        }
        .into_any())
    })
}

fn body(event: &Event, held_back: &[ListedScreening], lang: Lang) -> impl IntoView + use<> {
    let done = ssr::query("done").and_then(|done| match done.as_str() {
        "approved" => Some((Tone::Good, texts::approved_now(lang))),
        "denied" => Some((Tone::Good, texts::denied_now(lang))),
        "decided" => Some((Tone::Quiet, texts::decided_already(lang))),
        "over" => Some((Tone::Quiet, texts::over(lang))),
        "again" => Some((Tone::Bad, texts::again(lang))),
        _ => None,
    });
    let rows = held_back.iter().map(|it| row(event, it, lang)).collect_view();
    let list = if held_back.is_empty() {
        view! {
            <EmptyState
                icon=IconName::Check
                title=texts::queue_none_title(lang).to_owned()
                text=texts::queue_none_text(lang).to_owned()
            />
        }
        .into_any()
    } else {
        view! { <ul class="sold-type-list">{rows}</ul> }.into_any()
    };
    let settings = Allowed::may(Permission::ManageSettings).then(|| {
        view! {
            <p class="list-end">
                <a href=paths::SCREENING>{texts::settings_link(lang)}</a>
            </p>
        }
    });
    view! {
        <div class="form-page">
            <header class="page-header">
                <div>
                    <h1>{texts::queue_title(lang)}</h1>
                    <p class="page-lead">{texts::queue_lead(lang)}</p>
                </div>
                <LinkButton href=paths::orders(event.id) kind=ButtonKind::Secondary>
                    {organizer::orders_title(lang)}
                </LinkButton>
            </header>
            {done.map(|(tone, text)| view! { <Notice tone>{text}</Notice> })}
            {list}
            {settings}
        </div>
    }
}

fn row(event: &Event, it: &ListedScreening, lang: Lang) -> impl IntoView + use<> {
    let zone = event.time_zone.as_str();
    let at = date::day_time(it.decided_at.unwrap_or(it.created_at), zone, lang);
    let score = u16::try_from(it.score).map(texts::decimal).unwrap_or_default();
    let reasons = it
        .reasons
        .iter()
        .map(|reason| view! { <li>{texts::reason(reason, lang)}</li> })
        .collect_view();
    let until = it.is_open().then(|| {
        let until = date::day_time(it.hold_expires_at, zone, lang);
        fact(texts::kept_until(lang), until.into_any())
    });
    let ended = (!it.is_open()).then(|| {
        view! {
            <p>
                <StatusBadge status=status::order(it.order_status, lang) />
            </p>
        }
    });
    let form = it.is_open().then(|| form(event.id, it, lang));
    view! {
        <li class="card" id=it.order.to_string()>
            <h2 class="card-title">
                <a href=paths::order(it.order)>
                    {organizer::polite(&it.buyer_name, lang)} " " {it.order_code.clone()}
                </a>
            </h2>
            <p>
                <StatusBadge status=texts::decision(it.decision, lang) detail=at />
            </p>
            {ended}
            <div class="why-held">
                <p>
                    <b>{texts::reasons(lang)}</b>
                    <span>{texts::score(lang)} " " {score}</span>
                </p>
                <ul>{reasons}</ul>
            </div>
            <dl class="facts-list">
                {fact(texts::mail_address(lang), it.buyer_email.clone().into_any())}
                {fact(texts::amount(lang), view! { <Amount money=it.amount lang /> }.into_any())}
                {until}
            </dl>
            {form}
        </li>
    }
}

fn fact(label: &'static str, value: AnyView) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
}

fn form(event: EventId, it: &ListedScreening, lang: Lang) -> impl IntoView + use<> {
    let answer = FieldSpec {
        help: Some(texts::answer_hint(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("answer", texts::answer(lang))
    };
    view! {
        <form method="post" action=here(paths::DECIDE_SCREENING)>
            <input type="hidden" name="event" value=event.to_string() />
            <input type="hidden" name="order" value=it.order.to_string() />
            <Field field=answer lang />
            <div class="form-end">
                <button type="submit" class="button" data-kind="primary" name="verdict" value="approve">
                    {texts::approve(lang)}
                </button>
                <button type="submit" class="button" data-kind="danger" name="verdict" value="deny">
                    {texts::deny(lang)}
                </button>
            </div>
        </form>
    }
}
