//! Reads what a browser sends of a passkey and believes what is proved: Web Authentication Level 2, §7.1 and §7.2.
//!
//! No attestation is asked for, so what matters is in the authenticator data; its public key is kept as it came.

use data_encoding::{BASE64URL_NOPAD, Encoding};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

mod cose;

use cose::PublicKey;

/// As everything of the protocol is written in text.
pub(crate) const BASE64URL: Encoding = BASE64URL_NOPAD;
/// Bytes before the attested credential: hash, flags, count.
const HEAD_BYTES: usize = 37;
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const CREDENTIAL_INCLUDED: u8 = 0x40;
/// The longest credential id there is (Web Authentication §4, credential ID).
const CREDENTIAL_ID_BYTES_MAX: usize = 1023;

/// Where passkeys work: our own pages only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// The host, without a port.
    pub(crate) rp_id: String,
    pub(crate) origin: String,
}

/// What a browser was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceremony {
    Create,
    Get,
}

/// A credential that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewCredential {
    pub(crate) id: Vec<u8>,
    /// As the authenticator gave it (`COSE_Key`).
    pub(crate) public_key: Vec<u8>,
    pub(crate) sign_count: u32,
}

/// The first thing that is not as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unproved {
    #[error("what the browser sent cannot be read")]
    Malformed,
    #[error("it answers another question")]
    Challenge,
    #[error("it was made for another site")]
    Site,
    #[error("nobody touched the authenticator")]
    NobodyThere,
    #[error("the authenticator did not ask whose hand it is")]
    NotVerified,
    #[error("its kind of key is not known here")]
    UnknownKey,
    #[error("the signature is wrong")]
    Signature,
    #[error("its counter went back: it may be a copy")]
    Copied,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

struct AuthenticatorData<'a> {
    flags: u8,
    sign_count: u32,
    rest: &'a [u8],
}

impl Site {
    /// The site at our public address.
    pub(crate) fn of(public_url: &str) -> Self {
        let (scheme, rest) = public_url.split_once("://").unwrap_or(("https", public_url));
        let authority = rest.split('/').next().unwrap_or_default();
        // No address in brackets: passkeys need a name (Web Authentication §4, relying party identifier).
        let rp_id = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
        // Browsers do not say the port that goes without saying.
        let default = if scheme == "http" { ":80" } else { ":443" };
        let authority = authority.strip_suffix(default).unwrap_or(authority);
        Self { rp_id, origin: format!("{scheme}://{}", authority.to_ascii_lowercase()) }
    }
}

/// Reads a new credential: for our question, on our site, with somebody there.
///
/// # Errors
/// [`Unproved`].
pub(crate) fn read_registration(
    site: &Site,
    challenge: &str,
    client_data: &[u8],
    authenticator_data: &[u8],
) -> Result<NewCredential, Unproved> {
    check_client_data(site, Ceremony::Create, challenge, client_data)?;
    let data = read_authenticator_data(site, authenticator_data)?;
    if data.flags & CREDENTIAL_INCLUDED == 0 {
        return Err(Unproved::Malformed);
    }
    // The model of the authenticator (16), the length of the id (2), the id, the key.
    let (_, rest) = data.rest.split_at_checked(16).ok_or(Unproved::Malformed)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Unproved::Malformed)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > CREDENTIAL_ID_BYTES_MAX {
        return Err(Unproved::Malformed);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(Unproved::Malformed)?;
    let (_, key_bytes) = PublicKey::read(rest)?;
    Ok(NewCredential {
        id: id.to_vec(),
        public_key: rest.get(..key_bytes).ok_or(Unproved::Malformed)?.to_vec(),
        sign_count: data.sign_count,
    })
}

/// Whether a credential answered our question just now; its new count.
///
/// # Errors
/// [`Unproved`].
pub(crate) fn verify_assertion(
    site: &Site,
    challenge: &str,
    (public_key, sign_count): (&[u8], i64),
    (client_data, authenticator_data, signature): (&[u8], &[u8], &[u8]),
) -> Result<i64, Unproved> {
    check_client_data(site, Ceremony::Get, challenge, client_data)?;
    let data = read_authenticator_data(site, authenticator_data)?;
    let signed = [authenticator_data, &Sha256::digest(client_data)].concat();
    let (key, _) = PublicKey::read(public_key)?;
    verify(&key, &signed, signature)?;
    let new_count = i64::from(data.sign_count);
    // Passkeys that are kept in several places do not count: they stay at zero.
    if (new_count != 0 || sign_count != 0) && new_count <= sign_count {
        return Err(Unproved::Copied);
    }
    Ok(new_count)
}

fn verify(key: &PublicKey<'_>, signed: &[u8], signature: &[u8]) -> Result<(), Unproved> {
    match key {
        PublicKey::Es256 { x, y } => {
            let point = [&[4], *x, *y].concat();
            UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point)
                .verify(signed, signature)
        }
        PublicKey::Ed25519 { x } => {
            UnparsedPublicKey::new(&signature::ED25519, x).verify(signed, signature)
        }
        PublicKey::Rs256 { n, e } => RsaPublicKeyComponents { n, e }.verify(
            &signature::RSA_PKCS1_2048_8192_SHA256,
            signed,
            signature,
        ),
    }
    .map_err(|_| Unproved::Signature)
}

fn check_client_data(
    site: &Site,
    ceremony: Ceremony,
    challenge: &str,
    client_data: &[u8],
) -> Result<(), Unproved> {
    let data: ClientData = serde_json::from_slice(client_data).map_err(|_| Unproved::Malformed)?;
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if data.kind != kind {
        return Err(Unproved::Malformed);
    }
    if challenge.is_empty() || data.challenge != challenge {
        return Err(Unproved::Challenge);
    }
    if data.origin != site.origin || data.cross_origin {
        return Err(Unproved::Site);
    }
    Ok(())
}

fn read_authenticator_data<'a>(
    site: &Site,
    bytes: &'a [u8],
) -> Result<AuthenticatorData<'a>, Unproved> {
    let (head, rest) = bytes.split_at_checked(HEAD_BYTES).ok_or(Unproved::Malformed)?;
    let (hash, head) = head.split_at_checked(32).ok_or(Unproved::Malformed)?;
    let (flags, count) = head.split_first().ok_or(Unproved::Malformed)?;
    let count = count.first_chunk::<4>().ok_or(Unproved::Malformed)?;
    if hash != Sha256::digest(site.rp_id.as_bytes()).as_slice() {
        return Err(Unproved::Site);
    }
    if flags & USER_PRESENT == 0 {
        return Err(Unproved::NobodyThere);
    }
    // A key that is left in an open laptop, touched by whoever sits there, proves nobody.
    if flags & USER_VERIFIED == 0 {
        return Err(Unproved::NotVerified);
    }
    Ok(AuthenticatorData { flags: *flags, sign_count: u32::from_be_bytes(*count), rest })
}

#[cfg(test)]
mod tests;
