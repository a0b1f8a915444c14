//! An event inside of another website: what it is, what is left, and the way to its own page. Nothing is ordered or paid
//! in a frame: browsers keep no cookies for it, and nobody sees whose page it is.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::events::embed::show_embedded;
use operations::events::show::{Offer, Sale, ShowEventError, ShownEvent};
use words::lang::Lang;
use words::{embed, frame, money};

use super::cover::EventCover;
use super::event::{SaleBadge, offer_view};
use super::event_facts::EventFacts;
use crate::error::AppError;
use crate::pages::not_found::ProblemPage;
use crate::ssr;
use crate::ssr::flash::Flash;

/// The page for a frame.
#[component]
pub fn EmbedPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    Suspend::new(async move {
        let key = ssr::query("key").unwrap_or_default();
        let is_framed = ssr::header_of_request("sec-fetch-dest").is_some_and(|it| it == "iframe");
        match show_embedded(&deps, &ssr::param("slug"), &key, is_framed).await {
            Ok(found) => {
                ssr::let_sites_frame(&found.sites);
                view! { <EmbeddedEvent event=found.event lang /> }.into_any()
            }
            Err(ShowEventError::NotFound) => {
                view! { <ProblemPage error=AppError::NotFound /> }.into_any()
            }
            Err(ShowEventError::Unexpected(error)) => {
                view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any()
            }
        }
    })
}

#[component]
fn EmbeddedEvent(event: ShownEvent, lang: Lang) -> impl IntoView {
    let page = event.page.clone();
    let url = own_page(&event, lang);
    let is_open = matches!(event.sale, Sale::Open { .. });
    let button = if is_open { embed::order(lang) } else { embed::look(lang) };
    let kind = if is_open { "primary" } else { "secondary" };
    // The badge on the picture says why nothing can be ordered.
    let offers = (event.sale != Sale::Cancelled).then(|| {
        let offers = page.offers.iter().map(|it| offer(&event, it, lang)).collect_view();
        view! { <ul class="offers">{offers}</ul> }
    });
    view! {
        <Title text=page.title.clone() />
        <Meta name="robots" content="noindex" />
        <script type="module" src="/embed_frame.js"></script>
        <main class="embed" id="content">
            <div class="event-cover">
                <EventCover page=page.clone() />
                <SaleBadge event=event.clone() lang />
            </div>
            <div class="embed-text">
                <h1 class="event-title">{page.title.clone()}</h1>
                <EventFacts event=event.clone() lang />
                {offers}
                <a class="button" data-kind=kind href=url target="_blank" rel="noopener">
                    {button} " "
                    <span class="visually-hidden">{embed::new_tab(lang)}</span>
                </a>
                <p class="embed-by">{frame::powered_by(lang)}</p>
            </div>
        </main>
    }
}

/// The event's page, in the language that the website asked for.
fn own_page(event: &ShownEvent, lang: Lang) -> String {
    match ssr::query("lang") {
        Some(_) => format!("{}?lang={}", event.url, lang.code()),
        None => event.url.clone(),
    }
}

fn offer(event: &ShownEvent, offer: &Offer, lang: Lang) -> impl IntoView + use<> {
    let view = offer_view(event, offer, &Flash::default(), lang);
    // What is left, and until when, matters where it can be had.
    let note = view.note.filter(|_| matches!(event.sale, Sale::Open { .. } | Sale::NotYet { .. }));
    view! {
        <li class="offer">
            <div class="offer-text">
                <h2>{view.name}</h2>
                {note.map(|note| view! { <p class="offer-description">{note}</p> })}
            </div>
            <p class="embed-price">
                <span class="amount">{money::format_or_free(offer.terms.price, lang)}</span>
                {view.closed.map(|why| view! { <span class="offer-closed">{why}</span> })}
            </p>
        </li>
    }
}
