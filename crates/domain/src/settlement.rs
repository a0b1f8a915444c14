//! A settlement: what the provider paid out, line by line, compared with what we know of each payment and refund.

use crate::alert::AlertRule;
use crate::money::{Money, MoneyError};
use crate::tax::TaxRate;

crate::words! {
    /// What a line of a settlement is about.
    LineKind {
        Payment = "payment",
        Refund = "refund",
        /// The buyer's bank took it back.
        Chargeback = "chargeback",
        /// A correction, a monthly fee: something that is no payment's.
        Other = "other",
    }
}

crate::words! {
    /// Why a settlement does not add up with our books.
    DifferenceReason {
        /// The provider settled what nobody here knows.
        MissingHere = "missing_here",
        /// We know of money that the provider should have settled.
        MissingThere = "missing_there",
        OtherAmount = "other_amount",
        OtherFee = "other_fee",
        /// The settlement's own sums are not those of its lines.
        OtherSum = "other_sum",
        /// The settlement was paid out, and its single lines cannot be read.
        WithoutLines = "without_lines",
    }
}

impl DifferenceReason {
    /// The rule of the alert that it becomes.
    pub const fn alert_rule(self) -> AlertRule {
        match self {
            Self::MissingHere => AlertRule::SettlementMissingHere,
            Self::MissingThere => AlertRule::SettlementMissingThere,
            Self::OtherAmount => AlertRule::SettlementOtherAmount,
            Self::OtherFee => AlertRule::SettlementOtherFee,
            Self::OtherSum => AlertRule::SettlementOtherSum,
            Self::WithoutLines => AlertRule::SettlementWithoutLines,
        }
    }
}

/// The rate that a provider says it took: a share of the price, and the tax on that share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeRate {
    pub basis_points: u16,
    pub tax: TaxRate,
}

impl FeeRate {
    /// What the provider keeps of `price` at this rate, tax included; fractions of both are dropped.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn fee(self, price: Money) -> Result<Money, MoneyError> {
        let share = share(price, self.basis_points)?;
        share.checked_add(self::share(share, self.tax.basis_points())?)
    }
}

fn share(of: Money, basis_points: u16) -> Result<Money, MoneyError> {
    let exact = i128::from(of.minor()).checked_mul(i128::from(basis_points));
    let share = exact.and_then(|it| it.checked_div_euclid(10_000));
    let share = share.and_then(|it| i64::try_from(it).ok()).ok_or(MoneyError::OutOfRange)?;
    Ok(Money::new(share, of.currency()))
}

/// One thing that does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    pub reason: DifferenceReason,
    pub expected: Money,
    pub found: Money,
}

/// One for the share and one for its tax.
const ROUNDING_MINOR: i64 = 2;

/// What we know of the payment or refund that a line is about, as the provider should see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Above zero for what came in, below for what went back.
    pub amount: Money,
    /// Of it, what the buyer paid on top for the method: the provider's, whatever else it takes.
    pub method_fee: Money,
    /// What the provider takes beside that by our own fee rules, where there was one for it.
    pub agreed_fee: Option<Money>,
}

/// What a line of a settlement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub amount: Money,
    /// Tax included.
    pub fee: Money,
    /// Where the provider says by which rate it took the fee.
    pub rate: Option<FeeRate>,
}

/// Compares a line with what is known of it.
///
/// A fee is what the told rate makes of the price, and what our rules made of it, each with the method's fee on top; a
/// yen of share and a yen of tax are no difference, since providers round each on their own. With neither it is at least
/// what the buyer paid on top. In another currency nothing can be compared, and all of it is another amount.
///
/// # Errors
/// When a sum does not fit.
pub fn compare(told: Told, known: Option<Known>) -> Result<Vec<Difference>, MoneyError> {
    let Told { amount, fee, .. } = told;
    let nothing = Money::zero(amount.currency());
    let Some(known) = known else {
        let reason = DifferenceReason::MissingHere;
        return Ok(vec![Difference { reason, expected: nothing, found: amount }]);
    };
    let mut differences = Vec::new();
    let is_same_currency = amount.currency() == known.amount.currency();
    if !is_same_currency || !amount.checked_sub(known.amount)?.is_zero() {
        let reason = DifferenceReason::OtherAmount;
        differences.push(Difference { reason, expected: known.amount, found: amount });
    }
    if !is_same_currency {
        return Ok(differences);
    }
    if let Some(expected) = other_fee(told, known)? {
        differences.push(Difference { reason: DifferenceReason::OtherFee, expected, found: fee });
    }
    Ok(differences)
}

/// The fee that was to be taken, where another was.
fn other_fee(told: Told, known: Known) -> Result<Option<Money>, MoneyError> {
    let price = known.amount.checked_sub(known.method_fee)?;
    let by_rate = told.rate.map(|rate| rate.fee(price)).transpose()?;
    let mut is_known = false;
    for fee in [known.agreed_fee, by_rate].into_iter().flatten() {
        is_known = true;
        let expected = fee.checked_add(known.method_fee)?;
        if told.fee.checked_sub(expected)?.minor().abs() > ROUNDING_MINOR {
            return Ok(Some(expected));
        }
    }
    let is_less = told.fee.checked_sub(known.method_fee)?.minor() < 0;
    Ok((!is_known && is_less).then_some(known.method_fee))
}

