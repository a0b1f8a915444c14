//! Who asks: proofs that operations demand, so that a forgotten check does not compile.

use domain::ids::{ApiKeyId, OrderId, OrganizerId, UserId};
use uuid::Uuid;

/// Who does something, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    ApiKey(ApiKeyId),
    /// Somebody with an order's personal link, or placing an order.
    Buyer,
    Provider,
    System,
}

impl Actor {
    /// The word in the audit log.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ApiKey(_) => "api_key",
            Self::Buyer => "buyer",
            Self::Provider => "provider",
            Self::System => "system",
        }
    }

    /// The id of the one, where there is one.
    pub fn id(self) -> Option<Uuid> {
        use domain::ids::Id;
        match self {
            Self::User(user) => Some(user.uuid()),
            Self::ApiKey(key) => Some(key.uuid()),
            Self::Buyer | Self::Provider | Self::System => None,
        }
    }

    /// The user, where it is one.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::ApiKey(_) | Self::Buyer | Self::Provider | Self::System => None,
        }
    }
}

/// Proof that `actor` may act for `organizer`: made by [`crate::access`] only, from a membership or an API key.
#[derive(Debug, Clone, Copy)]
pub struct OrganizerAccess {
    pub(crate) organizer: OrganizerId,
    pub(crate) actor: Actor,
}

impl OrganizerAccess {
    /// Whose events and orders may be touched.
    pub const fn organizer(&self) -> OrganizerId {
        self.organizer
    }

    /// Who acts.
    pub const fn actor(&self) -> Actor {
        self.actor
    }
}

/// Proof that somebody holds an order's personal link.
#[derive(Debug, Clone, Copy)]
pub struct BuyerAccess {
    pub(crate) order: OrderId,
}

impl BuyerAccess {
    /// The order of the link.
    pub const fn order(&self) -> OrderId {
        self.order
    }
}

/// Proof that a user is an administrator.
#[derive(Debug, Clone, Copy)]
pub struct AdministratorAccess {
    pub(crate) user: UserId,
}

impl AdministratorAccess {
    /// Who acts.
    pub const fn actor(&self) -> Actor {
        Actor::User(self.user)
    }
}
