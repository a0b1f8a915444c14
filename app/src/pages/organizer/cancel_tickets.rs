//! Cancelling for a participant: which tickets, with the fee of the policy or without it.

use domain::cancel_policy::CancelMode;
use domain::limits::REASON_CHARS_MAX;
use domain::money::{Currency, Money};
use leptos::prelude::*;
use operations::cancellations::figures::Sum;
use operations::cancellations::show::CancelView;
use operations::fresh;
use words::cancelling as texts;
use words::lang::Lang;
use words::{money, organizer};

use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::ProblemSummary;
use crate::pages::frame::here;
use crate::paths;
use crate::ssr::flash::Flash;

/// Which tickets, or the form for those that were chosen.
pub(super) fn cancel_tickets(
    view: &CancelView,
    asked: Option<&str>,
    refused: &Flash,
    currency: Currency,
    lang: Lang,
) -> AnyView {
    let sole = (view.tickets.len() == 1).then_some("all");
    match asked.or(sole) {
        Some("all") => form(view, "all", None, refused, (currency, lang)),
        Some(code) if view.offer(Some(code)).is_some() => {
            form(view, code, Some(code), refused, (currency, lang))
        }
        _ => choice(view, currency, lang),
    }
}

fn choice(view: &CancelView, currency: Currency, lang: Lang) -> AnyView {
    let told = |sum: Option<Sum>| {
        let zero = Money::zero(currency);
        let (fee, back) = sum.map_or((zero, zero), |sum| (sum.fee, sum.back));
        format!(
            "{} {} ・ {} {}",
            texts::fee(lang),
            money::format(fee, lang),
            texts::participant_gets(lang),
            money::format(back, lang)
        )
    };
    let row = |name: String, sum: Option<Sum>, href: String, word: &'static str| {
        view! {
            <li class="more-row">
                <p>
                    <b>{name.clone()}</b>
                    " "
                    {told(sum)}
                </p>
                <a
                    class="button"
                    data-kind="secondary"
                    href=href
                    aria-label=format!("{word}: {name}")
                >
                    {word}
                </a>
            </li>
        }
    };
    let rows = view
        .tickets
        .iter()
        .map(|(ticket, offer)| {
            let name = format!("{} {}", ticket.attendee_name, ticket.type_name);
            let href = paths::cancel_order_ticket(view.order, &ticket.code);
            row(name, offer.today, href, texts::one_ticket(lang))
        })
        .collect_view();
    let all = row(
        texts::tickets(view.tickets.len(), lang),
        view.whole.today,
        paths::cancel_order_ticket(view.order, "all"),
        texts::whole_order(lang),
    );
    view! {
        <Card>
            <p class="quiet-text">{texts::for_participant_lead(lang)}</p>
            <ul class="preset-list">{rows} {all}</ul>
        </Card>
    }
    .into_any()
}

fn form(
    view: &CancelView,
    ticket: &str,
    code: Option<&str>,
    refused: &Flash,
    (currency, lang): (Currency, Lang),
) -> AnyView {
    let sum = view.offer(code).and_then(|offer| offer.today);
    let zero = Money::zero(currency);
    let sum = sum.unwrap_or(Sum { fee: zero, back: zero });
    let held = sum.fee.checked_add(sum.back).unwrap_or(sum.back);
    let names = view
        .tickets
        .iter()
        .filter(|(ticket, _)| code.is_none_or(|code| ticket.code == code))
        .map(|(ticket, _)| view! { <li>{ticket.attendee_name.clone()} " " {ticket.type_name.clone()}</li> })
        .collect_view();
    let has_fee = sum.fee.is_positive() && view.policy.policy.mode != CancelMode::Closed;
    let fees = if has_fee {
        fee_choice(sum, held, &refused.value_or("fee", "policy"), lang).into_any()
    } else {
        let back = money::format(sum.back, lang);
        view! {
            <p>
                {texts::participant_gets(lang)} " " <b class="amount">{back}</b>
            </p>
        }
        .into_any()
    };
    let reason = FieldSpec {
        value: refused.value_or("reason", ""),
        error: refused.error("reason"),
        help: Some(texts::reason_hint(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("reason", organizer::refund_reason(lang))
    };
    view! {
        <form method="post" action=here(paths::CANCEL_FOR_PARTICIPANT) class="card" novalidate="">
            <ProblemSummary errors=refused.errors.clone() lang />
            <input type="hidden" name="order" value=view.order.to_string() />
            <input type="hidden" name="ticket" value=ticket.to_owned() />
            <input type="hidden" name="key" value=fresh::token() />
            <p class="quiet-text">{texts::for_participant_lead(lang)}</p>
            <ul>{names}</ul>
            {fees}
            <Field field=reason lang />
            <div class="form-end">
                <SubmitButton kind=ButtonKind::Danger>{organizer::cancel_confirm(lang)}</SubmitButton>
                <LinkButton href=paths::cancel_order(view.order) kind=ButtonKind::Quiet>
                    {organizer::refund_back(lang)}
                </LinkButton>
            </div>
        </form>
    }
    .into_any()
}

/// The fee of the policy, or none; each with what it means for both.
fn fee_choice(by_policy: Sum, held: Money, chosen: &str, lang: Lang) -> impl IntoView + use<> {
    let option = |value: &'static str, label: &'static str, sum: Sum| {
        let hint = format!(
            "{} {} ・ {} {}",
            texts::you_keep(lang),
            money::format(sum.fee, lang),
            texts::participant_gets(lang),
            money::format(sum.back, lang)
        );
        let is_chosen = chosen == value;
        view! {
            <label class="choice">
                <input type="radio" name="fee" value=value checked=is_chosen />
                <span>{label} " " <span class="choice-hint">{hint}</span></span>
            </label>
        }
    };
    let nothing = Sum { fee: Money::zero(held.currency()), back: held };
    let options = [
        option("policy", texts::choice_policy(lang), by_policy),
        option("waive", texts::choice_waive(lang), nothing),
    ];
    view! {
        <fieldset class="field">
            <legend class="field-label">{texts::fee(lang)}</legend>
            <div class="choices">{options.into_iter().collect_view()}</div>
        </fieldset>
    }
}
