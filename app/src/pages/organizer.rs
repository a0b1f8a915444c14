//! The organizer's pages.

use domain::event::EventStatus;
use domain::ids::EventId;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::events::list::Event;
use words::lang::Lang;
use words::{date, organizer};

use crate::error::AppError;
use crate::pages::frame::{EventNav, here};
use crate::ssr;

mod about_order;
pub mod alerts;
pub mod audit;
pub mod cancel_event;
pub mod cancel_order;
pub mod cancel_policy;
mod cancel_tickets;
pub mod cancellation;
pub mod dashboard;
pub mod dispute;
pub mod edit_event;
pub mod embed;
pub mod erase_buyer;
pub mod events;
pub mod fees;
pub mod members;
pub mod new_event;
pub mod order;
pub mod orders;
pub mod payout;
pub mod payouts;
pub mod receiving_account;
pub mod refund;
mod retention;
pub mod return_requests;
pub mod screening_settings;
pub mod screenings;
pub mod settings;
pub mod share;
pub mod statements;
pub mod step_up;
pub mod ticket_types;
pub mod webhooks;

/// The id in a page's address.
fn id_in_path<T: std::str::FromStr>(name: &str) -> Result<T, AppError> {
    ssr::param(name).parse().map_err(|_| AppError::NotFound)
}

/// Names the page for the browser, and keeps it out of search engines.
#[component]
pub(crate) fn PageHead(title: String) -> impl IntoView {
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
    }
}

/// A form that is one button.
#[component]
pub(crate) fn ActionButton(
    action: &'static str,
    /// Hidden fields: names and values.
    fields: Vec<(&'static str, String)>,
    #[prop(optional)] kind: crate::components::button::ButtonKind,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional)] is_disabled: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=here(action) class="action-form">
            {fields
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <button
                type="submit"
                class="button"
                data-kind=kind.as_str()
                aria-label=label
                disabled=is_disabled
            >
                {children()}
            </button>
        </form>
    }
}

/// A button that asks once more, and says what it will do; it needs no script.
#[component]
pub(crate) fn ConfirmedAction(
    action: &'static str,
    /// Hidden fields: names and values.
    fields: Vec<(&'static str, String)>,
    /// What opens the question, and how it is read out.
    word: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] why: String,
    /// On the button that does it.
    confirm: &'static str,
) -> impl IntoView {
    view! {
        <details class="confirmed">
            <summary class="button" data-kind="quiet" aria-label=label.clone()>
                {word}
            </summary>
            <div class="confirmed-question">
                <p>{why}</p>
                <ActionButton
                    action
                    fields
                    kind=crate::components::button::ButtonKind::Danger
                    label=format!("{confirm}（{label}）")
                >
                    {confirm}
                </ActionButton>
            </div>
        </details>
    }
}

/// The event's name, or what stands for it.
fn title_of(title: &str, lang: Lang) -> String {
    if title.is_empty() { organizer::untitled(lang).to_owned() } else { title.to_owned() }
}

/// When an event is, or that nobody knows yet.
fn when(event: &Event, now: time::OffsetDateTime, lang: Lang) -> String {
    event.starts_at.map_or_else(
        || organizer::no_date(lang).to_owned(),
        |start| date::span(start, event.ends_at, &event.time_zone, now, lang),
    )
}

fn nav(event: &Event, lang: Lang) -> Option<EventNav> {
    Some(EventNav { event: event.id, title: title_of(&event.title, lang) })
}

fn event_field(event: EventId) -> Vec<(&'static str, String)> {
    vec![("event", event.to_string())]
}

/// Whether people can open the event's page.
fn is_visible(status: EventStatus) -> bool {
    status != EventStatus::Draft
}
