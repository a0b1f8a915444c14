//! Credit notes (返金明細): what a refund takes back of each tax rate, so that all of them together never take back more
//! than was sold.
//!
//! With the organizer's registration number a note holds what a qualified return invoice must (適格返還請求書,
//! 消費税法 57条の4 第3項): issuer and number, the day of the return, the day and content of the sale, the amount by rate,
//! and its tax. Rounding is done once per rate and document.

use std::fmt;

use crate::money::{Money, MoneyError};
use crate::tax::{TaxPart, TaxRate, tax_inside};

/// Why a refund cannot be told by rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    #[error("more would go back than was sold")]
    ExceedsSale,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// A document's number as people read it; without gaps for each organizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreditNoteNumber(pub i64);

impl fmt::Display for CreditNoteNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CN-{:06}", self.0)
    }
}

/// Splits `amount` by tax rate: by what is left of each rate, with the largest remainder.
///
/// `sold` is everything at its rate, tax included; `noted` what earlier notes took back of it. The tax of a part is what
/// the tax of everything taken back grows by, so the notes of a whole order take back exactly its tax.
///
/// # Errors
/// `ExceedsSale` when less is left than `amount`.
pub fn split(
    amount: Money,
    sold: &[(TaxRate, Money)],
    noted: &[TaxPart],
) -> Result<Vec<TaxPart>, SplitError> {
    let currency = amount.currency();
    let nothing = Money::zero(currency);
    let noted_of = |rate: TaxRate| {
        let parts = noted.iter().filter(move |part| part.rate == rate);
        let gross = Money::sum(currency, parts.clone().map(|part| part.gross))?;
        Ok::<_, MoneyError>((gross, Money::sum(currency, parts.map(|part| part.tax))?))
    };
    let mut left = Vec::with_capacity(sold.len());
    for (rate, gross) in sold {
        let rest = gross.checked_sub(noted_of(*rate)?.0)?;
        left.push(if rest.is_positive() { rest } else { nothing });
    }
    if Money::sum(currency, left.iter().copied())?.minor() < amount.minor() {
        return Err(SplitError::ExceedsSale);
    }
    let weights: Result<Vec<u32>, _> = left.iter().map(|it| u32::try_from(it.minor())).collect();
    let shares = amount.allocate(&weights.map_err(|_| MoneyError::OutOfRange)?)?;
    let mut parts = Vec::new();
    for ((rate, _), gross) in sold.iter().zip(shares) {
        if !gross.is_positive() {
            continue;
        }
        let (noted_gross, noted_tax) = noted_of(*rate)?;
        let whole = tax_inside(currency, [(*rate, noted_gross.checked_add(gross)?)])?;
        let whole = whole.first().map_or(nothing, |part| part.tax);
        parts.push(TaxPart { rate: *rate, gross, tax: whole.checked_sub(noted_tax)? });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;

    fn yen(parts: &[TaxPart]) -> Vec<(u16, i64, i64)> {
        parts.iter().map(|it| (it.rate.basis_points(), it.gross.minor(), it.tax.minor())).collect()
    }

    #[test]
    fn a_refund_takes_of_each_rate_what_is_there() {
        let sold = [(TaxRate::STANDARD, Money::yen(5500)), (TaxRate::REDUCED, Money::yen(1080))];
        let whole = split(Money::yen(6580), &sold, &[]).unwrap();
        assert_eq!(yen(&whole), [(1000, 5500, 500), (800, 1080, 80)]);
        let half = split(Money::yen(3290), &sold, &[]).unwrap();
        assert_eq!(yen(&half), [(1000, 2750, 250), (800, 540, 40)]);
        let rest = split(Money::yen(3290), &sold, &half).unwrap();
        assert_eq!(yen(&rest), [(1000, 2750, 250), (800, 540, 40)]);
        assert_eq!(split(Money::yen(1), &sold, &whole), Err(SplitError::ExceedsSale));
    }

    #[test]
    fn what_is_not_taxed_has_no_tax() {
        let dues = [(TaxRate::NONE, Money::yen(3000))];
        assert_eq!(yen(&split(Money::yen(1000), &dues, &[]).unwrap()), [(0, 1000, 0)]);
    }

    #[test]
    fn numbers_are_read_out_with_six_digits() {
        assert_eq!(CreditNoteNumber(7).to_string(), "CN-000007");
        assert_eq!(CreditNoteNumber(1_234_567).to_string(), "CN-1234567");
    }

    proptest! {
        #[test]
        fn notes_sum_to_their_refunds_and_never_exceed_the_sale_by_rate(
            standard in 0i64..200_000, reduced in 0i64..200_000, none in 0i64..200_000,
            refunds in prop::collection::vec(1i64..150_000, 1..12),
        ) {
            let sold = [
                (TaxRate::STANDARD, Money::yen(standard)),
                (TaxRate::REDUCED, Money::yen(reduced)),
                (TaxRate::NONE, Money::yen(none)),
            ];
            let mut left = standard + reduced + none;
            let mut noted: Vec<TaxPart> = Vec::new();
            for refund in refunds {
                let amount = refund.min(left);
                if amount == 0 {
                    break;
                }
                let parts = split(Money::yen(amount), &sold, &noted).unwrap();
                let gross = Money::sum(Currency::JPY, parts.iter().map(|it| it.gross)).unwrap();
                prop_assert_eq!(gross.minor(), amount);
                prop_assert!(parts.iter().all(|it| it.tax.minor() >= 0 && it.tax.minor() <= it.gross.minor()));
                noted.extend(parts);
                left -= amount;
            }
            for (rate, gross) in sold {
                let of = |pick: fn(&TaxPart) -> Money| -> i64 {
                    noted.iter().filter(|it| it.rate == rate).map(|it| pick(it).minor()).sum()
                };
                let tax = tax_inside(Currency::JPY, [(rate, gross)]).unwrap()[0].tax.minor();
                prop_assert!(of(|it| it.gross) <= gross.minor());
                prop_assert!(of(|it| it.tax) <= tax);
                if left == 0 {
                    prop_assert_eq!((of(|it| it.gross), of(|it| it.tax)), (gross.minor(), tax));
                }
            }
            let more = split(Money::yen(left + 1), &sold, &noted);
            prop_assert_eq!(more, Err(SplitError::ExceedsSale));
        }
    }
}
