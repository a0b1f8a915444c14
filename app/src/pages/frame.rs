//! The frames of pages: one column for participants, side navigation (a bar at the bottom on phones) for organizers.

use domain::avatar::Avatar;
use domain::ids::{EventId, OrganizerId, UserId};
use domain::permission::{Permission, PermissionSet};
use domain::standing::Standing;
use domain::time_zone::JAPAN;
use leptos::prelude::*;
use operations::account::User;
use words::lang::Lang;
use words::status::Tone;
use words::{frame, own_profile, payouts, platform};

use crate::components::avatar::AvatarSign;
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
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
    Alerts,
    Money,
    Statements,
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
            Self::Alerts => "alerts",
            Self::Money => "money",
            Self::Statements => "statements",
            Self::Settings => "settings",
        }
    }
}

impl Section {
    /// What one must be allowed to see it.
    const fn needs(self) -> Permission {
        match self {
            Self::Events | Self::Overview | Self::Share => Permission::ViewEvents,
            Self::Orders => Permission::ViewOrders,
            Self::TicketTypes | Self::Details => Permission::EditEvents,
            Self::Alerts => Permission::HandleAlerts,
            Self::Money => Permission::ViewMoney,
            Self::Statements => Permission::ReconcileStatements,
            Self::Settings => Permission::ViewSettings,
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
                {use_context::<ActingFor>()
                    .filter(|it| it.is_one_of_many)
                    .map(|it| view! { <p class="organizer-acting">{it.name}</p> })}
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
                                {phone_alerts(lang)}
                                {Allowed::may(Permission::ViewSettings)
                                    .then(|| {
                                        view! {
                                            <a class="phone-link" href=paths::SETTINGS>
                                                <Icon name=IconName::Settings />
                                                {frame::settings(lang)}
                                            </a>
                                        }
                                    })}
                            }
                        })}
                    {use_context::<IsStaff>()
                        .map(|_| {
                            view! {
                                <a class="lang-switch" href=paths::admin::OVERVIEW>
                                    <Icon name=IconName::Chart />
                                    {platform::brand(lang)}
                                </a>
                            }
                        })}
                    <LangSwitch />
                    {use_context::<Reader>().map(|it| own_account(it, lang))}
                </div>
            </header>
            <main class="organizer-page" id="content">
                {use_context::<OnHold>().map(|it| on_hold(&it, lang))} {children()}
            </main>
        </div>
    }
}

/// The organizer of the page is suspended or looked at, and why; put into the context where the member is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnHold {
    pub standing: Standing,
    pub reason: String,
}

fn on_hold(it: &OnHold, lang: Lang) -> impl IntoView + use<> {
    let is_suspended = it.standing == Standing::Suspended;
    let (tone, title, text) = if is_suspended {
        (Tone::Bad, platform::own_suspended_title(lang), platform::own_suspended_text(lang))
    } else {
        (Tone::Waiting, platform::own_review_title(lang), platform::own_review_text(lang))
    };
    let reason = platform::standing_reason(&it.reason, lang);
    view! {
        <Notice tone title>
            <p>{platform::reason(lang)} ": " {reason}</p>
            <p>{text}</p>
        </Notice>
    }
}

/// Who reads the page; put into the context where the member is found, and on the pages of one's own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub user: UserId,
    /// The name, or the address.
    pub called: String,
    pub zone: String,
}

impl Reader {
    /// Lets the page know its reader.
    pub fn tell(user: &User) {
        let (called, zone) = (user.called().to_owned(), user.time_zone.clone());
        provide_context(Self { user: user.user, called, zone });
    }

    /// The time zone for what is about persons and not about an event; Japan's where nobody is known.
    pub fn zone() -> String {
        use_context::<Self>().map_or_else(|| JAPAN.to_owned(), |it| it.zone)
    }

    /// Says whose times a page shows, where they are not Japan's.
    pub fn note_of_zone(lang: Lang) -> Option<String> {
        let zone = Self::zone();
        (zone != JAPAN).then(|| own_profile::times_are_in(&zone, lang))
    }
}

