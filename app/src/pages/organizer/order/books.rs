//! What lies under an order: ledger lines, the provider's messages, the details of a way to pay.

use domain::money::Money;
use leptos::prelude::*;
use operations::orders::detail::OrderDetail;
use serde_json::Value;
use words::lang::Lang;
use words::{date, organizer};

use crate::components::amount::Amount;
use crate::components::button::ButtonKind;
use crate::pages::organizer::ActionButton;
use crate::paths;

/// The order's ledger lines; debits and credits in their own columns.
pub(super) fn ledger(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    (!found.ledger.is_empty()).then(|| {
        let currency = found.head.amount.currency();
        let rows = found
            .ledger
            .iter()
            .map(|line| {
                let amount = Money::new(line.amount_minor.saturating_abs(), currency);
                let shown = || view! { <Amount money=amount lang /> };
                view! {
                    <tr>
                        <th scope="row">{account(&line.account_kind, lang)}</th>
                        <td class="number">{(line.amount_minor > 0).then(shown)}</td>
                        <td class="number">{(line.amount_minor < 0).then(shown)}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <details class="card order-books">
                <summary>{organizer::order_ledger(lang)}</summary>
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">
                                <span class="visually-hidden">{organizer::order_ledger(lang)}</span>
                            </th>
                            <th scope="col" class="number">
                                {organizer::debit(lang)}
                            </th>
                            <th scope="col" class="number">
                                {organizer::credit(lang)}
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        }
    })
}

/// The name of a ledger account.
pub(super) fn account(kind: &str, lang: Lang) -> String {
    match kind {
        "provider_clearing" => organizer::account_provider_clearing(lang),
        "bank_clearing" => words::transfer::account_bank_clearing(lang),
        "organizer_bank" => words::transfer::account_organizer_bank(lang),
        "organizer_own" => words::transfer::account_organizer_own(lang),
        "organizer_payable" => organizer::account_organizer_payable(lang),
        "buyer_credit" => organizer::account_buyer_credit(lang),
        "refunds_payable" => organizer::account_refunds_payable(lang),
        "provider_fees" => organizer::account_provider_fees(lang),
        "disputes" => organizer::account_disputes(lang),
        other => other,
    }
    .to_owned()
}

/// The provider's messages; an administrator may have one acted on again.
pub(super) fn webhooks(
    found: &OrderDetail,
    is_administrator: bool,
    lang: Lang,
) -> impl IntoView + use<> {
    (!found.webhook_events.is_empty()).then(|| {
        let zone = found.head.time_zone.as_str();
        let rows = found
            .webhook_events
            .iter()
            .map(|event| {
                let fields = vec![
                    ("order", found.head.id.to_string()),
                    ("webhook_event", event.id.to_string()),
                ];
                view! {
                    <li class="webhook-line">
                        <span>
                            <code>{event.kind.clone()}</code>
                            <span class="people-details">
                                {date::short_time(event.received_at, zone)} " ・ "
                                {webhook_status(&event.status, lang)} " ・ "
                                {words::history::deliveries(event.n_deliveries, lang)}
                            </span>
                        </span>
                        {is_administrator
                            .then(|| {
                                view! {
                                    <ActionButton
                                        action=paths::REPLAY_WEBHOOK
                                        fields
                                        kind=ButtonKind::Secondary
                                    >
                                        {organizer::order_replay(lang)}
                                    </ActionButton>
                                }
                            })}
                    </li>
                }
            })
            .collect_view();
        view! {
            <details class="card order-books" open=is_administrator>
                <summary>{organizer::order_webhooks(lang)}</summary>
                <ul class="webhook-lines">{rows}</ul>
            </details>
        }
    })
}

/// How far a message was acted on.
pub(super) fn webhook_status(status: &str, lang: Lang) -> &'static str {
    match status {
        "processed" => organizer::webhook_processed(lang),
        "ignored" => organizer::webhook_ignored(lang),
        _ => organizer::webhook_received(lang),
    }
}

/// What a provider tells about a way to pay, as name and value; nested things are left to the machine.
pub(super) fn method_details(details: &Value, lang: Lang) -> Vec<(String, String)> {
    let Value::Object(details) = details else { return Vec::new() };
    details
        .iter()
        .filter_map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
            };
            (!text.is_empty()).then(|| (words::history::method_detail(name, lang), text))
        })
        .collect()
}
