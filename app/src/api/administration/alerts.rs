//! What the staff does about the platform's alerts.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks the provider again, repairs, or accepts; pressing twice does it once.
#[server(prefix = "/api", endpoint = "administration/act_on_alert")]
pub async fn act_on_platform_alert(
    #[server(default)] alert: String,
    #[server(default)] action: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    use operations::alerts::AlertAccess;

    use crate::api::administration::door;
    use crate::api::alerts::act_on;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::HandlePlatformAlerts).await?;
    let done = act_on(&deps, &AlertAccess::Platform(access), (&alert, &action), &note).await?;
    ssr::redirect(&paths::admin::alerts_after(done));
    Ok(())
}
