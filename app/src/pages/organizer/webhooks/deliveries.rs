//! The log of a receiver: each delivery with its attempts and what came back.

use domain::webhook_endpoint::DeliveryStatus;
use leptos::prelude::*;
use operations::webhook_deliveries::list::{Attempt, DeliveryLine, DeliveryPage};
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, webhooks as texts};

use crate::components::button::ButtonKind;
use crate::components::status_badge::StatusBadge;
use crate::pages::organizer::ActionButton;
use crate::pages::organizer::webhooks::endpoint::{ZONE, endpoint_field};
use crate::paths;

/// A page of the log.
pub(super) fn log(
    page: &DeliveryPage,
    is_later: bool,
    now: OffsetDateTime,
    lang: Lang,
) -> impl IntoView + use<> {
    let endpoint = page.endpoint.id;
    let is_on = page.endpoint.disabled_at.is_none();
    let rows = page
        .deliveries
        .iter()
        .map(|it| {
            let again = is_on.then(|| {
                let mut fields = endpoint_field(endpoint);
                fields.push(("delivery", it.id.to_string()));
                fields
            });
            delivery(it, again, now, lang)
        })
        .collect_view();
    let older = page.older.map(|id| paths::webhook_before(endpoint, &id.to_string()));
    view! {
        <section class="card webhook-log">
            <div class="card-head">
                <h2 class="card-title">{texts::log(lang)}</h2>
                <p class="quiet-text">{texts::log_kept(lang)}</p>
            </div>
            {if page.deliveries.is_empty() {
                view! { <p class="quiet-text">{texts::log_none(lang)}</p> }.into_any()
            } else {
                view! { <ol class="delivery-list">{rows}</ol> }.into_any()
            }}
        </section>
        <nav class="pager">
            {is_later
                .then(|| {
                    view! {
                        <a
                            class="button"
                            data-kind="secondary"
                            href=paths::webhook(endpoint)
                            rel="prev"
                        >
                            {texts::newest(lang)}
                        </a>
                    }
                })}
            {older
                .map(|href| {
                    view! {
                        <a class="button" data-kind="secondary" href=href rel="next">
                            {texts::older(lang)}
                        </a>
                    }
                })}
        </nav>
    }
}

fn delivery(
    delivery: &DeliveryLine,
    again: Option<Vec<(&'static str, String)>>,
    now: OffsetDateTime,
    lang: Lang,
) -> impl IntoView + use<> {
    let next =
        (delivery.status == DeliveryStatus::Pending && delivery.next_attempt_at > now).then(|| {
            format!(
                "{}: {}",
                texts::next_at(lang),
                date::short_time(delivery.next_attempt_at, ZONE)
            )
        });
    let code = delivery.order_code.clone();
    let attempts = delivery.attempts.iter().map(|it| attempt(it, lang)).collect_view();
    let label = format!("{}: {}", texts::resend(lang), delivery.topic);
    view! {
        <li class="delivery">
            <div class="delivery-head">
                <StatusBadge status=texts::delivery(delivery.status, lang) />
                <code>{delivery.topic.clone()}</code>
                <span class="delivery-word">{texts::topic(&delivery.topic, lang)}</span>
                {code.map(|code| view! { <span class="order-code">{code}</span> })}
                <time datetime=date::machine(delivery.created_at)>
                    {date::short_time(delivery.created_at, ZONE)}
                </time>
                {again
                    .map(|fields| {
                        view! {
                            <ActionButton
                                action=paths::RESEND_WEBHOOK
                                fields
                                kind=ButtonKind::Quiet
                                label
                            >
                                {texts::resend(lang)}
                            </ActionButton>
                        }
                    })}
            </div>
            {next.map(|next| view! { <p class="quiet-text delivery-next">{next}</p> })}
            {(!delivery.attempts.is_empty())
                .then(|| {
                    view! {
                        <ol class="attempt-list" aria-label=texts::attempts(lang)>
                            {attempts}
                        </ol>
                    }
                })}
        </li>
    }
}

fn attempt(attempt: &Attempt, lang: Lang) -> impl IntoView + use<> {
    let status = attempt.response_status.map(|status| format!("HTTP {status}"));
    let body = attempt.response_body.clone();
    view! {
        <li class="attempt">
            <p>
                <time datetime=date::machine(attempt.at)>
                    {date::short_time(attempt.at, ZONE)}
                </time>
                <span>{texts::ordinal(attempt.ordinal, lang)}</span>
                {status.map(|status| view! { <b>{status}</b> })}
                <span>{texts::outcome(attempt.outcome, lang)}</span>
                <span class="number">{attempt.took_ms} " ms"</span>
            </p>
            {(!body.is_empty())
                .then(|| {
                    view! {
                        <details>
                            <summary>{texts::answer(lang)}</summary>
                            <pre tabindex="0">{body}</pre>
                        </details>
                    }
                })}
        </li>
    }
}