/// Leads to one's own account.
fn own_account(it: Reader, lang: Lang) -> impl IntoView {
    view! {
        <a class="reader-link" href=paths::ACCOUNT>
            <AvatarSign avatar=Avatar::of(it.user, &it.called) />
            <span class="visually-hidden">{words::login::own_title(lang)} ": "</span>
            <span class="reader-name">{it.called}</span>
        </a>
    }
}

/// The reader is one of our staff too; put into the context where the member is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsStaff;

/// On phones, the way to the alerts stands on top of an event's pages while there are any.
fn phone_alerts(lang: Lang) -> Option<impl IntoView> {
    let n_open = OpenAlerts::count();
    (n_open > 0).then(|| {
        view! {
            <a class="phone-link" href=paths::ALERTS aria-label=open_label(frame::alerts(lang), n_open)>
                <Icon name=IconName::Alert />
                {count_badge(n_open)}
            </a>
        }
    })
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
    let alerts = frame::alerts(lang);
    let statements = words::transfer::statements_title(lang);
    links.push(link(Section::Events, paths::EVENTS.to_owned(), IconName::List, events, events));
    links.push(link(Section::Alerts, paths::ALERTS.to_owned(), IconName::Alert, alerts, alerts));
    let money = payouts::nav(lang);
    links.push(link(Section::Money, paths::PAYOUTS.to_owned(), IconName::Wallet, money, money));
    links.push(link(
        Section::Statements,
        paths::STATEMENTS.to_owned(),
        IconName::Bank,
        statements,
        statements,
    ));
    links.push(link(
        Section::Settings,
        paths::SETTINGS.to_owned(),
        IconName::Settings,
        settings,
        settings,
    ));
    links.retain(|link| Allowed::may(link.section.needs()));
    links
}

fn nav_link(link: NavLink, here: Section) -> impl IntoView {
    let NavLink { section, href, icon, text, short } = link;
    let n_open = if section == Section::Alerts { OpenAlerts::count() } else { 0 };
    let label = open_label(text, n_open);
    view! {
        <a href=href data-section=section.as_str() aria-current=(section == here).then_some("page") aria-label=label>
            <Icon name=icon />
            <span class="nav-text">{text}</span>
            <span class="nav-short" aria-hidden="true">{short}</span>
            {count_badge(n_open)}
        </a>
    }
}

/// The organizer that a page was made for; put into the context where the member is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingFor {
    pub organizer: OrganizerId,
    pub name: String,
    /// Whether the reader belongs to others too, and has to know which this is.
    pub is_one_of_many: bool,
}

/// Where a form of this page is sent: it says whom it was made for, whatever was chosen in another tab since.
pub fn here(action: &str) -> String {
    match use_context::<ActingFor>() {
        Some(ActingFor { organizer, .. }) => format!("{action}?{}={organizer}", paths::FOR),
        None => action.to_owned(),
    }
}

/// What the member may do where the page is about; put into the context where the member is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed(pub PermissionSet);

impl Allowed {
    /// Whether the reader of this page may do it. It only decides what is shown: the server decides again.
    pub fn may(permission: Permission) -> bool {
        use_context::<Self>().is_some_and(|it| it.0.has(permission))
    }
}

/// How many alerts of the organizer are open; put into the context where the member is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAlerts(pub i64);

impl OpenAlerts {
    fn count() -> i64 {
        use_context::<Self>().map_or(0, |it| it.0)
    }
}

/// The menu's word, with the count for those who hear it.
fn open_label(text: &str, n_open: i64) -> String {
    match n_open {
        0 => text.to_owned(),
        n => format!("{text} ({})", words::alerts::open_count(n, ssr::lang())),
    }
}

fn count_badge(n_open: i64) -> Option<impl IntoView> {
    let text = if n_open > 99 { "99+".to_owned() } else { n_open.to_string() };
    // Drawn by the style sheet: the link's label already says it in words.
    (n_open > 0).then(|| view! { <span class="nav-count" data-count=text></span> })
}
