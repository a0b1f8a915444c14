//! Personal data of participants, as they ask and organizers answer.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks the organizer to erase what is kept about the participant's own order.
#[server(prefix = "/api", endpoint = "buyer_data/ask")]
pub async fn ask_erasure(#[server(default)] token: String) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::buyer_data::{BuyerDataError as E, ask};
    use words::errors;

    use crate::api::payments::door;
    use crate::{paths, ssr};

    let access = buyer_access(&ssr::deps(), &token).await.map_err(ssr::reply)?;
    match ask(&ssr::deps(), &access).await {
        Ok(()) => {}
        Err(E::Busy) => door::say(&token, errors::busy).await,
        Err(error) => return Err(ssr::reply(error)),
    }
    ssr::redirect(&paths::order_status(&token));
    Ok(())
}

/// Erases what is kept about who placed an order.
#[server(prefix = "/api", endpoint = "buyer_data/erase")]
pub async fn erase_buyer(#[server(default)] order: String) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::buyer_data::BuyerDataError as E;
    use operations::buyer_data::erase::erase_by_organizer;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let wanted = Permission::ManageBuyerData;
    let Some(member) = member(wanted, On::named(&order, On::Order)).await? else { return Ok(()) };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match erase_by_organizer(&member.deps, &member.access, order).await {
        Ok(()) => ssr::redirect(&paths::order(order)),
        // The page says what is open.
        Err(E::StillNeeded(_)) => ssr::redirect(&paths::erase_order(order)),
        Err(E::Busy) => refuse_form(order, "", words::buyer_data::busy(member.lang)).await,
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Answers a participant that the data cannot be erased, and why.
#[server(prefix = "/api", endpoint = "buyer_data/refuse")]
pub async fn refuse_erasure(
    #[server(default)] order: String,
    #[server(default)] answer: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::buyer_data::{BuyerDataError as E, refuse};
    use words::buyer_data as texts;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let wanted = Permission::ManageBuyerData;
    let Some(member) = member(wanted, On::named(&order, On::Order)).await? else { return Ok(()) };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match refuse(&member.deps, &member.access, order, &answer).await {
        Ok(()) => ssr::redirect(&paths::order_after(order, "erasure_refused")),
        Err(E::MalformedAnswer) => {
            refuse_form(order, &answer, texts::answer_missing(member.lang)).await;
        }
        Err(E::Busy) => refuse_form(order, &answer, texts::busy(member.lang)).await,
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Saves how many days after an event its participants are kept.
#[server(prefix = "/api", endpoint = "buyer_data/retention")]
pub async fn save_retention(#[server(default)] days: String) -> Result<(), AppError> {
    use operations::buyer_data::retention::{RetentionError as E, set_retention};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let wanted = Permission::ManageSettings;
    let Some(member) = member(wanted, On::Organizer).await? else { return Ok(()) };
    match set_retention(&member.deps, &member.access, &days).await {
        Ok(_) => ssr::redirect(paths::SETTINGS_RETENTION),
        Err(E::OutOfBounds(_)) => {
            let problem = words::buyer_data::retention_bounds(member.lang);
            let values = [("days".to_owned(), days)].into_iter().collect();
            let errors = [("days".to_owned(), problem)].into_iter().collect();
            ssr::flash::put("retention", values, errors).await;
            ssr::redirect(paths::RETENTION_FORM);
        }
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Keeps what was typed, and leads back to the form.
#[cfg(feature = "ssr")]
async fn refuse_form(order: domain::ids::OrderId, answer: &str, problem: &str) {
    use crate::{paths, ssr};

    let values = [("answer".to_owned(), answer.to_owned())].into_iter().collect();
    let errors = [("answer".to_owned(), problem.to_owned())].into_iter().collect();
    ssr::flash::put(&form_key(order), values, errors).await;
    ssr::redirect(&paths::erase_order(order));
}

/// Under which name an order's refused answer is kept.
#[cfg(feature = "ssr")]
pub fn form_key(order: domain::ids::OrderId) -> String {
    format!("erase:{order}")
}
