//! The number that a payer puts before the own name, so that a transfer finds its order: eight digits, the last checks.

use std::fmt;

/// Digits of a number, the checking one included.
pub const NUMBER_DIGITS: usize = 8;
/// Numbers there are.
const NUMBERS: u32 = 10_000_000;

/// Damm's quasigroup: one wrong digit and two swapped neighbours are always noticed.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// A number of an order that is paid by transfer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferNumber(String);

impl TransferNumber {
    /// The number for a random seed.
    pub fn from_seed(seed: u32) -> Self {
        let digits = format!("{:07}", seed.checked_rem(NUMBERS).unwrap_or_default());
        let check = damm(&digits).unwrap_or_default();
        Self(format!("{digits}{check}"))
    }

    /// Reads eight digits; none when they are no number of ours.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == NUMBER_DIGITS && damm(text) == Some(0)).then(|| Self(text.to_owned()))
    }

    /// Every number that runs of digits can mean: one run, or neighbours that a bank or a payer parted.
    pub fn all_in(runs: &[String]) -> Vec<Self> {
        let joined = runs.windows(2).map(|pair| pair.concat());
        let mut found: Vec<Self> =
            runs.iter().cloned().chain(joined).filter_map(|run| Self::parse(&run)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a run of digits is this number with one slip: a digit wrong, left out, typed twice, or two swapped.
    pub fn is_almost(&self, run: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), run.as_bytes());
        if ours == theirs {
            return false;
        }
        let same_front = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
        let same_back =
            ours.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
        let covered = |n: usize| same_front.saturating_add(same_back) >= n;
        let swapped = || {
            let at = |bytes: &[u8], i: usize| bytes.get(i).copied();
            let next = same_front.saturating_add(1);
            same_front.saturating_add(same_back).saturating_add(2) == ours.len()
                && at(ours, same_front) == at(theirs, next)
                && at(ours, next) == at(theirs, same_front)
        };
        match theirs.len() {
            NUMBER_DIGITS => covered(NUMBER_DIGITS.saturating_sub(1)) || swapped(),
            n if n.saturating_add(1) == NUMBER_DIGITS => covered(n),
            n if n == NUMBER_DIGITS.saturating_add(1) => covered(NUMBER_DIGITS),
            _ => false,
        }
    }
}

impl fmt::Display for TransferNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The check digit of `digits`; of a number with its check digit, zero. None when something is no digit.
fn damm(digits: &str) -> Option<u8> {
    digits.bytes().try_fold(0_u8, |interim, byte| {
        let digit = char::from(byte).to_digit(10)?;
        DAMM.get(usize::from(interim))?.get(usize::try_from(digit).ok()?).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_found_wherever_the_payer_put_it() {
        let number = TransferNumber::from_seed(1_234_567);
        let runs = |text: &str| crate::bank::PayerName::read(text).numbers().to_vec();
        let (front, back) = number.as_str().split_at(4);
        for written in [
            format!("{number} ｻﾄｳ ﾀｹｼ"),
            format!("ｻﾄｳ ﾀｹｼ{number}"),
            format!("{front}-{back}ｻﾄｳ"),
            format!("{front} {back} 2"),
        ] {
            let found = TransferNumber::all_in(&runs(&written));
            assert_eq!(found, std::slice::from_ref(&number), "{written}");
        }
        assert_eq!(TransferNumber::all_in(&runs("ｻﾄｳ 12345")), []);
    }

    proptest! {
        #[test]
        fn one_slip_is_never_another_number(seed: u32, at in 0usize..8, digit in 0u8..10, other: u32) {
            let number = TransferNumber::from_seed(seed);
            prop_assert_eq!(TransferNumber::parse(number.as_str()), Some(number.clone()));
            let mut typed = number.as_str().to_owned().into_bytes();
            typed[at] = b'0' + digit;
            let wrong = String::from_utf8(typed.clone()).unwrap();
            if wrong != number.as_str() {
                prop_assert_eq!(TransferNumber::parse(&wrong), None);
                prop_assert!(number.is_almost(&wrong));
            }
            let mut swapped = number.as_str().to_owned().into_bytes();
            swapped.swap(at, (at + 1) % 8);
            let swapped = String::from_utf8(swapped).unwrap();
            if at < 7 && swapped != number.as_str() {
                prop_assert_eq!(TransferNumber::parse(&swapped), None);
                prop_assert!(number.is_almost(&swapped));
            }
            let mut left_out = number.as_str().to_owned();
            left_out.remove(at);
            prop_assert!(number.is_almost(&left_out));
            let other = TransferNumber::from_seed(other);
            prop_assert!(other == number || !number.is_almost(other.as_str()) );
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text: String) {
            let _ = TransferNumber::parse(&text);
            let _ = TransferNumber::from_seed(7).is_almost(&text);
        }
    }
}
