//! Codes of an app on the phone: RFC 6238 (time steps of 30 seconds) over RFC 4226 (six digits of HMAC-SHA-1).

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use time::OffsetDateTime;

/// Bytes of a secret: as long as the hash (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// Steps before and after the present one that are taken: telephones' clocks are not exact (RFC 6238 §5.2).
const SKEW: i64 = 1;

/// A new secret.
pub(crate) fn new_secret() -> Vec<u8> {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    bytes.to_vec()
}

/// The secret as people type it into an app.
pub(crate) fn readable(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The address that an app reads from a QR code (Key URI format of Google Authenticator).
pub(crate) fn app_url(secret: &[u8], account: &str) -> String {
    let account: String = account
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'@' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    format!(
        "otpauth://totp/EventPay:{account}?secret={}&issuer=EventPay&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
        readable(secret)
    )
}

/// The step of the code that was typed, if it is one of now.
pub(crate) fn matching_step(secret: &[u8], typed: &str, now: OffsetDateTime) -> Option<i64> {
    let typed: String = typed.chars().filter_map(digit).collect();
    let present = now.unix_timestamp().div_euclid(STEP_SECONDS);
    (-SKEW..=SKEW).filter_map(|by| present.checked_add(by)).find(|step| {
        use subtle::ConstantTimeEq as _;
        code(secret, *step).as_bytes().ct_eq(typed.as_bytes()).into()
    })
}

/// Digits as typed, full-width ones too; spaces between them are left out by the caller.
fn digit(c: char) -> Option<char> {
    match c {
        ' ' | '\u{3000}' => None,
        '\u{FF10}'..='\u{FF19}' => {
            u32::from(c).checked_sub(0xFF10)?.checked_add(0x30).and_then(char::from_u32)
        }
        other => Some(other),
    }
}

/// The code of a step.
pub(crate) fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
    let four = hash.get(offset..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
    let number = u32::from_be_bytes(four) & 0x7fff_ffff;
    format!("{:0DIGITS$}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of the eight digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(b"12345678901234567890", seconds / 30), wanted, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_taken_a_little_early_or_late_and_however_it_is_typed() {
        let secret = b"12345678901234567890";
        let now = OffsetDateTime::from_unix_timestamp(1_111_111_111).unwrap();
        let step = 1_111_111_111 / 30;
        for (typed, wanted) in [
            (code(secret, step), Some(step)),
            (code(secret, step - 1), Some(step - 1)),
            (code(secret, step + 1), Some(step + 1)),
            (code(secret, step - 2), None),
            (code(secret, step + 2), None),
            ("050 471".to_owned(), Some(step)),
            ("\u{FF10}\u{FF15}\u{FF10}\u{FF14}\u{FF17}\u{FF11}".to_owned(), Some(step)),
            ("50471".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(matching_step(secret, &typed, now), wanted, "{typed}");
        }
    }

    #[test]
    fn an_app_can_read_the_address() {
        assert_eq!(
            app_url(b"12345678901234567890", "sato+pay@example.com"),
            "otpauth://totp/EventPay:sato%2Bpay@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=EventPay&algorithm=SHA1&digits=6&period=30"
        );
    }
}
