//! What the pages about one order share: the order read with its event, and the ways back to it.

use domain::ids::OrderId;
use leptos::prelude::*;
use operations::events::list::{Event, get};
use operations::orders::detail::{OrderDetail, OrderHead, detail};
use words::lang::Lang;
use words::organizer;

use super::{PageHead, nav};
use crate::components::button::{ButtonKind, LinkButton};
use crate::error::AppError;
use crate::pages::frame::{OrganizerPage, Section};
use crate::paths;
use crate::ssr::member::Member;

/// An order of the member's organizer, with its event.
pub(super) async fn order_and_event(
    member: &Member,
    order: OrderId,
) -> Result<(OrderDetail, Event), AppError> {
    let found = detail(&member.deps, &member.access, order).await?;
    let event = get(&member.deps, &member.access, found.head.event).await?;
    Ok((found, event))
}

/// A page that asks whether something shall be done to an order; a button leads back.
pub(super) fn question(
    title: &'static str,
    (order, event): (OrderId, &Event),
    body: AnyView,
    lang: Lang,
) -> AnyView {
    view! {
        <PageHead title=title.to_owned() />
        <OrganizerPage section=Section::Orders event=nav(event, lang)>
            <div class="form-page">
                <h1>{title}</h1>
                {body}
                <LinkButton href=paths::order(order) kind=ButtonKind::Quiet>
                    {organizer::go_back(lang)}
                </LinkButton>
            </div>
        </OrganizerPage>
    }
    .into_any()
}

/// A page about a part of an order, which says whose it is.
pub(super) fn part(
    title: &'static str,
    (order, event): (&OrderHead, &Event),
    body: AnyView,
    lang: Lang,
) -> AnyView {
    let who = organizer::polite(&order.buyer_name, lang);
    let (href, code) = (paths::order(order.id), order.code.clone());
    view! {
        <PageHead title=title.to_owned() />
        <OrganizerPage section=Section::Orders event=nav(event, lang)>
            <div class="form-page">
                <p class="crumbs">
                    <a href=href>"← " {who} " " {code}</a>
                </p>
                {body}
            </div>
        </OrganizerPage>
    }
    .into_any()
}
