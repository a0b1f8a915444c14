//! Who asks: proofs that operations demand, so that a forgotten check does not compile.

use domain::ids::{ApiKeyId, OrderId, OrganizerId, UserId};
use domain::permission::{Permission, PermissionSet};
use store::error::StoreError;
use uuid::Uuid;

use crate::screening::Whereabouts;

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

/// How far an access reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything of the organizer's.
    Organizer,
    /// A member of single events, at one of them.
    Event,
    /// A member of single events, before one of them was chosen: only lists of them can be made.
    OwnEvents(UserId),
}

/// Proof that `actor` may act for `organizer`, and what it may do: made by [`crate::access`] only, from a membership or
/// an API key.
///
/// The organizer, without which no row is found, is given out only for a permission: an operation that forgets to
/// demand one does not compile.
#[derive(Debug, Clone, Copy)]
pub struct OrganizerAccess {
    pub(crate) organizer: OrganizerId,
    pub(crate) actor: Actor,
    pub(crate) allowed: PermissionSet,
    pub(crate) reach: Reach,
}

impl OrganizerAccess {
    /// Whose events and orders may be touched, for whoever may do this. The doors refuse with words and a line in the
    /// audit log ([`crate::access::enter`]); this is the wall behind them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: what one may not do, there is nothing to do it with.
    pub fn organizer_for(&self, permission: Permission) -> Result<OrganizerId, StoreError> {
        match self.reach {
            Reach::Organizer | Reach::Event if self.allowed.has(permission) => Ok(self.organizer),
            _ => Err(StoreError::NotFound),
        }
    }

    /// The same for lists of events: whose, and only those that this user is a member of, where it says so.
    ///
    /// # Errors
    /// As for [`Self::organizer_for`].
    pub fn events_for(
        &self,
        permission: Permission,
    ) -> Result<(OrganizerId, Option<UserId>), StoreError> {
        match self.reach {
            _ if !self.allowed.has(permission) => Err(StoreError::NotFound),
            Reach::Organizer => Ok((self.organizer, None)),
            Reach::OwnEvents(user) => Ok((self.organizer, Some(user))),
            Reach::Event => Err(StoreError::NotFound),
        }
    }

    /// The organizer for what is written down: audit lines, names of requests. No row is found by it.
    pub const fn named(&self) -> OrganizerId {
        self.organizer
    }

    /// Whether this may be done, for pages that leave out what one may not do. The server decides again.
    pub fn may(&self, permission: Permission) -> bool {
        self.allowed.has(permission)
    }

    /// Everything that may be done.
    pub const fn allowed(&self) -> &PermissionSet {
        &self.allowed
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
    pub(crate) whereabouts: Whereabouts,
}

impl BuyerAccess {
    /// The order of the link.
    pub const fn order(&self) -> OrderId {
        self.order
    }

    /// The same, knowing where it comes from.
    #[must_use]
    pub const fn coming_from(self, whereabouts: Whereabouts) -> Self {
        Self { whereabouts, ..self }
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
