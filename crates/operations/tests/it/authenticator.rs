//! An authenticator as a phone has one: makes a P-256 key, and signs with it for the site of the tests.

use data_encoding::BASE64URL_NOPAD;
use operations::account::second_factors::{NewPasskey, PasskeyAnswer};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Somebody there, and by finger or PIN it is the owner.
const THERE_AND_VERIFIED: u8 = 0x05;
const WITH_KEY: u8 = 0x40;

pub(crate) struct Authenticator {
    pair: EcdsaKeyPair,
    id: Vec<u8>,
    site: String,
    /// How often it signed; phones that keep passkeys in several places say 0 always.
    pub(crate) count: u32,
}

/// What it sends through the browser, in text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) credential: String,
    pub(crate) client_data: String,
    pub(crate) authenticator_data: String,
    pub(crate) signature: String,
}

impl Sent {
    pub(crate) fn answer<'a>(&'a self, handle: &'a str) -> PasskeyAnswer<'a> {
        PasskeyAnswer {
            credential: &self.credential,
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
            handle,
        }
    }

    pub(crate) fn new_passkey<'a>(&'a self, name: &'a str, challenge: &'a str) -> NewPasskey<'a> {
        NewPasskey {
            name,
            challenge,
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
        }
    }
}

impl Authenticator {
    /// For the site at `public_url`.
    pub(crate) fn new(id: &str, public_url: &str) -> Self {
        let (alg, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
        Self { pair, id: id.as_bytes().to_vec(), site: public_url.to_owned(), count: 0 }
    }

    /// Makes its passkey.
    pub(crate) fn make(&self, challenge: &str) -> Sent {
        let (_, point) = self.pair.public_key().as_ref().split_at(1);
        let (x, y) = point.split_at(32);
        // `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
        let map = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32];
        let key = [&map[..], x, &[0x22, 0x58, 32], y].concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let head = self.head(THERE_AND_VERIFIED | WITH_KEY);
        let data = [&head[..], &[0; 16], &length, &self.id, &key].concat();
        Sent {
            client_data: text(&self.client_data("webauthn.create", challenge)),
            authenticator_data: text(&data),
            ..Sent::default()
        }
    }

    /// Answers a question.
    pub(crate) fn answer(&self, challenge: &str) -> Sent {
        let client_data = self.client_data("webauthn.get", challenge);
        let data = self.head(THERE_AND_VERIFIED);
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        Sent {
            credential: text(&self.id),
            client_data: text(&client_data),
            authenticator_data: text(&data),
            signature: text(signature.as_ref()),
        }
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let told = json!({ "type": kind, "challenge": challenge, "origin": self.site });
        told.to_string().into_bytes()
    }

    fn head(&self, flags: u8) -> Vec<u8> {
        let host = self.site.split("://").nth(1).unwrap().split(':').next().unwrap();
        let hash = Sha256::digest(host.as_bytes());
        [hash.as_slice(), &[flags], &self.count.to_be_bytes()].concat()
    }
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}
