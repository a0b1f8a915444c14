//! When, where and how to pay: the three lines under an event's title.

use domain::payment::PaymentMethod;
use leptos::prelude::*;
use operations::events::show::ShownEvent;
use words::lang::Lang;
use words::{date, participant, status};

use crate::components::icon::{Icon, IconName};
use crate::paths;

/// The three lines.
#[component]
pub fn EventFacts(event: ShownEvent, lang: Lang) -> impl IntoView {
    view! {
        <ul class="event-facts">
            {when(&event, lang)} {place(&event, lang)} {payment(&event, lang)}
        </ul>
    }
}

fn when(event: &ShownEvent, lang: Lang) -> AnyView {
    let page = &event.page;
    let Some(start) = page.starts_at else {
        return fact(IconName::Calendar, participant::date_to_come(lang).to_owned(), ().into_any());
    };
    let span = date::span(start, page.ends_at, &page.time_zone, event.now, lang);
    let calendar = view! {
        <a href=paths::event_calendar(&page.slug) rel="external" download="">
            {participant::to_calendar(lang)}
        </a>
    };
    view! {
        <li>
            <span class="fact-icon">
                <Icon name=IconName::Calendar />
            </span>
            <div>
                <p class="fact-main">
                    <time datetime=date::machine(start)>{span}</time>
                </p>
                <p class="fact-more">{calendar}</p>
            </div>
        </li>
    }
    .into_any()
}

fn place(event: &ShownEvent, lang: Lang) -> AnyView {
    let page = &event.page;
    let (name, address) = (page.place_name.clone(), page.place_address.clone());
    if name.is_empty() && address.is_empty() {
        return fact(IconName::Pin, participant::place_to_come(lang).to_owned(), ().into_any());
    }
    let searched = if address.is_empty() { name.clone() } else { address.clone() };
    let main = if name.is_empty() { address.clone() } else { name.clone() };
    let more = (!name.is_empty() && !address.is_empty()).then(|| format!("{address} · "));
    let link = map_url(&searched);
    let more = view! {
        <p class="fact-more">
            {more} <a href=link rel="external noopener noreferrer" target="_blank">{participant::map(lang)}</a>
        </p>
    };
    fact(IconName::Pin, main, more.into_any())
}

fn payment(event: &ShownEvent, lang: Lang) -> AnyView {
    let is_free = event.page.offers.iter().all(|offer| offer.terms.price.is_zero());
    if is_free {
        let more = view! { <p class="fact-more">{participant::no_payment_needed(lang)}</p> };
        return fact(IconName::Wallet, participant::free_event(lang).to_owned(), more.into_any());
    }
    let more = view! { <p class="fact-more">{participant::pay_after(lang)}</p> };
    fact(IconName::Wallet, methods(&event.page.methods, lang), more.into_any())
}

/// `クレジットカード・PayPay・コンビニ`.
pub fn methods(methods: &[PaymentMethod], lang: Lang) -> String {
    let between = match lang {
        Lang::Ja => "・",
        Lang::En => ", ",
    };
    methods.iter().map(|it| status::method(*it, lang)).collect::<Vec<_>>().join(between)
}

fn fact(icon: IconName, main: String, more: AnyView) -> AnyView {
    view! {
        <li>
            <span class="fact-icon">
                <Icon name=icon />
            </span>
            <div>
                <p class="fact-main">{main}</p>
                {more}
            </div>
        </li>
    }
    .into_any()
}

fn map_url(place: &str) -> String {
    let query = serde_urlencoded::to_string([("api", "1"), ("query", place)]).unwrap_or_default();
    format!("https://www.google.com/maps/search/?{query}")
}
