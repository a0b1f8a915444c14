//! 適格請求書発行事業者の登録番号: `T` and thirteen digits, as the National Tax Agency gives them out.

use std::fmt;

use crate::parsed::TextError;

const N_DIGITS: usize = 13;

/// A registration number, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationNumber(String);

impl RegistrationNumber {
    /// Reads what was typed: full-width letters, spaces and hyphens are understood, and a missing `T` is added.
    ///
    /// There is no check digit to judge: numbers of people without a corporate number follow no published rule.
    ///
    /// # Errors
    /// `Empty` where nothing was typed, `Malformed` for everything else that is none.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let narrow = |c: char| match c {
            '\u{FF01}'..='\u{FF5E}' => {
                u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c)
            }
            _ => c,
        };
        let typed: String = text
            .chars()
            .map(narrow)
            .filter(|c| {
                !c.is_whitespace() && !matches!(c, '-' | '\u{30FC}' | '\u{FF0D}' | '\u{2010}')
            })
            .collect();
        if typed.is_empty() {
            return Err(TextError::Empty);
        }
        let digits = typed.strip_prefix(['T', 't']).unwrap_or(&typed);
        if digits.len() == N_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(format!("T{digits}")))
        } else {
            Err(TextError::Malformed)
        }
    }

    /// The number with its `T`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegistrationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_type_it() {
        for typed in [
            "T1234567890123",
            "t1234567890123",
            "1234567890123",
            "Ｔ１２３４５６７８９０１２３",
            "T1-2345-6789-0123",
        ] {
            assert_eq!(
                RegistrationNumber::parse(typed).unwrap().as_str(),
                "T1234567890123",
                "{typed}"
            );
        }
        assert_eq!(RegistrationNumber::parse(" "), Err(TextError::Empty));
        for typed in ["T123", "T12345678901234", "X1234567890123", "T123456789012a"] {
            assert_eq!(RegistrationNumber::parse(typed), Err(TextError::Malformed), "{typed}");
        }
    }
}
