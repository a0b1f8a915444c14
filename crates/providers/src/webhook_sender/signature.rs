//! Signs outgoing webhooks by the Standard Webhooks scheme (<https://www.standardwebhooks.com>), version `v1`.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// How every secret begins.
const PREFIX: &str = "whsec_";
/// The specification asks for 24 to 64 bytes.
pub const SECRET_BYTES: usize = 32;

/// A secret of these bytes as receivers are given it.
pub fn secret_of(bytes: &[u8; SECRET_BYTES]) -> Secret {
    Secret::new(format!("{PREFIX}{}", BASE64.encode(bytes)))
}

/// The signatures of a message with each secret, with spaces between them: a receiver accepts any that it can check.
/// `None` when a secret is none.
pub fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &str) -> Option<String> {
    let signatures: Option<Vec<String>> =
        secrets.iter().map(|secret| sign_once(secret, id, timestamp, body)).collect();
    signatures.map(|it| it.join(" "))
}

fn sign_once(secret: &Secret, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = BASE64.decode(secret.expose().strip_prefix(PREFIX)?.as_bytes()).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_known_answer_of_the_reference_libraries() {
        let signed = sign(&[Secret::new(SECRET)], ID, 1_614_265_330, BODY);
        assert_eq!(signed.as_deref(), Some(SIGNATURE));
    }

    #[test]
    fn every_secret_signs() {
        let fresh = secret_of(&[7; SECRET_BYTES]);
        let signed = sign(&[fresh.clone(), Secret::new(SECRET)], ID, 1_614_265_330, BODY).unwrap();
        let (first, second) = signed.split_once(' ').unwrap();
        assert_eq!(second, SIGNATURE);
        assert_eq!(sign(&[fresh], ID, 1_614_265_330, BODY).as_deref(), Some(first));
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        for text in ["", "whsec_%%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(sign(&[Secret::new(text)], ID, 1, BODY), None, "{text}");
        }
    }
}
