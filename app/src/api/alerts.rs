//! Alerts, as people act on them.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks the provider again, repairs, or accepts; pressing twice does it once.
#[server(prefix = "/api", endpoint = "alerts/act")]
pub async fn act_on_alert(
    #[server(default)] alert: String,
    #[server(default)] action: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    use operations::alerts::AlertAccess;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::HandleAlerts, On::Organizer).await? else {
        return Ok(());
    };
    let access = AlertAccess::Organizer(member.access);
    let done = act_on(&member.deps, &access, (&alert, &action), &note).await?;
    ssr::redirect(&paths::alerts_after(done));
    Ok(())
}

/// Does it, and gives the word for what came of it.
#[cfg(feature = "ssr")]
pub(crate) async fn act_on(
    deps: &operations::Deps,
    access: &operations::alerts::AlertAccess,
    (alert, action): (&str, &str),
    note: &str,
) -> Result<&'static str, AppError> {
    use domain::alert::AlertAction;
    use operations::alerts::act::{ActError as E, Acted, act};

    use crate::ssr;

    let alert = alert.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let action = AlertAction::parse(action).map_err(|_| ssr::reply(AppError::NotFound))?;
    Ok(match act(deps, access, alert, action, note).await {
        Ok(Acted::Closed) => "closed",
        Ok(Acted::UnderWay) => "under_way",
        Ok(Acted::StillSo) => "still_so",
        Ok(Acted::NoAnswer) => "no_answer",
        Ok(Acted::WaitsForOrganizer) => "waits_for_you",
        Err(E::MalformedNote) => "note",
        Err(E::Busy) => "busy",
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::NotFitting) => return Err(ssr::reply(AppError::Conflict)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    })
}
