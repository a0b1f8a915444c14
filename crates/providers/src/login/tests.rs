//! Which tokens are believed: one, and every one that differs from it in a single point is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const RETURN_URL: &str = "http://127.0.0.1:3000/o/login/return/club";
const NONCE: &str = "a nonce";

/// A signing key of a provider.
struct Key {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
        Self { id, pair: EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap() }
    }

    fn public(&self) -> Value {
        let point = &self.pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y),
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.id });
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn provider(issuer: &str) -> LoginProvider {
    LoginProvider::new(LoginProviderConfig {
        slug: "club".to_owned(),
        name: "Club".to_owned(),
        issuer: issuer.to_owned(),
        client_id: "eventpay".to_owned(),
        client_secret: Secret::new("a client secret of thirty-two letters"),
    })
    .unwrap()
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

fn claims(issuer: &str, nonce: &str) -> Value {
    json!({
        "iss": issuer, "sub": "248289761001", "aud": "eventpay", "nonce": nonce,
        "iat": now() - 5, "exp": now() + 300, "email": "sato@example.com", "email_verified": true,
    })
}

fn read(keys: &[&Key], token: &str) -> Result<ProvedIdentity, String> {
    let keys = json!({ "keys": keys.iter().map(|it| it.public()).collect::<Vec<_>>() });
    let keys: CoreJsonWebKeySet = serde_json::from_value(keys).unwrap();
    let token: CoreIdToken = token.parse().map_err(|_| "no token".to_owned())?;
    let nonce = Nonce::new(NONCE.to_owned());
    let read = provider("https://id.example").read(&keys, &token, &nonce);
    read.map(|(proved, _)| proved).map_err(|it| it.to_string())
}

#[test]
fn a_good_token_says_who_it_is() {
    let key = Key::new("one");
    let proved = read(&[&key], &key.sign(&claims("https://id.example", NONCE))).unwrap();
    let identity = LoginIdentity {
        provider: "club".to_owned(),
        issuer: "https://id.example".to_owned(),
        subject: "248289761001".to_owned(),
    };
    assert_eq!(proved, ProvedIdentity { identity, email: Some("sato@example.com".to_owned()) });
}

#[test]
fn a_token_that_differs_in_one_point_is_refused() {
    let key = Key::new("one");
    let refused = |field: &str, value: Value| {
        let mut claims = claims("https://id.example", NONCE);
        claims[field] = value;
        read(&[&key], &key.sign(&claims)).unwrap_err()
    };
    assert!(refused("iss", json!("https://id.example.evil")).starts_with("Invalid issuer"));
    assert!(refused("aud", json!("another client")).starts_with("Invalid audiences"));
    assert!(refused("aud", json!(["eventpay", "another client"])).starts_with("Invalid audiences"));
    assert!(refused("nonce", json!("another nonce")).starts_with("Invalid nonce"));
    assert!(refused("nonce", Value::Null).starts_with("Invalid nonce"));
    assert!(refused("exp", json!(now() - 1)).starts_with("Expired"));
}

#[test]
fn a_token_that_nobody_or_somebody_else_signed_is_refused() {
    let (key, other) = (Key::new("one"), Key::new("one"));
    let claims = claims("https://id.example", NONCE);
    assert_eq!(read(&[&key], &other.sign(&claims)).unwrap_err(), "Signature verification failed");
    let unsigned = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims));
    read(&[&key], &unsigned).unwrap_err();
    // Our own client secret and the public key are known to more than the provider: they sign nothing.
    let public = key.public().to_string();
    for secret in ["a client secret of thirty-two letters", public.as_str()] {
        let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let signed =
            format!("{}.{}", part(&json!({ "alg": "HS256", "kid": "one" })), part(&claims));
        let tag = ring::hmac::sign(&hmac, signed.as_bytes());
        let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(tag.as_ref()));
        read(&[&key], &token).unwrap_err();
    }
    let good = key.sign(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let changed = format!("{}.{signature}", signed.replace("MjQ4", "MjQ5"));
    read(&[&key], &changed).unwrap_err();
}

