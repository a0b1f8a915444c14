//! An event for machines: Open Graph for link previews, JSON-LD for search engines.

use domain::event::Visibility;
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};
use operations::events::show::{OfferState, Sale, ShownEvent, offer_state};
use serde_json::{Value, json};
use words::date;
use words::lang::Lang;

use crate::paths;

/// What stands in the head of an event's page.
#[component]
pub fn EventHead(event: ShownEvent, lang: Lang) -> impl IntoView {
    let page = &event.page;
    let when = page
        .starts_at
        .map(|start| date::span(start, page.ends_at, &page.time_zone, event.now, lang));
    let parts = [when, Some(page.place_name.clone()), Some(event.summary.clone())];
    let description =
        parts.into_iter().flatten().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" · ");
    let is_listed = page.visibility == Visibility::Public && event.sale != Sale::Draft;
    let picture = picture_url(&event);
    view! {
        <Title text=page.title.clone() />
        <Meta name="description" content=description.clone() />
        <Meta property="og:type" content="website" />
        <Meta property="og:site_name" content="EventPay" />
        <Meta property="og:locale" content=lang.locale() />
        <Meta property="og:title" content=page.title.clone() />
        <Meta property="og:description" content=description />
        <Meta property="og:url" content=event.url.clone() />
        <Meta property="og:image" content=picture />
        <Meta name="twitter:card" content="summary_large_image" />
        <Link rel="canonical" href=event.url.clone() />
        {(!is_listed).then(|| view! { <Meta name="robots" content="noindex" /> })}
    }
}

/// The event as schema.org knows it; stands in the body, where its place does not matter.
#[component]
pub fn EventData(event: ShownEvent) -> impl IntoView {
    // The text stands in a script element: nothing in it may close that.
    let text = data(&event).to_string().replace('<', "\\u003c");
    view! { <script type="application/ld+json" inner_html=text></script> }
}

fn data(event: &ShownEvent) -> Value {
    let page = &event.page;
    let offers: Vec<Value> = page
        .offers
        .iter()
        .map(|offer| {
            let availability = match offer_state(offer, event.now) {
                _ if event.sale == Sale::Cancelled => "Discontinued",
                OfferState::Open if !page.can_be_paid(offer) => "OutOfStock",
                OfferState::Open => "InStock",
                OfferState::NotYet { .. } => "PreOrder",
                OfferState::SoldOut => "SoldOut",
                OfferState::Ended => "Discontinued",
            };
            json!({
                "@type": "Offer",
                "name": offer.name,
                "price": price(offer.terms.price),
                "priceCurrency": page.currency.code(),
                "availability": format!("https://schema.org/{availability}"),
                "validFrom": offer.terms.sales_start_at.map(date::machine),
                "url": event.url,
            })
        })
        .collect();
    let status = if event.sale == Sale::Cancelled { "EventCancelled" } else { "EventScheduled" };
    json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": page.title,
        "description": event.summary,
        "startDate": page.starts_at.map(date::machine),
        "endDate": page.ends_at.map(date::machine),
        "eventStatus": format!("https://schema.org/{status}"),
        "location": { "@type": "Place", "name": page.place_name, "address": page.place_address },
        "organizer": { "@type": "Organization", "name": page.organizer_name },
        "image": [picture_url(event)],
        "url": event.url,
        "offers": offers,
    })
}

/// schema.org wants a plain decimal.
fn price(price: domain::money::Money) -> String {
    let n_decimals = usize::try_from(price.currency().n_decimals()).unwrap_or_default();
    let digits = format!("{:0>width$}", price.minor(), width = n_decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(n_decimals));
    if n_decimals == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Link previews want the full address.
fn picture_url(event: &ShownEvent) -> String {
    let slug_path = paths::event(&event.page.slug);
    let origin = event.url.strip_suffix(&slug_path).unwrap_or_default();
    let path = match event.page.cover {
        Some(cover) => paths::file(&cover.file.to_string()),
        None => "/icons/preview.png".to_owned(),
    };
    format!("{origin}{path}")
}
