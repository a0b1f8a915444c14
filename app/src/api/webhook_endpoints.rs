//! Receivers of outgoing webhooks, as their organizer registers and keeps them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What a new receiver shall be sent, as ticked; the names are those of the topics with `_` for `.`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TopicFields {
    pub order_placed: String,
    pub order_awaiting_payment: String,
    pub order_paid: String,
    pub order_cancelled: String,
    pub order_expired: String,
    pub order_data_erased: String,
    pub payment_authorized: String,
    pub payment_captured: String,
    pub payment_failed: String,
    pub payment_expired: String,
    pub payment_cancelled: String,
    pub refund_requested: String,
    pub refund_succeeded: String,
    pub refund_failed: String,
    pub event_created: String,
    pub event_changed: String,
    pub event_published: String,
    pub event_closed: String,
    pub event_reopened: String,
    pub event_cancelled: String,
}

/// Registers a receiver; its secret waits in the web session for the page that shows it once.
#[server(prefix = "/api", endpoint = "webhook_endpoints/register")]
pub async fn register_webhook_endpoint(
    #[server(default)] url: String,
    #[server(default)] description: String,
    #[server(default)] form: TopicFields,
) -> Result<(), AppError> {
    use operations::webhook_endpoints::{EndpointForm, register};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageWebhooks, On::Organizer).await? else {
        return Ok(());
    };
    let mut values = crate::api::values_of(&form);
    let topics = topics(&values);
    let wish = EndpointForm { url: &url, description: &description, topics: &topics };
    match register(&member.deps, &member.access, &wish).await {
        Ok(made) => {
            ssr::shown_once::keep(SECRET_KEY, made.secret.expose()).await?;
            ssr::redirect(&paths::webhook_after(made.id, "registered"));
        }
        Err(error) => {
            let (field, problem) = problem(error, member.lang);
            values.extend([("url".to_owned(), url), ("description".to_owned(), description)]);
            let errors = [(field.to_owned(), problem)].into_iter().collect();
            ssr::flash::put(FORM_KEY, values, errors).await;
            ssr::redirect(paths::WEBHOOKS_FORM);
        }
    }
    Ok(())
}

/// Removes a receiver.
#[server(prefix = "/api", endpoint = "webhook_endpoints/remove")]
pub async fn remove_webhook_endpoint(#[server(default)] endpoint: String) -> Result<(), AppError> {
    use operations::webhook_endpoints::remove;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageWebhooks, On::Organizer).await? else {
        return Ok(());
    };
    let endpoint = endpoint.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    remove(&member.deps, &member.access, endpoint).await.map_err(ssr::reply)?;
    ssr::redirect(paths::WEBHOOKS_REMOVED);
    Ok(())
}

/// Makes a new secret; it waits in the web session for the page that shows it once.
#[server(prefix = "/api", endpoint = "webhook_endpoints/rotate_secret")]
pub async fn rotate_webhook_secret(#[server(default)] endpoint: String) -> Result<(), AppError> {
    use operations::webhook_endpoints::rotate_secret;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageWebhooks, On::Organizer).await? else {
        return Ok(());
    };
    let endpoint = endpoint.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let secret = rotate_secret(&member.deps, &member.access, endpoint).await.map_err(ssr::reply)?;
    ssr::shown_once::keep(SECRET_KEY, secret.expose()).await?;
    ssr::redirect(&paths::webhook_after(endpoint, "rotated"));
    Ok(())
}

/// Switches a receiver on or off.
#[server(prefix = "/api", endpoint = "webhook_endpoints/switch")]
pub async fn switch_webhook_endpoint(
    #[server(default)] endpoint: String,
    #[server(default)] on: String,
) -> Result<(), AppError> {
    use operations::webhook_endpoints::switch;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageWebhooks, On::Organizer).await? else {
        return Ok(());
    };
    let endpoint = endpoint.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let is_on = !on.is_empty();
    switch(&member.deps, &member.access, endpoint, is_on).await.map_err(ssr::reply)?;
    let done = if is_on { "enabled" } else { "disabled" };
    ssr::redirect(&paths::webhook_after(endpoint, done));
    Ok(())
}

