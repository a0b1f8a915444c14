//! What the staff switches for everybody.

use leptos::prelude::*;

use crate::error::AppError;

/// Switches something off or on, with a reason.
#[server(prefix = "/api", endpoint = "administration/switch")]
pub async fn switch_feature(
    #[server(default)] switch: String,
    #[server(default)] is_on: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use domain::switch::Switch;
    use operations::platform::switches::{self, SwitchError};

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::SwitchFeatures).await?;
    let what = Switch::parse(&switch).map_err(|_| ssr::reply(AppError::NotFound))?;
    match switches::switch(&deps, &access, (what, is_on == "yes"), &reason).await {
        Ok(()) => ssr::redirect(paths::admin::SWITCHED),
        Err(SwitchError::MalformedReason) => {
            let needed = words::platform::reason_needed(ssr::lang()).to_owned();
            door::refuse_at(paths::admin::SWITCHES, needed).await;
        }
        Err(SwitchError::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}
