//! Secrets at rest: sealed with a key that is derived from the application's secret, bound to the row they stand in.
//!
//! An envelope is `version (1) · key id (8) · nonce (12) · ciphertext and tag`. The key id tells which secret made it,
//! so that a new secret can come into use while what the old one sealed is still opened.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};

use crate::Settings;

pub mod rotate;

const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 8;
const KEY_BYTES: usize = 32;
/// Keeps our keys apart from whatever else might be derived from the same secret.
const SALT: &[u8] = b"eventpay sealed 1";

/// What is sealed and where it stands; an envelope opens in its own place only.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table and column, `refund_accounts.sealed`: every place has a key of its own.
    pub column: &'static str,
    /// The id of the row.
    pub row: &'a str,
}

/// Why something could not be sealed or opened. Says nothing about what is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No secret of ours made it, or it is no envelope at all.
    #[error("no known key opens the envelope")]
    UnknownKey,
    /// It was changed, or stands in another place than its own.
    #[error("the envelope was tampered with or moved")]
    Tampered,
    #[error("the text could not be sealed")]
    NotSealed,
}

/// Seals `plain` for its place with the present secret.
///
/// # Errors
/// [`SealError::NotSealed`] when the text is absurdly long.
pub fn seal(settings: &Settings, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let key = derive(&settings.secret, place.column)?;
    // 96 random bits: at one envelope a second, two would be equal after millions of years.
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut sealed = plain.to_vec();
    key.cipher
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(place), &mut sealed)
        .map_err(|_| SealError::NotSealed)?;
    let mut envelope = vec![VERSION];
    envelope.extend(key.id);
    envelope.extend(nonce);
    envelope.append(&mut sealed);
    Ok(envelope)
}

/// Opens an envelope that stands in `place`, with the present secret or the one before it that sealed it.
///
/// # Errors
/// [`SealError::UnknownKey`], [`SealError::Tampered`].
pub fn open(settings: &Settings, place: Place<'_>, envelope: &[u8]) -> Result<Vec<u8>, SealError> {
    let rest = envelope.strip_prefix(&[VERSION]).ok_or(SealError::UnknownKey)?;
    let (id, rest) = rest.split_at_checked(KEY_ID_BYTES).ok_or(SealError::UnknownKey)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Tampered)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Tampered)?;
    let secrets = std::iter::once(&settings.secret).chain(&settings.previous_secrets);
    let mut keys = secrets.filter_map(|secret| derive(secret, place.column).ok());
    let key = keys.find(|key| key.id == id).ok_or(SealError::UnknownKey)?;
    let mut sealed = sealed.to_vec();
    let plain = key
        .cipher
        .open_in_place(nonce, bound_to(place), &mut sealed)
        .map_err(|_| SealError::Tampered)?;
    Ok(plain.to_vec())
}

/// Which secret sealed an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedBy {
    Present,
    Previous,
    /// None that we know; or it is no envelope.
    Unknown,
}

/// Tells by an envelope's key id which secret sealed it, without opening it.
pub fn sealed_by(settings: &Settings, column: &'static str, envelope: &[u8]) -> SealedBy {
    let id = envelope.strip_prefix(&[VERSION]).and_then(|rest| rest.split_at_checked(KEY_ID_BYTES));
    let Some((id, _)) = id else { return SealedBy::Unknown };
    let is_of = |secret: &String| derive(secret, column).is_ok_and(|key| key.id == id);
    if is_of(&settings.secret) {
        SealedBy::Present
    } else if settings.previous_secrets.iter().any(is_of) {
        SealedBy::Previous
    } else {
        SealedBy::Unknown
    }
}

/// The row and its column are not in the envelope, and without them it does not open.
fn bound_to(place: Place<'_>) -> Aad<Vec<u8>> {
    Aad::from([place.column.as_bytes(), &[0], place.row.as_bytes()].concat())
}

struct Key {
    /// Tells keys apart and tells nothing about them: it is derived beside the key, not from it.
    id: [u8; KEY_ID_BYTES],
    cipher: LessSafeKey,
}

