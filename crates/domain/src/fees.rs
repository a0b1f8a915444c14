//! Fees: what the platform and the provider take of a payment, by method, and who bears it.

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money, MoneyError};
use crate::payment::PaymentMethod;
use crate::tax::TaxRate;

crate::words! {
    /// Who takes a fee.
    Party {
        /// We, for the platform.
        Platform = "platform",
        /// The company that collects.
        Provider = "provider",
    }
}

crate::words! {
    /// Who bears the fees of an event.
    Bearer {
        /// They are taken from what the organizer gets.
        Organizer = "organizer",
        /// They are added to what the participant pays.
        Participant = "participant",
    }
}

/// The highest rate: all of it.
pub const RATE_BASIS_POINTS_MAX: u16 = 10_000;

/// One rule: a share and a fixed amount, at least a minimum, and the tax on top of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeRule {
    pub party: Party,
    /// Of payments by this method; none stands for every method without a rule of its own.
    pub method: Option<PaymentMethod>,
    pub rate_basis_points: u16,
    pub fixed_minor: i64,
    pub minimum_minor: i64,
    pub tax_rate: TaxRate,
}

impl FeeRule {
    /// The fee on `base`, tax included. Fractions of the share and of the tax are dropped. Nothing costs nothing.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn fee(&self, base: Money) -> Result<Money, MoneyError> {
        let currency = base.currency();
        if !base.is_positive() {
            return Ok(Money::zero(currency));
        }
        let share = share(base.minor(), self.rate_basis_points)?;
        let net = share.checked_add(self.fixed_minor).ok_or(MoneyError::OutOfRange)?;
        let net = net.max(self.minimum_minor).max(0);
        let tax = self::share(net, self.tax_rate.basis_points())?;
        Ok(Money::new(net.checked_add(tax).ok_or(MoneyError::OutOfRange)?, currency))
    }
}

/// `basis_points` of an amount above zero, rounded down.
fn share(minor: i64, basis_points: u16) -> Result<i64, MoneyError> {
    let exact = i128::from(minor).checked_mul(i128::from(basis_points));
    let share = exact.and_then(|it| it.checked_div(10_000)).ok_or(MoneyError::OutOfRange)?;
    i64::try_from(share).map_err(|_| MoneyError::OutOfRange)
}

/// The fees of one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fees {
    pub platform: Money,
    pub provider: Money,
}

impl Fees {
    /// No fee.
    pub const fn none(currency: Currency) -> Self {
        Self { platform: Money::zero(currency), provider: Money::zero(currency) }
    }

    /// Both together.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.platform.checked_add(self.provider)
    }

    /// The same, or as much of it as `limit` can pay, shared by largest remainder: nobody owes for being paid.
    ///
    /// # Errors
    /// When a sum does not fit or currencies differ.
    pub fn within(self, limit: Money) -> Result<Self, MoneyError> {
        let over = self.total()?.checked_sub(limit)?;
        if !over.is_positive() {
            return Ok(self);
        }
        let weight = |it: Money| u32::try_from(it.minor()).unwrap_or(u32::MAX);
        let limit = if limit.is_positive() { limit } else { Money::zero(limit.currency()) };
        let parts = limit.allocate(&[weight(self.platform), weight(self.provider)])?;
        match parts.as_slice() {
            [platform, provider] => Ok(Self { platform: *platform, provider: *provider }),
            _ => Err(MoneyError::OutOfRange),
        }
    }
}

/// The rules that an order was placed under; frozen with it, so that a later change changes no order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTerms {
    pub bearer: Bearer,
    pub rules: Vec<FeeRule>,
}

impl FeeTerms {
    /// The rule for a party's fee on payments by `method`; one for the method goes before one for all.
    pub fn rule(&self, party: Party, method: Option<PaymentMethod>) -> Option<&FeeRule> {
        let of_party = || self.rules.iter().filter(|rule| rule.party == party);
        of_party()
            .find(|rule| rule.method.is_some() && rule.method == method)
            .or_else(|| of_party().find(|rule| rule.method.is_none()))
    }

