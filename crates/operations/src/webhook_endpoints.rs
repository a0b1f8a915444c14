//! Receivers of outgoing webhooks, as their organizer registers and keeps them.

use domain::ids::{Id, WebhookDeliveryId, WebhookEndpointId, WebhookMessageId};
use domain::limits::NAME_CHARS_MAX;
use domain::parsed::TextError;
use domain::parsed::text::optional_line;
use domain::permission::Permission;
use domain::webhook_endpoint::{ENDPOINTS_MAX, SECRETS_OVERLAP, TEST_TOPIC, WebhookTopic};
use providers::Secret;
pub use providers::webhook_sender::BadUrl;
use providers::webhook_sender::signature::{SECRET_BYTES, secret_of};
use serde_json::json;
use store::error::StoreError;
use store::outbox_readers;
use store::webhook_deliveries::{self, NewDelivery};
pub use store::webhook_endpoints::WebhookEndpoint;
use store::webhook_endpoints::{self, NewWebhookEndpoint};

use crate::actor::{Actor, OrganizerAccess};
use crate::members::still_may;
use crate::sealed::{self, Place, SealError};
use crate::{Deps, Settings, fresh, trail};

/// A receiver as a person or a program typed it.
#[derive(Debug, Clone, Default)]
pub struct EndpointForm<'a> {
    pub url: &'a str,
    /// For people; may be empty.
    pub description: &'a str,
    pub topics: &'a [WebhookTopic],
}

/// A fresh receiver; its secret is shown this once.
#[derive(Debug)]
pub struct RegisteredEndpoint {
    pub id: WebhookEndpointId,
    pub secret: Secret,
}

/// Why something was not done with a receiver.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error("the address {0}")]
    Url(BadUrl),
    #[error("the description {0}")]
    Description(TextError),
    #[error("no event was chosen")]
    NoTopic,
    #[error("there are {ENDPOINTS_MAX} receivers already")]
    TooMany,
    #[error("no such receiver")]
    NotFound,
    /// It is switched off; nothing can be sent to it.
    #[error("the receiver is switched off")]
    Disabled,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for EndpointError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

impl From<SealError> for EndpointError {
    fn from(error: SealError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Registers a receiver.
///
/// # Errors
/// When the address is none that we send to, nothing was chosen, or there are too many.
pub async fn register(
    deps: &Deps,
    access: &OrganizerAccess,
    form: &EndpointForm<'_>,
) -> Result<RegisteredEndpoint, EndpointError> {
    let url = deps.webhook_sender.read_url(form.url).map_err(EndpointError::Url)?;
    let description =
        optional_line(form.description, NAME_CHARS_MAX).map_err(EndpointError::Description)?;
    let mut topics = form.topics.to_vec();
    topics.sort_unstable();
    topics.dedup();
    if topics.is_empty() {
        return Err(EndpointError::NoTopic);
    }
    let organizer = access.organizer_for(Permission::ManageWebhooks)?;
    let now = deps.clock.now();
    let id: WebhookEndpointId = fresh::id();
    let secret = fresh_secret();
    let mut tx = deps.db.begin().await?;
    still_may(&mut tx, access, Permission::ManageWebhooks).await?;
    let created_by = match access.actor() {
        // It ends with whoever made the key.
        Actor::ApiKey(key) => store::api_keys::creator(&mut tx, key).await?,
        other => other.user(),
    };
    let new = NewWebhookEndpoint {
        id,
        organizer,
        url: &url,
        description: &description,
        topics: &topics,
        secret: &seal(&deps.settings, id, &secret)?,
        created_by,
        now,
    };
    if webhook_endpoints::count(&mut tx, organizer).await? >= ENDPOINTS_MAX {
        return Err(EndpointError::TooMany);
    }
    webhook_endpoints::insert(&mut tx, &new).await?;
    let detail = json!({ "webhook_endpoint": id, "url": url, "topics": topics });
    trail::note(&mut tx, access.named(), access.actor(), ("webhook_endpoint.created", detail), now)
        .await?;
    tx.commit().await?;
    Ok(RegisteredEndpoint { id, secret })
}

/// The organizer's receivers, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
) -> Result<Vec<WebhookEndpoint>, EndpointError> {
    let mut conn = deps.db.acquire().await?;
    Ok(webhook_endpoints::list(
        &mut conn,
        access.organizer_for(Permission::ManageWebhooks)?,
        ENDPOINTS_MAX,
    )
    .await?)
}

/// One of the organizer's receivers.
///
/// # Errors
/// [`EndpointError::NotFound`].
pub async fn get(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
) -> Result<WebhookEndpoint, EndpointError> {
    let mut conn = deps.db.acquire().await?;
    Ok(webhook_endpoints::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?)
}

/// Removes a receiver; what waits for it is not sent any more.
///
/// # Errors
/// [`EndpointError::NotFound`].
pub async fn remove(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
) -> Result<(), EndpointError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found = webhook_endpoints::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?;
    webhook_endpoints::mark_removed(&mut tx, endpoint, now).await?;
    let detail = json!({ "webhook_endpoint": endpoint, "url": found.url });
    trail::note(&mut tx, access.named(), access.actor(), ("webhook_endpoint.removed", detail), now)
        .await?;
    Ok(tx.commit().await?)
}

