//! Lines of bank statements, as an organizer decides about them.

use leptos::prelude::*;

use crate::error::AppError;

/// Records a line for an order that was proposed.
#[server(prefix = "/api", endpoint = "statements/accept")]
pub async fn accept_transfer(
    #[server(default)] line: String,
    #[server(default)] order: String,
) -> Result<(), AppError> {
    use crate::ssr::member::{On, Permission, member};
    use operations::statements::decide::accept;

    let Some(member) = member(Permission::ReconcileStatements, On::Organizer).await? else {
        return Ok(());
    };
    let (line, order) = (door::id(&line)?, door::id(&order)?);
    door::after(accept(&member.deps, &member.access, line, order).await.map(|_| "accepted"))
}

/// Refuses one proposal.
#[server(prefix = "/api", endpoint = "statements/refuse")]
pub async fn refuse_transfer(
    #[server(default)] line: String,
    #[server(default)] order: String,
) -> Result<(), AppError> {
    use crate::ssr::member::{On, Permission, member};
    use operations::statements::decide::refuse;

    let Some(member) = member(Permission::ReconcileStatements, On::Organizer).await? else {
        return Ok(());
    };
    let (line, order) = (door::id(&line)?, door::id(&order)?);
    door::after(refuse(&member.deps, &member.access, line, order).await.map(|()| "refused"))
}

/// Records a line for the order whose code was typed.
#[server(prefix = "/api", endpoint = "statements/choose")]
pub async fn choose_order(
    #[server(default)] line: String,
    #[server(default)] code: String,
) -> Result<(), AppError> {
    use crate::ssr::member::{On, Permission, member};
    use operations::statements::decide::choose;

    let Some(member) = member(Permission::ReconcileStatements, On::Organizer).await? else {
        return Ok(());
    };
    let line = door::id(&line)?;
    door::after(choose(&member.deps, &member.access, line, &code).await.map(|_| "accepted"))
}

/// Says that a line pays no order.
#[server(prefix = "/api", endpoint = "statements/dismiss")]
pub async fn dismiss_transfer(
    #[server(default)] line: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    use crate::ssr::member::{On, Permission, member};
    use operations::statements::decide::dismiss;

    let Some(member) = member(Permission::ReconcileStatements, On::Organizer).await? else {
        return Ok(());
    };
    let line = door::id(&line)?;
    door::after(dismiss(&member.deps, &member.access, line, &note).await.map(|()| "dismissed"))
}

/// What the doors share: reading ids, and going back to the page with a word.
#[cfg(feature = "ssr")]
mod door {
    use std::str::FromStr;

    use operations::statements::apply::ApplyError as E;

    use crate::error::AppError;
    use crate::{paths, ssr};

    pub(super) fn id<T: FromStr>(text: &str) -> Result<T, AppError> {
        text.parse().map_err(|_| ssr::reply(AppError::NotFound))
    }

    pub(super) fn after(decided: Result<&'static str, E>) -> Result<(), AppError> {
        let done = match decided {
            Ok(done) => done,
            Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
            Err(E::NoSuchOrder | E::OtherCurrency) => "no_such_order",
            Err(E::DecidedBefore) => "decided_before",
            Err(E::Busy) => "busy",
            Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
        };
        ssr::redirect(&paths::statements_after(done));
        Ok(())
    }
}
