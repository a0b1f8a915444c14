//! An event's dashboard: how much came in of how much, who has not paid, what to do next; live.

use domain::event::EventStatus;
use leptos::prelude::*;
use operations::events::dashboard::{Dashboard, dashboard};
use words::lang::Lang;
use words::status::{self, Tone};
use words::{cancellation, frame, organizer};

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::islands::dashboard::LiveDashboard;
use crate::pages::frame::{Allowed, OrganizerPage, Section};
use crate::pages::organizer::{
    ActionButton, PageHead, event_field, id_in_path, is_visible, nav, title_of, when,
};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

mod chart;
mod money;
mod people;
mod reflection;
mod todo;

/// The dashboard.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::ViewEvents, on_path("event", On::Event), move |member| async move {
        let id = id?;
        let board = dashboard(&member.deps, &member.access, id).await?;
        let token = ssr::sign_in::live_token(&member, id).await;
        Ok(page(&board, token, member.lang).into_any())
    })
}

fn page(board: &Dashboard, token: String, lang: Lang) -> impl IntoView + use<> {
    let event = &board.event;
    let title = title_of(&event.title, lang);
    let body = view! {
        {head(board, title.clone(), token, lang)}
        {banners(board, lang)}
        <div data-live="alerts">{todo::alerts(board, lang)}</div>
            <div class="dashboard-grid">
                <section class="card" data-live="money">
                    {money::collected(board, lang)}
                    {chart::timeline(board, lang)}
                </section>
                <section class="card" data-live="todo" aria-labelledby="todo-title">
                    {todo::todos(board, lang)}
                </section>
                {Allowed::may(Permission::ViewOrders)
                    .then(|| {
                        view! {
                            <section class="card" data-live="unpaid" aria-labelledby="unpaid-title">
                                {people::unpaid(board, lang)}
                            </section>
                            <section
                                class="card"
                                data-live="activity"
                                aria-labelledby="activity-title"
                            >
                                {people::activity(board, lang)}
                            </section>
                        }
                    })}
                <section class="card" data-live="reflection" aria-labelledby="reflection-title">
                    {reflection::reflection(board, lang)}
                </section>
                <section class="card" data-live="parts">
                    {money::parts(board, lang)}
                </section>
        </div>
    }
    .into_any();
    view! {
        <PageHead title />
        <OrganizerPage section=Section::Overview event=nav(event, lang)>{body}</OrganizerPage>
    }
}

fn head(board: &Dashboard, title: String, token: String, lang: Lang) -> impl IntoView + use<> {
    let event = &board.event;
    let live_token = token.clone();
    let snapshot = serde_json::to_string(&board.summary).unwrap_or_default();
    let facts = [when(event, board.now, lang), event.place_name.clone()];
    let facts = facts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ・ ");
    view! {
        <header class="page-header" data-live-token=live_token>
            <div>
                <h1>{title}</h1>
                <p class="page-lead dashboard-facts">
                    <StatusBadge status=status::event(event.status, lang) />
                    <span>{facts}</span>
                    <LiveDashboard
                        channel=paths::live(event.id)
                        token
                        snapshot
                        live=frame::live(lang).to_owned()
                        lost=organizer::live_lost(lang).to_owned()
                        polling=organizer::live_polling(lang).to_owned()
                    />
                </p>
            </div>
            <div class="page-actions">{actions(board, lang)}</div>
        </header>
    }
}

fn actions(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let event = &board.event;
    let look = if is_visible(event.status) {
        view! {
            <LinkButton href=paths::event(&event.slug) kind=ButtonKind::Secondary>
                {organizer::view_page(lang)}
            </LinkButton>
        }
        .into_any()
    } else {
        view! {
            <LinkButton href=paths::event_preview(&event.slug) kind=ButtonKind::Secondary>
                {organizer::preview(lang)}
            </LinkButton>
        }
        .into_any()
    };
    let fields = event_field(event.id);
    let may_turn = event.status == EventStatus::Cancelled || Allowed::may(Permission::EditEvents);
    let turn = match event.status {
        _ if !may_turn => ().into_any(),
        // Publishing stands first on the to-do list, with everything that is missing.
        EventStatus::Draft => ().into_any(),
        EventStatus::Published => view! {
            <ActionButton action=paths::CLOSE_EVENT fields kind=ButtonKind::Secondary>
                {organizer::close_sales(lang)}
            </ActionButton>
        }
        .into_any(),
        EventStatus::Closed => view! {
            <ActionButton action=paths::REOPEN_EVENT fields kind=ButtonKind::Secondary>
                {organizer::reopen_sales(lang)}
            </ActionButton>
        }
        .into_any(),
        EventStatus::Cancelled => view! {
            <LinkButton href=paths::cancellation(event.id)>
                {cancellation::see_progress(lang)}
            </LinkButton>
        }
        .into_any(),
    };
    let is_shared = is_visible(event.status) && event.status != EventStatus::Cancelled;
    let share = is_shared.then(|| {
        view! {
            <LinkButton href=paths::share(event.id)>
                <Icon name=IconName::Share />
                {organizer::share_link(lang)}
            </LinkButton>
        }
    });
    view! { {look} {turn} {share} }
}

fn banners(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let done = ssr::query("done").and_then(|done| match done.as_str() {
        "published" => Some(organizer::published_now(lang)),
        "closed" => Some(organizer::closed_now(lang)),
        _ => None,
    });
    let state = match board.event.status {
        EventStatus::Draft => Some(organizer::draft_banner(lang)),
        EventStatus::Closed if done.is_none() => Some(organizer::closed_banner(lang)),
        EventStatus::Cancelled => Some(cancellation::dashboard_banner(lang)),
        EventStatus::Published | EventStatus::Closed => None,
    };
    view! {
        {done.map(|text| view! { <Notice tone=Tone::Good>{text}</Notice> })}
        {state.map(|text| view! { <Notice tone=Tone::Quiet>{text}</Notice> })}
    }
}
