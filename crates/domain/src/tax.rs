//! Consumption tax inside prices, rounded once per rate as 適格請求書 ask (消費税法 57条の4, 施行令 70条の10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money, MoneyError};

/// A rate in basis points: 1000 is 10 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaxRate(u16);

impl TaxRate {
    /// 10 %, the standard rate.
    pub const STANDARD: Self = Self(1000);
    /// 8 %, the reduced rate (food to take away, newspapers).
    pub const REDUCED: Self = Self(800);
    /// Not taxed (membership dues, for example).
    pub const NONE: Self = Self(0);
    /// The rates an organizer can choose from.
    pub const ALL: [Self; 3] = [Self::STANDARD, Self::REDUCED, Self::NONE];

    /// Reads basis points; only today's lawful rates pass.
    pub fn from_basis_points(basis_points: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| i64::from(rate.0) == basis_points)
    }

    /// The rate in basis points.
    pub const fn basis_points(self) -> u16 {
        self.0
    }
}

/// What one rate makes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxPart {
    pub rate: TaxRate,
    /// Everything sold at this rate, tax included.
    pub gross: Money,
    /// The tax inside `gross`, rounded down.
    pub tax: Money,
}

/// Sums lines by rate and takes the tax out of each sum, rounding down once per rate.
///
/// # Errors
/// When a sum does not fit.
pub fn tax_inside(
    currency: Currency,
    lines: impl IntoIterator<Item = (TaxRate, Money)>,
) -> Result<Vec<TaxPart>, MoneyError> {
    let mut by_rate: BTreeMap<TaxRate, Money> = BTreeMap::new();
    for (rate, gross) in lines {
        let sum = by_rate.entry(rate).or_insert(Money::zero(currency));
        *sum = sum.checked_add(gross)?;
    }
    by_rate
        .into_iter()
        .rev()
        .map(|(rate, gross)| {
            let points = i128::from(rate.0);
            let whole = points.checked_add(10_000).ok_or(MoneyError::OutOfRange)?;
            let tax = i128::from(gross.minor())
                .checked_mul(points)
                .and_then(|product| product.checked_div_euclid(whole))
                .and_then(|tax| i64::try_from(tax).ok())
                .ok_or(MoneyError::OutOfRange)?;
            Ok(TaxPart { rate, gross, tax: Money::new(tax, currency) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tax_is_rounded_once_per_rate() {
        // Three lines of ¥33: 3 yen of tax each when rounded by line (9), but 9 from ¥99 too; ¥5,500 holds ¥500.
        let lines = [(TaxRate::STANDARD, Money::yen(5500)), (TaxRate::REDUCED, Money::yen(1080))];
        let parts = tax_inside(Currency::JPY, lines).unwrap();
        assert_eq!(
            parts,
            [
                TaxPart { rate: TaxRate::STANDARD, gross: Money::yen(5500), tax: Money::yen(500) },
                TaxPart { rate: TaxRate::REDUCED, gross: Money::yen(1080), tax: Money::yen(80) },
            ]
        );
        let odd = tax_inside(Currency::JPY, [(TaxRate::STANDARD, Money::yen(105)); 2]).unwrap();
        assert_eq!(odd.first().map(|part| part.tax), Some(Money::yen(19)));
    }

    proptest! {
        #[test]
        fn the_tax_inside_gives_back_the_gross(net in 0i64..10_000_000) {
            let gross = net + net / 10;
            let parts = tax_inside(Currency::JPY, [(TaxRate::STANDARD, Money::yen(gross))]).unwrap();
            let tax = parts[0].tax.minor();
            prop_assert!((gross - tax - net).abs() <= 1);
        }
    }
}
