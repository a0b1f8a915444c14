//! The answer first: what became of the order, in one sign, one sentence and one thing to do.

use domain::payment::PaymentMethod;
use domain::refund::Refunded;
use leptos::prelude::*;
use operations::orders::show::{PaymentOnOrder, ShownOrder, Situation};
use words::lang::Lang;
use words::status::Tone;
use words::{date, email_confirmation, money, participant, screening, status};

use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::icon::{Icon, IconName};
use crate::islands::countdown::Countdown;
use crate::paths;

/// The sentence that says it all.
pub fn title(order: &ShownOrder, lang: Lang) -> &'static str {
    match (order.situation, order.refunded) {
        (Situation::Paid, Refunded::Full(_)) => participant::status_refunded_full(lang),
        (Situation::Paid, Refunded::Partial(_)) => participant::status_refunded_partial(lang),
        (Situation::Paid, Refunded::None) => participant::status_paid(lang),
        (Situation::Registered, _) => participant::status_registered(lang),
        (Situation::AwaitingCash, _) => match method(order) {
            Some(PaymentMethod::BankTransfer | PaymentMethod::DirectTransfer) => {
                participant::status_awaiting_transfer(lang)
            }
            Some(PaymentMethod::PayEasy) => participant::status_awaiting_pay_easy(lang),
            _ => participant::status_awaiting_konbini(lang),
        },
        (Situation::Unpaid, _) => participant::status_unpaid(lang),
        (Situation::Unconfirmed, _) => email_confirmation::status(lang),
        (Situation::UnderReview, _) => screening::status_review(lang),
        (Situation::Blocked, _) => screening::status_blocked(lang),
        (Situation::Checking, _) => participant::status_checking(lang),
        (Situation::Declined, _) => participant::status_declined(lang),
        (Situation::Aborted, _) => participant::status_aborted(lang),
        (Situation::Expired, _) => participant::status_expired(lang),
        (Situation::Cancelled, _) => participant::status_cancelled(lang),
    }
}

/// How the last attempt was made.
fn method(order: &ShownOrder) -> Option<PaymentMethod> {
    order.page.payments.last().and_then(|payment| payment.method)
}

fn sign(order: &ShownOrder) -> (IconName, Tone) {
    match (order.situation, order.refunded) {
        (Situation::Paid, Refunded::Full(_) | Refunded::Partial(_)) => {
            (IconName::Undo, Tone::Quiet)
        }
        (Situation::Paid | Situation::Registered, _) => (IconName::Check, Tone::Good),
        (Situation::AwaitingCash, _) => (IconName::Store, Tone::Waiting),
        (Situation::Unpaid | Situation::Aborted, _) => (IconName::Clock, Tone::Waiting),
        (Situation::Unconfirmed | Situation::UnderReview | Situation::Blocked, _) => {
            (IconName::Mail, Tone::Waiting)
        }
        (Situation::Checking, _) => (IconName::Refresh, Tone::Waiting),
        (Situation::Declined, _) => (IconName::Alert, Tone::Bad),
        (Situation::Expired, _) => (IconName::Clock, Tone::Quiet),
        (Situation::Cancelled, _) => (IconName::Cross, Tone::Quiet),
    }
}

fn sentence(order: &ShownOrder, lang: Lang) -> Option<String> {
    let page = &order.page;
    let text = match (order.situation, order.refunded) {
        (Situation::Paid, Refunded::Full(back) | Refunded::Partial(back)) => {
            let (back, of) = (money::format(back, lang), money::format(page.amount, lang));
            return Some(participant::refunded_amount(&back, &of, lang));
        }
        (Situation::Paid | Situation::Registered, _) => {
            return Some(participant::mailed_to(&page.buyer_email, lang));
        }
        (Situation::AwaitingCash, _) => {
            let deadline = page.payments.last().and_then(|payment| payment.deadline_at);
            let until = deadline.unwrap_or(page.hold_expires_at);
            let until = date::day_time(until, &page.event.time_zone, lang);
            return Some(participant::pay_until(&until, lang));
        }
        (Situation::Unpaid, _) => participant::status_unpaid_text(lang),
        (Situation::Unconfirmed, _) => {
            let until = kept_until(order, lang);
            return Some(email_confirmation::status_text(&page.buyer_email, &until, lang));
        }
        (Situation::UnderReview, _) => {
            return Some(screening::status_review_text(&kept_until(order, lang), lang));
        }
        (Situation::Blocked, _) => {
            return Some(screening::status_blocked_text(&kept_until(order, lang), lang));
        }
        (Situation::Checking, _) => participant::status_checking_text(lang),
        (Situation::Declined, _) => participant::status_declined_text(lang),
        (Situation::Aborted, _) => participant::status_aborted_text(lang),
        // Where money came all the same, its own notice says what becomes of it.
        (Situation::Expired | Situation::Cancelled, _) if order.credit.is_some() => return None,
        (Situation::Expired, _) if page.is_unconfirmed => email_confirmation::expired(lang),
        (Situation::Expired, _) => participant::status_expired_text(lang),
        (Situation::Cancelled, _) if page.paid_at.is_some() => {
            participant::status_cancelled_paid_text(lang)
        }
        (Situation::Cancelled, _) => participant::status_cancelled_unpaid_text(lang),
    };
    Some(text.to_owned())
}