/// Sends a test.
#[server(prefix = "/api", endpoint = "webhook_endpoints/test")]
pub async fn test_webhook_endpoint(#[server(default)] endpoint: String) -> Result<(), AppError> {
    use operations::webhook_endpoints::{EndpointError, send_test};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageWebhooks, On::Organizer).await? else {
        return Ok(());
    };
    let endpoint = endpoint.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let done = match send_test(&member.deps, &member.access, endpoint).await {
        Ok(_) => "tested",
        Err(EndpointError::Disabled) => "is_off",
        Err(error) => return Err(ssr::reply(error)),
    };
    ssr::redirect(&paths::webhook_after(endpoint, done));
    Ok(())
}

/// Sends a delivery once more.
#[server(prefix = "/api", endpoint = "webhook_endpoints/resend")]
pub async fn resend_webhook_delivery(
    #[server(default)] endpoint: String,
    #[server(default)] delivery: String,
) -> Result<(), AppError> {
    use operations::webhook_endpoints::{EndpointError, resend};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageWebhooks, On::Organizer).await? else {
        return Ok(());
    };
    let not_found = || ssr::reply(AppError::NotFound);
    let endpoint = endpoint.parse().map_err(|_| not_found())?;
    let delivery = delivery.parse().map_err(|_| not_found())?;
    let done = match resend(&member.deps, &member.access, endpoint, delivery).await {
        Ok(()) => "resent",
        Err(EndpointError::Disabled) => "is_off",
        Err(error) => return Err(ssr::reply(error)),
    };
    ssr::redirect(&paths::webhook_after(endpoint, done));
    Ok(())
}

/// Under which name a refused form for a receiver is kept.
pub const FORM_KEY: &str = "webhook_endpoint";
/// Under which name a new secret waits to be shown once.
pub const SECRET_KEY: &str = "webhook_endpoint:secret";

/// The name of a topic's box in the form.
pub fn topic_field(topic: domain::webhook_endpoint::WebhookTopic) -> String {
    crate::api::in_form(&topic.as_str().replace('.', "_"))
}

#[cfg(feature = "ssr")]
fn topics(
    values: &std::collections::BTreeMap<String, String>,
) -> Vec<domain::webhook_endpoint::WebhookTopic> {
    let is_ticked = |name: &str| values.get(name).is_some_and(|it| !it.is_empty());
    domain::webhook_endpoint::WebhookTopic::ALL
        .iter()
        .copied()
        .filter(|topic| is_ticked(&topic_field(*topic)))
        .collect()
}

/// The field that is wrong, and the sentence beside it.
#[cfg(feature = "ssr")]
fn problem(
    error: operations::webhook_endpoints::EndpointError,
    lang: words::lang::Lang,
) -> (&'static str, String) {
    use operations::webhook_endpoints::{BadUrl, EndpointError as E};
    use words::{errors, webhooks as texts};

    match error {
        E::Url(BadUrl::Malformed) => ("url", texts::url_malformed(lang).to_owned()),
        E::Url(BadUrl::NotHttps) => ("url", texts::url_not_https(lang).to_owned()),
        E::Url(BadUrl::HasCredentials) => ("url", texts::url_credentials(lang).to_owned()),
        E::Url(BadUrl::Private) => ("url", texts::url_private(lang).to_owned()),
        E::Description(error) => ("description", errors::text(error, lang)),
        E::NoTopic => ("topics", texts::no_topic(lang).to_owned()),
        E::TooMany => ("url", texts::too_many(lang).to_owned()),
        error @ (E::NotFound | E::Disabled | E::Unexpected(_)) => {
            crate::ssr::unexpected(error);
            ("", errors::unexpected(lang).to_owned())
        }
    }
}
