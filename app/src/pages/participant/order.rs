//! The personal page of an order: one page that is right in every case.

use domain::cancel_policy::CancelMode;
use domain::refund::RefundStatus;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::access::buyer_access;
use operations::buyer_data::{BuyerDataError, DataStanding, for_buyer};
use operations::cancellations::show::{CancelView, for_participant};
use operations::orders::show::{ShowOrderError, ShownOrder, Situation, show_order};
use operations::refunds::credit_note::{CreditNote, list_for_buyer};
use words::cancelling as texts;
use words::lang::Lang;
use words::status::Tone;
use words::{cancellation, participant, personal_link as link_texts};

use super::cancelled_facts::{CancelledFacts, RequestFacts};
use super::order_facts::{CreditNotice, NextSteps, OrderFacts, RefundFacts};
use super::order_lead::{self, OrderLead};
use super::own_data::{ErasedOrder, OwnData};
use super::payment_instructions::PaymentInstructions;
use super::personal_link;
use super::ticket::Tickets;
use crate::api::payments::door;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::notice::Notice;
use crate::error::AppError;
use crate::islands::status_watch::StatusWatch;
use crate::pages::credit_note;
use crate::pages::frame::ParticipantPage;
use crate::pages::organizer::ConfirmedAction;
use crate::ssr::flash;
use crate::{paths, ssr};

/// The page behind a personal link.
#[component]
pub fn OrderPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let token = ssr::param("token");
        match read(&token).await {
            Ok((order, _, _, _, DataStanding { erased_at: Some(at), .. })) => {
                view! { <ErasedOrder order at lang=ssr::lang() /> }.into_any()
            }
            Ok((order, cancelling, said, notes, data)) => {
                view! { <OrderBody order cancelling said notes data lang=ssr::lang() /> }.into_any()
            }
            Err(error) => personal_link::refuse(&token, error).await,
        }
    })
}

/// The order, what of it was and can be cancelled, what a door has to say about the last try, and the credit notes.
type Read = (ShownOrder, CancelView, Option<String>, Vec<CreditNote>, DataStanding);

async fn read(token: &str) -> Result<Read, AppError> {
    let access = buyer_access(&ssr::deps(), token).await?;
    let order = show_order(&ssr::deps(), &access).await?;
    let cancelling = for_participant(&ssr::deps(), &access).await?;
    let said = flash::take(&door::form(token)).await.whole();
    let notes = list_for_buyer(&ssr::deps(), &access).await?;
    let data = for_buyer(&ssr::deps(), &access).await?;
    Ok((order, cancelling, said, notes, data))
}

impl From<BuyerDataError> for AppError {
    fn from(error: BuyerDataError) -> Self {
        match error {
            BuyerDataError::NotFound => Self::NotFound,
            BuyerDataError::Unexpected(error) => ssr::unexpected(error),
            other => ssr::unexpected(other),
        }
    }
}

