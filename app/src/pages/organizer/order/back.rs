//! Money on its way back: every refund with its story and what the organizer can do about it, and chargebacks.

use domain::limits::REASON_CHARS_MAX;
use domain::permission::Permission;
use domain::refund::{RefundSource, RefundWait};
use leptos::prelude::*;
use operations::orders::detail::{Dispute, OrderDetail};
use operations::refunds::follow::{FollowedRefund, TransferTo};
use words::lang::Lang;
use words::{bank, date, organizer, refunds, status};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::refund_timeline::RefundTimeline;
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{Allowed, here};
use crate::pages::organizer::ActionButton;
use crate::paths;

/// Every refund of the order; chargebacks have a card of their own.
pub(super) fn refunds(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let all: Vec<_> =
        found.followed.iter().filter(|it| it.facts.source != RefundSource::Dispute).collect();
    (!all.is_empty()).then(|| {
        let all = all.into_iter().map(|it| refund(found, it, lang)).collect_view();
        view! { <Card title=organizer::order_refunds(lang)>{all}</Card> }
    })
}

fn refund(found: &OrderDetail, refund: &FollowedRefund, lang: Lang) -> impl IntoView + use<> {
    let facts = &refund.facts;
    let zone = found.head.time_zone.clone();
    let quiet =
        |text: String| (!text.is_empty()).then(|| view! { <p class="quiet-text">{text}</p> });
    let problem =
        facts.failure_code.as_deref().and_then(|code| refunds::account_problem(code, lang));
    let problem = problem.filter(|_| refund.form.is_some()).unwrap_or_default();
    let code = facts.failure_code.clone().filter(|_| refund.form.is_none()).unwrap_or_default();
    view! {
        <article class="followed">
            <p class="followed-head">
                <StatusBadge status=status::refund(facts.status, lang) />
                <Amount money=facts.amount lang />
            </p>
            {quiet(facts.reason.clone())}
            <RefundTimeline story=refund.story.clone() zone=zone.clone() lang />
            {quiet(problem.to_owned())} {quiet(code)} {quiet(facts.hand_note.clone())}
            {details(refund, &zone, lang)} {actions(found, refund, lang)}
        </article>
    }
}

/// What it waits for, and where it goes.
fn details(refund: &FollowedRefund, zone: &str, lang: Lang) -> impl IntoView + use<> {
    let fact = |label: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
    };
    let facts = &refund.facts;
    let form = refund.form.as_ref().map(|form| match form.token {
        Some(_) => date::day_time(form.expires_at, zone, lang),
        None => refunds::link_expired(lang).to_owned(),
    });
    let next = facts.waits_for.and(facts.next_attempt_at);
    let next = next.map(|at| date::day_time(at, zone, lang));
    let waits = facts.waits_for.map(|why| {
        let text = match why {
            RefundWait::ProviderBalance => refunds::waits_balance(lang),
            RefundWait::Organizer => refunds::waits_organizer(lang),
        };
        view! { <p class="quiet-text">{text}</p> }
    });
    let hint = facts.account_hint.clone().filter(|_| refund.transfer_to.is_none());
    let (to, number, holder) = match &refund.transfer_to {
        Some(to) => {
            let TransferTo { account, bank_name, branch_name } = to;
            let place =
                format!("{bank_name} ({}) {branch_name} ({})", account.bank, account.branch);
            let number = format!("{} {}", bank::account_kind(account.kind, lang), account.number);
            (Some(place), Some(number), Some(account.holder.to_string()))
        }
        None => (None, None, None),
    };
    view! {
        {waits}
        <dl class="facts-list facts-small">
            {fact(refunds::account_given(lang), hint)} {fact(refunds::transfer_to(lang), to)}
            {fact(refunds::number(lang), number)} {fact(refunds::holder(lang), holder)}
            {fact(refunds::link_until(lang), form)} {fact(refunds::next_attempt(lang), next)}
        </dl>
    }
}

