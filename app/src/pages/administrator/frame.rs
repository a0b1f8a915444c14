//! The frame of the staff's pages: dark and with its own menu, so that nobody takes it for an organizer's.

use domain::limits::REASON_CHARS_MAX;
use leptos::prelude::*;
use words::lang::Lang;
use words::status::Tone;
use words::{frame, platform};

use crate::api::administration::door;
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
use crate::pages::frame::LangSwitch;
use crate::pages::organizer::PageHead;
use crate::ssr::flash;
use crate::{paths, ssr};

/// Where in the staff's part a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminSection {
    Overview,
    Alerts,
    Jobs,
    Organizers,
    Users,
    Payouts,
    Switches,
    Audit,
}

const SECTIONS: [AdminSection; 8] = [
    AdminSection::Overview,
    AdminSection::Alerts,
    AdminSection::Jobs,
    AdminSection::Organizers,
    AdminSection::Users,
    AdminSection::Payouts,
    AdminSection::Switches,
    AdminSection::Audit,
];

impl AdminSection {
    const fn shown(self, lang: Lang) -> (&'static str, IconName, &'static str) {
        use paths::admin;
        match self {
            Self::Overview => (admin::OVERVIEW, IconName::Chart, platform::overview(lang)),
            Self::Alerts => (admin::ALERTS, IconName::Alert, platform::alerts(lang)),
            Self::Jobs => (admin::JOBS, IconName::Refresh, platform::jobs(lang)),
            Self::Organizers => (admin::ORGANIZERS, IconName::Store, platform::organizers(lang)),
            Self::Users => (admin::USERS, IconName::People, platform::users(lang)),
            Self::Payouts => (paths::ADMIN_PAYOUTS, IconName::Wallet, platform::payouts(lang)),
            Self::Switches => (admin::SWITCHES, IconName::Settings, platform::switches(lang)),
            Self::Audit => (admin::AUDIT, IconName::List, platform::audit(lang)),
        }
    }
}

/// A page of the staff's.
#[component]
pub fn AdminPage(
    section: AdminSection,
    #[prop(into)] title: String,
    children: Children,
) -> impl IntoView {
    let lang = ssr::lang();
    let links = SECTIONS
        .map(|it| {
            let (href, icon, text) = it.shown(lang);
            view! {
                <a href=href aria-current=(it == section).then_some("page")>
                    <Icon name=icon />
                    <span>{text}</span>
                </a>
            }
        })
        .collect_view();
    view! {
        <PageHead title=title />
        <a class="skip-link" href="#content">{frame::skip_to_content(lang)}</a>
        <div class="admin-frame">
            <header class="admin-side">
                <a class="brand" href=paths::admin::OVERVIEW>{platform::brand(lang)}</a>
                <nav class="admin-nav" aria-label=platform::nav(lang)>{links}</nav>
                <div class="admin-side-end">
                    <a class="admin-way-out" href=paths::EVENTS>
                        <Icon name=IconName::ArrowLeft />
                        {platform::to_organizer(lang)}
                    </a>
                    <LangSwitch />
                </div>
            </header>
            <main class="admin-page" id="content">{children()}</main>
        </div>
    }
}

/// What stands on top of a page.
#[component]
pub fn AdminHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] lead: Option<String>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div>
                <h1>{title}</h1>
                {lead.map(|lead| view! { <p class="page-lead">{lead}</p> })}
            </div>
        </header>
    }
}

/// A form that searches by a line of text.
#[component]
pub fn SearchForm(
    action: &'static str,
    label: &'static str,
    value: String,
    /// What else the address asks for, kept.
    #[prop(optional)]
    kept: Vec<(&'static str, String)>,
) -> impl IntoView {
    let lang = ssr::lang();
    view! {
        <form class="admin-search" method="get" action=action role="search">
            <div class="field">
                <label class="field-label" for="admin-q">
                    {label}
                </label>
                <div class="field-control">
                    <input id="admin-q" type="search" name="q" value=value autocomplete="off" maxlength="200" />
                </div>
            </div>
            {kept
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <button type="submit" class="button" data-kind="secondary">
                <Icon name=IconName::Search />
                {platform::search(lang)}
            </button>
        </form>
    }
}

/// Where the staff says why, for the audit log.
#[component]
pub fn ReasonField(
    #[prop(into)] id: String,
    /// What the reason is for, where a page asks for several.
    #[prop(optional)]
    label: Option<&'static str>,
) -> impl IntoView {
    let label = label.unwrap_or_else(|| platform::reason(ssr::lang()));
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>
                {label}
            </label>
            <div class="field-control">
                <input
                    id=id
                    type="text"
                    name="reason"
                    required=true
                    autocomplete="off"
                    maxlength=REASON_CHARS_MAX.to_string()
                />
            </div>
        </div>
    }
}

/// Nothing is there, in words, within a page that has its heading.
#[component]
pub fn Nothing(icon: IconName, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="empty-state">
            <span class="empty-state-icon">
                <Icon name=icon />
            </span>
            <h2 class="empty-state-title">{title}</h2>
            <p class="empty-state-text">{text}</p>
        </div>
    }
}

/// What a search answers with when nothing fits.
#[component]
pub fn NoneFound() -> impl IntoView {
    let lang = ssr::lang();
    view! {
        <Nothing
            icon=IconName::Search
            title=platform::none_found(lang)
            text=platform::none_found_text(lang)
        />
    }
}

/// A table; on phones its rows are cards, in which each cell names itself (`data-label`).
#[component]
pub fn AdminTable<const N: usize>(heads: [&'static str; N], children: Children) -> impl IntoView {
    view! {
        <div class="card admin-table-card">
            <table class="admin-table">
                <thead>
                    <tr>{heads.map(|it| view! { <th scope="col">{it}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The way to what is older, and back to the newest.
#[component]
pub fn Pager(first: Option<String>, next: Option<String>) -> impl IntoView {
    let lang = ssr::lang();
    let link = |href: String, rel: &'static str, text: &'static str| {
        view! {
            <a class="button" data-kind="secondary" href=href rel=rel>
                {text}
            </a>
        }
    };
    (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=platform::next_page(lang)>
                {first.map(|href| link(href, "prev", platform::first_page(lang)))}
                {next.map(|href| link(href, "next", platform::next_page(lang)))}
            </nav>
        }
    })
}

/// What became of the form that led here: the page's own words, or why it was refused.
pub async fn form_answer(done: Option<(Tone, String)>) -> impl IntoView {
    let refused = flash::take(door::FORM).await.whole().map(|text| (Tone::Bad, text));
    done.into_iter()
        .chain(refused)
        .map(|(tone, text)| view! { <Notice tone=tone>{text}</Notice> })
        .collect_view()
}

/// The words of a page whose forms do one thing.
pub fn done_as(word: &str, text: &str) -> Option<(Tone, String)> {
    ssr::query("done").filter(|done| done == word).map(|_| (Tone::Good, text.to_owned()))
}