/// Compares the settlement's own sums with those of its lines: transactions, then fees. A line in another currency is in
/// neither sum, and a difference of its own.
///
/// # Errors
/// When a sum does not fit.
pub fn compare_sums(
    (transactions, fees): (Money, Money),
    lines: &[(Money, Money)],
) -> Result<Vec<Difference>, MoneyError> {
    let currency = transactions.currency();
    let own = || lines.iter().filter(|(amount, _)| amount.currency() == currency);
    let of_lines = [
        Money::sum(currency, own().map(|(amount, _)| *amount))?,
        Money::sum(currency, own().map(|(_, fee)| *fee))?,
    ];
    let mut differences = Vec::new();
    for (amount, _) in lines.iter().filter(|(amount, _)| amount.currency() != currency) {
        let (reason, expected) = (DifferenceReason::OtherSum, Money::zero(amount.currency()));
        differences.push(Difference { reason, expected, found: *amount });
    }
    for (found, expected) in [transactions, fees].into_iter().zip(of_lines) {
        if !found.checked_sub(expected)?.is_zero() {
            let reason = DifferenceReason::OtherSum;
            differences.push(Difference { reason, expected, found });
        }
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_line_is_compared_with_what_is_known() {
        let known = |amount, fee| {
            let (amount, method_fee) = (Money::yen(amount), Money::yen(fee));
            Some(Known { amount, method_fee, agreed_fee: None })
        };
        assert_eq!(ask(3190, 298, None, known(3190, 190)), []);
        assert_eq!(ask(3190, 189, None, known(3190, 190)), [("other_fee", 190, 189)]);
        assert_eq!(ask(-900, 0, None, known(-1000, 0)), [("other_amount", -1000, -900)]);
        assert_eq!(ask(500, 0, None, None), [("missing_here", 0, 500)]);
    }

    fn ask(
        amount: i64,
        fee: i64,
        rate: Option<FeeRate>,
        known: Option<Known>,
    ) -> Vec<(&'static str, i64, i64)> {
        let told = Told { amount: Money::yen(amount), fee: Money::yen(fee), rate };
        let found = compare(told, known).unwrap().into_iter();
        found.map(|it| (it.reason.as_str(), it.expected.minor(), it.found.minor())).collect()
    }

    #[test]
    fn a_fee_is_compared_with_the_rate_that_is_told() {
        let rate = |basis_points| Some(FeeRate { basis_points, tax: TaxRate::STANDARD });
        let (amount, method_fee) = (Money::yen(3190), Money::yen(190));
        let konbini = Some(Known { amount, method_fee, agreed_fee: None });
        // 2.75 % of ¥3,000 are ¥82.5, and 10 % of ¥82 are ¥8.2.
        assert_eq!(ask(3190, 280, rate(275), konbini), []);
        assert_eq!(ask(3190, 282, rate(275), konbini), [], "each rounded up");
        assert_eq!(ask(3190, 283, rate(275), konbini), [("other_fee", 280, 283)]);
        assert_eq!(ask(3190, 90, rate(275), konbini), [("other_fee", 280, 90)]);
        let agreed = Some(Known { amount, method_fee, agreed_fee: Some(Money::yen(90)) });
        assert_eq!(ask(3190, 280, rate(275), agreed), []);
        assert_eq!(ask(3190, 300, rate(342), agreed), [("other_fee", 280, 300)], "another rate");
        assert_eq!(
            ask(3190, 280, rate(342), agreed),
            [("other_fee", 302, 280)],
            "not its own rate"
        );
        assert_eq!(ask(3190, 300, None, agreed), [("other_fee", 280, 300)]);
        let (amount, method_fee) = (Money::yen(-1000), Money::yen(0));
        let back = Some(Known { amount, method_fee, agreed_fee: None });
        assert_eq!(ask(-1000, 0, rate(0), back), []);
        assert_eq!(ask(-1000, 100, rate(0), back), [("other_fee", 0, 100)]);
    }

    #[test]
    fn sums_are_those_of_the_lines() {
        let yen = Money::yen;
        let lines = [(yen(3000), yen(100)), (yen(-1000), yen(0))];
        assert_eq!(compare_sums((yen(2000), yen(100)), &lines), Ok(vec![]));
        let told = compare_sums((yen(2500), yen(100)), &lines).unwrap();
        assert_eq!(told[0].reason, DifferenceReason::OtherSum);
        assert_eq!((told[0].expected, told[0].found), (yen(2000), yen(2500)));
    }

    #[test]
    fn money_in_another_currency_is_a_difference_and_no_obstacle() {
        let dollars = |minor| Money::new(minor, Currency::USD);
        let known = Known { amount: Money::yen(500), method_fee: Money::yen(0), agreed_fee: None };
        let told = Told { amount: dollars(500), fee: dollars(18), rate: None };
        let found = compare(told, Some(known)).unwrap();
        let reason = DifferenceReason::OtherAmount;
        assert_eq!(found, [Difference { reason, expected: Money::yen(500), found: dollars(500) }]);
        let lines = [(Money::yen(3000), Money::yen(100)), (dollars(500), dollars(18))];
        let sums = compare_sums((Money::yen(3000), Money::yen(100)), &lines).unwrap();
        let reason = DifferenceReason::OtherSum;
        assert_eq!(sums, [Difference { reason, expected: dollars(0), found: dollars(500) }]);
    }
}
