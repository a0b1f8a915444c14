//! Cancelling tickets, as participants and organizers confirm it.

use leptos::prelude::*;

use crate::error::AppError;

/// Cancels a ticket, or all of them, of the order of a personal link; pressing twice cancels once.
#[server(prefix = "/api", endpoint = "cancellations/cancel")]
pub async fn cancel_tickets(
    token: String,
    #[server(default)] ticket: String,
    #[server(default)] seen_fee: i64,
    #[server(default)] key: String,
) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::cancellations::cancel::{CancelBySelf, CancelError as E, cancel_by_self};
    use words::{cancelling, errors};

    use crate::api::payments::door;
    use crate::{paths, ssr};

    let access = buyer_access(&ssr::deps(), &token).await.map_err(ssr::reply)?;
    let command = CancelBySelf {
        which: which(&ticket),
        seen_fee_minor: seen_fee,
        idempotency_key: Some(key),
    };
    let mut next = paths::order_status(&token);
    match cancel_by_self(&ssr::deps(), &access, command).await {
        Ok(_) | Err(E::AlreadyCancelled | E::KeyReused) => {}
        Err(E::FeeChanged { .. }) => {
            door::say(&token, cancelling::fee_changed).await;
            next = paths::order_cancel_ticket(&token, &ticket);
        }
        Err(E::TooLate) => door::say(&token, cancelling::too_late).await,
        Err(E::NotBySelf | E::NeedsApproval) => door::say(&token, cancelling::only_organizer).await,
        Err(E::StillRunning | E::Busy) => door::say(&token, errors::busy).await,
        Err(E::NotPaid | E::UnknownTicket | E::MalformedKey | E::MalformedReason) => {
            door::say(&token, errors::not_cancellable).await;
        }
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    ssr::redirect(&next);
    Ok(())
}

/// Cancels a ticket, or all of them, for a participant.
#[server(prefix = "/api", endpoint = "cancellations/for_participant")]
pub async fn cancel_for_participant(
    #[server(default)] order: String,
    #[server(default)] ticket: String,
    #[server(default)] fee: String,
    #[server(default)] reason: String,
    #[server(default)] key: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::cancellations::cancel::{self, CancelError as E, CancelForParticipant};
    use words::{cancelling, errors, organizer};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::CancelOrders, On::named(&order, On::Order)).await? else {
        return Ok(());
    };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let command = CancelForParticipant {
        which: which(&ticket),
        waives_fee: fee == "waive",
        reason: reason.clone(),
        idempotency_key: Some(key),
    };
    let lang = member.lang;
    let done = cancel::cancel_for_participant(&member.deps, &member.access, order, command).await;
    let problem = match done {
        Ok(_) => {
            ssr::redirect(&paths::order_after(order, "tickets_cancelled"));
            return Ok(());
        }
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::AlreadyCancelled) => cancelling::already(lang),
        Err(E::MalformedReason) => errors::control_characters(lang),
        Err(E::Unexpected(error)) => {
            ssr::unexpected(error);
            errors::unexpected(lang)
        }
        Err(_) => organizer::refund_again(lang),
    };
    let values = [("reason", reason), ("fee", fee)];
    let values = values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let errors = [("reason".to_owned(), problem.to_owned())].into_iter().collect();
    let key = crate::api::organizer_orders::cancel_key(order);
    ssr::flash::put(&key, values, errors).await;
    ssr::redirect(&paths::cancel_order_ticket(order, &ticket));
    Ok(())
}

/// One ticket by its code, or all.
#[cfg(feature = "ssr")]
pub(crate) fn which(ticket: &str) -> operations::cancellations::figures::Which {
    use operations::cancellations::figures::Which;
    match ticket {
        "all" => Which::All,
        code => Which::Codes(vec![code.to_owned()]),
    }
}
