//! Deleting one's own account.

use leptos::prelude::*;

use crate::error::AppError;

/// Deletes the account and signs this browser out.
#[server(prefix = "/api", endpoint = "personal_data/delete")]
pub async fn delete_account(#[server(default)] sure: String) -> Result<(), AppError> {
    use operations::account::personal_data::{DeleteError as E, delete};

    use crate::ssr::{flash, sign_in};
    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    if sure == "yes" {
        match delete(&ssr::deps(), user).await {
            Ok(()) => {
                sign_in::end().await?;
                ssr::redirect(paths::LOGIN_DELETED);
                return Ok(());
            }
            // The page says what has to be done first.
            Err(E::LastOwner(_)) => {}
            Err(E::NotActive) => {
                ssr::redirect(paths::LOGIN);
                return Ok(());
            }
            Err(E::Unexpected(error)) => return Err(ssr::unexpected(format!("{error:#}"))),
        }
    } else {
        let sentence = words::login::delete_tick(ssr::lang()).to_owned();
        let errors = [("sure".to_owned(), sentence)].into_iter().collect();
        flash::put("delete_account", std::collections::BTreeMap::new(), errors).await;
    }
    ssr::redirect(paths::DELETE_ACCOUNT);
    Ok(())
}
