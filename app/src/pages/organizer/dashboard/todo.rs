//! What the organizer has to do, the most urgent first, one button each; and what does not add up, in plain words.

use domain::alert::{AlertRule, Severity};
use domain::event::NotPublishable;
use domain::ids::EventId;
use domain::money::Money;
use leptos::prelude::*;
use operations::events::dashboard::{Dashboard, Todo};
use words::lang::Lang;
use words::status::Tone;
use words::todo::{obstacle, todo_accounts, todo_deadline, todo_retry, todo_unpaid};
use words::{cancelling, money, organizer, refunds, screening, transfer};

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::notice::Notice;
use crate::pages::organizer::{ActionButton, event_field};
use crate::paths;

/// What does not add up.
pub(super) fn alerts(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    board
        .alerts
        .iter()
        .map(|alert| {
            let amount = alert.captured_minor.unwrap_or_default();
            let amount = money::format(Money::new(amount, board.event.currency), lang);
            let who = alert.buyer_name.as_deref().unwrap_or_default();
            let told = words::alerts::tell(&alert.rule, who, &amount, "", lang);
            let severity = AlertRule::parse(&alert.rule).map(AlertRule::severity);
            let tone = words::alerts::badge(severity.unwrap_or(Severity::Warning), lang).tone;
            view! {
                <Notice tone=tone title=told.title>
                    <p>{told.saw}</p>
                    <p>
                        <a href=paths::ALERTS>{organizer::todo_check(lang)}</a>
                    </p>
                </Notice>
            }
        })
        .collect_view()
}

/// The to-do list.
pub(super) fn todos(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let zone = board.event.time_zone.as_str();
    let items = board
        .todos
        .iter()
        .map(|todo| view! { <li class="todo">{item(todo, board.event.id, zone, lang)}</li> })
        .collect_view();
    view! {
        <h2 id="todo-title">{organizer::todo_title(lang)}</h2>
        {if board.todos.is_empty() {
            view! {
                <div class="todo-none">
                    <p>
                        <b>{organizer::todo_none_title(lang)}</b>
                    </p>
                    <p>{organizer::todo_none_text(lang)}</p>
                </div>
            }
                .into_any()
        } else {
            view! { <ol class="todo-list">{items}</ol> }.into_any()
        }}
    }
}

/// A line that leads somewhere else.
fn link(tone: Tone, title: String, text: String, href: String, word: &'static str) -> AnyView {
    view! {
        {lines(tone, title, text)}
        <LinkButton href kind=ButtonKind::Secondary>
            {word}
        </LinkButton>
    }
    .into_any()
}

fn item(todo: &Todo, event: EventId, zone: &str, lang: Lang) -> AnyView {
    match todo {
        Todo::SeeAlerts { n } => {
            let text = words::alerts::todo_text(lang).to_owned();
            let check = organizer::todo_check(lang);
            link(Tone::Bad, words::alerts::todo(*n, lang), text, paths::ALERTS.to_owned(), check)
        }
        Todo::AnswerDispute { .. }
        | Todo::AskAccountAgain { .. }
        | Todo::GetAccounts { .. }
        | Todo::TransferBack { .. }
        | Todo::RetryRefunds { .. } => money_item(todo, zone, lang),
        Todo::DecideTransfers { n } => {
            let text = transfer::statements_lead(lang).to_owned();
            let check = organizer::todo_check(lang);
            link(Tone::Waiting, transfer::todo(*n, lang), text, paths::STATEMENTS.to_owned(), check)
        }
        Todo::Complete { obstacles } => complete(obstacles, event, lang).into_any(),
        Todo::Publish => {
            let title = organizer::todo_publish_title(lang).to_owned();
            let text = organizer::todo_publish_text(lang).to_owned();
            view! {
                {lines(Tone::Quiet, title, text)}
                <ActionButton action=paths::PUBLISH_EVENT fields=event_field(event)>
                    {organizer::todo_publish(lang)}
                </ActionButton>
            }
            .into_any()
        }
        Todo::ShareLink => link(
            Tone::Quiet,
            organizer::todo_share_title(lang).to_owned(),
            organizer::todo_share_text(lang).to_owned(),
            paths::share(event),
            organizer::todo_share(lang),
        ),
        Todo::DeadlineNear { n, first, buyer_name, deadline_at } => {
            let who = organizer::and_others(buyer_name, *n, lang);
            let text = format!("{who} ・ {}", organizer::until(*deadline_at, zone, lang));
            let see = organizer::todo_see(lang);
            link(Tone::Waiting, todo_deadline(*n, lang), text, paths::order(*first), see)
        }
        Todo::AwaitPayments { n } => link(
            Tone::Waiting,
            todo_unpaid(*n, lang),
            organizer::todo_unpaid_text(lang).to_owned(),
            paths::orders_of_status(event, "unpaid"),
            organizer::todo_see(lang),
        ),
        Todo::DecideReturns { n, buyer_name } => decide_returns(*n, buyer_name, event, lang),
        Todo::LookAtOrders { n, buyer_name } => {
            let who = organizer::polite(buyer_name, lang);
            let text = format!("{who} ・ {}", screening::todo_text(lang));
            let see = organizer::todo_see(lang);
            link(Tone::Bad, screening::todo(*n, lang), text, paths::screenings(event), see)
        }
        Todo::EraseBuyers { n, first } => link(
            Tone::Waiting,
            words::buyer_data::todo_requests(*n, lang),
            words::buyer_data::todo_text(lang).to_owned(),
            paths::erase_order(*first),
            organizer::todo_see(lang),
        ),
        Todo::CloseSales => close_sales(event, lang).into_any(),
    }
}