fn actions(found: &OrderDetail, refund: &FollowedRefund, lang: Lang) -> impl IntoView + use<> {
    let fields =
        vec![("order", found.head.id.to_string()), ("refund", refund.facts.id.to_string())];
    let button = |action: &'static str, text: &'static str| {
        view! {
            <ActionButton action fields=fields.clone() kind=ButtonKind::Secondary>
                {text}
            </ActionButton>
        }
    };
    let may = Allowed::may(Permission::RefundPayments);
    let is_asked = may && refund.form.is_some();
    let ask = is_asked.then(|| button(paths::ASK_ACCOUNT_AGAIN, refunds::ask_again(lang)));
    let is_waiting = may && refund.facts.waits_for == Some(RefundWait::ProviderBalance);
    let try_now = is_waiting.then(|| button(paths::TRY_REFUND_NOW, refunds::try_now(lang)));
    let back = may && refund.can_come_back();
    let back = back.then(|| button(paths::REFUND_CAME_BACK, refunds::came_back(lang)));
    let by_hand = may && refund.can_be_handed_back();
    let by_hand = by_hand.then(|| hand_back(&fields, lang));
    view! {
        <div class="side-by-side">{ask} {try_now} {back}</div>
        {by_hand}
    }
}

/// Behind one line, since it is meant seldom and done once.
fn hand_back(fields: &[(&'static str, String)], lang: Lang) -> impl IntoView + use<> {
    let hidden = fields
        .iter()
        .map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone() /> })
        .collect_view();
    let refund = fields.last().map(|(_, value)| value.clone()).unwrap_or_default();
    // Two refunds on one page: their fields need ids of their own.
    let id = format!("note-{refund}");
    view! {
        <details>
            <summary>{refunds::hand_back(lang)}</summary>
            <form method="post" action=here(paths::HAND_BACK)>
                {hidden} <p class="quiet-text">{refunds::hand_back_text(lang)}</p>
                <div class="field">
                    <label class="field-label" for=id.clone()>
                        {refunds::hand_note(lang)}
                    </label>
                    <input id=id name="note" maxlength=REASON_CHARS_MAX.to_string() />
                </div>
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>
                        {refunds::hand_back_confirm(lang)}
                    </SubmitButton>
                </div>
            </form>
        </details>
    }
}

/// Chargebacks of the order, each with the way to answer it.
pub(super) fn disputes(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    (!found.disputes.is_empty()).then(|| {
        let all = found.disputes.iter().map(|it| dispute(found, it, lang)).collect_view();
        view! { <Card title=refunds::dispute(lang)>{all}</Card> }
    })
}

fn dispute(found: &OrderDetail, dispute: &Dispute, lang: Lang) -> impl IntoView + use<> {
    let due = date::day_time(dispute.evidence_due_at, &found.head.time_zone, lang);
    let is_open = dispute.status == domain::dispute::DisputeStatus::Open;
    let word = if is_open { refunds::dispute_answer(lang) } else { organizer::todo_see(lang) };
    let zone = found.head.time_zone.clone();
    let taken = found.followed.iter().find(|it| it.facts.id == dispute.refund);
    let amount = taken.map(|it| it.facts.amount);
    let story = taken.map(|it| it.story.clone()).unwrap_or_default();
    view! {
        <article class="followed">
            <p class="followed-head">
                <StatusBadge status=refunds::dispute_status(dispute.status, lang) />
                {amount.map(|money| view! { <Amount money lang /> })}
            </p>
            <RefundTimeline story zone lang />
            {is_open
                .then(|| {
                    view! {
                        <dl class="facts-list facts-small">
                            <div>
                                <dt>{refunds::dispute_due(lang)}</dt>
                                <dd>{due}</dd>
                            </div>
                        </dl>
                    }
                })}
            {Allowed::may(Permission::AnswerDisputes).then(|| view! { <LinkButton href=paths::dispute(dispute.id) kind=ButtonKind::Secondary>
                {word}
            </LinkButton> })}
        </article>
    }
}