/// HKDF-SHA256 (RFC 5869) with the column as its context.
fn derive(secret: &str, column: &str) -> Result<Key, SealError> {
    let root = Salt::new(HKDF_SHA256, SALT).extract(secret.as_bytes());
    let (mut id, mut key) = ([0; KEY_ID_BYTES], [0; KEY_BYTES]);
    for (label, out) in [("id", id.as_mut_slice()), ("key", key.as_mut_slice())] {
        let context = [label.as_bytes(), &[0], column.as_bytes()];
        root.expand(&context, Length(out.len()))
            .and_then(|okm| okm.fill(out))
            .map_err(|_| SealError::NotSealed)?;
    }
    let cipher = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| SealError::NotSealed)?;
    Ok(Key { id, cipher: LessSafeKey::new(cipher) })
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::PlacesGuard;

    fn settings(secret: &str, previous: &[&str]) -> Settings {
        Settings {
            public_url: String::new(),
            hold: time::Duration::minutes(30),
            alert_grace: time::Duration::minutes(domain::limits::ALERT_GRACE_MINUTES),
            files: Arc::new(object_store::memory::InMemory::new()),
            mail_from: String::new(),
            administrators: Vec::new(),
            secret: secret.to_owned(),
            previous_secrets: previous.iter().map(|it| (*it).to_owned()).collect(),
            audit: crate::audit::archive::Retention::default(),
            requester: None,
            places_guard: PlacesGuard::On,
            crash_at: None,
        }
    }

    const PLACE: Place<'static> = Place { column: "refund_accounts.sealed", row: "ref_1" };
    const PLAIN: &[u8] = b"0001 123 1234567";

    #[test]
    fn what_was_sealed_opens_in_its_place_and_nowhere_else() {
        let settings = settings("a secret", &[]);
        let envelope = seal(&settings, PLACE, PLAIN).unwrap();
        assert_eq!(open(&settings, PLACE, &envelope), Ok(PLAIN.to_vec()));
        let of_another_row = Place { row: "ref_2", ..PLACE };
        assert_eq!(open(&settings, of_another_row, &envelope), Err(SealError::Tampered));
        let of_another_column = Place { column: "payout_accounts.sealed", ..PLACE };
        assert_eq!(open(&settings, of_another_column, &envelope), Err(SealError::UnknownKey));
    }

    #[test]
    fn secrets_do_not_show_when_settings_are_printed() {
        let printed = format!("{:?}", settings("hunter2-present", &["hunter2-before"]));
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn no_two_envelopes_are_equal_and_none_shows_what_is_inside() {
        let settings = settings("a secret", &[]);
        let (one, other) =
            (seal(&settings, PLACE, PLAIN).unwrap(), seal(&settings, PLACE, PLAIN).unwrap());
        assert_ne!(one, other);
        assert!(!one.windows(4).any(|part| PLAIN.windows(4).any(|it| it == part)));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let settings = settings("a secret", &[]);
        let envelope = seal(&settings, PLACE, PLAIN).unwrap();
        for i in 0..envelope.len() {
            let mut changed = envelope.clone();
            changed[i] ^= 1;
            assert!(open(&settings, PLACE, &changed).is_err(), "byte {i}");
            assert!(open(&settings, PLACE, &envelope[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn a_new_secret_opens_what_the_one_before_sealed() {
        let old = settings("old", &[]);
        let envelope = seal(&old, PLACE, PLAIN).unwrap();
        let rotated = settings("new", &["older", "old"]);
        assert_eq!(open(&rotated, PLACE, &envelope), Ok(PLAIN.to_vec()));
        assert_eq!(open(&settings("new", &[]), PLACE, &envelope), Err(SealError::UnknownKey));
        let fresh = seal(&rotated, PLACE, PLAIN).unwrap();
        assert_eq!(open(&old, PLACE, &fresh), Err(SealError::UnknownKey));
        let by = |envelope: &[u8]| sealed_by(&rotated, PLACE.column, envelope);
        assert_eq!((by(&fresh), by(&envelope)), (SealedBy::Present, SealedBy::Previous));
        assert_eq!((by(b""), by(&fresh[..5])), (SealedBy::Unknown, SealedBy::Unknown));
        assert_eq!(sealed_by(&old, PLACE.column, &fresh), SealedBy::Unknown);
    }
}
