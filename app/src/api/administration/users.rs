//! What the staff decides about people's accounts.

use leptos::prelude::*;

use crate::error::AppError;

/// Disables an account or opens it again, with a reason.
#[server(prefix = "/api", endpoint = "administration/set_account_state")]
pub async fn set_account_state(
    #[server(default)] user: String,
    #[server(default)] state: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use domain::account::AccountState;
    use domain::ids::UserId;
    use operations::platform::users::{AccountError as E, set_state};

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::ManageUsers).await?;
    let user: UserId = user.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let state = AccountState::parse(&state).map_err(|_| ssr::reply(AppError::NotFound))?;
    let refused = match set_state(&deps, &access, user, state, &reason).await {
        Ok(()) => {
            ssr::redirect(&paths::admin::user_after(user, "account"));
            return Ok(());
        }
        Err(E::MalformedReason) => words::platform::reason_needed(ssr::lang()),
        Err(E::Own) => words::platform::account_own(ssr::lang()),
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    };
    let back = paths::admin::users(&user.to_string(), None);
    door::refuse_at(&back, refused.to_owned()).await;
    Ok(())
}
