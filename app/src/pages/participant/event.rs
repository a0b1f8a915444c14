//! An event's page: a poster that turns into a bill.

use domain::money::Money;
use domain::payment::PaymentMethod;
use leptos::prelude::*;
use operations::events::show::{
    self, Offer, OfferState, Sale, ShowEventError, ShownEvent, offer_state,
};
use words::lang::Lang;
use words::status::Tone;
use words::{cancellation, date, participant, transfer};

use super::cancelled_facts::PolicyFacts;
use super::cover::EventCover;
use super::event_facts::EventFacts;
use super::machine_readable::{EventData, EventHead};
use crate::api::orders::form::{BY_TRANSFER, form_name};
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::islands::order_form::{FeeView, OfferView, OrderForm};
use crate::pages::frame::ParticipantPage;
use crate::pages::not_found::ProblemPage;
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The page of an event.
#[component]
pub fn EventPage() -> impl IntoView {
    Suspend::new(async move {
        let slug = ssr::param("slug");
        let viewer = match ssr::query("preview") {
            Some(_) => ssr::viewer().await.ok(),
            None => None,
        };
        match show::show_event(&ssr::deps(), &slug, viewer).await {
            Ok(event) => {
                let typed = match ssr::query("again") {
                    Some(_) => flash::peek(&form_name(&slug)).await,
                    None => Flash::default(),
                };
                view! { <EventBody event typed lang=ssr::lang() /> }.into_any()
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
fn EventBody(event: ShownEvent, typed: Flash, lang: Lang) -> impl IntoView {
    let page = event.page.clone();
    let description = event.description_html.clone();
    view! {
        <EventHead event=event.clone() lang />
        <ParticipantPage>
            {(event.sale == Sale::Draft).then(|| view! { <DraftBanner event=event.clone() lang /> })}
            <article class="event-page">
                <div class="event-cover">
                    <EventCover page=page.clone() />
                    <SaleBadge event=event.clone() lang />
                </div>
                <div class="event-poster">
                    <h1 class="event-title">{page.title.clone()}</h1>
                    <p class="event-host">{participant::hosted_by(&page.organizer_name, lang)}</p>
                    <EventFacts event=event.clone() lang />
                    {(!description.is_empty())
                        .then(|| {
                            view! {
                                <section class="event-about">
                                    <h2>{participant::about(lang)}</h2>
                                    <div class="prose" inner_html=description></div>
                                </section>
                            }
                        })}
                    {policy(&event, lang)}
                </div>
                <div class="event-order" id="order">
                    <OrderPart event=event.clone() typed lang />
                    <p class="event-again">
                        <a href=paths::personal_links::of_event(&page.slug)>
                            {words::personal_link::ask(lang)}
                        </a>
                    </p>
                </div>
            </article>
            <EventData event />
        </ParticipantPage>
    }
}

/// What cancelling costs, before anybody orders.
fn policy(event: &ShownEvent, lang: Lang) -> impl IntoView + use<> {
    let page = &event.page;
    let types = page.offers.iter().map(|it| (it.terms.ticket_type, it.name.clone())).collect();
    let is_free = page.offers.iter().all(|offer| offer.terms.price.is_zero());
    view! {
        <PolicyFacts
            policy=page.cancel_policy.clone()
            types
            currency=page.currency
            is_free
            lang
        />
    }
}

#[component]
fn DraftBanner(event: ShownEvent, lang: Lang) -> impl IntoView {
    view! {
        <div class="event-banner">
            <Notice tone=Tone::Waiting title=participant::draft_title(lang)>
                <p>{participant::draft_text(lang)}</p>
                <LinkButton href=paths::edit_event(event.page.event) kind=ButtonKind::Secondary>
                    {participant::draft_button(lang)}
                </LinkButton>
            </Notice>
        </div>
    }
}

/// Whether one can join, on the picture.
#[component]
pub(super) fn SaleBadge(event: ShownEvent, lang: Lang) -> impl IntoView {
    let (word, detail, tone) = match event.sale {
        Sale::Draft => (participant::badge_draft(lang), None, Tone::Quiet),
        Sale::Open { n_free } => {
            let left = n_free.map(|n| participant::places_left(n, lang));
            (participant::badge_open(lang), left, Tone::Good)
        }
        Sale::NotYet { from } => {
            let when = date::day_time(from, &event.page.time_zone, lang);
            let opens = participant::sales_open_at(&when, lang);
            (participant::badge_not_yet(lang), Some(opens), Tone::Waiting)
        }
        Sale::SoldOut => (participant::badge_sold_out(lang), None, Tone::Bad),
        Sale::Closed => (participant::badge_closed(lang), None, Tone::Quiet),
        Sale::Over => (participant::badge_over(lang), None, Tone::Quiet),
        Sale::Cancelled => (cancellation::badge(lang), None, Tone::Bad),
        Sale::Suspended | Sale::Paused | Sale::Unpayable => {
            (participant::badge_suspended(lang), None, Tone::Quiet)
        }
    };
    view! {
        <p class="sale-badge" data-tone=tone.as_str()>
            {word} {detail.map(|detail| view! { <span>" · " {detail}</span> })}
        </p>
    }
}

/// The form while it can be sent, and why not otherwise.
#[component]
fn OrderPart(event: ShownEvent, typed: Flash, lang: Lang) -> impl IntoView {
    let closed = match event.sale {
        Sale::Open { .. } | Sale::Draft => None,
        Sale::NotYet { from } => {
            let when = date::day_time(from, &event.page.time_zone, lang);
            let title = participant::sales_open_at(&when, lang);
            Some((Tone::Waiting, title, participant::not_yet_text(lang)))
        }
        Sale::SoldOut => {
            let title = participant::sold_out_title(lang).to_owned();
            Some((Tone::Quiet, title, participant::sold_out_text(lang)))
        }
        Sale::Closed => {
            let title = participant::closed_title(lang).to_owned();
            Some((Tone::Quiet, title, participant::closed_text(lang)))
        }
        Sale::Over => {
            let title = participant::over_title(lang).to_owned();
            Some((Tone::Quiet, title, participant::over_text(lang)))
        }
        Sale::Paused => {
            let title = participant::paused_title(lang).to_owned();
            Some((Tone::Waiting, title, participant::paused_text(lang)))
        }
        Sale::Unpayable => {
            let title = participant::unpayable_title(lang).to_owned();
            Some((Tone::Waiting, title, participant::unpayable_text(lang)))
        }
        Sale::Suspended => {
            let title = participant::suspended_title(lang).to_owned();
            Some((Tone::Waiting, title, participant::suspended_text(lang)))
        }
        Sale::Cancelled => return cancelled(&event, lang).into_any(),
    };
    match closed {
        None => view! { <OrderCard event typed lang /> }.into_any(),
        Some((tone, title, text)) => view! {
            <Notice tone title>
                <p>{text}</p>
            </Notice>
            <Card title=participant::tickets(lang)>
                <ul class="offers">
                    {event.page.offers.iter().map(|offer| closed_offer(&event, offer, lang)).collect_view()}
                </ul>
            </Card>
        }
        .into_any(),
    }
}

/// It does not take place: that, and why, instead of anything to order.
fn cancelled(event: &ShownEvent, lang: Lang) -> impl IntoView + use<> {
    let reason = Some(event.page.cancel_reason.clone()).filter(|it| !it.is_empty());
    view! {
        <Notice tone=Tone::Bad title=cancellation::notice_title(lang)>
            {reason.map(|reason| view! { <p>{reason}</p> })} <p>{cancellation::notice_text(lang)}</p>
        </Notice>
    }
}

fn closed_offer(event: &ShownEvent, offer: &Offer, lang: Lang) -> impl IntoView {
    let view = offer_view(event, offer, &Flash::default(), lang);
    view! {
        <li class="offer">
            <div class="offer-text">
                <h3>{view.name}</h3>
                {(!view.description.is_empty())
                    .then(|| view! { <p class="offer-description">{view.description}</p> })}
                <p class="offer-price">
                    <span class="amount">
                        {words::money::format_or_free(offer.terms.price, lang)}
                    </span>
                </p>
            </div>
            {view.closed.map(|why| view! { <span class="offer-closed">{why}</span> })}
        </li>
    }
}

#[component]
fn OrderCard(event: ShownEvent, typed: Flash, lang: Lang) -> impl IntoView {
    let offers: Vec<OfferView> =
        event.page.offers.iter().map(|offer| offer_view(&event, offer, &typed, lang)).collect();
    let attendee_names = typed.value_or("attendee_names", "");
    let name = FieldSpec {
        value: typed.value_or("buyer_name", ""),
        error: typed.error("buyer_name"),
        autocomplete: Some("name"),
        placeholder: Some(participant::name_placeholder(lang).to_owned()),
        chars_max: Some(domain::limits::NAME_CHARS_MAX),
        ..FieldSpec::new("buyer_name", participant::name(lang))
    };
    let email = FieldSpec {
        value: typed.value_or("buyer_email", ""),
        error: typed.error("buyer_email"),
        kind: "email",
        autocomplete: Some("email"),
        inputmode: Some("email"),
        placeholder: Some("name@example.com".to_owned()),
        chars_max: Some(domain::limits::EMAIL_BYTES_MAX),
        ..FieldSpec::new("buyer_email", participant::email(lang))
    };
    let is_paid = event.page.offers.iter().any(|offer| offer.terms.price.is_positive());
    view! {
        <form class="order-form" method="post" action=paths::PLACE_ORDER>
            <input type="hidden" name="event" value=event.page.slug.clone() />
            <input type="hidden" name="key" value=ssr::form_key() />
            <ProblemSummary errors=typed.errors.clone() lang />
            <h2 class="order-heading">{participant::tickets(lang)}</h2>
            <OrderForm
                offers
                currency=event.page.currency
                fees=event.added_fees.clone().map(|terms| FeeView {
                    terms,
                    methods: event.page.methods.clone(),
                })
                lang=lang.code().to_owned()
                attendee_names
            >
                <fieldset class="order-fields">
                    <legend>{participant::your_details(lang)}</legend>
                    <p class="field-help">{participant::your_details_help(lang)}</p>
                    <Field field=name lang />
                    <Field field=email lang />
                    {is_paid.then(|| how_to_pay(&event, &typed, lang))}
                    {is_paid
                        .then(|| view! { <p class="order-note">{participant::hold_note(lang)}</p> })}
                    <noscript>
                        <button
                            class="button"
                            data-kind="secondary"
                            formaction=paths::QUOTE_ORDER
                            formnovalidate
                        >
                            {participant::calculate(lang)}
                        </button>
                    </noscript>
                </fieldset>
            </OrderForm>
        </form>
    }
}

/// What is added to the price of a single ticket, where the participant bears the fees.
fn fee_of_one(event: &ShownEvent, price: Money, lang: Lang) -> Option<String> {
    let added = event.added_fees.as_ref()?.added(price, &event.page.methods).ok()?;
    added
        .is_positive()
        .then(|| words::payouts::fee_of_one(&words::money::format(added, lang), lang))
}

/// Online or by transfer, where the event allows both; a word about it where it allows transfers alone.
fn how_to_pay(event: &ShownEvent, typed: &Flash, lang: Lang) -> Option<AnyView> {
    let methods = &event.page.methods;
    if !methods.contains(&PaymentMethod::DirectTransfer) {
        return None;
    }
    let online: Vec<PaymentMethod> =
        methods.iter().copied().filter(|method| method.is_hosted()).collect();
    if online.is_empty() {
        return Some(
            view! {
                <input type="hidden" name="pay_by" value=BY_TRANSFER />
                <p class="order-note">{transfer::pay_direct_hint(lang)}</p>
            }
            .into_any(),
        );
    }
    let by_transfer = typed.values.get("pay_by").is_some_and(|by| by == BY_TRANSFER);
    let ways = super::event_facts::methods(&online, lang);
    let choice = |value: &'static str, is_chosen: bool, label: &'static str, hint: String| {
        view! {
            <label class="choice">
                <input type="radio" name="pay_by" value=value checked=is_chosen />
                <span>
                    {label} <span class="choice-hint">{hint}</span>
                </span>
            </label>
        }
    };
    let mut direct_hint = transfer::pay_direct_hint(lang).to_owned();
    if event.added_fees.is_some() {
        direct_hint.push_str(transfer::no_fee_hint(lang));
    }
    Some(
        view! {
            <fieldset class="field">
                <legend class="field-label">{transfer::how_to_pay(lang)}</legend>
                <div class="choices">
                    {choice("online", !by_transfer, transfer::pay_online(lang), ways)}
                    {choice(BY_TRANSFER, by_transfer, transfer::pay_direct(lang), direct_hint)}
                </div>
            </fieldset>
        }
        .into_any(),
    )
}

/// A ticket type in words, with what was chosen before.
pub(super) fn offer_view(
    event: &ShownEvent,
    offer: &Offer,
    typed: &Flash,
    lang: Lang,
) -> OfferView {
    let (terms, zone) = (&offer.terms, event.page.time_zone.as_str());
    let closed = match offer_state(offer, event.now) {
        OfferState::Open if !event.page.can_be_paid(offer) => {
            Some(participant::offer_unpayable(lang).to_owned())
        }
        OfferState::Open => None,
        OfferState::NotYet { from } => {
            Some(participant::sales_open_at(&date::day_time(from, zone, lang), lang))
        }
        OfferState::Ended => Some(participant::offer_ended(lang).to_owned()),
        OfferState::SoldOut => Some(participant::offer_sold_out(lang).to_owned()),
    };
    // More than a few are left: the number would only distract.
    let fee = fee_of_one(event, terms.price, lang);
    let few_left = offer.n_free.filter(|n| *n <= 10 && event.page.offers.len() > 1);
    let notes = [
        fee,
        few_left.map(|n| participant::places_left(n, lang)),
        participant::per_order(terms.per_order_min, terms.per_order_max, lang),
        terms
            .sales_end_at
            .map(|end| participant::sales_end_at(&date::day_time(end, zone, lang), lang)),
    ];
    let note = notes.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let id = terms.ticket_type.to_string();
    // One type only: who comes here wants one of it.
    let usual = if event.page.offers.len() == 1 { terms.per_order_min } else { 0 };
    let max = terms.per_order_max.min(offer.n_free.unwrap_or(u32::MAX));
    let typed = typed.values.get(&format!("quantity[{id}]"));
    let quantity = typed.map_or(usual, |typed| typed.trim().parse().unwrap_or_default());
    OfferView {
        name: offer.name.clone(),
        description: offer.description.clone(),
        price_minor: terms.price.minor(),
        tax_basis_points: terms.tax_rate.basis_points(),
        note: (!note.is_empty() && closed.is_none()).then_some(note),
        quantity: if closed.is_some() { 0 } else { quantity.min(max) },
        closed,
        max,
        id,
    }
}
