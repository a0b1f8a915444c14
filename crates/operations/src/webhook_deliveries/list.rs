//! The log of a receiver's deliveries, for its organizer.

use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use domain::permission::Permission;
pub use store::webhook_deliveries::{Attempt, DeliveryLine};
use store::{webhook_deliveries, webhook_endpoints};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::webhook_endpoints::{EndpointError, WebhookEndpoint};

/// Deliveries of a page.
const PAGE_DELIVERIES: i64 = 25;

/// A receiver with a page of its deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    pub endpoint: WebhookEndpoint,
    pub deliveries: Vec<DeliveryLine>,
    /// Where the next page begins; none at the end.
    pub older: Option<WebhookDeliveryId>,
}

/// A page of a receiver's log.
///
/// # Errors
/// [`EndpointError::NotFound`].
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    endpoint: WebhookEndpointId,
    older_than: Option<WebhookDeliveryId>,
) -> Result<DeliveryPage, EndpointError> {
    let mut conn = deps.db.acquire().await?;
    let found = webhook_endpoints::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::ManageWebhooks)?,
        endpoint,
    )
    .await?;
    let mut deliveries =
        webhook_deliveries::list(&mut conn, endpoint, older_than, PAGE_DELIVERIES + 1).await?;
    let is_more = i64::try_from(deliveries.len()).is_ok_and(|n| n > PAGE_DELIVERIES);
    if is_more {
        deliveries.pop();
    }
    let older = deliveries.last().map(|it| it.id).filter(|_| is_more);
    Ok(DeliveryPage { endpoint: found, deliveries, older })
}
