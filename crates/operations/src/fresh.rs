//! New names: ids in the order of time, tokens that nobody guesses, codes that people can read out.

use data_encoding::Encoding;
use domain::ids::Id;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Letters and digits that are hard to confuse (no 0/O, 1/I/L, U/V).
const CODE_LETTERS: &[u8; 28] = b"23456789ABCDEFGHJKMNPQRSTWXY";
/// Bytes of a token: 160 bits.
const TOKEN_BYTES: usize = 20;

/// A new id, later than every id before it.
pub fn id<T: Id>() -> T {
    T::from_uuid(Uuid::now_v7())
}

/// A new secret: 32 letters and digits, 160 random bits.
pub fn token() -> String {
    let bytes: [u8; TOKEN_BYTES] = rand::random();
    base32().encode(&bytes)
}

/// A new code of `n` letters for people to read out.
pub fn code(n: usize) -> String {
    (0..n)
        .map(|_| {
            // Each letter as often as any other.
            let i = rand::random_range(0..CODE_LETTERS.len());
            char::from(CODE_LETTERS.get(i).copied().unwrap_or(b'X'))
        })
        .collect()
}

/// What is kept of a secret: its SHA-256.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

fn base32() -> Encoding {
    data_encoding::BASE32_NOPAD_VISUAL
}
