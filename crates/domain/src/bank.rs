//! Bank accounts in Japan as the 全銀 formats know them: codes, account numbers, and holders' names in half-width kana.

mod kana;
mod payer;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use kana::letter;
pub use kana::{BankKana, KanaError};
pub use payer::PayerName;

/// Letters of an account holder's name in a transfer (全銀 総合振込, 受取人名).
pub const HOLDER_CHARS_MAX: usize = 30;

/// Why a code or an account number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    #[error("is empty")]
    Empty,
    #[error("holds something that is no digit, at {position}")]
    NotDigits { position: usize },
    #[error("has to have {n} digits")]
    WrongLength { n: usize },
    #[error("has more than {max} digits")]
    TooLong { max: usize },
}

macro_rules! digits {
    ($(#[$doc:meta])* $name:ident, $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads what a person typed: spaces and hyphens go, full-width digits become half-width.
            ///
            /// # Errors
            /// When it is empty, holds anything but digits, or has not as many as it must.
            pub fn parse(text: &str) -> Result<Self, DigitsError> {
                $read(text).map(Self)
            }

            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = DigitsError;
            fn try_from(text: String) -> Result<Self, DigitsError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(digits: $name) -> Self {
                digits.0
            }
        }
    };
}

digits!(
    /// The four digits of a bank (統一金融機関コード).
    BankCode,
    |text| exactly(4, text)
);
digits!(
    /// The three digits of a branch (店番).
    BranchCode,
    |text| exactly(3, text)
);
digits!(
    /// The seven digits of an account; shorter ones are padded with zeros on the left, as banks do.
    AccountNumber,
    |text| at_most(7, text)
);

impl AccountNumber {
    /// The last three digits: enough to know one's account by, too little for anyone else.
    pub fn tail(&self) -> &str {
        self.0.get(4..).unwrap_or_default()
    }
}

fn exactly(n: usize, text: &str) -> Result<String, DigitsError> {
    let digits = digits_of(text)?;
    if digits.len() == n { Ok(digits) } else { Err(DigitsError::WrongLength { n }) }
}

fn at_most(max: usize, text: &str) -> Result<String, DigitsError> {
    let digits = digits_of(text)?;
    if digits.len() > max {
        Err(DigitsError::TooLong { max })
    } else {
        Ok(format!("{digits:0>max$}"))
    }
}

fn digits_of(text: &str) -> Result<String, DigitsError> {
    let mut digits = String::new();
    for (position, c) in (1..).zip(text.chars()) {
        match kana::half_width(c) {
            c if c.is_ascii_digit() => digits.push(c),
            ' ' | '-' => {}
            _ => return Err(DigitsError::NotDigits { position }),
        }
    }
    if digits.is_empty() { Err(DigitsError::Empty) } else { Ok(digits) }
}

crate::words! {
    /// What kind of account it is (預金種目).
    AccountKind {
        /// 普通預金; at ゆうちょ銀行 通常貯金.
        Ordinary = "ordinary",
        /// 当座預金
        Checking = "checking",
        /// 貯蓄預金
        Savings = "savings",
    }
}

impl AccountKind {
    /// The digit of the 全銀 formats.
    pub const fn digit(self) -> u8 {
        match self {
            Self::Ordinary => 1,
            Self::Checking => 2,
            Self::Savings => 4,
        }
    }

    /// Reads the digit of the 全銀 formats; 9 (その他) is no account that can be paid into by these rules.
    pub const fn from_digit(digit: u8) -> Option<Self> {
        match digit {
            1 => Some(Self::Ordinary),
            2 => Some(Self::Checking),
            4 => Some(Self::Savings),
            _ => None,
        }
    }
}

/// An account that money can be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    pub bank: BankCode,
    pub branch: BranchCode,
    pub kind: AccountKind,
    pub number: AccountNumber,
    /// As the bank knows the holder: [`BankKana::parse`] allows [`HOLDER_CHARS_MAX`] letters.
    pub holder: BankKana,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_have_their_digits() {
        assert_eq!(BankCode::parse(" ０００１ ").unwrap().as_str(), "0001");
        assert_eq!(BankCode::parse("1"), Err(DigitsError::WrongLength { n: 4 }));
        assert_eq!(BankCode::parse("00011"), Err(DigitsError::WrongLength { n: 4 }));
        assert_eq!(BranchCode::parse("001").unwrap().as_str(), "001");
        assert_eq!(BranchCode::parse("12"), Err(DigitsError::WrongLength { n: 3 }));
        assert_eq!(BranchCode::parse("1a2"), Err(DigitsError::NotDigits { position: 2 }));
        assert_eq!(BranchCode::parse("一二三"), Err(DigitsError::NotDigits { position: 1 }));
        assert_eq!(BranchCode::parse("　"), Err(DigitsError::Empty));
    }

    #[test]
    fn a_short_account_number_is_padded_and_a_long_one_refused() {
        assert_eq!(AccountNumber::parse("123-456").unwrap().as_str(), "0123456");
        assert_eq!(AccountNumber::parse("1234567").unwrap().tail(), "567");
        assert_eq!(AccountNumber::parse("12345678"), Err(DigitsError::TooLong { max: 7 }));
        assert_eq!(AccountNumber::parse(""), Err(DigitsError::Empty));
    }

    #[test]
    fn every_kind_has_its_digit() {
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::from_digit(kind.digit()), Some(*kind));
        }
        let read: Vec<u8> = (0..=9).filter(|d| AccountKind::from_digit(*d).is_some()).collect();
        assert_eq!(read, [1, 2, 4]);
    }

    proptest! {
        #[test]
        fn digits_are_read_back_as_they_were_written(n in 0u32..=9_999_999) {
            let number = AccountNumber::parse(&n.to_string()).unwrap();
            prop_assert_eq!(number.as_str().len(), 7);
            prop_assert_eq!(number.as_str().parse::<u32>(), Ok(n));
            prop_assert_eq!(AccountNumber::parse(number.as_str()), Ok(number));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text: String) {
            let _ = BankCode::parse(&text);
            let _ = AccountNumber::parse(&text);
        }
    }
}
