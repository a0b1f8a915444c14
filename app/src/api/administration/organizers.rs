//! What the staff decides about organizers.

use leptos::prelude::*;

use crate::error::AppError;

/// Decides how an organizer stands: active, in review or suspended, with a reason.
#[server(prefix = "/api", endpoint = "administration/set_standing")]
pub async fn set_standing(
    #[server(default)] organizer: String,
    #[server(default)] standing: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use domain::ids::OrganizerId;
    use domain::standing::Standing;
    use operations::platform::organizers::{StandingError as E, set_standing};

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::ReviewOrganizers).await?;
    let organizer: OrganizerId = organizer.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let standing = Standing::parse(&standing).map_err(|_| ssr::reply(AppError::NotFound))?;
    let refused = match set_standing(&deps, &access, organizer, standing, &reason).await {
        Ok(()) => {
            ssr::redirect(&paths::admin::organizer_after(organizer, "standing"));
            return Ok(());
        }
        Err(E::MalformedReason) => words::platform::reason_needed(ssr::lang()),
        Err(E::Busy) => words::errors::busy(ssr::lang()),
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    };
    door::refuse_at(&paths::admin::organizer(organizer), refused.to_owned()).await;
    Ok(())
}
