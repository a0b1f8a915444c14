//! Identifiers and numbers as the provider hands them out.

use data_encoding::HEXLOWER;
use rand::RngExt;
use sha2::{Digest, Sha256};

const ALPHABET: [char; 36] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i',
    'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
];

/// 25 lower-case letters and digits.
pub(crate) fn new_id() -> String {
    let mut rng = rand::rng();
    (0..25).filter_map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len()))).collect()
}

/// `n` decimal digits, for codes that a buyer reads out at a till.
pub(crate) fn new_digits(n: usize) -> String {
    let mut rng = rand::rng();
    (0..n).filter_map(|_| char::from_digit(rng.random_range(0..10), 10)).collect()
}

/// What tells one request from another under the same idempotency key.
pub(crate) fn fingerprint(method: &str, path: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        hash.update(part);
        hash.update([0]);
    }
    HEXLOWER.encode(&hash.finalize())
}
