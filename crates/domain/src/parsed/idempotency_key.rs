//! A caller's name for one request, by which a second one is recognised.

use crate::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use crate::parsed::TextError;

/// Checks a key: something, not too long, and of letters, digits and signs that every machine sends alike.
///
/// # Errors
/// [`TextError`]: what is wrong with it.
pub fn check(key: &str) -> Result<(), TextError> {
    if key.is_empty() {
        return Err(TextError::Empty);
    }
    if key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
        return Err(TextError::TooLong { max: IDEMPOTENCY_KEY_BYTES_MAX });
    }
    let is_plain = key.bytes().all(|it| it.is_ascii_graphic() || it == b' ');
    if is_plain { Ok(()) } else { Err(TextError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_machine_sends_alike_is_a_key() {
        let longest = "k".repeat(IDEMPOTENCY_KEY_BYTES_MAX);
        for good in ["1", "order 2026/11-A", &longest] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check(""), Err(TextError::Empty));
        assert!(matches!(check(&format!("{longest}k")), Err(TextError::TooLong { .. })));
        for bad in ["a\0b", "\n", "鍵", "a\u{7f}"] {
            assert_eq!(check(bad), Err(TextError::Malformed), "{bad:?}");
        }
    }
}
