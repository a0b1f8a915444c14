//! Somebody of the staff looks at an organizer's pages, and stops looking.

use leptos::prelude::*;

use crate::error::AppError;

/// Begins a visit, with a reason, and leads to the organizer's pages.
#[server(prefix = "/api", endpoint = "administration/begin_visit")]
pub async fn begin_visit(
    #[server(default)] organizer: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use domain::ids::OrganizerId;
    use operations::platform::visits::{VisitError as E, begin};

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::VisitOrganizers).await?;
    let organizer: OrganizerId = organizer.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match begin(&deps, &access, organizer, &reason).await {
        Ok(_) => ssr::redirect(paths::EVENTS),
        Err(E::MalformedReason) => {
            let needed = words::platform::reason_needed(ssr::lang()).to_owned();
            door::refuse_at(&paths::admin::organizer(organizer), needed).await;
        }
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Ends the visit that goes on.
#[server(prefix = "/api", endpoint = "administration/end_visit")]
pub async fn end_visit() -> Result<(), AppError> {
    use operations::platform::visits::end;

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::VisitOrganizers).await?;
    let visited = end(&deps, &access).await.map_err(|error| ssr::reply(ssr::unexpected(error)))?;
    ssr::redirect(&visited.map_or(paths::admin::OVERVIEW.to_owned(), paths::admin::organizer));
    Ok(())
}