/// Answers like a provider with one account; says how often its keys were read.
#[expect(clippy::disallowed_methods, reason = "tests start servers")]
async fn serve(
    keys: Arc<std::sync::Mutex<Vec<Value>>>,
    token: Arc<std::sync::Mutex<String>>,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let n_reads = Arc::new(AtomicUsize::new(0));
    let (here, counted) = (issuer.clone(), Arc::clone(&n_reads));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = Vec::new();
            let mut piece = [0; 4096];
            while !asked.windows(4).any(|it| it == b"\r\n\r\n") {
                let n = stream.read(&mut piece).await.unwrap();
                asked.extend_from_slice(&piece[..n]);
            }
            let asked = String::from_utf8_lossy(&asked).into_owned();
            let body = if asked.starts_with("GET /.well-known/openid-configuration") {
                description(&here)
            } else if asked.starts_with("GET /keys") {
                counted.fetch_add(1, Ordering::SeqCst);
                json!({ "keys": *keys.lock().unwrap() })
            } else if asked.starts_with("GET /me") {
                assert!(asked.to_lowercase().contains("authorization: bearer at"), "{asked}");
                json!({ "sub": "248289761001", "email": "told@example.com" })
            } else {
                json!({ "access_token": "at", "token_type": "Bearer", "id_token": *token.lock().unwrap() })
            };
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (issuer, n_reads)
}

fn description(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "userinfo_endpoint": format!("{issuer}/me"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
}

#[tokio::test]
async fn new_keys_are_read_once_and_no_forged_key_id_makes_us_ask_again_and_again() {
    let (old, new, forged) = (Key::new("old"), Key::new("new"), Key::new("forged"));
    let keys = Arc::new(std::sync::Mutex::new(vec![old.public()]));
    let token = Arc::new(std::sync::Mutex::new(String::new()));
    let (issuer, n_reads) = serve(Arc::clone(&keys), Arc::clone(&token)).await;
    let provider = provider(&issuer);
    let come_back = async |key: &Key| {
        let way = provider.set_out(RETURN_URL, Presence::Known).await.unwrap();
        *token.lock().unwrap() = key.sign(&claims(&issuer, &way.way_back.nonce));
        let answer = Answer { code: "code", state: &way.way_back.state, issuer: None };
        provider.come_back(RETURN_URL, &way.way_back, answer).await
    };
    come_back(&old).await.unwrap();
    assert_eq!(n_reads.load(Ordering::SeqCst), 1);
    // The provider may change its keys right after it was asked for them.
    *keys.lock().unwrap() = vec![new.public()];
    come_back(&new).await.unwrap();
    assert_eq!(n_reads.load(Ordering::SeqCst), 2);
    for _ in 0..3 {
        let refused = come_back(&forged).await.unwrap_err();
        assert!(matches!(refused, LoginError::Unbelievable(_)), "{refused}");
    }
    assert_eq!(n_reads.load(Ordering::SeqCst), 2);
    // Once the while is over they are read again, and what is gone is believed no longer.
    *keys.lock().unwrap() = vec![old.public()];
    provider.known().keys_again_at = Some(Instant::now());
    come_back(&old).await.unwrap();
    assert_eq!(n_reads.load(Ordering::SeqCst), 3);
    come_back(&new).await.unwrap_err();
}

#[tokio::test]
async fn the_way_there_carries_state_nonce_and_challenge_and_only_its_own_way_back_is_taken() {
    let key = Key::new("one");
    let keys = Arc::new(std::sync::Mutex::new(vec![key.public()]));
    let (issuer, _) = serve(keys, Arc::default()).await;
    let provider = provider(&issuer);
    let way = provider.set_out(RETURN_URL, Presence::Known).await.unwrap();
    for part in [
        "response_type=code",
        "code_challenge_method=S256",
        "code_challenge=",
        "scope=openid+email",
    ] {
        assert!(way.url.contains(part), "{part} in {}", way.url);
    }
    assert!(way.url.contains(&format!("nonce={}", way.way_back.nonce)));
    assert!(!way.url.contains(&way.way_back.verifier), "the verifier stays here");
    let state = way.way_back.state.clone();
    let good = Answer { code: "code", state: &state, issuer: None };
    for bad in [
        Answer { state: "another", ..good },
        Answer { state: "", ..good },
        Answer { issuer: Some("https://id.example"), ..good },
    ] {
        let refused = provider.come_back(RETURN_URL, &way.way_back, bad).await.unwrap_err();
        assert!(matches!(refused, LoginError::Unbelievable(_)), "{refused}");
    }
}

#[tokio::test]
async fn an_address_that_the_token_does_not_tell_is_asked_for_and_one_of_somebody_else_is_not_taken()
 {
    let key = Key::new("one");
    let keys = Arc::new(std::sync::Mutex::new(vec![key.public()]));
    let token = Arc::new(std::sync::Mutex::new(String::new()));
    let (issuer, _) = serve(keys, Arc::clone(&token)).await;
    let provider = provider(&issuer);
    for (subject, wanted) in [("248289761001", Some("told@example.com")), ("another", None)] {
        let way = provider.set_out(RETURN_URL, Presence::Known).await.unwrap();
        let mut claims = claims(&issuer, &way.way_back.nonce);
        claims["sub"] = json!(subject);
        claims.as_object_mut().unwrap().remove("email");
        *token.lock().unwrap() = key.sign(&claims);
        let answer = Answer { code: "code", state: &way.way_back.state, issuer: None };
        let proved = provider.come_back(RETURN_URL, &way.way_back, answer).await.unwrap();
        assert_eq!(proved.email.as_deref(), wanted);
        assert_eq!(proved.identity.subject, subject);
    }
}

#[tokio::test]
async fn who_comes_while_a_provider_is_silent_is_told_at_once_and_what_was_known_will_do() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let silent = provider(&issuer);
    silent.set_out(RETURN_URL, Presence::Known).await.unwrap_err();
    let again = silent.set_out(RETURN_URL, Presence::Known).await.unwrap_err();
    assert!(again.to_string().contains("a moment ago"), "{again}");
    let metadata: CoreProviderMetadata = serde_json::from_value(description(&issuer)).unwrap();
    let now = Instant::now();
    let usable_until = after(now, METADATA_KEPT_IN_NEED);
    silent.known().described = Some(Described { metadata, fresh_until: now, usable_until });
    silent.set_out(RETURN_URL, Presence::Known).await.unwrap();
}

