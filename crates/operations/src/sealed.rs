//! Secrets at rest, in envelopes: each text is sealed with a key of its own, and that key is wrapped with one that is derived
//! from the application's secret for the column. Both are bound to the row they stand in.
//!
//! An envelope is `version (2) · key id (8) · nonce (12) · wrapped key and tag (48) · nonce (12) · ciphertext and tag`. The
//! key id tells which secret wrapped the key, so that a new secret can come into use while what the old one sealed is still
//! opened; changing the secret wraps the keys anew and opens no text. Version 1 had no key of its own:
//! `version (1) · key id (8) · nonce (12) · ciphertext and tag`; it is opened, and becomes version 2 with the next change.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};

use crate::Settings;

pub mod rotate;

const VERSION: u8 = 2;
/// Sealed with the column's key itself.
const VERSION_WITHOUT_OWN_KEY: u8 = 1;
const KEY_ID_BYTES: usize = 8;
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// A nonce and what it sealed: a key with its tag.
const WRAPPED_BYTES: usize = NONCE_LEN + KEY_BYTES + TAG_BYTES;
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

/// Seals `plain` for its place with a key of its own, which the present secret wraps.
///
/// # Errors
/// [`SealError::NotSealed`] when the text is absurdly long.
pub fn seal(settings: &Settings, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let own: [u8; KEY_BYTES] = rand::random();
    let mut envelope = wrapped(settings, place, &own)?;
    envelope.append(&mut encrypt(&cipher(&own)?, (place, Content::Text), plain)?);
    Ok(envelope)
}

/// Opens an envelope that stands in `place`, with the present secret or the one before it that sealed it.
///
/// # Errors
/// [`SealError::UnknownKey`], [`SealError::Tampered`].
pub fn open(settings: &Settings, place: Place<'_>, envelope: &[u8]) -> Result<Vec<u8>, SealError> {
    let parts = Parts::of(envelope)?;
    let key = parts.wrapping_key(settings, place)?;
    match parts.wrapped {
        Some(wrapped) => {
            let own = decrypt(&key, (place, Content::OwnKey), wrapped)?;
            decrypt(&cipher(&own)?, (place, Content::Text), parts.sealed)
        }
        None => decrypt(&key, (place, Content::Text), parts.sealed),
    }
}

/// The same envelope under the present secret: its key is wrapped anew, and what is inside is neither opened nor changed.
/// One without a key of its own gets one.
///
/// # Errors
/// [`SealError::UnknownKey`], [`SealError::Tampered`].
pub fn rewrap(
    settings: &Settings,
    place: Place<'_>,
    envelope: &[u8],
) -> Result<Vec<u8>, SealError> {
    let parts = Parts::of(envelope)?;
    let Some(old) = parts.wrapped else {
        return seal(settings, place, &open(settings, place, envelope)?);
    };
    let own = decrypt(&parts.wrapping_key(settings, place)?, (place, Content::OwnKey), old)?;
    let mut envelope = wrapped(settings, place, &own)?;
    envelope.extend_from_slice(parts.sealed);
    Ok(envelope)
}

/// What an envelope is made of.
struct Parts<'a> {
    id: &'a [u8],
    /// The nonce and the wrapped key; none in version 1.
    wrapped: Option<&'a [u8]>,
    /// The nonce and the ciphertext.
    sealed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(envelope: &'a [u8]) -> Result<Self, SealError> {
        let (version, rest) = envelope.split_first().ok_or(SealError::UnknownKey)?;
        let (id, rest) = rest.split_at_checked(KEY_ID_BYTES).ok_or(SealError::UnknownKey)?;
        match *version {
            VERSION => {
                let parts = rest.split_at_checked(WRAPPED_BYTES).ok_or(SealError::Tampered)?;
                Ok(Self { id, wrapped: Some(parts.0), sealed: parts.1 })
            }
            VERSION_WITHOUT_OWN_KEY => Ok(Self { id, wrapped: None, sealed: rest }),
            _ => Err(SealError::UnknownKey),
        }
    }

    /// The column's key that the id names.
    fn wrapping_key(
        &self,
        settings: &Settings,
        place: Place<'_>,
    ) -> Result<LessSafeKey, SealError> {
        let secrets = std::iter::once(&settings.secret).chain(&settings.previous_secrets);
        let mut keys = secrets.filter_map(|secret| derive(secret, place.column).ok());
        let found = keys.find(|key| key.id == self.id).ok_or(SealError::UnknownKey)?;
        Ok(found.cipher)
    }
}

/// The beginning of an envelope: version, key id, and the own key wrapped with the present secret.
fn wrapped(settings: &Settings, place: Place<'_>, own: &[u8]) -> Result<Vec<u8>, SealError> {
    let key = derive(&settings.secret, place.column)?;
    let mut envelope = vec![VERSION];
    envelope.extend(key.id);
    envelope.append(&mut encrypt(&key.cipher, (place, Content::OwnKey), own)?);
    Ok(envelope)
}

