//! Mail addresses of orders: confirmed by who reads the mail, asked for by events.

use leptos::prelude::*;

use crate::error::AppError;

/// Takes the yes of who has the key.
#[server(prefix = "/api", endpoint = "email_confirmations/confirm")]
pub async fn confirm_address(
    #[server(default)] order: String,
    #[server(default)] key: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::orders::confirm_address::{ConfirmAddressError as E, confirm};

    use crate::{paths, ssr};

    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match confirm(&ssr::deps(), order, &key).await {
        Ok(token) => ssr::redirect(&paths::order_status(&token)),
        // The page itself says so.
        Err(E::Over) => ssr::redirect(&paths::email_confirmation::page(order, &key)),
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Mails the key again.
#[server(prefix = "/api", endpoint = "email_confirmations/mail_again")]
pub async fn mail_confirmation_again(token: String) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::orders::confirm_address::{ConfirmAddressError as E, mail_again};
    use words::email_confirmation as texts;

    use crate::api::payments::door;
    use crate::{paths, ssr};

    let deps = ssr::deps();
    let access = buyer_access(&deps, &token).await.map_err(ssr::reply)?;
    let mut next = paths::order_status(&token);
    match mail_again(&deps, &access).await {
        Ok(()) => next = paths::email_confirmation::mailed(&token),
        Err(E::Over) => door::say(&token, texts::over).await,
        Err(error) => return Err(ssr::reply(error)),
    }
    ssr::redirect(&next);
    Ok(())
}

/// Says whether an event asks for confirmed addresses.
#[server(prefix = "/api", endpoint = "email_confirmations/set")]
pub async fn set_email_confirmation(
    #[server(default)] event: String,
    #[server(default)] asks: String,
) -> Result<(), AppError> {
    use operations::orders::confirm_address::set_asked_by;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let set = set_asked_by(&member.deps, &member.access, event, asks == "on").await;
    set.map_err(ssr::reply)?;
    ssr::redirect(&paths::email_confirmation::saved(event));
    Ok(())
}

#[cfg(feature = "ssr")]
impl From<operations::orders::confirm_address::ConfirmAddressError> for AppError {
    fn from(error: operations::orders::confirm_address::ConfirmAddressError) -> Self {
        use operations::orders::confirm_address::ConfirmAddressError as E;
        match error {
            E::NotFound => Self::NotFound,
            E::Over => Self::Conflict,
            E::Busy => Self::Unavailable,
            E::Unexpected(error) => crate::ssr::unexpected(error),
        }
    }
}
