//! The frames of pages: one column for participants, side navigation (a bar at the bottom on phones) for organizers.

use domain::ids::EventId;
use leptos::prelude::*;
use words::frame;
use words::lang::Lang;

use crate::components::icon::{Icon, IconName};
use crate::{paths, ssr};

/// A participant's page.
#[component]
pub fn ParticipantPage(children: Children) -> impl IntoView {
    let lang = ssr::lang();
    view! {
        <a class="skip-link" href="#content">{frame::skip_to_content(lang)}</a>
        <main class="participant-page" id="content">{children()}</main>
        <PageFooter />
    }
}

/// What stands under every page: who runs this, and the other language.
#[component]
pub fn PageFooter() -> impl IntoView {
    let lang = ssr::lang();
    view! {
        <footer class="page-footer">
            <p>{frame::card_data_note(lang)}</p>
            <div class="page-footer-row">
                <span>{frame::powered_by(lang)}</span>
                <LangSwitch />
            </div>
        </footer>
    }
}

/// Leads to the same page in the other language.
#[component]
pub fn LangSwitch() -> impl IntoView {
    let other = ssr::lang().other();
    let address = ssr::address_in(other);
    view! {
        <a class="lang-switch" href=address lang=other.code() hreflang=other.code() rel="nofollow">
            <Icon name=IconName::Globe />
            {other.own_name()}
        </a>
    }
}

/// Where in the organizer's part a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Events,
    Overview,
    Orders,
    TicketTypes,
    Details,
    Share,
    Settings,
}

impl Section {
    /// The word in style sheets.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Overview => "overview",
            Self::Orders => "orders",
            Self::TicketTypes => "ticket_types",
            Self::Details => "details",
            Self::Share => "share",
            Self::Settings => "settings",
        }
    }
}

/// The event that an organizer's page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNav {
    pub event: EventId,
    pub title: String,
}

/// An organizer's page.
#[component]
pub fn OrganizerPage(
    section: Section,
    #[prop(optional_no_strip)] event: Option<EventNav>,
    children: Children,
) -> impl IntoView {
    let lang = ssr::lang();
    let title = event.as_ref().map(|event| event.title.clone());
    view! {
        <a class="skip-link" href="#content">{frame::skip_to_content(lang)}</a>
        <div class="organizer-frame">
            <header class="organizer-side">
                <a class="brand" href=paths::EVENTS>{frame::product(lang)}</a>
                {title.map(|title| view! { <p class="organizer-event">{title}</p> })}
                <nav class="organizer-nav" aria-label=frame::menu(lang) data-event=event.is_some()
                >
                    {links(event.as_ref(), lang)
                        .into_iter()
                        .map(|link| nav_link(link, section))
                        .collect_view()}
                </nav>
                <div class="organizer-side-end">
                    // On phones the bar at the bottom is for the event; these two stand on top.
                    {event
                        .is_some()
                        .then(|| {
                            view! {
                                <a class="phone-link" href=paths::EVENTS>
                                    <Icon name=IconName::List />
                                    {frame::all_events_short(lang)}
                                </a>
                                <a class="phone-link" href=paths::SETTINGS>
                                    <Icon name=IconName::Settings />
                                    {frame::settings(lang)}
                                </a>
                            }
                        })}
                    <LangSwitch />
                </div>
            </header>
            <main class="organizer-page" id="content">{children()}</main>
        </div>
    }
}

struct NavLink {
    section: Section,
    href: String,
    icon: IconName,
    text: &'static str,
    /// For the bar at the bottom of phones.
    short: &'static str,
}

fn links(event: Option<&EventNav>, lang: Lang) -> Vec<NavLink> {
    let link = |section, href, icon, text, short| NavLink { section, href, icon, text, short };
    let mut links = Vec::new();
    if let Some(EventNav { event, .. }) = event {
        let id = *event;
        let (overview, share) = (frame::overview(lang), frame::share(lang));
        links.push(link(
            Section::Overview,
            paths::dashboard(id),
            IconName::Chart,
            overview,
            overview,
        ));
        links.push(link(
            Section::Orders,
            paths::orders(id),
            IconName::People,
            frame::orders(lang),
            frame::orders_short(lang),
        ));
        links.push(link(
            Section::TicketTypes,
            paths::ticket_types(id),
            IconName::Ticket,
            frame::ticket_types(lang),
            frame::ticket_types_short(lang),
        ));
        links.push(link(
            Section::Details,
            paths::edit_event(id),
            IconName::Edit,
            frame::event_details(lang),
            frame::event_details_short(lang),
        ));
        links.push(link(Section::Share, paths::share(id), IconName::Share, share, share));
    }
    let (events, settings) = (frame::all_events(lang), frame::settings(lang));
    links.push(link(Section::Events, paths::EVENTS.to_owned(), IconName::List, events, events));
    links.push(link(
        Section::Settings,
        paths::SETTINGS.to_owned(),
        IconName::Settings,
        settings,
        settings,
    ));
    links
}

fn nav_link(link: NavLink, here: Section) -> impl IntoView {
    let NavLink { section, href, icon, text, short } = link;
    view! {
        <a href=href data-section=section.as_str() aria-current=(section == here).then_some("page") aria-label=text>
            <Icon name=icon />
            <span class="nav-text">{text}</span>
            <span class="nav-short" aria-hidden="true">{short}</span>
        </a>
    }
}
