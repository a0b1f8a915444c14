//! Where an order and its refunds stand on their way, step by step; and the documents about money that went back.

use domain::refund::RefundSource;
use leptos::prelude::*;
use operations::orders::detail::OrderDetail;
use operations::processes::told;
use operations::refunds::credit_note::CreditNote;
use words::lang::Lang;
use words::organizer;

use crate::components::card::Card;
use crate::components::timeline::ProcessTimeline;
use crate::pages::credit_note;
use crate::paths;

/// The order's own steps, then those of each refund.
pub(super) fn flow(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let zone = found.head.time_zone.as_str();
    // A chargeback is nothing that we decided or asked for; its own card tells it.
    let refunds = found.refunds.iter().filter(|it| it.source != RefundSource::Dispute);
    let refunds = refunds.map(|refund| told::refund(found, refund));
    let timelines = std::iter::once(told::purchase(found))
        .chain(refunds)
        .map(|timeline| view! { <ProcessTimeline timeline time_zone=zone.to_owned() lang /> })
        .collect_view();
    view! { <Card title=organizer::order_flow(lang)>{timelines}</Card> }
}

/// The documents.
pub(super) fn notes(found: &OrderDetail, notes: &[CreditNote], lang: Lang) -> Option<AnyView> {
    let order = found.head.id;
    credit_note::list(notes, |number| paths::credit_note(order, number), lang)
}
