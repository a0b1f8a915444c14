//! An email address that a mail can be sent to.

use std::fmt;

use crate::limits::EMAIL_BYTES_MAX;
use crate::parsed::{TextError, text};

/// A plausible address; only a mail that arrives proves more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads what a person typed: outer spaces go, full-width letters become half-width, the domain lower-case.
    ///
    /// # Errors
    /// When it is empty, too long, or not `local@domain.tld`.
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        let typed: String = typed.trim().chars().map(text::half_width).collect();
        if typed.is_empty() {
            return Err(TextError::Empty);
        }
        if typed.len() > EMAIL_BYTES_MAX {
            return Err(TextError::TooLong { max: EMAIL_BYTES_MAX });
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(TextError::Malformed)?;
        if !is_local(local) || !is_domain(domain) {
            return Err(TextError::Malformed);
        }
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The same for all spellings that reach one mailbox in practice: for look-ups, never for sending.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_local(local: &str) -> bool {
    // Some Japanese carriers handed out addresses with dots that RFC 5321 forbids; they are real, so dots are not judged.
    (1..=64).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b))
}

fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        && labels
            .last()
            .is_some_and(|tld| tld.len() >= 2 && !tld.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type_is_understood() {
        for (typed, kept) in [
            ("sato@example.com", "sato@example.com"),
            (" Sato@Example.COM ", "Sato@example.com"),
            ("ｓａｔｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "sato@example.com"),
            ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
            ("x+tag@sub.example.co.jp", "x+tag@sub.example.co.jp"),
        ] {
            assert_eq!(EmailAddress::parse(typed).map(|it| it.0), Ok(kept.to_owned()), "{typed}");
        }
    }

    #[test]
    fn the_domain_is_told_in_lower_case() {
        let address = EmailAddress::parse("Sato@Mail.Example.JP").unwrap();
        assert_eq!(address.domain(), "mail.example.jp");
    }

    #[test]
    fn what_cannot_be_mailed_is_refused() {
        for typed in [
            "sato",
            "sato@",
            "@example.com",
            "sato@example",
            "a b@example.com",
            "a@b@c",
            "a@-x.com",
            "a@1.2",
            "a\r\nBcc: x@y.com",
        ] {
            assert_eq!(EmailAddress::parse(typed), Err(TextError::Malformed), "{typed}");
        }
        assert_eq!(EmailAddress::parse("  "), Err(TextError::Empty));
    }

    proptest! {
        #[test]
        fn nothing_with_a_line_break_passes(text in "\\PC*[\\r\\n]+\\PC*") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(!address.as_str().contains(['\r', '\n']));
            }
        }
    }
}