fn kept_until(order: &ShownOrder, lang: Lang) -> String {
    date::day_time(order.page.hold_expires_at, &order.page.event.time_zone, lang)
}

/// Sign, sentence, and the one button.
#[component]
pub fn OrderLead(order: ShownOrder, lang: Lang) -> impl IntoView {
    let (icon, tone) = sign(&order);
    let is_checking = (order.situation == Situation::Checking).then_some("");
    let reason = (order.situation == Situation::Declined)
        .then(|| order.page.payments.last().and_then(|payment| payment.failure_code.clone()))
        .flatten()
        .and_then(|code| participant::decline_reason(&code, lang));
    view! {
        <header class="order-lead" data-tone=tone.as_str()>
            <span class="order-sign" data-busy=is_checking>
                <Icon name=icon />
            </span>
            <h1>{title(&order, lang)}</h1>
            {sentence(&order, lang).map(|text| view! { <p class="order-sentence">{text}</p> })}
            {reason.map(|reason| view! { <p class="order-sentence">{reason}</p> })}
            {hold(&order, lang)} {action(&order, lang)}
        </header>
    }
}

/// How long the places are kept still.
fn hold(order: &ShownOrder, lang: Lang) -> Option<impl IntoView + use<>> {
    let is_held = matches!(
        order.situation,
        Situation::Unpaid | Situation::Checking | Situation::Declined | Situation::Aborted
    );
    (is_held && order.page.event.cancelled.is_none()).then(|| {
        let until = order.page.hold_expires_at;
        let clock = date::clock(until, &order.page.event.time_zone);
        view! {
            <p class="order-hold">
                <span>{participant::time_left(lang)}</span>
                <Countdown
                    seconds_left=(until - order.now).whole_seconds()
                    time_is_up=participant::time_is_up(lang).to_owned()
                />
                <time class="order-hold-until" datetime=date::machine(until)>
                    {participant::kept_until(&clock, lang)}
                </time>
            </p>
        }
    })
}

fn action(order: &ShownOrder, lang: Lang) -> AnyView {
    if order.page.event.cancelled.is_some() {
        return ().into_any();
    }
    let token = order.page.link_token.clone();
    let label = match order.situation {
        Situation::Unpaid if order.page.payments.is_empty() => participant::pay_now(lang),
        Situation::Unpaid | Situation::Aborted => participant::resume(lang),
        Situation::Declined => participant::try_again(lang),
        Situation::AwaitingCash => return other_methods(order, lang),
        Situation::Expired => {
            let href = paths::event(&order.page.event.slug);
            return view! {
                <LinkButton href kind=ButtonKind::Primary>
                    {participant::order_again(lang)}
                </LinkButton>
            }
            .into_any();
        }
        Situation::Checking => {
            return view! { <p class="order-hint">{participant::checking_by_itself(lang)}</p> }
                .into_any();
        }
        Situation::Unconfirmed => {
            return view! {
                <form class="order-action" method="post" action=paths::email_confirmation::MAIL_AGAIN>
                    <input type="hidden" name="token" value=token />
                    <SubmitButton kind=ButtonKind::Secondary>
                        {email_confirmation::mail_again(lang)}
                    </SubmitButton>
                </form>
            }
            .into_any();
        }
        Situation::Blocked => {
            let href = paths::mail_about(&order.page.organizer_email, &order.page.code);
            return view! {
                <LinkButton href kind=ButtonKind::Primary>
                    {screening::ask_organizer(lang)}
                </LinkButton>
            }
            .into_any();
        }
        Situation::Paid | Situation::Registered | Situation::Cancelled | Situation::UnderReview => {
            return ().into_any();
        }
    };
    view! {
        <form class="order-action" method="post" action=paths::START_PAYMENT>
            <input type="hidden" name="token" value=token />
            <SubmitButton>{label}</SubmitButton>
        </form>
        {other_methods(order, lang)}
    }
    .into_any()
}

/// The other ways to pay, behind one line.
fn other_methods(order: &ShownOrder, lang: Lang) -> AnyView {
    let last = order.page.payments.last();
    let is_open = |payment: &PaymentOnOrder| payment.status.is_open();
    let current = last.filter(|payment| is_open(payment)).and_then(|payment| payment.method);
    let others: Vec<PaymentMethod> =
        order.page.event.methods.iter().copied().filter(|it| Some(*it) != current).collect();
    // The main button offers the one that is left; where there is none, what is open may be out of order.
    let has_main = order.situation != Situation::AwaitingCash;
    if others.is_empty() || (has_main && order.page.event.methods.len() < 2) {
        return ().into_any();
    }
    let token = order.page.link_token.clone();
    // Whoever has not begun to pay and may transfer, chooses here: nothing was chosen for good before.
    let is_first_choice =
        order.page.payments.is_empty() && others.contains(&PaymentMethod::DirectTransfer);
    view! {
        <details class="other-methods no-print" open=is_first_choice>
            <summary>{participant::other_method(lang)}</summary>
            <form class="button-row" method="post" action=paths::START_PAYMENT>
                <input type="hidden" name="token" value=token />
                {others
                    .into_iter()
                    .map(|it| {
                        view! {
                            <button
                                type="submit"
                                class="button"
                                data-kind="secondary"
                                name="method"
                                value=it.as_str()
                            >
                                {status::method(it, lang)}
                            </button>
                        }
                    })
                    .collect_view()}
            </form>
        </details>
    }
    .into_any()
}
