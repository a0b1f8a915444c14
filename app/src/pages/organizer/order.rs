//! One order with everything about it: what was sold, every payment and refund, the ledger, and the whole story.

use domain::money::Money;
use domain::order::OrderStatus;
use domain::payment::PaymentMethod;
use leptos::prelude::*;
use operations::buyer_data::{DataStanding, for_organizer as for_buyers_data};
use operations::cancellations::show::{CancelView, for_organizer};
use operations::orders::detail::{OrderDetail, PaymentLine};
use operations::refunds::credit_note::{CreditNote, list_for_organizer};
use words::lang::Lang;
use words::status::{self, Tone};
use words::{date, money, organizer, personal_link as link_texts, refunds};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::card::Card;
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{Allowed, OrganizerPage, Section};
use crate::pages::organizer::about_order::order_and_event;
use crate::pages::organizer::{PageHead, id_in_path, nav};
use crate::pages::visit::Visiting;
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

mod back;
mod books;
mod buyer;
mod cancelled;
mod flow;
mod history;
mod personal;
mod transfer;

/// The page of one order.
#[component]
pub fn OrderPage() -> impl IntoView {
    let id = id_in_path("order");
    page_for_member(Permission::ViewOrders, on_path("order", On::Order), move |member| async move {
        let id = id?;
        let (found, event) = order_and_event(&member, id).await?;
        let cancelling = for_organizer(&member.deps, &member.access, id).await?;
        // Who visits acts on nothing.
        let is_visit = use_context::<Visiting>().is_some();
        let is_administrator = member.home.user.is_administrator && !is_visit;
        let lang = member.lang;
        let notes = list_for_organizer(&member.deps, &member.access, found.head.id).await?;
        let standing = for_buyers_data(&member.deps, &member.access, id).await?;
        let about =
            About { found: &found, notes: &notes, cancelling: &cancelling, data: &standing };
        let body = order(&about, is_administrator, lang).into_any();
        let who = words::buyer_data::name(&found.head.buyer_name, lang);
        Ok(view! {
            <PageHead title=format!("{} {who}", found.head.code) />
            <OrganizerPage section=Section::Orders event=nav(&event, lang)>{body}</OrganizerPage>
        }
        .into_any())
    })
}

/// Everything that the page is made from.
struct About<'a> {
    found: &'a OrderDetail,
    notes: &'a [CreditNote],
    cancelling: &'a CancelView,
    data: &'a DataStanding,
}

fn order(about: &About<'_>, is_administrator: bool, lang: Lang) -> impl IntoView + use<> {
    let &About { found, notes, cancelling, data } = about;
    let done = ssr::query("done").and_then(|done| match done.as_str() {
        "asked_again" => Some(refunds::asked_again(lang)),
        "asked_too_often" => Some(refunds::asked_too_often(lang)),
        "handed_back" => Some(refunds::handed_back_now(lang)),
        "came_back" => Some(refunds::came_back_now(lang)),
        "tried_now" => Some(refunds::tried_now(lang)),
        "by_hand_not_now" => Some(refunds::by_hand_not_now(lang)),
        "refund_requested" => Some(organizer::refund_requested_now(lang)),
        "cancelled" => Some(organizer::order_cancelled_now(lang)),
        "tickets_cancelled" => Some(words::cancelling::cancelled_for_now(lang)),
        "replayed" => Some(organizer::order_replayed(lang)),
        "link_sent" => Some(link_texts::sent_now(lang)),
        "link_renewed" => Some(link_texts::renewed_now(lang)),
        "erasure_refused" => Some(words::buyer_data::refused_now(lang)),
        "transfer_recorded" => Some(words::transfer::accepted(lang)),
        _ => None,
    });
    view! {
        {head(found, cancelling, lang)}
        {done.map(|text| view! { <Notice tone=Tone::Good>{text}</Notice> })}
        {personal::notice(found, data, lang)}
        <div class="order-grid">
            <div class="order-main">
                {cancelled::requests(found, cancelling, lang)} {sold(found, lang)}
                {cancelled::cancelled(found, cancelling, lang)} {payments(found, lang)}
                {back::refunds(found, lang)} {back::disputes(found, lang)}
                {flow::notes(found, notes, lang)}
                {history::history(found, lang)}
            </div>
            <div class="order-side">
                {flow::flow(found, lang)} {buyer::card(found, lang)} {transfer::record(found, lang)}
                {tickets(found, lang)} {books::ledger(found, lang)}
                {books::webhooks(found, is_administrator, lang)} {personal::card(found, data, lang)}
            </div>
        </div>
    }
}

fn head(found: &OrderDetail, cancelling: &CancelView, lang: Lang) -> impl IntoView + use<> {
    let head = &found.head;
    let can_refund = found.refundable().is_some() && Allowed::may(Permission::RefundPayments);
    let can_cancel = (head.status.is_payable() || !cancelling.tickets.is_empty())
        && Allowed::may(Permission::CancelOrders);
    view! {
        <p class="crumbs">
            <a href=paths::orders(head.event)>"← " {organizer::orders_title(lang)}</a>
        </p>
        <header class="page-header">
            <div>
                <h1>{organizer::polite(&head.buyer_name, lang)}</h1>
                <p class="page-lead order-facts">
                    <StatusBadge status=status::order(head.status, lang) />
                    <span class="order-code">{head.code.clone()}</span>
                    <Amount money=head.amount lang />
                </p>
            </div>
            <div class="page-actions">
                {can_cancel
                    .then(|| {
                        view! {
                            <LinkButton href=paths::cancel_order(head.id) kind=ButtonKind::Danger>
                                {organizer::order_cancel(lang)}
                            </LinkButton>
                        }
                    })}
                {can_refund
                    .then(|| {
                        view! {
                            <LinkButton href=paths::refund_order(head.id) kind=ButtonKind::Secondary>
                                {organizer::order_refund(lang)}
                            </LinkButton>
                        }
                    })}
            </div>
        </header>
    }
}

