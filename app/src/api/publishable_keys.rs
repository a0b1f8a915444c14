//! Keys by which websites show events, as their organizer makes and revokes them.

use leptos::prelude::*;

use crate::error::AppError;

/// Under which name a refused form for a key is kept.
pub const FORM_KEY: &str = "publishable_key";

/// Makes a key.
#[server(prefix = "/api", endpoint = "publishable_keys/create")]
pub async fn create_publishable_key(
    #[server(default)] name: String,
    #[server(default)] sites: String,
) -> Result<(), AppError> {
    use operations::publishable_keys::{CreatePublishableKeyError as E, create};
    use words::{embed, errors};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageApiKeys, On::Organizer).await? else {
        return Ok(());
    };
    let lang = member.lang;
    let (field, problem) = match create(&member.deps, &member.access, &name, &sites).await {
        Ok(_) => {
            ssr::redirect(paths::embed::KEY_CREATED);
            return Ok(());
        }
        Err(E::MalformedName) => ("name", errors::required(lang).to_owned()),
        Err(E::NoSite) => ("sites", embed::no_site(lang).to_owned()),
        Err(E::MalformedSite(line)) => ("sites", embed::malformed_site(&line, lang)),
        Err(E::TooManySites) => ("sites", embed::too_many_sites(lang).to_owned()),
        Err(E::TooMany) => ("name", embed::too_many(lang).to_owned()),
        Err(E::Unexpected(error)) => {
            ssr::unexpected(error);
            ("", errors::unexpected(lang).to_owned())
        }
    };
    let values = [("name".to_owned(), name), ("sites".to_owned(), sites)].into_iter().collect();
    let errors = [(field.to_owned(), problem)].into_iter().collect();
    ssr::flash::put(FORM_KEY, values, errors).await;
    ssr::redirect(paths::embed::KEYS_FORM);
    Ok(())
}

/// Ends a key.
#[server(prefix = "/api", endpoint = "publishable_keys/revoke")]
pub async fn revoke_publishable_key(#[server(default)] key: String) -> Result<(), AppError> {
    use operations::publishable_keys::revoke;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageApiKeys, On::Organizer).await? else {
        return Ok(());
    };
    let key = key.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    revoke(&member.deps, &member.access, key).await.map_err(ssr::reply)?;
    ssr::redirect(paths::embed::KEY_REVOKED);
    Ok(())
}
