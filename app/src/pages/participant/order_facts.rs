//! What was ordered, what it cost, what came back, and what happens next.

use domain::money::Money;
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::refund::{RefundSource, RefundWait, RefundWay};
use domain::tax::{TaxRate, tax_inside};
use leptos::prelude::*;
use operations::orders::show::{
    Credit, CreditKind, OrderPage, PaymentOnOrder, ShownOrder, Situation,
};
use operations::refunds::follow::FollowedRefund;
use words::lang::Lang;
use words::status::Tone;
use words::{date, email_confirmation, money, participant, refunds, screening, status, transfer};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::notice::Notice;
use crate::components::refund_timeline::RefundTimeline;
use crate::components::status_badge::StatusBadge;
use crate::paths;

/// The order as it stands in the books.
#[component]
pub fn OrderFacts(order: ShownOrder, lang: Lang) -> impl IntoView {
    let page = order.page.clone();
    let event = page.event.clone();
    let when = event
        .starts_at
        .map(|start| date::span(start, event.ends_at, &event.time_zone, order.now, lang));
    let place = [event.place_name.clone(), event.place_address.clone()];
    let place = place.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
    let is_paid = page.paid_at.is_some();
    view! {
        <Card title=participant::order_details(lang)>
            <dl class="facts-list">
                {fact(words::mails::event(lang), event.title)}
                {when.map(|when| fact(participant::when(lang), when))}
                {(!place.is_empty()).then(|| fact(participant::place(lang), place))}
                {fact(participant::buyer(lang), page.buyer_name.clone())}
                {fact(participant::order_code(lang), page.code.clone())}
            </dl>
            <dl class="facts-list">
                {page
                    .lines
                    .iter()
                    .map(|line| {
                        view! {
                            <div>
                                <dt>{participant::line(&line.name, line.quantity)}</dt>
                                <dd>
                                    <Amount money=line.amount lang />
                                </dd>
                            </div>
                        }
                    })
                    .collect_view()}
                {page.fee.is_positive().then(|| fee(page.fee, lang))}
                <div class="facts-total">
                    <dt>
                        {if is_paid {
                            participant::amount_paid(lang)
                        } else {
                            participant::amount_ordered(lang)
                        }}
                    </dt>
                    <dd>
                        <Amount money=page.amount lang />
                    </dd>
                    {taxes(&page, lang)}
                </div>
                {paid_by(&page, lang)}
            </dl>
        </Card>
    }
}

fn fact(label: &'static str, value: String) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
}

/// What the buyer pays for fees.
fn fee(fee: Money, lang: Lang) -> impl IntoView {
    view! {
        <div>
            <dt>{words::payouts::fee_line(lang)}</dt>
            <dd>
                <Amount money=fee lang />
            </dd>
        </div>
    }
}

fn taxes(page: &OrderPage, lang: Lang) -> impl IntoView + use<> {
    let lines = page.lines.iter().map(|line| (line.tax_rate, line.amount));
    let lines = lines.chain([(TaxRate::STANDARD, page.fee)]);
    let parts = tax_inside(page.amount.currency(), lines).unwrap_or_default();
    parts
        .into_iter()
        .filter(|part| part.gross.is_positive())
        .map(|part| {
            let text = participant::tax_inside(part.rate, &money::format(part.tax, lang), lang);
            view! { <dd class="facts-note">{text}</dd> }
        })
        .collect_view()
}

/// How and when it was paid.
fn paid_by(page: &OrderPage, lang: Lang) -> Option<impl IntoView + use<>> {
    let captured = |payment: &&PaymentOnOrder| payment.status == PaymentStatus::Captured;
    let payment = page.payments.iter().find(captured)?;
    let method = payment.method?;
    let detail = |name: &str| payment.method_details.get(name)?.as_str().map(str::to_owned);
    let word = match (detail("brand"), detail("last_four_digits")) {
        (Some(brand), Some(digits)) if method == PaymentMethod::CreditCard => {
            participant::card(&capitalized(&brand), &digits)
        }
        _ => status::method(method, lang).to_owned(),
    };
    let at = payment.captured_at.map(|at| date::day_time(at, &page.event.time_zone, lang));
    Some(view! {
        {fact(participant::method_label(lang), word)}
        {at.map(|at| fact(participant::paid_at(lang), at))}
    })
}

/// `visa` as `Visa`.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Money that the order does not claim, and what becomes of it.
#[component]
pub fn CreditNotice(order: ShownOrder, credit: Credit, lang: Lang) -> impl IntoView {
    let amount = money::format(credit.amount, lang);
    let rest = order.page.amount.checked_sub(credit.amount).unwrap_or(order.page.amount);
    let is_checked = !credit.is_promised && !credit.is_returned;
    let title = match credit.kind {
        CreditKind::Twice | CreditKind::Late if is_checked => {
            participant::credit_checked_title(lang).to_owned()
        }
        CreditKind::Twice => participant::credit_twice_title(lang).to_owned(),
        CreditKind::Over => participant::credit_over_title(lang).to_owned(),
        CreditKind::Short => transfer::still_missing(&money::format(rest, lang), lang),
        CreditKind::Late => participant::credit_late_title(lang).to_owned(),
    };
    let text = match credit.kind {
        CreditKind::Short => {
            transfer::short_text(&amount, &money::format(order.page.amount, lang), lang)
        }
        CreditKind::Twice | CreditKind::Over | CreditKind::Late => {
            participant::credit_text(&amount, lang)
        }
    };
    let next = match credit.kind {
        _ if credit.is_returned => Some(participant::credit_is_back(lang)),
        CreditKind::Short => None,
        CreditKind::Twice | CreditKind::Over | CreditKind::Late if is_checked => {
            Some(participant::credit_checked(lang))
        }
        CreditKind::Twice | CreditKind::Over | CreditKind::Late => {
            Some(participant::credit_going_back(lang))
        }
    };
    let tone = if credit.is_returned { Tone::Good } else { Tone::Waiting };
    view! {
        <Notice tone title>
            <p>{text}</p>
            {next.map(|next| view! { <p>{next}</p> })}
        </Notice>
    }
}

