//! The secret of a login link, derived from a seed: the mail that waits to be sent holds the seed, which opens nothing.

use data_encoding::BASE32_NOPAD_VISUAL;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Settings;

/// Bytes of a token: 160 bits.
const TOKEN_BYTES: usize = 20;

/// The token of `seed`: the same for every attempt to send the mail, and not to be guessed without our secret.
pub(crate) fn of_seed(settings: &Settings, seed: &str) -> String {
    // A key of any length is lawful for HMAC, so the error cannot be.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(settings.secret.as_bytes()) else {
        return String::new();
    };
    mac.update(b"login-link:");
    mac.update(seed.as_bytes());
    let bytes = mac.finalize().into_bytes();
    BASE32_NOPAD_VISUAL.encode(bytes.get(..TOKEN_BYTES).unwrap_or(&bytes))
}
