//! Names to count by: an address or a mail domain, hashed with our key, so that the counts tell nobody who came.

use std::net::{IpAddr, Ipv6Addr};

use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac::{self, HMAC_SHA256};

use crate::Settings;
use crate::sealed::SealError;

/// Keeps this key apart from whatever else is derived from the same secret.
const SALT: &[u8] = b"eventpay screening 1";
const CONTEXT: &[&[u8]] = &[b"screening_counts.name_hash"];

/// What hashes names.
pub(super) struct Namer(hmac::Key);

impl Namer {
    /// With a key that is derived from the present secret: a new secret begins to count anew.
    pub(super) fn new(settings: &Settings) -> Result<Self, SealError> {
        let root = Salt::new(HKDF_SHA256, SALT).extract(settings.secret.as_bytes());
        let key = root.expand(CONTEXT, HMAC_SHA256).map_err(|_| SealError::NotSealed)?;
        Ok(Self(key.into()))
    }

    /// The name of an address. A network of IPv6 is one visitor: whoever has one has all of its addresses.
    pub(super) fn address(&self, address: IpAddr) -> Vec<u8> {
        match address.to_canonical() {
            IpAddr::V4(address) => self.name("v4", &address.octets()),
            IpAddr::V6(address) => {
                let network =
                    address.to_bits() & Ipv6Addr::new(!0, !0, !0, !0, 0, 0, 0, 0).to_bits();
                self.name("v6", &network.to_be_bytes())
            }
        }
    }

    /// The name of a mail domain.
    pub(super) fn mail_domain(&self, domain: &str) -> Vec<u8> {
        self.name("mail", domain.as_bytes())
    }

    fn name(&self, kind: &str, what: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [kind.as_bytes(), &[0], what] {
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }
}
