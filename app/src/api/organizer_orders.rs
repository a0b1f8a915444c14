//! Orders, as their organizer changes them.

use leptos::prelude::*;

use crate::error::AppError;

/// Ends an unpaid order.
#[server(prefix = "/api", endpoint = "organizer_orders/cancel")]
pub async fn cancel_order_by_organizer(
    #[server(default)] order: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::orders::cancel::{CancelOrderError as E, cancel_by_organizer};
    use words::{errors, organizer};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::CancelOrders, On::named(&order, On::Order)).await? else {
        return Ok(());
    };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let lang = member.lang;
    let problem = match cancel_by_organizer(&member.deps, &member.access, order, &reason).await {
        Ok(()) => {
            ssr::redirect(&paths::order_after(order, "cancelled"));
            return Ok(());
        }
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Paid) => organizer::cancel_paid(lang),
        Err(E::MalformedReason) => errors::control_characters(lang),
        Err(E::Busy) => organizer::refund_again(lang),
        Err(E::Unexpected(error)) => {
            ssr::unexpected(error);
            errors::unexpected(lang)
        }
    };
    let values = [("reason".to_owned(), reason)].into_iter().collect();
    let errors = [("reason".to_owned(), problem.to_owned())].into_iter().collect();
    ssr::flash::put(&cancel_key(order), values, errors).await;
    ssr::redirect(&paths::cancel_order(order));
    Ok(())
}

/// Acts on a provider's stored message again; for administrators.
#[server(prefix = "/api", endpoint = "organizer_orders/replay_webhook")]
pub async fn replay_webhook(
    #[server(default)] order: String,
    #[server(default)] webhook_event: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::webhooks::replay::replay;

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::ReplayWebhooks).await?;
    if ssr::member::is_visiting(&deps).await? {
        return Err(ssr::reply(AppError::NotAllowed));
    }
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let event = webhook_event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    replay(&deps, &access, event).await.map_err(|error| ssr::reply(ssr::unexpected(error)))?;
    ssr::redirect(&paths::order_after(order, "replayed"));
    Ok(())
}

/// Under which name an order's refused cancelling is kept.
#[cfg(feature = "ssr")]
pub fn cancel_key(order: domain::ids::OrderId) -> String {
    format!("cancel:{order}")
}
