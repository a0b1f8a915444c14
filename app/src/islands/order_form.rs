//! The choice of tickets with its total: number fields that count up and down and add up once they wake.

use domain::fees::FeeTerms;
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use domain::tax::{TaxPart, TaxRate, tax_inside};
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use words::lang::Lang;
use words::{money, participant};

/// A ticket type to choose from; texts are made on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    pub id: String,
    pub name: String,
    pub description: String,
    pub price_minor: i64,
    pub tax_basis_points: u16,
    /// Why it cannot be chosen now; none where it can.
    pub closed: Option<String>,
    /// Limits in words.
    pub note: Option<String>,
    pub max: u32,
    /// What was chosen before.
    pub quantity: u32,
}

/// What the buyer pays on top, by the rules of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeView {
    pub terms: FeeTerms,
    pub methods: Vec<PaymentMethod>,
}

/// The choice, the buyer's fields (`children`), the attendees' names and the bar with the sum.
#[island]
pub fn OrderForm(
    offers: Vec<OfferView>,
    currency: Currency,
    fees: Option<FeeView>,
    lang: String,
    attendee_names: String,
    children: Children,
) -> impl IntoView {
    let lang = Lang::parse(&lang).unwrap_or_default();
    let is_free = offers.iter().all(|offer| offer.price_minor == 0);
    let choices: Vec<Choice> = offers
        .into_iter()
        .map(|offer| Choice { n: RwSignal::new(offer.quantity), offer })
        .collect();
    let choices = StoredValue::new(choices);
    let fees = StoredValue::new(fees);
    let is_awake = RwSignal::new(false);
    Effect::new(move || is_awake.set(true));
    view! {
        <ul class="offers">
            {choices
                .get_value()
                .into_iter()
                .map(|choice| offer_row(choice, currency, lang, is_awake))
                .collect_view()}
        </ul>
        {children()}
        {attendees(choices, attendee_names, lang, is_awake)}
        <div class="order-bar">
            <div class="order-bar-inner">
                <div class="order-sum" aria-live="polite" aria-atomic="true">
                    {move || sum(&choices.get_value(), fees.get_value().as_ref(), currency, lang)}
                </div>
                <button type="submit" class="button" data-kind="primary">
                    {if is_free { participant::register(lang) } else { participant::go_to_pay(lang) }}
                </button>
            </div>
        </div>
    }
}

#[derive(Clone)]
struct Choice {
    offer: OfferView,
    n: RwSignal<u32>,
}

fn offer_row(
    choice: Choice,
    currency: Currency,
    lang: Lang,
    is_awake: RwSignal<bool>,
) -> impl IntoView {
    let Choice { offer, n } = choice;
    let price = money::format_or_free(Money::new(offer.price_minor, currency), lang);
    let field = format!("quantity[{}]", offer.id);
    let label = format!("{} {}", offer.name, participant::quantity(lang));
    let max = offer.max;
    let is_chosen = move || (n.get() > 0).then_some("");
    let is_full = move || n.get() >= max;
    let input = NodeRef::<Input>::new();
    Effect::new(move |was_awake: Option<()>| {
        let chosen = n.get();
        let Some(input) = input.get() else { return };
        if was_awake.is_some() {
            input.set_value(&chosen.to_string());
        } else {
            // What was typed before this woke up stays.
            n.set(u32::min(input.value().trim().parse().unwrap_or(chosen), max));
        }
    });
    let control = match offer.closed.clone() {
        Some(why) => view! { <span class="offer-closed">{why}</span> }.into_any(),
        None => view! {
            <div class="stepper" data-awake=move || is_awake.get().then_some("")>
                <button
                    type="button"
                    aria-label=format!("{} {}", offer.name, participant::fewer(lang))
                    disabled=move || n.get() == 0
                    on:click=move |_| n.update(|n| *n = n.saturating_sub(1))
                >
                    "−"
                </button>
                <input
                    type="number"
                    inputmode="numeric"
                    name=field
                    aria-label=label
                    min="0"
                    max=max.to_string()
                    value=offer.quantity.to_string()
                    node_ref=input
                    on:change:target=move |ev| {
                        let typed = ev.target().value().trim().parse().unwrap_or(0);
                        n.set(u32::min(typed, max));
                    }
                />
                <button
                    type="button"
                    aria-label=format!("{} {}", offer.name, participant::more(lang))
                    disabled=is_full
                    on:click=move |_| n.update(|n| *n = u32::min(n.saturating_add(1), max))
                >
                    "+"
                </button>
            </div>
        }
        .into_any(),
    };
    view! {
        <li class="offer" data-chosen=is_chosen>
            <div class="offer-text">
                <h3>{offer.name.clone()}</h3>
                {(!offer.description.is_empty())
                    .then(|| view! { <p class="offer-description">{offer.description.clone()}</p> })}
                <p class="offer-price">
                    <span class="amount">{price}</span>
                    {offer.note.clone().map(|note| view! { <span class="offer-note">{note}</span> })}
                </p>
            </div>
            {control}
        </li>
    }
}

