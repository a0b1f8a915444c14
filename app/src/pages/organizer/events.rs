//! The organizer's first screen: every event with how much came in of how much.

use std::collections::BTreeMap;

use domain::ids::EventId;
use domain::permission::Role;
use leptos::prelude::*;
use operations::account::{self, Organizer};
use operations::events::list::{EventLine, EventPage, collected_of_expected, list};
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, members, money, organizer, status};

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::icon::{Icon, IconName};
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{Allowed, OrganizerPage, Section};
use crate::pages::organizer::{ActionButton, ConfirmedAction, PageHead, title_of};
use crate::pages::visit::Visiting;
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// The list of events.
#[component]
pub fn EventsPage() -> impl IntoView {
    let before = ssr::query("before").and_then(|id| id.parse().ok());
    page_for_member(Permission::ViewEvents, On::OwnEvents, move |member| async move {
        let page = list(&member.deps, &member.access, before).await?;
        let now = member.deps.clock.now();
        let owns_any = account::owns_any(&member.deps, member.home.user.user).await;
        let place = Place {
            others: member.home.organizers.into_iter().skip(1).collect(),
            roles: if member.membership.role.is_some() {
                BTreeMap::new()
            } else {
                member.membership.events
            },
            has_own: owns_any.map_err(ssr::unexpected)?,
        };
        Ok(events(page, now, &place, member.lang).into_any())
    })
}

/// How the reader stands to the organizer, and to others.
struct Place {
    others: Vec<Organizer>,
    /// Of a member of single events.
    roles: BTreeMap<EventId, Role>,
    has_own: bool,
}

fn events(
    page: EventPage,
    now: OffsetDateTime,
    place: &Place,
    lang: Lang,
) -> impl IntoView + use<> {
    let EventPage { events, next } = page;
    let helping = helping(&events, place, lang);
    let switch = switch(place, lang);
    view! {
        <PageHead title=organizer::events_title(lang).to_owned() />
        <OrganizerPage section=Section::Events event=None>
            {if events.is_empty() {
                nothing_yet(lang).into_any()
            } else {
                view! {
                    <header class="page-header">
                        <h1>{organizer::events_title(lang)}</h1>
                        {create_link(lang)}
                    </header>
                    <ul class="event-list">
                        {events.iter().map(|event| event_card(event, now, lang)).collect_view()}
                    </ul>
                    {next
                        .map(|next| {
                            let href = format!("{}?before={next}", paths::EVENTS);
                            view! {
                                <nav class="pager">
                                    <LinkButton href kind=ButtonKind::Secondary>
                                        {organizer::events_older(lang)}
                                    </LinkButton>
                                </nav>
                            }
                        })}
                }
                    .into_any()
            }}
            <div class="events-more">{helping} {switch}</div>
        </OrganizerPage>
    }
}

fn nothing_yet(lang: Lang) -> impl IntoView + use<> {
    view! {
        <EmptyState
            icon=IconName::Calendar
            title=organizer::events_empty_title(lang).to_owned()
            text=organizer::events_empty_text(lang).to_owned()
        >
            {create_link(lang)}
        </EmptyState>
    }
}

fn create_link(lang: Lang) -> Option<impl IntoView> {
    Allowed::may(Permission::CreateEvents).then(|| {
        view! {
            <LinkButton href=paths::NEW_EVENT.to_owned()>
                <Icon name=IconName::Plus />
                {organizer::events_create(lang)}
            </LinkButton>
        }
    })
}

/// For members of single events: in which role, and the way out.
fn helping(events: &[EventLine], place: &Place, lang: Lang) -> Option<impl IntoView + use<>> {
    let rows = events
        .iter()
        .filter_map(|event| Some((event, *place.roles.get(&event.id)?)))
        .map(|(event, role)| {
            let title = title_of(&event.title, lang);
            let fields = vec![("event", event.id.to_string())];
            view! {
                <li class="key-line">
                    <div>
                        <p>
                            <b>{title.clone()}</b>
                        </p>
                        <p class="people-details">{members::role(role, lang)}</p>
                    </div>
                    <ConfirmedAction
                        action=paths::LEAVE_ORGANIZER
                        fields
                        word=members::leave(lang)
                        label=format!("{}: {title}", members::leave(lang))
                        why=members::leave_text(lang)
                        confirm=members::leave_confirm(lang)
                    />
                </li>
            }
        })
        .collect_view();
    (!place.roles.is_empty()).then(|| {
        view! {
            <section class="card">
                <h2 class="card-title">{members::helping_title(lang)}</h2>
                <ul class="key-list">{rows}</ul>
            </section>
        }
    })
}

/// For those who belong to several organizers, or have none of their own.
fn switch(place: &Place, lang: Lang) -> impl IntoView + use<> {
    let others = &place.others;
    // Whoever visits has nothing to make here.
    let is_visit = use_context::<Visiting>().is_some();
    let own = (!place.has_own && !is_visit).then(|| {
        view! {
            <section class="card">
                <div class="more-row">
                    <p>{members::own_text(lang)}</p>
                    <LinkButton href=paths::PROFILE_NEW.to_owned() kind=ButtonKind::Secondary>
                        {members::own(lang)}
                    </LinkButton>
                </div>
            </section>
        }
    });
    let buttons = others
        .iter()
        .map(|it| {
            let fields = vec![("organizer", it.organizer.to_string())];
            let name = it.display_name.clone();
            view! {
                <ActionButton action=paths::ACT_FOR fields=fields kind=ButtonKind::Secondary>
                    {name}
                </ActionButton>
            }
        })
        .collect_view();
    let switch = (!others.is_empty()).then(|| {
        view! {
            <section class="card">
                <h2 class="card-title">{members::switch_title(lang)}</h2>
                <div class="choices">{buttons}</div>
            </section>
        }
    });
    view! { {switch} {own} }
}

fn event_card(event: &EventLine, now: OffsetDateTime, lang: Lang) -> impl IntoView + use<> {
    let (collected, expected) = collected_of_expected(event);
    let when = event.starts_at.map_or_else(
        || organizer::no_date(lang).to_owned(),
        |start| date::span(start, event.ends_at, &event.time_zone, now, lang),
    );
    let facts = [when, event.place_name.clone()];
    let facts = facts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ・ ");
    let has_orders = event.n_people > 0 || expected.is_positive();
    let people = organizer::people(event.n_people, lang);
    let unpaid = (event.n_unpaid > 0).then(|| {
        format!("{} {}", organizer::part_unpaid(lang), organizer::orders(event.n_unpaid, lang))
    });
    view! {
        <li class="card event-card">
            <div class="event-card-head">
                <h2>
                    <a href=paths::dashboard(event.id)>{title_of(&event.title, lang)}</a>
                </h2>
                <StatusBadge status=status::event(event.status, lang) />
            </div>
            <p class="event-card-facts">{facts}</p>
            {if has_orders {
                view! {
                    <p class="event-card-money">
                        <span class="amount event-card-collected">
                            {money::format(collected, lang)}
                        </span>
                        <span class="amount event-card-expected">
                            " / " {money::format(expected, lang)}
                        </span>
                    </p>
                    <progress
                        class="money-progress"
                        max=expected.minor().max(1).to_string()
                        value=collected.minor().to_string()
                        aria-label=organizer::collected(lang)
                    ></progress>
                    <p class="event-card-people">
                        {people} {unpaid.map(|unpaid| format!(" ・ {unpaid}"))}
                    </p>
                }
                    .into_any()
            } else {
                view! { <p class="event-card-people">{organizer::no_orders_yet(lang)}</p> }.into_any()
            }}
        </li>
    }
}
