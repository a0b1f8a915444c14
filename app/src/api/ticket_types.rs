//! Ticket types, as their organizer's forms change them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The fields of a ticket type's form, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketTypeFields {
    pub name: String,
    pub description: String,
    pub price: String,
    pub tax_rate: String,
    pub quota: String,
    pub sales_start_at: String,
    pub sales_end_at: String,
    pub per_order_min: String,
    pub per_order_max: String,
}

/// Adds a ticket type.
#[server(prefix = "/api", endpoint = "ticket_types/add")]
pub async fn add_ticket_type(
    #[server(default)] event: String,
    #[server(default)] form: TicketTypeFields,
) -> Result<(), AppError> {
    use operations::events::ticket_types::{TicketTypeError, add};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match add(&member.deps, &member.access, event, &typed(&form)).await {
        Ok(_) => ssr::redirect(&paths::ticket_types_after(event, "added")),
        Err(TicketTypeError::Invalid(problems)) => {
            let errors = ssr::refusals::field_errors(&problems, member.lang);
            ssr::flash::put(&new_key(event), crate::api::values_of(&form), errors).await;
            ssr::redirect(&paths::ticket_type(event, "new"));
        }
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Changes a ticket type.
#[server(prefix = "/api", endpoint = "ticket_types/save")]
pub async fn save_ticket_type(
    #[server(default)] event: String,
    #[server(default)] ticket_type: String,
    #[server(default)] form: TicketTypeFields,
) -> Result<(), AppError> {
    use domain::ids::TicketTypeId;
    use operations::events::ticket_types::{TicketTypeError, change};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let id: TicketTypeId = ticket_type.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match change(&member.deps, &member.access, event, id, &typed(&form)).await {
        Ok(()) => ssr::redirect(&paths::ticket_types_after(event, "saved")),
        Err(TicketTypeError::Invalid(problems)) => {
            let errors = ssr::refusals::field_errors(&problems, member.lang);
            ssr::flash::put(&key(id), crate::api::values_of(&form), errors).await;
            ssr::redirect(&paths::ticket_type(event, &id.to_string()));
        }
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Moves a ticket type by one place in the list.
#[server(prefix = "/api", endpoint = "ticket_types/move")]
pub async fn move_ticket_type(
    #[server(default)] event: String,
    #[server(default)] ticket_type: String,
    #[server(default)] direction: String,
) -> Result<(), AppError> {
    use operations::events::ticket_types::{Direction, reorder};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let id = ticket_type.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let direction = if direction == "up" { Direction::Up } else { Direction::Down };
    reorder(&member.deps, &member.access, event, id, direction).await.map_err(ssr::reply)?;
    ssr::redirect(&format!("{}#{ticket_type}", paths::ticket_types(event)));
    Ok(())
}

/// Takes a ticket type off sale.
#[server(prefix = "/api", endpoint = "ticket_types/archive")]
pub async fn archive_ticket_type(
    #[server(default)] event: String,
    #[server(default)] ticket_type: String,
) -> Result<(), AppError> {
    use operations::events::ticket_types::archive;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let id = ticket_type.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    archive(&member.deps, &member.access, event, id).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::ticket_types_after(event, "archived"));
    Ok(())
}

/// Under which name the refused form of a new ticket type is kept.
#[cfg(feature = "ssr")]
pub fn new_key(event: domain::ids::EventId) -> String {
    format!("ticket_type:new:{event}")
}

/// Under which name the refused form of a ticket type is kept.
#[cfg(feature = "ssr")]
pub fn key(ticket_type: domain::ids::TicketTypeId) -> String {
    format!("ticket_type:{ticket_type}")
}

#[cfg(feature = "ssr")]
fn typed(form: &TicketTypeFields) -> operations::events::ticket_types::TicketTypeForm {
    operations::events::ticket_types::TicketTypeForm {
        name: form.name.clone(),
        description: form.description.clone(),
        price: form.price.clone(),
        tax_rate: form.tax_rate.clone(),
        quota: form.quota.clone(),
        sales_start_at: form.sales_start_at.clone(),
        sales_end_at: form.sales_end_at.clone(),
        per_order_min: form.per_order_min.clone(),
        per_order_max: form.per_order_max.clone(),
    }
}