/// What a part of an envelope holds. A wrapped key is never taken for a text of version 1, which the same key sealed.
#[derive(Debug, Clone, Copy)]
enum Content {
    OwnKey,
    Text,
}

/// What a part of an envelope is bound to.
type Bond<'a> = (Place<'a>, Content);

/// `nonce · ciphertext and tag`, bound to the place.
fn encrypt(key: &LessSafeKey, bond: Bond<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    // 96 random bits: at one envelope a second, two would be equal after millions of years.
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut sealed = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(bond), &mut sealed)
        .map_err(|_| SealError::NotSealed)?;
    Ok([&nonce[..], &sealed].concat())
}

fn decrypt(key: &LessSafeKey, bond: Bond<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError::Tampered)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Tampered)?;
    let mut sealed = sealed.to_vec();
    let plain =
        key.open_in_place(nonce, aad(bond), &mut sealed).map_err(|_| SealError::Tampered)?;
    Ok(plain.to_vec())
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| SealError::Tampered)?;
    Ok(LessSafeKey::new(key))
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
    let Ok(parts) = Parts::of(envelope) else { return SealedBy::Unknown };
    let is_of = |secret: &String| derive(secret, column).is_ok_and(|key| key.id == parts.id);
    if is_of(&settings.secret) {
        SealedBy::Present
    } else if settings.previous_secrets.iter().any(is_of) {
        SealedBy::Previous
    } else {
        SealedBy::Unknown
    }
}

/// The row and its column are not in the envelope, and without them it does not open.
fn aad((place, content): Bond<'_>) -> Aad<Vec<u8>> {
    let content: &[u8] = match content {
        Content::OwnKey => b"\0own key",
        Content::Text => b"",
    };
    Aad::from([place.column.as_bytes(), &[0], place.row.as_bytes(), content].concat())
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
    Ok(Key { id, cipher: cipher(&key)? })
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

    /// What version 1 made of [`PLAIN`] for [`PLACE`] and the secret `a secret`.
    fn of_version_1() -> Vec<u8> {
        let key = derive("a secret", PLACE.column).unwrap();
        let sealed = encrypt(&key.cipher, (PLACE, Content::Text), PLAIN).unwrap();
        [&[VERSION_WITHOUT_OWN_KEY][..], &key.id, &sealed].concat()
    }

    #[test]
    fn a_new_secret_wraps_the_key_anew_and_leaves_the_text_as_it_is() {
        let old = settings("old", &[]);
        let envelope = seal(&old, PLACE, PLAIN).unwrap();
        let rotated = settings("new", &["old"]);
        let fresh = rewrap(&rotated, PLACE, &envelope).unwrap();
        let sealed_at = 1 + KEY_ID_BYTES + WRAPPED_BYTES;
        assert_eq!(fresh[sealed_at..], envelope[sealed_at..], "the text itself");
        assert_ne!(fresh[..sealed_at], envelope[..sealed_at]);
        let without_old = settings("new", &[]);
        assert_eq!(open(&without_old, PLACE, &fresh), Ok(PLAIN.to_vec()));
        assert_eq!(rewrap(&without_old, PLACE, &envelope), Err(SealError::UnknownKey));
        let moved = Place { row: "ref_2", ..PLACE };
        assert_eq!(rewrap(&rotated, moved, &envelope), Err(SealError::Tampered));
    }

    #[test]
    fn no_two_envelopes_have_the_same_key() {
        let settings = settings("a secret", &[]);
        let own = |envelope: &[u8]| {
            let parts = Parts::of(envelope).unwrap();
            let key = parts.wrapping_key(&settings, PLACE).unwrap();
            decrypt(&key, (PLACE, Content::OwnKey), parts.wrapped.unwrap()).unwrap()
        };
        let (one, other) =
            (seal(&settings, PLACE, PLAIN).unwrap(), seal(&settings, PLACE, PLAIN).unwrap());
        assert_ne!(own(&one), own(&other));
        // The wrapped key of one with the text of the other opens nothing.
        let sealed_at = 1 + KEY_ID_BYTES + WRAPPED_BYTES;
        let mixed = [&one[..sealed_at], &other[sealed_at..]].concat();
        assert_eq!(open(&settings, PLACE, &mixed), Err(SealError::Tampered));
        // Nor does a wrapped key come out as if it were a text.
        let as_text = [&[VERSION_WITHOUT_OWN_KEY], &one[1..sealed_at]].concat();
        assert_eq!(open(&settings, PLACE, &as_text), Err(SealError::Tampered));
    }

    #[test]
    fn an_envelope_of_version_1_opens_and_becomes_one_of_version_2() {
        let settings = settings("a secret", &[]);
        let old = of_version_1();
        assert_eq!(open(&settings, PLACE, &old), Ok(PLAIN.to_vec()));
        assert_eq!(sealed_by(&settings, PLACE.column, &old), SealedBy::Present);
        let fresh = rewrap(&settings, PLACE, &old).unwrap();
        assert_eq!(fresh.first(), Some(&VERSION));
        assert_eq!(open(&settings, PLACE, &fresh), Ok(PLAIN.to_vec()));
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
