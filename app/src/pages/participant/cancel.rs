//! The question before an order ends, unpaid or paid: two steps, with or without JavaScript.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::access::buyer_access;
use operations::cancellations::show::{CancelView, for_participant};
use operations::orders::show::{ShownOrder, Situation, show_order};
use words::lang::Lang;
use words::{date, participant};

use super::cancel_tickets::{CancelTickets, Chosen};
use super::personal_link;
use crate::api::payments::door;
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::error::AppError;
use crate::pages::frame::ParticipantPage;
use crate::ssr::flash;
use crate::{paths, ssr};

/// Asks once more.
#[component]
pub fn CancelPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        match read(&ssr::param("token")).await {
            Ok((order, _, _)) if order.page.status.is_payable() => {
                view! { <Question order lang=ssr::lang() /> }.into_any()
            }
            Ok((order, view, said))
                if view.is_open_to_participant() && view.open_request().is_none() =>
            {
                let chosen = Chosen::read(ssr::query("ticket"), &view);
                let page = order.page;
                view! { <CancelTickets view page chosen said lang=ssr::lang() /> }.into_any()
            }
            // Ended in the meantime, or not the participant's to end: the order's own page says so.
            Ok((order, _, _)) => {
                ssr::redirect(&paths::order_status(&order.page.link_token));
                ().into_any()
            }
            Err(error) => personal_link::refuse(&ssr::param("token"), error).await,
        }
    })
}

/// The order, what cancelling it costs, and what a door has to say about the last try.
async fn read(token: &str) -> Result<(ShownOrder, CancelView, Option<String>), AppError> {
    let access = buyer_access(&ssr::deps(), token).await?;
    let order = show_order(&ssr::deps(), &access).await?;
    let view = for_participant(&ssr::deps(), &access).await?;
    let said = flash::take(&door::form(token)).await.whole();
    Ok((order, view, said))
}

#[component]
fn Question(order: ShownOrder, lang: Lang) -> impl IntoView {
    let page = order.page;
    let event = page.event.clone();
    let when = event.starts_at.map(|start| date::day_time(start, &event.time_zone, lang));
    let has_number = order.situation == Situation::AwaitingCash;
    view! {
        <Title text=participant::cancel_title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page">
                <header class="order-lead" data-tone="quiet">
                    <h1>{participant::cancel_title(lang)}</h1>
                </header>
                <Card>
                    <dl class="facts-list">
                        <div>
                            <dt>{event.title.clone()}</dt>
                            <dd>{when}</dd>
                        </div>
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
                    </dl>
                    <p>{participant::cancel_text(lang)}</p>
                    {has_number.then(|| view! { <p>{participant::cancel_konbini_text(lang)}</p> })}
                    <form class="button-row" method="post" action=paths::CANCEL_ORDER>
                        <input type="hidden" name="token" value=page.link_token.clone() />
                        <LinkButton
                            href=paths::order_status(&page.link_token)
                            kind=ButtonKind::Secondary
                        >
                            {participant::cancel_keep(lang)}
                        </LinkButton>
                        <SubmitButton kind=ButtonKind::Danger>
                            {participant::cancel_confirm(lang)}
                        </SubmitButton>
                    </form>
                </Card>
            </div>
        </ParticipantPage>
    }
}
