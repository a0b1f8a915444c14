//! Wishes to cancel: what the organizer has to decide, and what was decided.

use domain::limits::REASON_CHARS_MAX;
use domain::return_request::ReturnRequestStatus;
use leptos::prelude::*;
use operations::cancellations::decide::{ShownRequest, list};
use operations::events::list::{Event, get};
use words::cancelling as texts;
use words::lang::Lang;
use words::status::Tone;
use words::{date, organizer};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::field::{Field, FieldSpec};
use crate::components::icon::IconName;
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{Allowed, OrganizerPage, Section, here};
use crate::pages::organizer::{PageHead, id_in_path, nav};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page of an event's return requests.
#[component]
pub fn ReturnRequestsPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::ViewOrders, on_path("event", On::Event), move |member| async move {
        let id = id?;
        let event = get(&member.deps, &member.access, id).await?;
        let requests = list(&member.deps, &member.access, id).await?;
        let lang = member.lang;
        let body = body(&event, &requests, lang).into_any();
        Ok(view! {
            <PageHead title=texts::requests_title(lang).to_owned() />
            <OrganizerPage section=Section::Orders event=nav(&event, lang)>{body}</OrganizerPage>
        }
        .into_any())
    })
}

fn body(event: &Event, requests: &[ShownRequest], lang: Lang) -> impl IntoView + use<> {
    let done = ssr::query("done").and_then(|done| match done.as_str() {
        "approved" => Some((Tone::Good, texts::approved_now(lang))),
        "rejected" => Some((Tone::Good, texts::rejected_now(lang))),
        "settled" => Some((Tone::Quiet, texts::too_late_to_decide(lang))),
        "again" => Some((Tone::Bad, organizer::refund_again(lang))),
        _ => None,
    });
    let rows = requests.iter().map(|it| request(event, it, lang)).collect_view();
    let list = if requests.is_empty() {
        view! {
            <EmptyState
                icon=IconName::Check
                title=texts::requests_none_title(lang).to_owned()
                text=texts::requests_none_text(lang).to_owned()
            />
        }
        .into_any()
    } else {
        view! { <ul class="sold-type-list">{rows}</ul> }.into_any()
    };
    view! {
        <div class="form-page">
            <header class="page-header">
                <h1>{texts::requests_title(lang)}</h1>
                <LinkButton href=paths::dashboard(event.id) kind=ButtonKind::Secondary>
                    {organizer::to_dashboard(lang)}
                </LinkButton>
            </header>
            {done.map(|(tone, text)| view! { <Notice tone>{text}</Notice> })}
            {list}
        </div>
    }
}

fn request(event: &Event, it: &ShownRequest, lang: Lang) -> impl IntoView + use<> {
    let (request, zone) = (&it.listed.request, event.time_zone.as_str());
    let at = date::day_time(request.created_at, zone, lang);
    let quote = |label: &'static str, text: &str| {
        (!text.is_empty()).then(|| {
            let text = text.to_owned();
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>{text}</dd>
                </div>
            }
        })
    };
    let sums = it.offer.and_then(|offer| offer.today).map(|today| {
        view! {
            <div>
                <dt>{texts::you_keep(lang)}</dt>
                <dd>
                    <Amount money=today.fee lang />
                </dd>
            </div>
            <div>
                <dt>{texts::participant_gets(lang)}</dt>
                <dd>
                    <Amount money=today.back lang />
                </dd>
            </div>
        }
    });
    let has_fee = it.offer.and_then(|it| it.today).is_some_and(|today| today.fee.is_positive());
    let is_open = request.status == ReturnRequestStatus::Requested;
    let form = is_open.then(|| form(event, it, has_fee, lang).into_any());
    view! {
        <li class="card" id=request.id.to_string()>
            <h2 class="card-title">
                <a href=paths::order(request.order)>
                    {organizer::polite(&it.listed.buyer_name, lang)} " "
                    {it.listed.order_code.clone()}
                </a>
            </h2>
            <p>
                <StatusBadge status=texts::request(request.status, lang) detail=at />
            </p>
            <dl class="facts-list">
                <div>
                    <dt>{texts::tickets(request.tickets.len(), lang)}</dt>
                    <dd>{request.tickets.join(" ")}</dd>
                </div>
                {quote(texts::mail_note(lang), &request.note)}
                {quote(texts::answer(lang), &request.answer)} {sums}
            </dl>
            {form}
        </li>
    }
}

fn form(
    event: &Event,
    it: &ShownRequest,
    has_fee: bool,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    if !Allowed::may(Permission::DecideReturns) {
        return None;
    }
    let id = it.listed.request.id.to_string();
    let answer = FieldSpec {
        help: Some(texts::answer_hint(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("answer", texts::answer(lang))
    };
    let waive = has_fee.then(|| {
        view! {
            <label class="choice">
                <input type="checkbox" name="fee" value="waive" />
                <span>{texts::choice_waive(lang)}</span>
            </label>
        }
    });
    Some(view! {
        <form method="post" action=here(paths::DECIDE_RETURN)>
            <input type="hidden" name="event" value=event.id.to_string() />
            <input type="hidden" name="request" value=id />
            <Field field=answer lang />
            {waive}
            <div class="form-end">
                <button type="submit" class="button" data-kind="primary" name="verdict" value="approve">
                    {texts::approve(lang)}
                </button>
                <button type="submit" class="button" data-kind="danger" name="verdict" value="reject">
                    {texts::reject(lang)}
                </button>
            </div>
        </form>
    })
}
