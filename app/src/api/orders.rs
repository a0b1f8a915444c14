//! Orders, as participants' forms send them.
#![expect(clippy::too_many_arguments, reason = "a door has one for each input of its form")]

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::error::AppError;

#[cfg(feature = "ssr")]
pub(crate) mod form;

/// Places an order and sends the buyer to pay; a refusal goes back to the event's page with everything typed.
#[server(prefix = "/api", endpoint = "orders/place")]
pub async fn place_order(
    event: String,
    #[server(default)] quantity: BTreeMap<String, String>,
    #[server(default)] buyer_name: String,
    #[server(default)] buyer_email: String,
    #[server(default)] attendee_names: String,
    #[server(default)] pay_by: String,
    #[server(default)] key: String,
) -> Result<(), AppError> {
    use operations::orders::place;

    use crate::{paths, ssr};

    let typed =
        form::OrderForm { event, quantity, buyer_name, buyer_email, attendee_names, pay_by };
    let command = match typed.parse(&key) {
        Ok(command) => command,
        Err(errors) => return typed.refuse(errors).await,
    };
    match place::place_order(&ssr::deps(), command).await {
        Ok(placed) => {
            let status = paths::order_status(&placed.link_token);
            ssr::redirect(placed.pay_url.as_deref().unwrap_or(&status));
            Ok(())
        }
        Err(error) => typed.refuse(form::problems(error)?).await,
    }
}

/// Shows the total without JavaScript: goes back to the page, which computes it from what was chosen.
#[server(prefix = "/api", endpoint = "orders/quote")]
pub async fn quote_order(
    event: String,
    #[server(default)] quantity: BTreeMap<String, String>,
    #[server(default)] buyer_name: String,
    #[server(default)] buyer_email: String,
    #[server(default)] attendee_names: String,
    #[server(default)] pay_by: String,
) -> Result<(), AppError> {
    let typed =
        form::OrderForm { event, quantity, buyer_name, buyer_email, attendee_names, pay_by };
    typed.refuse(BTreeMap::new()).await
}

/// Ends an unpaid order by its personal link.
#[server(prefix = "/api", endpoint = "orders/cancel")]
pub async fn cancel_order(token: String) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::orders::cancel::{CancelOrderError as E, cancel_by_buyer};
    use words::errors;

    use crate::api::payments::door;
    use crate::{paths, ssr};

    let access = buyer_access(&ssr::deps(), &token).await.map_err(ssr::reply)?;
    match cancel_by_buyer(&ssr::deps(), &access).await {
        Ok(()) => {}
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Paid | E::MalformedReason) => door::say(&token, errors::not_cancellable).await,
        Err(E::Busy) => door::say(&token, errors::busy).await,
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    ssr::redirect(&paths::order_status(&token));
    Ok(())
}