#[tokio::test]
async fn who_has_to_be_there_is_asked_again_and_a_token_that_does_not_say_so_is_refused() {
    let key = Key::new("one");
    let keys = Arc::new(std::sync::Mutex::new(vec![key.public()]));
    let token = Arc::new(std::sync::Mutex::new(String::new()));
    let (issuer, _) = serve(keys, Arc::clone(&token)).await;
    let provider = provider(&issuer);
    let hour_ago = now() - 3600;
    for (presence, asked_at, is_taken) in [
        (Presence::Known, None, true),
        (Presence::Known, Some(hour_ago), true),
        (Presence::Now, Some(now()), true),
        (Presence::Now, Some(hour_ago), false),
        (Presence::Now, None, false),
    ] {
        let way = provider.set_out(RETURN_URL, presence).await.unwrap();
        let is_asked = way.url.contains("prompt=login") && way.url.contains("max_age=60");
        assert_eq!(is_asked, presence == Presence::Now, "{}", way.url);
        let mut claims = claims(&issuer, &way.way_back.nonce);
        if let Some(at) = asked_at {
            claims["auth_time"] = json!(at);
        }
        *token.lock().unwrap() = key.sign(&claims);
        let answer = Answer { code: "code", state: &way.way_back.state, issuer: None };
        let back = provider.come_back(RETURN_URL, &way.way_back, answer).await;
        match back {
            Ok(_) => assert!(is_taken, "{presence:?} {asked_at:?}"),
            Err(LoginError::NotPresent) => assert!(!is_taken, "{presence:?} {asked_at:?}"),
            Err(error) => panic!("{error}"),
        }
    }
}
