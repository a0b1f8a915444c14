//! Everything that happened to an order as one story, newest first: hands, money, messages, mails.

use domain::money::Money;
use leptos::prelude::*;
use operations::orders::detail::OrderDetail;
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, money, organizer};

use super::books::{account, webhook_status};
use crate::components::card::Card;

/// One thing that happened.
struct Moment {
    at: OffsetDateTime,
    /// The word in style sheets: `hand`, `mail`, `message`, `booking`.
    kind: &'static str,
    title: String,
    details: String,
}

/// The story of an order.
pub(super) fn history(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let zone = found.head.time_zone.as_str();
    let mut moments: Vec<Moment> = hands(found, lang)
        .chain(messages(found, lang))
        .chain(bookings(found, lang))
        .chain(mails(found, lang))
        .collect();
    // What happened at the same moment keeps its order, so the whole story is turned around at the end.
    moments.sort_by_key(|moment| moment.at);
    let rows = moments
        .into_iter()
        .rev()
        .map(|moment| {
            view! {
                <li class="moment" data-moment=moment.kind>
                    <time datetime=date::machine(moment.at)>
                        {date::short_time(moment.at, zone)}
                    </time>
                    <div>
                        <p class="moment-title">{moment.title}</p>
                        {(!moment.details.is_empty())
                            .then(|| view! { <p class="moment-details">{moment.details}</p> })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title=organizer::order_history(lang)>
            <ol class="moments">{rows}</ol>
        </Card>
    }
}

fn hands(found: &OrderDetail, lang: Lang) -> impl Iterator<Item = Moment> {
    found.audit.iter().map(move |entry| {
        let actor = match entry.actor_kind.as_str() {
            "user" => organizer::actor_user(lang),
            "api_key" => organizer::actor_api_key(lang),
            "buyer" => organizer::actor_buyer(lang),
            "provider" => organizer::actor_provider(lang),
            _ => organizer::actor_system(lang),
        };
        let details = match &entry.actor_name {
            Some(name) => format!("{actor} {name}"),
            None => actor.to_owned(),
        };
        Moment {
            at: entry.created_at,
            kind: "hand",
            title: words::history::happening(&entry.action, &found.head.buyer_name, lang),
            details,
        }
    })
}

fn messages(found: &OrderDetail, lang: Lang) -> impl Iterator<Item = Moment> {
    found.webhook_events.iter().map(move |event| Moment {
        at: event.received_at,
        kind: "message",
        title: format!("{} {}", organizer::order_webhook(lang), event.kind),
        details: format!(
            "{} ・ {} ・ {}",
            webhook_status(&event.status, lang),
            words::history::deliveries(event.n_deliveries, lang),
            event.provider_event_id,
        ),
    })
}

/// One moment for each booked fact, with its lines.
fn bookings(found: &OrderDetail, lang: Lang) -> impl Iterator<Item = Moment> {
    let currency = found.head.amount.currency();
    let mut moments: Vec<(String, Moment)> = Vec::new();
    for line in &found.ledger {
        let amount = money::format(Money::new(line.amount_minor, currency), lang);
        let text = format!("{} {amount}", account(&line.account_kind, lang));
        match moments.last_mut().filter(|(fact, _)| *fact == line.fact_key) {
            Some((_, moment)) => {
                moment.details.push_str(" / ");
                moment.details.push_str(&text);
            }
            None => {
                let moment = Moment {
                    at: line.created_at,
                    kind: "booking",
                    title: words::history::posting(&line.transaction_kind, lang),
                    details: text,
                };
                moments.push((line.fact_key.clone(), moment));
            }
        }
    }
    moments.into_iter().map(|(_, moment)| moment)
}

fn mails(found: &OrderDetail, lang: Lang) -> impl Iterator<Item = Moment> {
    found.mails.iter().map(move |mail| {
        let state = match mail.status.as_str() {
            "sent" => organizer::mail_sent(lang),
            "failed" => organizer::mail_failed(lang),
            _ => organizer::mail_queued(lang),
        };
        let subject = if mail.subject.is_empty() { mail.kind.as_str() } else { &mail.subject };
        let error = mail.last_error.as_deref().filter(|_| mail.status == "failed");
        let details = [Some(state), Some(mail.recipient.as_str()), error];
        Moment {
            at: mail.sent_at.unwrap_or(mail.created_at),
            kind: "mail",
            title: format!("{}: {subject}", organizer::mail_word(lang)),
            details: details.into_iter().flatten().collect::<Vec<_>>().join(" ・ "),
        }
    })
}
