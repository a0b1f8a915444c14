//! Alerts, as people act on them.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks the provider again, repairs, or accepts; pressing twice does it once.
#[server(prefix = "/api", endpoint = "alerts/act")]
pub async fn act_on_alert(
    #[server(default)] alert: String,
    #[server(default)] action: String,
    #[server(default)] note: String,
    #[server(default)] scope: String,
) -> Result<(), AppError> {
    use domain::alert::AlertAction;
    use operations::access::administrator_access;
    use operations::alerts::AlertAccess;
    use operations::alerts::act::{ActError as E, Acted, act};

    use crate::pages::organizer::alerts::PLATFORM;
    use crate::ssr::member::member;
    use crate::{paths, ssr};

    let Some(member) = member().await? else { return Ok(()) };
    let alert = alert.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let action = AlertAction::parse(&action).map_err(|_| ssr::reply(AppError::NotFound))?;
    let is_platform = scope == PLATFORM;
    let access = if is_platform {
        let access = administrator_access(&member.deps, member.home.user.user).await;
        AlertAccess::Platform(access.map_err(|_| ssr::reply(AppError::NotAllowed))?)
    } else {
        AlertAccess::Organizer(member.access)
    };
    let done = match act(&member.deps, &access, alert, action, &note).await {
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
    };
    ssr::redirect(&paths::alerts_after(is_platform, done));
    Ok(())
}
