//! What was cancelled of an order, with the fees that were kept, and what its participant asked.

use domain::return_request::ReturnRequestStatus;
use leptos::prelude::*;
use operations::cancellations::show::CancelView;
use operations::orders::detail::OrderDetail;
use words::cancelling as texts;
use words::date;
use words::lang::Lang;
use words::status::Tone;

use crate::components::amount::Amount;
use crate::components::card::Card;
use crate::components::notice::Notice;
use crate::paths;

/// A wish that waits for a decision.
pub(super) fn requests(
    found: &OrderDetail,
    view: &CancelView,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    let request = view.requests.iter().find(|it| it.status == ReturnRequestStatus::Requested)?;
    let href = format!("{}#{}", paths::return_requests(found.head.event), request.id);
    let note = Some(request.note.clone()).filter(|note| !note.is_empty());
    Some(view! {
        <Notice tone=Tone::Waiting title=texts::requests_title(lang)>
            {note.map(|note| view! { <p>{note}</p> })}
            <p>
                <a href=href>{texts::mail_to_decide_button(lang)}</a>
            </p>
        </Notice>
    })
}

/// Cancelled tickets: who, what was kept, what goes back.
pub(super) fn cancelled(
    found: &OrderDetail,
    view: &CancelView,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    if view.cancellations.is_empty() {
        return None;
    }
    let zone = found.head.time_zone.as_str();
    let rows = view
        .cancellations
        .iter()
        .map(|it| {
            let (fee, back, at) = (it.fee, it.back, it.created_at);
            let waived = it.waived.is_positive().then_some(it.waived);
            let names = it.attendees.join(" ・ ");
            let reason = Some(it.reason.clone()).filter(|reason| !reason.is_empty());
            view! {
                <article class="payment">
                    <p class="payment-head">
                        <b>{names}</b>
                        <time datetime=date::machine(at)>{date::short_time(at, zone)}</time>
                    </p>
                    <dl class="facts-list facts-small">
                        <div>
                            <dt>{texts::you_keep(lang)}</dt>
                            <dd>
                                <Amount money=fee lang />
                            </dd>
                            {waived
                                .map(|waived| {
                                    view! {
                                        <dd class="facts-note">
                                            {texts::waived(lang)} " " <Amount money=waived lang />
                                        </dd>
                                    }
                                })}
                        </div>
                        <div>
                            <dt>{texts::participant_gets(lang)}</dt>
                            <dd>
                                <Amount money=back lang />
                            </dd>
                        </div>
                    </dl>
                    {reason.map(|reason| view! { <p class="quiet-text">{reason}</p> })}
                </article>
            }
        })
        .collect_view();
    Some(view! { <Card title=texts::cancelled_tickets(lang)>{rows}</Card> })
}
