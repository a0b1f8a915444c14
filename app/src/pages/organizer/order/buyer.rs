//! Who ordered and when, with the way to write to the buyer and the buyer's own link.

use domain::ids::OrderId;
use leptos::prelude::*;
use operations::orders::detail::{EmailConfirmation, OrderDetail};
use words::lang::Lang;
use words::{date, email_confirmation, organizer, personal_link as texts, status};

use crate::components::button::ButtonKind;
use crate::components::card::Card;
use crate::pages::organizer::{ActionButton, ConfirmedAction};
use crate::paths;

/// The card of the buyer.
pub(super) fn card(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let head = &found.head;
    let list = facts(found, lang);
    let link = paths::order_status(&head.link_token);
    let (id, has_link) = (head.id, !head.link_token.is_empty());
    let can_be_mailed = !head.buyer_email.is_empty();
    view! {
        <Card title=organizer::order_buyer(lang)>
            {list}
            {has_link
                .then(|| {
                    view! {
                        <p>
                            <a href=link>{organizer::order_link(lang)}</a>
                        </p>
                        {can_be_mailed.then(|| link_actions(id, lang))}
                    }
                })}
        </Card>
    }
}

fn facts(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let head = &found.head;
    let zone = head.time_zone.as_str();
    let time = |at| date::day_time(at, zone, lang);
    let mail = Some(&head.buyer_email).filter(|it| !it.is_empty());
    let mail = mail.map(|it| (format!("mailto:{it}"), it.clone()));
    let ended = head.ended_at.filter(|_| !head.status.holds_places());
    view! {
            <dl class="facts-list">
                {mail
                    .map(|(href, address)| {
                        view! {
                            <div>
                                <dt>{organizer::order_email(lang)}</dt>
                                <dd>
                                    <a href=href>{address}</a>
                                </dd>
                                {confirmation(found, lang)}
                            </div>
                        }
                    })}
                <div>
                    <dt>{organizer::order_placed(lang)}</dt>
                    <dd>{time(head.created_at)}</dd>
                </div>
                {head
                    .paid_at
                    .map(|at| {
                        view! {
                            <div>
                                <dt>{organizer::order_paid(lang)}</dt>
                                <dd>{time(at)}</dd>
                            </div>
                        }
                    })}
                {head
                    .status
                    .is_payable()
                    .then(|| {
                        view! {
                            <div>
                                <dt>{organizer::order_deadline(lang)}</dt>
                                <dd>{time(head.hold_expires_at)}</dd>
                            </div>
                        }
                    })}
                {ended
                    .map(|at| {
                        let reason = head.end_reason.clone().filter(|text| !text.is_empty());
                        view! {
                            <div>
                                <dt>{status::order(head.status, lang).word}</dt>
                                <dd>{time(at)}</dd>
                                {reason.map(|text| view! { <dd class="facts-note">{text}</dd> })}
                            </div>
                        }
                    })}
            </dl>
    }
}

fn confirmation(found: &OrderDetail, lang: Lang) -> Option<impl IntoView + use<>> {
    let text = match found.confirmation {
        EmailConfirmation::NotAsked => return None,
        EmailConfirmation::Missing => email_confirmation::missing(lang),
        EmailConfirmation::GivenAt(_) => email_confirmation::given(lang),
    };
    Some(view! { <dd class="facts-note">{text}</dd> })
}

/// The link goes to the buyer's own address alone.
fn link_actions(order: OrderId, lang: Lang) -> impl IntoView {
    view! {
        <div class="button-row">
            <ActionButton
                action=paths::personal_links::SEND_FOR
                fields=vec![("order", order.to_string())]
                kind=ButtonKind::Secondary
            >
                {texts::send(lang)}
            </ActionButton>
            <ConfirmedAction
                action=paths::personal_links::RENEW_FOR
                fields=vec![("order", order.to_string())]
                word=texts::renew(lang)
                label=texts::renew(lang)
                why=texts::renew_why_organizer(lang)
                confirm=texts::renew_confirm_organizer(lang)
            />
        </div>
    }
}
