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
    use operations::access::may_administer;
    use operations::alerts::AlertAccess;
    use operations::alerts::act::{ActError as E, Acted, act};

    use crate::pages::organizer::alerts::PLATFORM;
    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let is_platform = scope == PLATFORM;
    let (permission, on) = if is_platform {
        (Permission::ViewEvents, On::OwnEvents)
    } else {
        (Permission::HandleAlerts, On::Organizer)
    };
    let Some(member) = member(permission, on).await? else { return Ok(()) };
    let alert = alert.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let action = AlertAction::parse(&action).map_err(|_| ssr::reply(AppError::NotFound))?;
    let access = if is_platform {
        let (user, wanted) = (member.home.user.user, Permission::HandlePlatformAlerts);
        let access = may_administer(&member.deps, user, wanted).await;
        AlertAccess::Platform(access.map_err(ssr::reply)?)
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
