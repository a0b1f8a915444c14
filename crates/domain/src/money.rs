//! Money: an integer of minor units with a currency; no float anywhere near it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency of ISO 4217 that a provider of ours can collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Currency {
    JPY,
    USD,
    EUR,
    GBP,
    KRW,
    TWD,
    AUD,
    CAD,
    SGD,
    HKD,
}

impl Currency {
    /// Every currency, for lists and for the check constraint of the database.
    pub const ALL: [Self; 10] = [
        Self::JPY,
        Self::USD,
        Self::EUR,
        Self::GBP,
        Self::KRW,
        Self::TWD,
        Self::AUD,
        Self::CAD,
        Self::SGD,
        Self::HKD,
    ];

    /// The three letters of ISO 4217.
    pub const fn code(self) -> &'static str {
        match self {
            Self::JPY => "JPY",
            Self::USD => "USD",
            Self::EUR => "EUR",
            Self::GBP => "GBP",
            Self::KRW => "KRW",
            Self::TWD => "TWD",
            Self::AUD => "AUD",
            Self::CAD => "CAD",
            Self::SGD => "SGD",
            Self::HKD => "HKD",
        }
    }

    /// How many decimals the minor unit stands for (ISO 4217).
    pub const fn n_decimals(self) -> u32 {
        match self {
            Self::JPY | Self::KRW => 0,
            Self::USD
            | Self::EUR
            | Self::GBP
            | Self::TWD
            | Self::AUD
            | Self::CAD
            | Self::SGD
            | Self::HKD => 2,
        }
    }

    /// Reads the three letters.
    ///
    /// # Errors
    /// When it is no currency of ours.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        Self::ALL.into_iter().find(|currency| currency.code() == code).ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The three letters name no currency of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown currency")]
pub struct UnknownCurrency;

/// Why a computation with money was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the currencies differ")]
    MixedCurrencies,
    #[error("the amount is out of range")]
    OutOfRange,
}

/// An amount in minor units (yen for JPY, cents for USD). May be negative: a ledger entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Whole yen.
    pub const fn yen(minor: i64) -> Self {
        Self::new(minor, Currency::JPY)
    }

    /// Nothing of `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Nothing owed, nothing paid.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// More than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Adds.
    ///
    /// # Errors
    /// When currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// Subtracts.
    ///
    /// # Errors
    /// When currencies differ or the difference does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// `n` times the amount.
    ///
    /// # Errors
    /// When the product does not fit.
    pub fn checked_mul(self, n: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(n).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    /// When it does not fit (only for the smallest `i64`).
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// The sum of `amounts`, which may be empty.
    ///
    /// # Errors
    /// As [`Money::checked_add`].
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Splits by `weights` with the largest remainder: the parts always sum to the whole.
    ///
    /// Ties go to the earlier part. An amount with weights that sum to zero cannot be split.
    ///
    /// # Errors
    /// When no weight is above zero or a sum does not fit.
    pub fn allocate(self, weights: &[u32]) -> Result<Vec<Self>, MoneyError> {
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        if total == 0 {
            return Err(MoneyError::OutOfRange);
        }
        let mut parts = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        let mut left = i128::from(self.minor);
        for (i, weight) in weights.iter().enumerate() {
            let exact = i128::from(self.minor)
                .checked_mul(i128::from(*weight))
                .ok_or(MoneyError::OutOfRange)?;
            let part = exact.div_euclid(total);
            remainders.push((exact.rem_euclid(total), i));
            parts.push(part);
            left = left.checked_sub(part).ok_or(MoneyError::OutOfRange)?;
        }
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, i) in remainders {
            if left == 0 {
                break;
            }
            if let Some(part) = parts.get_mut(i) {
                *part = part.saturating_add(1);
                left = left.saturating_sub(1);
            }
        }
        parts
            .into_iter()
            .map(|part| {
                let minor = i64::try_from(part).map_err(|_| MoneyError::OutOfRange)?;
                Ok(Self { minor, ..self })
            })
            .collect()
    }

    fn combine(
        self,
        other: Self,
        op: impl Fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies);
        }
        let minor = op(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(minor in -1_000_000_000_000i64..1_000_000_000_000, weights in prop::collection::vec(0u32..10_000, 1..40)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let whole = Money::yen(minor);
            let parts = whole.allocate(&weights).unwrap();
            prop_assert_eq!(Money::sum(Currency::JPY, parts.iter().copied()), Ok(whole));
            prop_assert_eq!(parts.len(), weights.len());
        }

        #[test]
        fn equal_weights_differ_by_one_unit_at_most(minor in 0i64..1_000_000_000, n in 1usize..60) {
            let parts = Money::yen(minor).allocate(&vec![1; n]).unwrap();
            let least = parts.iter().map(|part| part.minor()).min().unwrap();
            let most = parts.iter().map(|part| part.minor()).max().unwrap();
            prop_assert!(most - least <= 1);
        }

        #[test]
        fn a_part_without_weight_gets_nothing(minor in 0i64..1_000_000, weight in 1u32..100) {
            let parts = Money::yen(minor).allocate(&[0, weight, 0]).unwrap();
            prop_assert_eq!(parts[0].minor(), 0);
            prop_assert_eq!(parts[2].minor(), 0);
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let dollars = Money::new(1, Currency::USD);
        assert_eq!(Money::yen(1).checked_add(dollars), Err(MoneyError::MixedCurrencies));
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        assert_eq!(Money::yen(i64::MAX).checked_add(Money::yen(1)), Err(MoneyError::OutOfRange));
        assert_eq!(Money::yen(1).allocate(&[0]), Err(MoneyError::OutOfRange));
    }
}