fn sold(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let currency = found.head.amount.currency();
    let lines = found
        .lines
        .iter()
        .map(|line| {
            let each = money::format(Money::new(line.unit_price_minor, currency), lang);
            view! {
                <div>
                    <dt>
                        {line.name.clone()} " "
                        <span class="amount">{each} " × " {line.quantity}</span>
                    </dt>
                    <dd>
                        <Amount money=Money::new(line.amount_minor, currency) lang />
                    </dd>
                </div>
            }
        })
        .collect_view();
    let fee = found.head.fee;
    let fee = fee.is_positive().then(|| {
        view! {
            <div>
                <dt>{words::payouts::fee_line(lang)}</dt>
                <dd>
                    <Amount money=fee lang />
                </dd>
            </div>
        }
    });
    let back = found.refunded_minor();
    let list = view! {
            <dl class="facts-list">
                {lines} {fee} <div class="facts-total">
                    <dt>{organizer::order_total(lang)}</dt>
                    <dd>
                        <Amount money=found.head.amount lang />
                    </dd>
                    <dd class="facts-note">
                        {organizer::order_tax_inside(lang)} " " <Amount money=found.head.tax lang />
                    </dd>
                </div>
                {(back > 0)
                    .then(|| {
                        view! {
                            <div>
                                <dt>{organizer::refunded(lang)}</dt>
                                <dd>
                                    <Amount money=Money::new(-back, currency) lang />
                                </dd>
                            </div>
                        }
                    })}
            </dl>
    };
    view! { <Card title=organizer::order_lines(lang)>{list}</Card> }
}

fn tickets(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    (!found.tickets.is_empty()).then(|| {
        let rows = found
            .tickets
            .iter()
            .map(|ticket| {
                let word = match ticket.status.as_str() {
                    "valid" => organizer::ticket_valid(lang),
                    "held" => organizer::ticket_held(lang),
                    _ => organizer::ticket_void(lang),
                };
                view! {
                    <li class="ticket-line">
                        <span>
                            {words::buyer_data::name(&ticket.attendee_name, lang)}
                            <span class="people-details">{ticket.name.clone()} " ・ " {word}</span>
                        </span>
                        <code>{ticket.code.clone()}</code>
                    </li>
                }
            })
            .collect_view();
        view! {
            <Card title=organizer::order_tickets(lang)>
                <ul class="ticket-lines">{rows}</ul>
            </Card>
        }
    })
}

fn payments(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let is_free = found.payments.is_empty() && found.head.status == OrderStatus::Paid;
    let attempts = found.payments.iter().map(|it| payment(found, it, lang)).collect_view();
    view! {
        <Card title=organizer::order_payments(lang)>
            {is_free
                .then(|| view! { <p class="quiet-text">{organizer::order_payments_none(lang)}</p> })}
            {attempts}
        </Card>
    }
}

fn payment(found: &OrderDetail, payment: &PaymentLine, lang: Lang) -> impl IntoView + use<> {
    let zone = found.head.time_zone.as_str();
    let money = |minor: i64| Money::new(minor, found.head.amount.currency());
    let method =
        payment.method.map_or(organizer::method_unknown(lang), |it| status::method(it, lang));
    let fact = |word: &'static str, value: String| {
        (!value.is_empty()).then(|| {
            view! {
                <div>
                    <dt>{word}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
    };
    let amount =
        |minor: i64| if minor == 0 { String::new() } else { money::format(money(minor), lang) };
    let deadline = payment.deadline_at.filter(|_| payment.status.is_open());
    let deadline = deadline.map(|at| date::day_time(at, zone, lang)).unwrap_or_default();
    let details = books::method_details(&payment.method_details, lang)
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <article class="payment">
            <p class="payment-head">
                <b>{format!("{}-P-{}", found.head.code, payment.ordinal)}</b>
                <span>{method}</span>
                <StatusBadge status=status::payment(payment.status, lang) />
                <Amount money=money(payment.amount_minor) lang />
            </p>
            <dl class="facts-list facts-small">
                {fact(organizer::payment_captured(lang), amount(payment.captured_minor))}
                {fact(organizer::payment_refundable(lang), amount(payment.refundable_minor()))}
                {fact(organizer::payment_fee(lang), amount(payment.method_fee_minor))}
                {fact(organizer::order_deadline(lang), deadline)} {details}
                {fact(organizer::payment_reference(lang), payment.reference.clone())}
                {fact(
                    organizer::payment_provider_id(lang),
                    payment.provider_payment_id.clone().unwrap_or_default(),
                )}
                {fact(
                    organizer::payment_failure(lang),
                    payment.failure_code.clone().unwrap_or_default(),
                )}
            </dl>
        </article>
    }
}

/// By which way money goes back, for the page that asks whether to.
pub(super) const fn way_back(method: Option<PaymentMethod>, lang: Lang) -> &'static str {
    match method {
        Some(PaymentMethod::CreditCard) => organizer::way_credit_card(lang),
        Some(PaymentMethod::PayPay) => organizer::way_paypay(lang),
        Some(
            PaymentMethod::Konbini
            | PaymentMethod::BankTransfer
            | PaymentMethod::PayEasy
            | PaymentMethod::DirectTransfer,
        ) => organizer::way_needs_account(lang),
        None => organizer::way_unknown(lang),
    }
}