/// Makes a new secret and shows it this once. The one before signs too for a day, so that the receiver can change over.
///
/// # Errors
/// [`EndpointError::NotFound`].
pub async fn rotate_secret(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
) -> Result<Secret, EndpointError> {
    let now = deps.clock.now();
    let secret = fresh_secret();
    let sealed = seal(&deps.settings, endpoint, &secret)?;
    let mut tx = deps.db.begin().await?;
    webhook_endpoints::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?;
    let until = now + SECRETS_OVERLAP;
    webhook_endpoints::rotate_secret(&mut tx, endpoint, &sealed, until, now).await?;
    let detail = json!({ "webhook_endpoint": endpoint });
    trail::note(
        &mut tx,
        access.named(),
        access.actor(),
        ("webhook_endpoint.secret_rotated", detail),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(secret)
}

/// Switches a receiver on again, or off. Doing it twice is doing it once.
///
/// # Errors
/// [`EndpointError::NotFound`].
pub async fn switch(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
    is_on: bool,
) -> Result<(), EndpointError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found = webhook_endpoints::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?;
    let (has_changed, action) = if is_on {
        (webhook_endpoints::enable(&mut tx, endpoint, now).await?, "webhook_endpoint.enabled")
    } else {
        let has_changed = webhook_endpoints::disable(&mut tx, endpoint, "by_hand", now).await?;
        (has_changed, "webhook_endpoint.disabled")
    };
    if has_changed {
        let detail = json!({ "webhook_endpoint": endpoint, "url": found.url });
        trail::note(&mut tx, access.named(), access.actor(), (action, detail), now).await?;
    }
    Ok(tx.commit().await?)
}

/// Sends a test: a fact of its own that goes to this receiver alone.
///
/// # Errors
/// [`EndpointError::NotFound`], [`EndpointError::Disabled`].
pub async fn send_test(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
) -> Result<WebhookDeliveryId, EndpointError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found = webhook_endpoints::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?;
    if found.disabled_at.is_some() {
        return Err(EndpointError::Disabled);
    }
    let about = json!({ "webhook_endpoint": endpoint });
    let name = (TEST_TOPIC, &*endpoint.to_string());
    let (message, message_id) = outbox_readers::insert_own(
        &mut tx,
        name,
        access.organizer_for(Permission::ManageWebhooks)?,
        &about,
        now,
    )
    .await?;
    let delivery = NewDelivery {
        id: fresh::id(),
        endpoint,
        message,
        message_id: WebhookMessageId::from_uuid(message_id),
        topic: TEST_TOPIC.to_owned(),
    };
    let id = delivery.id;
    webhook_deliveries::insert(&mut tx, &[delivery], now).await?;
    trail::note(&mut tx, access.named(), access.actor(), (TEST_TOPIC, about), now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Sends a delivery once more, with the same message id and a fresh round of attempts.
///
/// # Errors
/// [`EndpointError::NotFound`], [`EndpointError::Disabled`].
pub async fn resend(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
    delivery: WebhookDeliveryId,
) -> Result<(), EndpointError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found = webhook_endpoints::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?;
    if found.disabled_at.is_some() {
        return Err(EndpointError::Disabled);
    }
    if !webhook_deliveries::send_again(&mut tx, endpoint, delivery, now).await? {
        return Err(EndpointError::NotFound);
    }
    let detail = json!({ "webhook_endpoint": endpoint, "webhook_delivery": delivery });
    trail::note(&mut tx, access.named(), access.actor(), ("webhook_delivery.resent", detail), now)
        .await?;
    Ok(tx.commit().await?)
}

fn fresh_secret() -> Secret {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    secret_of(&bytes)
}

const COLUMN: &str = "webhook_endpoints.secret";

fn seal(
    settings: &Settings,
    endpoint: WebhookEndpointId,
    secret: &Secret,
) -> Result<Vec<u8>, SealError> {
    let place = Place { column: COLUMN, row: &endpoint.to_string() };
    sealed::seal(settings, place, secret.expose().as_bytes())
}

/// Opens a receiver's secret, for signing.
pub(crate) fn open(
    settings: &Settings,
    endpoint: WebhookEndpointId,
    sealed: &[u8],
) -> anyhow::Result<Secret> {
    let place = Place { column: COLUMN, row: &endpoint.to_string() };
    Ok(Secret::new(String::from_utf8(sealed::open(settings, place, sealed)?)?))
}
