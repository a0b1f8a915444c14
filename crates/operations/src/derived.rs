//! Tokens that are derived from our secret: the same for every attempt to send a mail, kept nowhere, and not to be guessed.

use std::fmt::Display;

use data_encoding::BASE32_NOPAD_VISUAL;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Settings;

/// Bytes of a token: 160 bits.
const TOKEN_BYTES: usize = 20;

/// The token of something; `purpose` keeps tokens of different kinds apart.
pub(crate) fn token(settings: &Settings, purpose: &str, of: impl Display) -> String {
    // A key of any length is lawful for HMAC, so the error cannot be.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(settings.secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{purpose}:{of}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    BASE32_NOPAD_VISUAL.encode(bytes.get(..TOKEN_BYTES).unwrap_or(&bytes))
}