/// One name a line without JavaScript, one field a person with it; what is sent is the same.
fn attendees(
    choices: StoredValue<Vec<Choice>>,
    typed: String,
    lang: Lang,
    is_awake: RwSignal<bool>,
) -> impl IntoView {
    let names = RwSignal::new(typed.lines().map(str::to_owned).collect::<Vec<_>>());
    let is_open = typed.lines().any(|name| !name.trim().is_empty());
    let people = Memo::new(move |_| people(&choices.get_value(), lang));
    let sent = NodeRef::<Textarea>::new();
    Effect::new(move |was_awake: Option<()>| {
        let lines = names.get().join("\n");
        let Some(sent) = sent.get() else { return };
        if was_awake.is_some() {
            sent.set_value(&lines);
        } else {
            names.set(sent.value().lines().map(str::to_owned).collect());
        }
    });
    let is_shown = move || is_awake.get() && people.with(|people| people.len() > 1);
    view! {
        <details
            class="attendees"
            open=is_open
            hidden=move || is_awake.get() && people.with(|people| people.len() < 2)
        >
            <summary>{participant::attendees(lang)}<span class="field-optional">{words::frame::optional(lang)}</span></summary>
            <p class="field-help">
                {move || {
                    if is_awake.get() {
                        participant::attendees_help(lang)
                    } else {
                        participant::attendees_lines_help(lang)
                    }
                }}
            </p>
            <textarea
                name="attendee_names"
                rows="4"
                aria-label=participant::attendees(lang)
                hidden=move || is_awake.get()
                node_ref=sent
            >
                {format!("\n{typed}")}
            </textarea>
            {move || is_shown().then(|| people.get().into_iter().enumerate().map(|(i, label)| {
                view! {
                    <label class="field attendee">
                        <span class="field-help">{label}</span>
                        <input
                            type="text"
                            autocomplete="off"
                            maxlength="80"
                            value=names.with_untracked(|names| names.get(i).cloned().unwrap_or_default())
                            on:input:target=move |ev| names.update(|names| {
                                while names.len() <= i {
                                    names.push(String::new());
                                }
                                if let Some(name) = names.get_mut(i) {
                                    *name = ev.target().value();
                                }
                            })
                        />
                    </label>
                }
            }).collect_view())}
        </details>
    }
}

/// A label for each person, in the order of the tickets.
fn people(choices: &[Choice], lang: Lang) -> Vec<String> {
    choices
        .iter()
        .flat_map(|choice| {
            (1..=choice.n.get()).map(|i| participant::attendee(&choice.offer.name, i, lang))
        })
        .collect()
}

/// The total and the tax inside it.
fn sum(choices: &[Choice], fees: Option<&FeeView>, currency: Currency, lang: Lang) -> AnyView {
    let chosen: Vec<(TaxRate, Money)> = choices
        .iter()
        .filter(|choice| choice.n.get() > 0)
        .filter_map(|choice| {
            let price = Money::new(choice.offer.price_minor, currency);
            let rate = TaxRate::from_basis_points(choice.offer.tax_basis_points.into())?;
            Some((rate, price.checked_mul(choice.n.get().into()).ok()?))
        })
        .collect();
    if chosen.is_empty() {
        return view! { <p class="order-sum-empty">{participant::choose_first(lang)}</p> }
            .into_any();
    }
    let total = Money::sum(currency, chosen.iter().map(|(_, amount)| *amount));
    let total = total.unwrap_or(Money::zero(currency));
    let nothing = Money::zero(currency);
    let fee = fees.and_then(|fees| fees.terms.added(total, &fees.methods).ok()).unwrap_or(nothing);
    let total = total.checked_add(fee).unwrap_or(total);
    let taxed = chosen.into_iter().chain([(TaxRate::STANDARD, fee)]);
    let taxes = tax_inside(currency, taxed).unwrap_or_default();
    let fee_note =
        fee.is_positive().then(|| words::payouts::fee_note(&money::format(fee, lang), lang));
    view! {
        <p class="order-sum-label">{participant::total(lang)}</p>
        <p class="order-sum-total amount">{money::format(total, lang)}</p>
        {fee_note.map(|note| view! { <p class="order-sum-tax">{note}</p> })}
        <p class="order-sum-tax">{tax_line(&taxes, lang)}</p>
    }
    .into_any()
}

fn tax_line(taxes: &[TaxPart], lang: Lang) -> String {
    let parts = taxes.iter().filter(|part| part.gross.is_positive());
    let lines: Vec<_> = parts
        .map(|part| participant::tax_inside(part.rate, &money::format(part.tax, lang), lang))
        .collect();
    lines.join(" · ")
}
