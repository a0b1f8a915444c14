//! The money of an event: one bar with three named parts, then what came by which method and in which state.

use leptos::prelude::*;
use operations::events::dashboard::Dashboard;
use operations::events::summary::EventSummary;
use words::lang::Lang;
use words::{money, organizer, status};

use crate::components::status_badge::StatusBadge;

/// A part of the bar.
struct Part {
    /// The word in style sheets.
    key: &'static str,
    word: &'static str,
    minor: i64,
    n_people: i64,
}

fn bar_parts(summary: &EventSummary, lang: Lang) -> [Part; 3] {
    [
        Part {
            key: "paid",
            word: organizer::part_paid(lang),
            minor: summary.collected_minor,
            n_people: summary.n_people_paid,
        },
        Part {
            key: "waiting",
            word: organizer::part_waiting(lang),
            minor: summary.waiting_minor,
            n_people: summary.n_people_waiting,
        },
        Part {
            key: "unpaid",
            word: organizer::part_unpaid(lang),
            minor: summary.unpaid_minor,
            n_people: summary.n_people_unpaid,
        },
    ]
}

/// How much came in of how much.
pub(super) fn collected(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let summary = &board.summary;
    let text = |minor: i64| money::format(summary.money(minor), lang);
    let parts = bar_parts(summary, lang);
    let in_words = words::todo::bar_text(
        &text(summary.collected_minor),
        &text(summary.waiting_minor),
        &text(summary.unpaid_minor),
        lang,
    );
    let whole = summary.expected_minor.max(1);
    let n_people = summary.n_people_paid + summary.n_people_waiting + summary.n_people_unpaid;
    let people = match board.n_places {
        Some(n_places) => organizer::places(n_people, n_places, lang),
        None => organizer::people(n_people, lang),
    };
    view! {
        <div class="collected-head">
            <h2 class="quiet-title">{organizer::collected(lang)}</h2>
            <p class="collected-people">{people}</p>
        </div>
        <p class="collected">
            <span class="amount collected-now">{text(summary.collected_minor)}</span>
            " "
            <span class="amount collected-of">"/ " {text(summary.expected_minor)}</span>
        </p>
        <div class="money-bar" role="img" aria-label=in_words>
            {parts
                .iter()
                .map(|part| {
                    // In hundredths of a percent, so that a yen of a million is not lost.
                    let share = part.minor.max(0).saturating_mul(10_000) / whole;
                    let style = format!("width:{}.{:02}%", share / 100, share % 100);
                    view! { <span data-part=part.key data-grow=part.key style=style></span> }
                })
                .collect_view()}
        </div>
        <ul class="money-legend">
            {parts
                .iter()
                .map(|part| {
                    view! {
                        <li data-part=part.key>
                            <span class="money-legend-word">{part.word}</span>
                            <b>{organizer::people(part.n_people, lang)}</b>
                            <b class="amount">{text(part.minor)}</b>
                        </li>
                    }
                })
                .collect_view()}
            {(summary.kept_fees_minor > 0)
                .then(|| {
                    view! {
                        <li data-part="kept_fees">
                            <span class="money-legend-word">
                                {words::cancelling::kept_fees(lang)}
                            </span>
                            <b class="amount">{text(summary.kept_fees_minor)}</b>
                        </li>
                    }
                })}
            {(summary.refunded_minor > 0)
                .then(|| {
                    view! {
                        <li data-part="refunded">
                            <span class="money-legend-word">{organizer::refunded(lang)}</span>
                            <b class="amount">{text(-summary.refunded_minor)}</b>
                        </li>
                    }
                })}
        </ul>
    }
}

/// By method and by state.
pub(super) fn parts(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let summary = &board.summary;
    let text = |minor: i64| money::format(summary.money(minor), lang);
    let by_status = summary
        .by_status
        .iter()
        .filter(|part| part.n_orders > 0)
        .map(|part| {
            view! {
                <tr>
                    <th scope="row">
                        <StatusBadge status=status::order(part.status, lang) />
                    </th>
                    <td>{organizer::orders(part.n_orders, lang)}</td>
                    <td class="amount">{text(part.amount_minor)}</td>
                </tr>
            }
        })
        .collect_view();
    let by_method = summary
        .by_method
        .iter()
        .map(|part| {
            let word = part
                .method
                .map_or(organizer::method_unknown(lang), |method| status::method(method, lang));
            view! {
                <tr>
                    <th scope="row">{word}</th>
                    <td>{organizer::payments(part.n_payments, lang)}</td>
                    <td class="amount">{text(part.collected_minor)}</td>
                </tr>
            }
        })
        .collect_view();
    let nothing = |text: &'static str| view! { <p class="quiet-text">{text}</p> };
    view! {
        <div class="parts">
            <div>
                <h2 id="by-method">{organizer::by_method(lang)}</h2>
                {if summary.by_method.is_empty() {
                    nothing(organizer::nothing_came(lang)).into_any()
                } else {
                    view! {
                        <table class="parts-table" aria-labelledby="by-method">
                            <tbody>{by_method}</tbody>
                        </table>
                    }
                        .into_any()
                }}
            </div>
            <div>
                <h2 id="by-status">{organizer::by_status(lang)}</h2>
                {if summary.n_orders() == 0 {
                    nothing(organizer::no_orders_yet(lang)).into_any()
                } else {
                    view! {
                        <table class="parts-table" aria-labelledby="by-status">
                            <tbody>{by_status}</tbody>
                        </table>
                    }
                        .into_any()
                }}
            </div>
        </div>
    }
}
