//! The last part of an event's link.

use std::fmt;

use crate::parsed::TextError;

/// Lower-case letters, digits and hyphens, 3 to 60 of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    const CHARS_MIN: usize = 3;
    const CHARS_MAX: usize = 60;
    /// `/e/orders/…` are personal links.
    const RESERVED: [&str; 1] = ["orders"];

    /// Reads what a person typed.
    ///
    /// # Errors
    /// When it is empty, too long, or holds anything else.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::CHARS_MAX {
            return Err(TextError::TooLong { max: Self::CHARS_MAX });
        }
        let well_formed = text.len() >= Self::CHARS_MIN
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !Self::RESERVED.contains(&text.as_str());
        if well_formed { Ok(Self(text)) } else { Err(TextError::Malformed) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_slugs_pass() {
        assert_eq!(Slug::parse(" Bonenkai-2026 ").map(|it| it.0), Ok("bonenkai-2026".to_owned()));
        for text in ["ab", "-abc", "abc-", "忘年会", "orders", "a/b/c", "a b c"] {
            assert_eq!(Slug::parse(text), Err(TextError::Malformed), "{text}");
        }
    }
}
