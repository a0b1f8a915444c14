//! What was cancelled of an order and what was asked, on its personal page; and what an event says about cancelling.

use domain::cancel_policy::{CancelMode, CancelPolicy};
use domain::ids::TicketTypeId;
use domain::money::Currency;
use domain::return_request::ReturnRequestStatus;
use leptos::prelude::*;
use operations::cancellations::show::{CancelView, Cancellation, ReturnRequest};
use words::cancelling as texts;
use words::date;
use words::lang::Lang;

use crate::components::amount::Amount;
use crate::components::card::Card;
use crate::components::status_badge::StatusBadge;

/// Cancelled tickets with the fee that was kept.
#[component]
pub fn CancelledFacts(view: CancelView, is_free: bool, lang: Lang) -> impl IntoView {
    let rows = view.cancellations.iter().map(|it| cancelled(it, is_free, lang)).collect_view();
    (!view.cancellations.is_empty()).then(|| {
        view! { <Card title=texts::cancelled_tickets(lang)>{rows}</Card> }
    })
}

fn cancelled(it: &Cancellation, is_free: bool, lang: Lang) -> impl IntoView + use<> {
    let names = it
        .attendees
        .iter()
        .zip(&it.tickets)
        .map(|(name, code)| {
            view! {
                <div>
                    <dt>{words::participant::ticket_of(name, lang)}</dt>
                    <dd class="quiet-text">{code.clone()}</dd>
                </div>
            }
        })
        .collect_view();
    let (fee, back) = (it.fee, it.back);
    let is_waived = it.waived.is_positive();
    let reason = Some(it.reason.clone()).filter(|reason| !reason.is_empty());
    view! {
        <dl class="facts-list">
            {names}
            {(!is_free)
                .then(|| {
                    view! {
                        <div>
                            <dt>{texts::fee(lang)}</dt>
                            <dd>
                                <Amount money=fee lang />
                            </dd>
                            {is_waived
                                .then(|| view! { <dd class="facts-note">{texts::waived(lang)}</dd> })}
                        </div>
                        <div>
                            <dt>{texts::goes_back(lang)}</dt>
                            <dd>
                                <Amount money=back lang />
                            </dd>
                        </div>
                    }
                })}
            {reason
                .map(|reason| {
                    view! {
                        <div>
                            <dt>{texts::answer(lang)}</dt>
                            <dd>{reason}</dd>
                        </div>
                    }
                })}
        </dl>
    }
}

/// The wishes of the participant with their answers.
#[component]
pub fn RequestFacts(view: CancelView, zone: String, lang: Lang) -> impl IntoView {
    let rows = view.requests.iter().map(|it| request(it, &zone, lang)).collect_view();
    (!view.requests.is_empty())
        .then(|| view! { <Card title=texts::request_title(lang)>{rows}</Card> })
}

fn request(it: &ReturnRequest, zone: &str, lang: Lang) -> impl IntoView + use<> {
    let at = date::short_time(it.decided_at.unwrap_or(it.created_at), zone);
    let n_tickets = it.tickets.len();
    let answer = Some(it.answer.clone()).filter(|answer| !answer.is_empty());
    let is_open = it.status == ReturnRequestStatus::Requested;
    view! {
        <dl class="facts-list">
            <div>
                <dt>
                    <StatusBadge status=texts::request(it.status, lang) detail=at />
                </dt>
                <dd>{texts::tickets(n_tickets, lang)}</dd>
            </div>
            {answer
                .map(|answer| {
                    view! {
                        <div>
                            <dt>{texts::answer(lang)}</dt>
                            <dd>{answer}</dd>
                        </div>
                    }
                })}
        </dl>
        {is_open.then(|| view! { <p>{texts::asked_now(lang)}</p> })}
    }
}

/// The policy in plain words, before anybody pays.
#[component]
pub fn PolicyFacts(
    policy: CancelPolicy,
    types: Vec<(TicketTypeId, String)>,
    currency: Currency,
    /// Without prices there are no fees to tell.
    is_free: bool,
    lang: Lang,
) -> impl IntoView {
    let has_terms = policy.mode != CancelMode::Closed && !is_free;
    view! {
        <section class="cancel-policy" aria-labelledby="cancel-policy">
            <h2 id="cancel-policy">{texts::policy_title(lang)}</h2>
            <p>{texts::mode_text(policy.mode, lang)}</p>
            {has_terms.then(|| spelled_out(&policy, &types, currency, lang))}
        </section>
    }
}

/// The terms as a short table, one group for each ticket type that has its own.
pub fn spelled_out(
    policy: &CancelPolicy,
    types: &[(TicketTypeId, String)],
    currency: Currency,
    lang: Lang,
) -> impl IntoView + use<> {
    policy
        .spelled_out(types)
        .into_iter()
        .map(|(name, terms)| {
            let rows = texts::lines(&terms, currency, lang)
                .into_iter()
                .map(|(when, fee)| {
                    view! {
                        <div>
                            <dt>{when}</dt>
                            <dd>{fee}</dd>
                        </div>
                    }
                })
                .collect_view();
            let heading = if name.is_empty() { texts::fee(lang).to_owned() } else { name };
            view! {
                <dl class="facts-list cancel-terms">
                    <div class="cancel-when">
                        <dt>{heading}</dt>
                    </div>
                    {rows}
                </dl>
            }
        })
        .collect_view()
}