/// Every refund with its story, what is asked of the reader, and how long the rest takes.
#[component]
pub fn RefundFacts(order: ShownOrder, lang: Lang) -> impl IntoView {
    let zone = order.page.event.time_zone.clone();
    let token = order.page.link_token.clone();
    (!order.refunds.is_empty()).then(|| {
        let all = order
            .refunds
            .into_iter()
            .map(|refund| followed(refund, &zone, &token, lang))
            .collect_view();
        view! { <Card title=participant::refunds(lang)>{all}</Card> }
    })
}

fn followed(refund: FollowedRefund, zone: &str, token: &str, lang: Lang) -> impl IntoView + use<> {
    let facts = refund.facts;
    let next = match facts.waits_for {
        Some(RefundWait::ProviderBalance) => Some(refunds::waiting_text(lang)),
        Some(RefundWait::Organizer) => Some(refunds::organizer_transfers(lang)),
        None if facts.way == RefundWay::ByHand => Some(refunds::handed_back_text(lang)),
        None => refunds::how_long(facts.way, facts.method, facts.status, lang),
    };
    let next = next.filter(|_| facts.source != RefundSource::Dispute);
    let problem =
        facts.failure_code.as_deref().and_then(|code| refunds::account_problem(code, lang));
    let problem = problem.filter(|_| refund.form.is_some());
    let form = refund.form.map(|form| match form.token {
        Some(form) => view! {
            <LinkButton href=paths::refund_account(&form) kind=ButtonKind::Primary>
                {refunds::enter_account(lang)}
            </LinkButton>
        }
        .into_any(),
        None => view! {
            <p>{refunds::form_expired(lang)}</p>
            <form method="post" action=paths::MAIL_ORDERS_ACCOUNT_FORM>
                <input type="hidden" name="token" value=token.to_owned() />
                <input type="hidden" name="refund" value=facts.id.to_string() />
                <SubmitButton kind=ButtonKind::Secondary>{refunds::mail_new_form(lang)}</SubmitButton>
            </form>
        }
        .into_any(),
    });
    view! {
        <div class="followed">
            <p class="followed-head">
                <StatusBadge status=status::refund(facts.status, lang) />
                <Amount money=facts.amount lang />
            </p>
            <RefundTimeline story=refund.story zone=zone.to_owned() lang />
            {problem.map(|text| view! { <p>{text}</p> })}
            {next.map(|text| view! { <p class="field-help">{text}</p> })} {form}
        </div>
    }
}

/// What happens next, as short lines.
#[component]
pub fn NextSteps(
    order: ShownOrder,
    /// The page itself offers it.
    can_cancel: bool,
    lang: Lang,
) -> impl IntoView {
    let steps: &[&str] = match order.situation {
        Situation::Expired | Situation::Cancelled => &[],
        Situation::Paid | Situation::Registered if order.page.tickets.is_empty() => &[],
        Situation::Paid | Situation::Registered if can_cancel => {
            &[participant::next_door(lang), participant::next_keep(lang)]
        }
        Situation::Paid | Situation::Registered => &[
            participant::next_door(lang),
            participant::next_keep(lang),
            participant::cancel_after_paid(lang),
        ],
        Situation::AwaitingCash => &[
            participant::next_mail(lang),
            participant::next_deadline(lang),
            participant::next_keep(lang),
        ],
        Situation::Unconfirmed => &[
            email_confirmation::next_open(lang),
            email_confirmation::next_wrong(lang),
            participant::next_keep(lang),
        ],
        Situation::UnderReview => {
            &[screening::next_mail(lang), screening::next_ask(lang), participant::next_keep(lang)]
        }
        Situation::Blocked => &[screening::next_ask_now(lang), participant::next_keep(lang)],
        Situation::Unpaid | Situation::Checking | Situation::Declined | Situation::Aborted => {
            &[participant::next_keep(lang)]
        }
    };
    let contact = order.page.organizer_email.clone();
    let steps: Vec<&'static str> = steps.to_vec();
    view! {
        <section class="next-steps no-print">
            {(!steps.is_empty())
                .then(|| {
                    view! {
                        <h2>{participant::what_next(lang)}</h2>
                        <ul>
                            {steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}
                        </ul>
                    }
                })}
            <p>
                {participant::questions(lang)} ": " {order.page.organizer_name.clone()} " "
                <a href=format!("mailto:{contact}")>{contact.clone()}</a>
            </p>
        </section>
    }
}