impl From<ShowOrderError> for AppError {
    fn from(error: ShowOrderError) -> Self {
        match error {
            ShowOrderError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

#[component]
fn OrderBody(
    order: ShownOrder,
    cancelling: CancelView,
    said: Option<String>,
    notes: Vec<CreditNote>,
    data: DataStanding,
    lang: Lang,
) -> impl IntoView {
    let token = order.page.link_token.clone();
    let notes = credit_note::list(&notes, |number| paths::order_credit_note(&token, number), lang);
    let can_cancel = cancelling.is_open_to_participant();
    let is_free = order.page.amount.is_zero();
    let zone = order.page.event.time_zone.clone();
    let title = participant::status_title(order_lead::title(&order, lang), &order.page.event.title);
    let takes_place = order.page.event.cancelled.is_none();
    let is_awaiting = order.situation == Situation::AwaitingCash && takes_place;
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page" data-offline-copy="">
                {ssr::query("done")
                    .filter(|done| done == "mailed")
                    .map(|_| {
                        view! { <Notice tone=Tone::Good>{words::email_confirmation::mailed_again(lang)}</Notice> }
                    })}
                {said
                    .map(|said| {
                        view! {
                            <Notice tone=Tone::Bad>
                                <p>{said}</p>
                            </Notice>
                        }
                    })}
                <OrderLead order=order.clone() lang />
                <CancelledEvent order=order.clone() lang />
                {order.credit.map(|credit| view! { <CreditNotice order=order.clone() credit lang /> })}
                {is_awaiting.then(|| view! { <PaymentInstructions order=order.clone() lang /> })}
                {takes_place.then(|| view! { <Tickets order=order.clone() lang /> })}
                <RequestFacts view=cancelling.clone() zone lang />
                <CancelledFacts view=cancelling.clone() is_free lang />
                <RefundFacts order=order.clone() lang /> {notes}
                <OrderFacts order=order.clone() lang />
                <NextSteps order=order.clone() can_cancel lang />
                <Ways order=order.clone() cancelling lang />
                <OwnData order=order.clone() standing=data lang />
                <Watch order />
            </div>
        </ParticipantPage>
    }
}

/// The event does not take place: that, why, and what happens to the money.
#[component]
fn CancelledEvent(order: ShownOrder, lang: Lang) -> impl IntoView {
    let page = order.page;
    page.event.cancelled.map(|reason| {
        let has_ended = !page.status.holds_places();
        let text = match (has_ended, page.paid_at.is_some()) {
            (false, _) => cancellation::order_coming(lang),
            (true, true) => cancellation::order_refund(lang),
            (true, false) => cancellation::order_text(lang),
        };
        let reason = Some(reason).filter(|it| !it.is_empty());
        view! {
            <Notice tone=Tone::Bad title=cancellation::notice_title(lang)>
                {reason.map(|reason| view! { <p>{reason}</p> })} <p>{text}</p>
            </Notice>
        }
    })
}

/// What else can be done; quiet, and ending it quietest.
#[component]
fn Ways(order: ShownOrder, cancelling: CancelView, lang: Lang) -> impl IntoView {
    let page = &order.page;
    let takes_place = page.event.cancelled.is_none();
    let is_coming = page.status.holds_places() && page.event.starts_at.is_some() && takes_place;
    let is_paid = cancelling.is_open_to_participant() && cancelling.open_request().is_none();
    let can_cancel = (page.status.is_payable() || is_paid) && takes_place;
    let asks = is_paid && cancelling.policy.policy.mode == CancelMode::Approval;
    let word = if asks { texts::ask_link(lang) } else { participant::cancel_order(lang) };
    view! {
        <nav class="order-ways no-print">
            <div class="button-row">
                {is_coming
                    .then(|| {
                        view! {
                            <LinkButton
                                href=paths::event_calendar(&page.event.slug)
                                kind=ButtonKind::Secondary
                            >
                                {participant::to_calendar(lang)}
                            </LinkButton>
                        }
                    })}
                <LinkButton href=paths::event(&page.event.slug) kind=ButtonKind::Secondary>
                    {participant::see_event(lang)}
                </LinkButton>
            </div>
            {can_cancel
                .then(|| {
                    view! {
                        <LinkButton href=paths::order_cancel(&page.link_token) kind=ButtonKind::Quiet>
                            {word}
                        </LinkButton>
                    }
                })}
            <ConfirmedAction
                action=paths::personal_links::RENEW
                fields=vec![("token", page.link_token.clone())]
                word=link_texts::renew(lang)
                label=link_texts::renew_label(lang)
                why=link_texts::renew_why(&page.buyer_email, lang)
                confirm=link_texts::renew_confirm(lang)
            />
        </nav>
    }
}

/// Keeps the page true while it may change: by an island, or by loading it again where scripts are off.
#[component]
fn Watch(order: ShownOrder) -> impl IntoView {
    let is_returning = order.credit.is_some_and(|credit| !credit.is_returned)
        || order.refunds.iter().any(|it| {
            matches!(it.facts.status, RefundStatus::Requested | RefundStatus::Processing)
        });
    // The run comes to every order of a called-off event.
    let is_ending = order.page.event.cancelled.is_some() && order.page.status.holds_places();
    (order.situation.may_change() || is_returning || is_ending).then(|| {
        let seconds = if order.situation == Situation::Checking { "5" } else { "30" };
        view! {
            <StatusWatch
                url=paths::order_state(&order.page.link_token)
                version=order.version.to_string()
            />
            <noscript>
                <meta http-equiv="refresh" content=seconds />
            </noscript>
        }
    })
}
