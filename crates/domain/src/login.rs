//! Who somebody is at a login provider.

use serde::{Deserialize, Serialize};

/// An account at an OpenID Connect provider, proved by a token of that provider.
///
/// Issuer and subject together are its name; an address is not: it changes hands (OpenID Connect Core 1.0 §5.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginIdentity {
    /// Our name of the provider in addresses and configuration.
    pub provider: String,
    pub issuer: String,
    pub subject: String,
}
