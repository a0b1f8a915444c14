//! Personal links of orders, as participants and organizers ask for them.

use leptos::prelude::*;

use crate::error::AppError;

/// Sends an address the links of its orders at an event; says the same whether there are any.
#[server(prefix = "/api", endpoint = "personal_links/ask")]
pub async fn ask_for_link(
    #[server(default)] event: String,
    #[server(default)] email: String,
) -> Result<(), AppError> {
    use operations::orders::personal_link::{LinkError as E, ask};
    use words::errors;

    use crate::paths::personal_links as paths;
    use crate::ssr::{self, flash};

    match ask(&ssr::deps(), &event, &email).await {
        Ok(()) => ssr::redirect(&paths::after(&event, "sent")),
        Err(E::Email(error)) => {
            let problem = errors::text(error, ssr::lang());
            let values = [("email".to_owned(), email)].into_iter().collect();
            let errors = [("email".to_owned(), problem)].into_iter().collect();
            flash::put(&form_name(&event), values, errors).await;
            ssr::redirect(&paths::of_event(&event));
        }
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Makes the link of an order anew, for who holds it.
#[server(prefix = "/api", endpoint = "personal_links/renew")]
pub async fn renew_link(token: String) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::orders::personal_link::{event_of_retired, renew_by_buyer};

    use crate::paths::personal_links as paths;
    use crate::ssr;

    let deps = ssr::deps();
    let access = buyer_access(&deps, &token).await.map_err(ssr::reply)?;
    renew_by_buyer(&deps, &access).await.map_err(ssr::reply)?;
    let slug = event_of_retired(&deps, &token).await.map_err(ssr::unexpected)?;
    ssr::redirect(&paths::after(&slug.unwrap_or_default(), "renewed"));
    Ok(())
}

/// Mails the link of an order to its buyer again.
#[server(prefix = "/api", endpoint = "personal_links/send_for_buyer")]
pub async fn send_link_for_buyer(#[server(default)] order: String) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::orders::personal_link::send;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::PlaceOrders, On::named(&order, On::Order)).await? else {
        return Ok(());
    };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let sent = send(&member.deps, &member.access, order).await;
    sent.map_err(ssr::reply)?;
    ssr::redirect(&paths::order_after(order, "link_sent"));
    Ok(())
}

/// Makes the link of an order anew and mails it to its buyer.
#[server(prefix = "/api", endpoint = "personal_links/renew_for_buyer")]
pub async fn renew_link_for_buyer(#[server(default)] order: String) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::orders::personal_link::renew_by_organizer;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::PlaceOrders, On::named(&order, On::Order)).await? else {
        return Ok(());
    };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let renewed = renew_by_organizer(&member.deps, &member.access, order).await;
    renewed.map_err(ssr::reply)?;
    ssr::redirect(&paths::order_after(order, "link_renewed"));
    Ok(())
}

/// The name that a refused form is kept by.
#[cfg(feature = "ssr")]
pub(crate) fn form_name(slug: &str) -> String {
    format!("link {slug}")
}

#[cfg(feature = "ssr")]
impl From<operations::orders::personal_link::LinkError> for AppError {
    fn from(error: operations::orders::personal_link::LinkError) -> Self {
        use operations::orders::personal_link::LinkError as E;
        match error {
            E::NotFound | E::Email(_) => Self::NotFound,
            E::Busy => Self::Unavailable,
            E::Unexpected(error) => crate::ssr::unexpected(error),
        }
    }
}