fn close_sales(event: EventId, lang: Lang) -> impl IntoView + use<> {
    let title = organizer::todo_close_title(lang).to_owned();
    let text = organizer::todo_close_text(lang).to_owned();
    let fields = event_field(event);
    view! {
        {lines(Tone::Waiting, title, text)}
        <ActionButton action=paths::CLOSE_EVENT fields kind=ButtonKind::Secondary>
            {organizer::close_sales(lang)}
        </ActionButton>
    }
}

/// Wishes to cancel that wait for an answer.
fn decide_returns(n: usize, buyer_name: &str, event: EventId, lang: Lang) -> AnyView {
    let who = organizer::polite(buyer_name, lang);
    let text = format!("{who} ・ {}", cancelling::todo_text(lang));
    view! {
        {lines(Tone::Bad, cancelling::todo_requests(n, lang), text)}
        <LinkButton href=paths::return_requests(event) kind=ButtonKind::Secondary>
            {organizer::todo_see(lang)}
        </LinkButton>
    }
    .into_any()
}

/// What has to do with money that went back or is to go back.
fn money_item(todo: &Todo, zone: &str, lang: Lang) -> AnyView {
    let check = organizer::todo_check(lang);
    match todo {
        Todo::AnswerDispute { n, first, buyer_name, due_at } => {
            let who = organizer::and_others(buyer_name, *n, lang);
            let until = organizer::until(*due_at, zone, lang);
            let text = format!("{who} ・ {until} ・ {}", refunds::todo_dispute_text(lang));
            let (title, href) = (refunds::todo_disputes(*n, lang), paths::dispute(*first));
            link(Tone::Bad, title, text, href, refunds::todo_dispute(lang))
        }
        Todo::AskAccountAgain { n, first, buyer_name } => {
            let who = organizer::and_others(buyer_name, *n, lang);
            let text = format!("{who} ・ {}", refunds::todo_expired_text(lang));
            let (title, href) = (todo_accounts(*n, lang), paths::order(*first));
            link(Tone::Bad, title, text, href, refunds::ask_again(lang))
        }
        Todo::GetAccounts { n, first, buyer_name } => {
            let who = organizer::and_others(buyer_name, *n, lang);
            let text = format!("{who} ・ {}", organizer::todo_account_text(lang));
            link(Tone::Waiting, todo_accounts(*n, lang), text, paths::order(*first), check)
        }
        Todo::TransferBack { n, first, buyer_name } => {
            let who = organizer::and_others(buyer_name, *n, lang);
            let text = format!("{who} ・ {}", refunds::todo_transfer_text(lang));
            link(Tone::Bad, refunds::todo_transfers(*n, lang), text, paths::order(*first), check)
        }
        Todo::RetryRefunds { n, first, buyer_name } => {
            let who = organizer::and_others(buyer_name, *n, lang);
            let text = format!("{who} ・ {}", organizer::todo_retry_text(lang));
            link(Tone::Bad, todo_retry(*n, lang), text, paths::order(*first), check)
        }
        Todo::SeeAlerts { .. }
        | Todo::DecideReturns { .. }
        | Todo::LookAtOrders { .. }
        | Todo::EraseBuyers { .. }
        | Todo::DecideTransfers { .. }
        | Todo::Complete { .. }
        | Todo::Publish
        | Todo::ShareLink
        | Todo::DeadlineNear { .. }
        | Todo::AwaitPayments { .. }
        | Todo::CloseSales => ().into_any(),
    }
}

fn lines(tone: Tone, title: String, text: String) -> impl IntoView + use<> {
    view! {
        <span class="todo-dot" data-tone=tone.as_str() aria-hidden="true"></span>
        <div class="todo-lines">
            <p class="todo-line">{title}</p>
            <p class="todo-text">{text}</p>
        </div>
    }
}

/// Everything that is missing before publishing, each with the way there.
fn complete(obstacles: &[NotPublishable], event: EventId, lang: Lang) -> impl IntoView + use<> {
    let links = obstacles
        .iter()
        .map(|missing| {
            let field = |name: &str| {
                let id = crate::components::field::field_id(&crate::api::in_form(name));
                format!("{}#{id}", paths::edit_event(event))
            };
            let href = match missing {
                NotPublishable::NoTitle => field("title"),
                NotPublishable::NoStart | NotPublishable::IsOver => field("starts_at"),
                NotPublishable::EndsBeforeStart => field("ends_at"),
                NotPublishable::NoTicketType => paths::ticket_type(event, "new"),
                NotPublishable::NoPaymentMethod => field("methods"),
                NotPublishable::IsCancelled => paths::cancellation(event),
            };
            view! {
                <li>
                    <a href=href>{obstacle(*missing, lang)}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <span class="todo-dot" data-tone="waiting" aria-hidden="true"></span>
        <div class="todo-lines">
            <p class="todo-line">{organizer::todo_complete_title(lang)}</p>
            <ul class="obstacles">{links}</ul>
        </div>
    }
}
