//! An authenticator of our own: what it makes is believed, and nothing that differs in one point.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;

const CHALLENGE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn site() -> Site {
    Site::of("https://pay.example.jp")
}

fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
        .to_string()
        .into_bytes()
}

fn head(rp_id: &str, flags: u8, count: u32) -> Vec<u8> {
    [Sha256::digest(rp_id.as_bytes()).as_slice(), &[flags], &count.to_be_bytes()].concat()
}

fn bytes(value: &[u8]) -> Vec<u8> {
    [&[0x58, u8::try_from(value.len()).unwrap()], value].concat()
}

/// `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn es256(pair: &EcdsaKeyPair) -> Vec<u8> {
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21][..], &bytes(x), &[0x22], &bytes(y)].concat()
}

fn ecdsa_pair() -> EcdsaKeyPair {
    let (alg, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap()
}

fn attested(rp_id: &str, flags: u8, id: &[u8], key: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap().to_be_bytes();
    [&head(rp_id, flags, 0)[..], &[0; 16], &length, id, key].concat()
}

#[test]
fn the_site_is_our_public_address() {
    let site = Site::of("http://LocalHost:3000/");
    assert_eq!((site.rp_id.as_str(), site.origin.as_str()), ("localhost", "http://localhost:3000"));
    let site = Site::of("https://pay.example.jp:443");
    assert_eq!((&*site.rp_id, &*site.origin), ("pay.example.jp", "https://pay.example.jp"));
}

#[test]
fn a_new_credential_is_read_from_our_site_only() {
    let key = es256(&ecdsa_pair());
    let good_client = client_data("webauthn.create", CHALLENGE, "https://pay.example.jp");
    let good_data = attested("pay.example.jp", 0x45, b"credential", &key);
    let read = read_registration(&site(), CHALLENGE, &good_client, &good_data).unwrap();
    assert_eq!(
        read,
        NewCredential { id: b"credential".to_vec(), public_key: key.clone(), sign_count: 0 }
    );
    // Extensions may follow the key.
    let with_more = [&good_data[..], &[0xa0]].concat();
    let read = read_registration(&site(), CHALLENGE, &good_client, &with_more).unwrap();
    assert_eq!(read.public_key, key);

    let refuse = |client: &[u8], data: &[u8]| {
        read_registration(&site(), CHALLENGE, client, data).unwrap_err()
    };
    let origin = "https://pay.example.jp";
    let wrong = |kind, challenge, origin| refuse(&client_data(kind, challenge, origin), &good_data);
    assert_eq!(wrong("webauthn.get", CHALLENGE, origin), Unproved::Malformed);
    assert_eq!(wrong("webauthn.create", "AAAA", origin), Unproved::Challenge);
    assert_eq!(wrong("webauthn.create", CHALLENGE, "https://evil.example"), Unproved::Site);
    assert_eq!(wrong("webauthn.create", CHALLENGE, "http://pay.example.jp"), Unproved::Site);
    let framed: Value = json!({
        "type": "webauthn.create", "challenge": CHALLENGE, "origin": origin, "crossOrigin": true,
    });
    assert_eq!(refuse(framed.to_string().as_bytes(), &good_data), Unproved::Site);
    let of_other_site = attested("example.jp", 0x45, b"credential", &key);
    assert_eq!(refuse(&good_client, &of_other_site), Unproved::Site);
    let untouched = attested("pay.example.jp", 0x44, b"credential", &key);
    assert_eq!(refuse(&good_client, &untouched), Unproved::NobodyThere);
    let unverified = attested("pay.example.jp", 0x41, b"credential", &key);
    assert_eq!(refuse(&good_client, &unverified), Unproved::NotVerified);
    let without_key = head("pay.example.jp", 0x05, 0);
    assert_eq!(refuse(&good_client, &without_key), Unproved::Malformed);
    for end in 0..good_data.len() {
        read_registration(&site(), CHALLENGE, &good_client, &good_data[..end]).unwrap_err();
    }
    let empty = client_data("webauthn.create", "", origin);
    assert_eq!(read_registration(&site(), "", &empty, &good_data), Err(Unproved::Challenge));
}

#[test]
fn an_answer_is_believed_once_it_is_signed_counted_and_ours() {
    let pair = ecdsa_pair();
    let key = es256(&pair);
    let client = client_data("webauthn.get", CHALLENGE, "https://pay.example.jp");
    let answer = |rp_id: &str, flags: u8, count: u32| {
        let data = head(rp_id, flags, count);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = pair.sign(&SystemRandom::new(), &signed).unwrap();
        (data, signature.as_ref().to_vec())
    };
    let verify = |(data, signature): &(Vec<u8>, Vec<u8>), count: i64| {
        verify_assertion(&site(), CHALLENGE, (&key, count), (&client, data, signature))
    };
    assert_eq!(verify(&answer("pay.example.jp", 0x05, 0), 0), Ok(0));
    assert_eq!(verify(&answer("pay.example.jp", 0x05, 8), 7), Ok(8));
    assert_eq!(verify(&answer("pay.example.jp", 0x05, 7), 7), Err(Unproved::Copied));
    assert_eq!(verify(&answer("pay.example.jp", 0x05, 0), 7), Err(Unproved::Copied));
    assert_eq!(verify(&answer("pay.example.jp", 0x04, 8), 7), Err(Unproved::NobodyThere));
    assert_eq!(verify(&answer("evil.example", 0x05, 8), 7), Err(Unproved::Site));
    let (data, mut signature) = answer("pay.example.jp", 0x05, 8);
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    assert_eq!(verify(&(data, signature), 7), Err(Unproved::Signature));
    let other = es256(&ecdsa_pair());
    let (data, signature) = answer("pay.example.jp", 0x05, 8);
    let with_other =
        verify_assertion(&site(), CHALLENGE, (&other, 0), (&client, &data, &signature));
    assert_eq!(with_other, Err(Unproved::Signature));
    // Another question, another ceremony, another site, a frame of another site: the same answer is worth nothing.
    let (data, signature) = answer("pay.example.jp", 0x05, 8);
    let origin = "https://pay.example.jp";
    let with = |asked: &str, client: &[u8]| {
        verify_assertion(&site(), asked, (&key, 0), (client, &data, &signature)).unwrap_err()
    };
    assert_eq!(with("AAAA", &client), Unproved::Challenge);
    assert_eq!(with("", &client), Unproved::Challenge);
    for (kind, origin, wanted) in [
        ("webauthn.create", origin, Unproved::Malformed),
        ("webauthn.get", "https://evil.example", Unproved::Site),
        ("webauthn.get", "https://pay.example.jp:8443", Unproved::Site),
        ("webauthn.get", "https://pay.example.jp.evil.example", Unproved::Site),
        // Well-formed, but not what was signed.
        ("webauthn.get", origin, Unproved::Signature),
    ] {
        let told = [&client_data(kind, CHALLENGE, origin)[..], b" "].concat();
        assert_eq!(with(CHALLENGE, &told), wanted, "{kind} {origin}");
    }
    // The authenticator must have made sure whose hand it is.
    assert_eq!(verify(&answer("pay.example.jp", 0x01, 8), 7), Err(Unproved::NotVerified));
}

#[test]
fn ed25519_keys_are_read_too_and_others_are_refused() {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let x = bytes(pair.public_key().as_ref());
    // `{1: 1, 3: -8, -1: 6, -2: x}`.
    let key = [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21][..], &x].concat();
    let client = client_data("webauthn.get", CHALLENGE, "https://pay.example.jp");
    let data = head("pay.example.jp", 0x05, 1);
    let signature = pair.sign(&[&data[..], &Sha256::digest(&client)].concat());
    let proof = (&client[..], &data[..], signature.as_ref());
    assert_eq!(verify_assertion(&site(), CHALLENGE, (&key, 0), proof), Ok(1));
    // The same curve under another algorithm, a key that says one thing twice, and one that is too long.
    let mut renamed = key.clone();
    renamed[4] = 0x26;
    assert_eq!(PublicKey::read(&renamed), Err(Unproved::UnknownKey));
    let twice = [&[0xa3, 0x01, 0x01, 0x01, 0x01, 0x03, 0x27][..]].concat();
    assert_eq!(PublicKey::read(&twice), Err(Unproved::Malformed));
    assert_eq!(PublicKey::read(&[0xbf]), Err(Unproved::Malformed));
    assert_eq!(PublicKey::read(&[]), Err(Unproved::Malformed));
}