    /// The fees of a payment of `base`, which is the price of the tickets, never more than `base` and what was added.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn fees(&self, base: Money, method: Option<PaymentMethod>) -> Result<Fees, MoneyError> {
        if method.is_some_and(|method| !method.has_fees()) {
            return Ok(Fees::none(base.currency()));
        }
        let fee = |party| match self.rule(party, method) {
            Some(rule) => rule.fee(base),
            None => Ok(Money::zero(base.currency())),
        };
        Ok(Fees { platform: fee(Party::Platform)?, provider: fee(Party::Provider)? })
    }

    /// What a participant pays on top of `base`: nothing when the organizer bears the fees.
    ///
    /// The method is chosen on the provider's page, after the price is shown; so the amount is the same for all of
    /// `methods`, the highest of their fees, and what a cheaper one leaves goes to the organizer.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn added(&self, base: Money, methods: &[PaymentMethod]) -> Result<Money, MoneyError> {
        let mut added = Money::zero(base.currency());
        if self.bearer == Bearer::Organizer {
            return Ok(added);
        }
        for method in methods {
            let total = self.fees(base, Some(*method))?.total()?;
            if total.minor() > added.minor() {
                added = total;
            }
        }
        Ok(added)
    }

    /// What an organizer gets of a ticket price paid by `method`.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn organizer_gets(
        &self,
        base: Money,
        method: PaymentMethod,
        methods: &[PaymentMethod],
    ) -> Result<Money, MoneyError> {
        let paid = base.checked_add(self.added(base, methods)?)?;
        let fees = self.fees(base, Some(method))?.within(paid)?;
        paid.checked_sub(fees.total()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CARD: FeeRule = FeeRule {
        party: Party::Provider,
        method: Some(PaymentMethod::CreditCard),
        rate_basis_points: 360,
        fixed_minor: 0,
        minimum_minor: 0,
        tax_rate: TaxRate::NONE,
    };
    const KONBINI: FeeRule = FeeRule {
        method: Some(PaymentMethod::Konbini),
        rate_basis_points: 275,
        minimum_minor: 120,
        tax_rate: TaxRate::STANDARD,
        ..CARD
    };
    const PLATFORM: FeeRule = FeeRule {
        party: Party::Platform,
        method: None,
        rate_basis_points: 300,
        fixed_minor: 50,
        tax_rate: TaxRate::STANDARD,
        ..CARD
    };
    const METHODS: [PaymentMethod; 2] = [PaymentMethod::CreditCard, PaymentMethod::Konbini];

    fn terms(bearer: Bearer) -> FeeTerms {
        FeeTerms { bearer, rules: vec![CARD, KONBINI, PLATFORM] }
    }

    #[test]
    fn a_fee_is_share_and_fixed_at_least_the_minimum_with_its_tax() {
        let fee = |rule: FeeRule, yen| rule.fee(Money::yen(yen)).unwrap().minor();
        assert_eq!(fee(CARD, 3000), 108, "3.6 %");
        assert_eq!(fee(CARD, 999), 35, "35.964, the fraction dropped");
        assert_eq!(fee(PLATFORM, 3000), 154, "90 and 50, and 10 % of 140");
        assert_eq!(fee(KONBINI, 1000), 132, "27 is below 120, and 10 % of 120");
        assert_eq!(fee(KONBINI, 0), 0, "what is free costs nothing");
    }

    #[test]
    fn the_methods_own_rule_goes_before_the_rule_for_all() {
        let own = FeeRule { method: Some(PaymentMethod::PayPay), fixed_minor: 1, ..PLATFORM };
        let terms = FeeTerms { bearer: Bearer::Organizer, rules: vec![PLATFORM, own] };
        let fixed = |method| terms.rule(Party::Platform, method).unwrap().fixed_minor;
        assert_eq!(fixed(Some(PaymentMethod::PayPay)), 1);
        assert_eq!(fixed(Some(PaymentMethod::Konbini)), 50);
        assert_eq!(fixed(None), 50);
        assert_eq!(terms.rule(Party::Provider, None), None);
        let past_us = Some(PaymentMethod::DirectTransfer);
        assert_eq!(terms.fees(Money::yen(3000), past_us), Ok(Fees::none(Currency::JPY)));
    }

    #[test]
    fn who_bears_it_pays_it() {
        let price = Money::yen(3000);
        let by_organizer = terms(Bearer::Organizer);
        assert_eq!(by_organizer.added(price, &METHODS), Ok(Money::yen(0)));
        let gets = |terms: &FeeTerms, method| terms.organizer_gets(price, method, &METHODS);
        // 3,000 less 154 for us and 108 for the card; 3,000 less 154 and 132 for konbini.
        assert_eq!(gets(&by_organizer, PaymentMethod::CreditCard), Ok(Money::yen(2738)));
        assert_eq!(gets(&by_organizer, PaymentMethod::Konbini), Ok(Money::yen(2714)));
        let by_participant = terms(Bearer::Participant);
        assert_eq!(by_participant.added(price, &METHODS), Ok(Money::yen(286)));
        assert_eq!(gets(&by_participant, PaymentMethod::Konbini), Ok(price));
        assert_eq!(gets(&by_participant, PaymentMethod::CreditCard), Ok(Money::yen(3024)));
    }

    #[test]
    fn fees_above_the_amount_are_cut_to_it() {
        let fees = Fees { platform: Money::yen(55), provider: Money::yen(132) };
        let cut = fees.within(Money::yen(100)).unwrap();
        assert_eq!((cut.platform.minor(), cut.provider.minor()), (29, 71));
        assert_eq!(fees.within(Money::yen(187)), Ok(fees));
        assert_eq!(fees.within(Money::yen(0)), Ok(Fees::none(Currency::JPY)));
    }

    prop_compose! {
        fn any_rule(party: Party)(
            method in prop::option::of(prop::sample::select(PaymentMethod::ALL)),
            rate_basis_points in 0..=RATE_BASIS_POINTS_MAX,
            fixed_minor in 0i64..1000,
            minimum_minor in 0i64..1000,
            tax_rate in prop::sample::select(&TaxRate::ALL[..]),
        ) -> FeeRule {
            FeeRule { party, method, rate_basis_points, fixed_minor, minimum_minor, tax_rate }
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_between_participant_organizer_and_fees(
            rules in (any_rule(Party::Platform), any_rule(Party::Provider)),
            bearer in prop::sample::select(Bearer::ALL),
            price in 1i64..10_000_000,
            method in prop::sample::select(PaymentMethod::ALL),
        ) {
            let terms = FeeTerms { bearer, rules: vec![rules.0, rules.1] };
            let price = Money::yen(price);
            let paid = price.checked_add(terms.added(price, PaymentMethod::ALL).unwrap()).unwrap();
            let fees = terms.fees(price, Some(method)).unwrap().within(paid).unwrap();
            let gets = terms.organizer_gets(price, method, PaymentMethod::ALL).unwrap();
            prop_assert_eq!(gets.checked_add(fees.total().unwrap()), Ok(paid));
            prop_assert!(gets.minor() >= 0 && fees.platform.minor() >= 0 && fees.provider.minor() >= 0);
            if bearer == Bearer::Participant {
                prop_assert!(gets.minor() >= price.minor(), "the price reaches the organizer whole");
            }
        }
    }
}
