//! Who has not paid yet, and what happened last.

use domain::money::Money;
use leptos::prelude::*;
use operations::events::dashboard::{Dashboard, Happening, UnpaidOrder};
use words::lang::Lang;
use words::{date, money, organizer, status};

use crate::components::amount::Amount;
use crate::components::status_badge::StatusBadge;
use crate::paths;

/// Who has not paid yet, the nearest deadline first.
pub(super) fn unpaid(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let rows = board.unpaid.iter().map(|order| unpaid_row(order, board, lang)).collect_view();
    view! {
        <div class="card-head">
            <h2 id="unpaid-title">{organizer::unpaid_title(lang)}</h2>
            {(!board.unpaid.is_empty())
                .then(|| {
                    view! {
                        <a id="unpaid-all" href=paths::orders_of_status(board.event.id, "unpaid")>
                            {organizer::see_all(lang)}
                        </a>
                    }
                })}
        </div>
        {if board.unpaid.is_empty() {
            view! { <p class="quiet-text">{organizer::unpaid_none(lang)}</p> }.into_any()
        } else {
            view! { <ul class="people-list">{rows}</ul> }.into_any()
        }}
    }
}

fn unpaid_row(order: &UnpaidOrder, board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let until = organizer::until(order.deadline_at, &board.event.time_zone, lang);
    let method = order.method.map(|method| status::method(method, lang));
    let details = [Some(order.code.as_str()), method].into_iter().flatten();
    let details = details.collect::<Vec<_>>().join(" ・ ");
    let row = format!("unpaid-{}", order.code);
    let id = row.clone();
    view! {
        <li data-key=row>
            <a id=id href=paths::order(order.id) class="people-row">
                <span class="people-name">
                    {organizer::polite(&order.buyer_name, lang)}
                    <span class="people-details">{details}</span>
                </span>
                <span class="people-end">
                    <Amount money=Money::new(order.amount_minor, board.event.currency) lang />
                    <StatusBadge status=status::order(order.status, lang) detail=until />
                </span>
            </a>
        </li>
    }
}

/// What happened last, newest first.
pub(super) fn activity(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let rows = board.happenings.iter().map(|it| happening(it, board, lang)).collect_view();
    view! {
        <div class="card-head">
            <h2 id="activity-title">{organizer::activity_title(lang)}</h2>
            <a id="activity-all" href=paths::orders(board.event.id)>
                {organizer::see_all(lang)}
            </a>
        </div>
        {if board.happenings.is_empty() {
            view! { <p class="quiet-text">{organizer::activity_none(lang)}</p> }.into_any()
        } else {
            view! { <ul class="people-list">{rows}</ul> }.into_any()
        }}
    }
}

fn happening(it: &Happening, board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let text =
        words::history::happening(&it.topic, it.buyer_name.as_deref().unwrap_or_default(), lang);
    let minor =
        it.payload.get("amount_minor").and_then(serde_json::Value::as_i64).or(it.amount_minor);
    let amount =
        minor.filter(|minor| *minor > 0).map(|minor| Money::new(minor, board.event.currency));
    let news = amount
        .map_or_else(|| text.clone(), |amount| format!("{text} {}", money::format(amount, lang)));
    let ago = date::ago(it.at, board.now, &board.event.time_zone, lang);
    let row = format!("fact-{}", it.id);
    let id = row.clone();
    let line = view! {
        <span class="people-name">{text}</span>
        <span class="people-end">
            {amount.map(|amount| view! { <Amount money=amount lang /> })}
            <time class="people-details" datetime=date::machine(it.at)>
                {ago}
            </time>
        </span>
    };
    view! {
        <li data-key=row data-news=news>
            {match it.order {
                Some(order) => {
                    view! {
                        <a id=id href=paths::order(order) class="people-row">
                            {line}
                        </a>
                    }
                        .into_any()
                }
                None => view! { <span class="people-row">{line}</span> }.into_any(),
            }}
        </li>
    }
}
