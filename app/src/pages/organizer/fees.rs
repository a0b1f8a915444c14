//! The fees of an event beside its prices: who bears them, what a participant pays, what the organizer gets.

use domain::fees::{Bearer, FeeTerms};
use domain::money::Money;
use domain::payment::PaymentMethod;
use leptos::prelude::*;
use operations::events::list::Event;
use operations::events::ticket_types::TicketType;
use operations::fees::EventFees;
use words::lang::Lang;
use words::{money, payouts, status};

use crate::components::button::{ButtonKind, SubmitButton};
use crate::pages::frame::here;
use crate::paths;

/// Nothing where nothing is taken.
pub fn fees_card(
    event: &Event,
    fees: &EventFees,
    on_offer: &[TicketType],
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    let terms = fees.terms.as_ref()?;
    let paid = on_offer.iter().filter(|it| it.terms.price.is_positive());
    let rows = paid.map(|it| row(it, terms, &fees.methods, lang)).collect_view();
    let choices = Bearer::ALL
        .iter()
        .map(|bearer| {
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        name="bearer"
                        value=bearer.as_str()
                        checked=*bearer == terms.bearer
                    />
                    <span>{payouts::bearer(*bearer, lang)}</span>
                </label>
            }
        })
        .collect_view();
    Some(view! {
        <section class="card" id="fees">
            <h2 class="card-title">{payouts::fees_title(lang)}</h2>
            <p class="quiet-text">{payouts::fees_text(lang)}</p>
            <ul class="key-list">{rows}</ul>
            <form method="post" action=here(paths::SET_FEE_BEARER)>
                <input type="hidden" name="event" value=event.id.to_string() />
                <fieldset class="field">
                    <legend class="field-label">{payouts::fees_bearer(lang)}</legend>
                    <div class="choices">{choices}</div>
                </fieldset>
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>
                        {payouts::fees_bearer_save(lang)}
                    </SubmitButton>
                </div>
            </form>
        </section>
    })
}

/// A ticket of one type: what is paid for it, and what of it reaches the organizer by each method.
fn row(
    ticket_type: &TicketType,
    terms: &FeeTerms,
    methods: &[PaymentMethod],
    lang: Lang,
) -> impl IntoView + use<> {
    let price = ticket_type.terms.price;
    let nothing = Money::zero(price.currency());
    let added = terms.added(price, methods).unwrap_or(nothing);
    let pays = price.checked_add(added).unwrap_or(price);
    let gets: Vec<String> = methods
        .iter()
        .filter_map(|method| {
            let gets = terms.organizer_gets(price, *method, methods).ok()?;
            Some(format!("{} {}", status::method(*method, lang), money::format(gets, lang)))
        })
        .collect();
    view! {
        <li class="key-line">
            <div>
                <p>
                    <b>{ticket_type.name.clone()}</b>
                    " " {payouts::fees_participant_pays(lang)} " "
                    <span class="amount">{money::format(pays, lang)}</span>
                </p>
                <p class="people-details">
                    {payouts::fees_you_get(lang)} ": " {gets.join(" ・ ")}
                </p>
            </div>
        </li>
    }
}
