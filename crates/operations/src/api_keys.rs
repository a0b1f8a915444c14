//! Keys to the REST API: making one, which shows its secret this once, listing and revoking.

use domain::ids::ApiKeyId;
use domain::limits::NAME_CHARS_MAX;
use domain::permission::{Permission, PermissionSet};
use serde_json::json;
pub use store::api_keys::ApiKey;
use store::api_keys::{self, NewApiKey};
use store::error::StoreError;
use time::Duration;

use crate::access::AccessError;
use crate::actor::OrganizerAccess;
use crate::fresh;
use crate::members::still_may;
use crate::{Deps, trail};

/// Keys that work at the same time, of one organizer.
pub const API_KEYS_MAX: i64 = 50;
/// How every secret begins, so that people and scanners of leaked secrets know it.
const SECRET_BEGINS: &str = "ek_live_";
/// Letters of the secret that lists show.
const PREFIX_CHARS: usize = 14;

domain::words! {
    /// How long a key works, unless it is revoked before.
    KeyLife {
        Month = "month",
        Quarter = "quarter",
        Year = "year",
        Endless = "endless",
    }
}

impl KeyLife {
    const fn days(self) -> Option<i64> {
        match self {
            Self::Month => Some(30),
            Self::Quarter => Some(90),
            Self::Year => Some(365),
            Self::Endless => None,
        }
    }
}

domain::words! {
    /// What a key may do.
    Scope {
        /// Reads events, ticket types and figures.
        EventsRead = "events:read",
        /// Creates and publishes events.
        EventsWrite = "events:write",
        OrdersRead = "orders:read",
        /// Places orders.
        OrdersWrite = "orders:write",
        RefundsWrite = "refunds:write",
        LedgerRead = "ledger:read",
        /// Registers, lists and removes receivers of webhooks.
        WebhooksWrite = "webhooks:write",
    }
}

impl Scope {
    /// What operations allow whoever may do all of these. Whoever writes sees what was written.
    pub fn allowed(scopes: &[Self]) -> PermissionSet {
        let sets = scopes.iter().map(|scope| PermissionSet::these(scope.permissions()));
        sets.fold(PermissionSet::NONE, PermissionSet::or)
    }

    /// What one scope is made of.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::EventsRead => &[Permission::ViewEvents],
            Self::EventsWrite => &[
                Permission::ViewEvents,
                Permission::CreateEvents,
                Permission::EditEvents,
                Permission::CancelEvents,
            ],
            Self::OrdersRead => &[Permission::ViewEvents, Permission::ViewOrders],
            Self::OrdersWrite => &[
                Permission::ViewEvents,
                Permission::ViewOrders,
                Permission::PlaceOrders,
                Permission::CancelOrders,
            ],
            Self::RefundsWrite => &[Permission::RefundPayments, Permission::DecideReturns],
            Self::LedgerRead => &[Permission::ViewMoney],
            Self::WebhooksWrite => &[Permission::ManageWebhooks],
        }
    }
}

/// A new key; the secret cannot be had again.
#[derive(Debug, Clone)]
pub struct CreatedApiKey {
    pub id: ApiKeyId,
    pub secret: String,
}

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateApiKeyError {
    #[error("the name is empty or longer than {NAME_CHARS_MAX} letters")]
    MalformedName,
    #[error("no scope was chosen")]
    NoScope,
    #[error("there are {API_KEYS_MAX} keys already")]
    TooMany,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for CreateApiKeyError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Makes a key for the organizer.
///
/// # Errors
/// When the name is no name, nothing was allowed, or there are too many keys.
pub async fn create_api_key(
    deps: &Deps,
    access: &OrganizerAccess,
    name: &str,
    scopes: &[Scope],
    life: KeyLife,
) -> Result<CreatedApiKey, CreateApiKeyError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(CreateApiKeyError::MalformedName);
    }
    if scopes.is_empty() {
        return Err(CreateApiKeyError::NoScope);
    }
    let organizer = access.organizer_for(Permission::ManageApiKeys)?;
    // Nobody makes a key that may do more than its maker.
    if !access.allowed().covers(&Scope::allowed(scopes)) {
        return Err(StoreError::NotFound.into());
    }
    let now = deps.clock.now();
    let secret = format!("{SECRET_BEGINS}{}", fresh::token().to_lowercase());
    let mut scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    scopes.sort();
    scopes.dedup();
    let key = NewApiKey {
        id: fresh::id(),
        organizer,
        name,
        prefix: &secret.chars().take(PREFIX_CHARS).collect::<String>(),
        secret_hash: &fresh::hash(&secret),
        scopes: &scopes,
        created_by: access.actor().user(),
        created_at: now,
        expires_at: life.days().map(|days| now + Duration::days(days)),
    };
    let mut tx = deps.db.begin().await?;
    still_may(&mut tx, access, Permission::ManageApiKeys).await?;
    if api_keys::count_active(&mut tx, organizer, now).await? >= API_KEYS_MAX {
        return Err(CreateApiKeyError::TooMany);
    }
    api_keys::insert(&mut tx, &key).await?;
    let detail = json!({ "api_key": key.id, "name": key.name, "scopes": key.scopes, "life": life });
    trail::note(&mut tx, organizer, access.actor(), ("api_key.created", detail), now).await?;
    tx.commit().await?;
    let id = key.id;
    Ok(CreatedApiKey { id, secret })
}

/// The organizer's keys, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_api_keys(deps: &Deps, access: &OrganizerAccess) -> anyhow::Result<Vec<ApiKey>> {
    let mut conn = deps.db.acquire().await?;
    let limit = API_KEYS_MAX.saturating_mul(4);
    Ok(api_keys::list_for_organizer(
        &mut conn,
        access.organizer_for(Permission::ManageApiKeys)?,
        limit,
    )
    .await?)
}

/// Ends a key from this moment on; ending it twice is ending it once.
///
/// # Errors
/// `Unknown` when the organizer has no such key.
pub async fn revoke_api_key(
    deps: &Deps,
    access: &OrganizerAccess,
    key: ApiKeyId,
) -> Result<(), AccessError> {
    let mut tx = deps.db.begin().await?;
    let now = deps.clock.now();
    if api_keys::mark_revoked(&mut tx, access.organizer_for(Permission::ManageApiKeys)?, key, now)
        .await?
    {
        let told = ("api_key.revoked", json!({ "api_key": key }));
        trail::note(&mut tx, access.named(), access.actor(), told, deps.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}
