//! Keys to the REST API, as their organizer makes and revokes them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What a new key may do, as ticked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScopeFields {
    pub events_read: String,
    pub events_write: String,
    pub orders_read: String,
    pub orders_write: String,
    pub refunds_write: String,
    pub ledger_read: String,
    pub webhooks_write: String,
}

/// Makes a key; its secret waits in the web session for the page that shows it once.
#[server(prefix = "/api", endpoint = "api_keys/create")]
pub async fn create_api_key(
    #[server(default)] name: String,
    #[server(default)] life: String,
    #[server(default)] form: ScopeFields,
) -> Result<(), AppError> {
    use operations::api_keys::{CreateApiKeyError as E, KeyLife, create_api_key};
    use words::{errors, organizer};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageApiKeys, On::Organizer).await? else {
        return Ok(());
    };
    let lang = member.lang;
    // Who chooses nothing gets a key that ends.
    let life = KeyLife::parse(&life).unwrap_or(KeyLife::Quarter);
    let (field, problem) =
        match create_api_key(&member.deps, &member.access, &name, &scopes(&form), life).await {
            Ok(created) => {
                ssr::shown_once::keep(CREATED_KEY, &created.secret).await?;
                ssr::redirect(paths::SETTINGS_KEY_CREATED);
                return Ok(());
            }
            Err(E::MalformedName) => ("name", errors::required(lang)),
            Err(E::NoScope) => ("scopes", organizer::key_no_scope(lang)),
            Err(E::TooMany) => ("name", organizer::key_too_many(lang)),
            Err(E::Unexpected(error)) => {
                ssr::unexpected(error);
                ("", errors::unexpected(lang))
            }
        };
    let mut values = crate::api::values_of(&form);
    values.insert("name".to_owned(), name);
    values.insert("life".to_owned(), life.to_string());
    let errors = [(field.to_owned(), problem.to_owned())].into_iter().collect();
    ssr::flash::put(FORM_KEY, values, errors).await;
    ssr::redirect(paths::SETTINGS_KEYS);
    Ok(())
}

/// Ends a key.
#[server(prefix = "/api", endpoint = "api_keys/revoke")]
pub async fn revoke_api_key(#[server(default)] key: String) -> Result<(), AppError> {
    use operations::api_keys::revoke_api_key;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageApiKeys, On::Organizer).await? else {
        return Ok(());
    };
    let key = key.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    revoke_api_key(&member.deps, &member.access, key).await.map_err(ssr::reply)?;
    ssr::redirect(paths::SETTINGS_KEY_REVOKED);
    Ok(())
}

/// Under which name a refused form for a key is kept.
pub const FORM_KEY: &str = "api_key";
/// Under which name the secret of a new key waits to be shown once.
pub const CREATED_KEY: &str = "api_key:created";

#[cfg(feature = "ssr")]
fn scopes(form: &ScopeFields) -> Vec<operations::api_keys::Scope> {
    use operations::api_keys::Scope as S;
    [
        (S::EventsRead, &form.events_read),
        (S::EventsWrite, &form.events_write),
        (S::OrdersRead, &form.orders_read),
        (S::OrdersWrite, &form.orders_write),
        (S::RefundsWrite, &form.refunds_write),
        (S::LedgerRead, &form.ledger_read),
        (S::WebhooksWrite, &form.webhooks_write),
    ]
    .into_iter()
    .filter(|(_, ticked)| !ticked.is_empty())
    .map(|(scope, _)| scope)
    .collect()
}
