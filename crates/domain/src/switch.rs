//! What the platform's staff can switch off for everybody, and on again: declared here, kept in the database.

use std::fmt;

use crate::payment::PaymentMethod;
use crate::status::UnknownStatus;

/// Something that can be switched off. What is not kept as switched off is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Switch {
    /// New orders, of every event.
    Orders,
    /// New organizers.
    Organizers,
    /// A way to pay for what is not paid yet.
    Method(PaymentMethod),
}

/// Before the method's own word.
const METHOD: &str = "method.";

impl Switch {
    /// All of them, in the order of the page.
    pub fn all() -> Vec<Self> {
        let methods = PaymentMethod::ALL.iter().copied().filter(|it| Self::is_offered(*it));
        [Self::Orders, Self::Organizers].into_iter().chain(methods.map(Self::Method)).collect()
    }

    /// Reads the word in the database and in forms.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn parse(text: &str) -> Result<Self, UnknownStatus> {
        Self::all().into_iter().find(|it| it.to_string() == text).ok_or(UnknownStatus)
    }

    /// Whether participants choose it; cash and the like are recorded by people.
    fn is_offered(method: PaymentMethod) -> bool {
        method.is_hosted() || method == PaymentMethod::DirectTransfer
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orders => f.write_str("orders"),
            Self::Organizers => f.write_str("organizers"),
            Self::Method(method) => write!(f, "{METHOD}{method}"),
        }
    }
}

/// What is switched off at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchedOff(pub Vec<Switch>);

impl SwitchedOff {
    /// Reads kept words; one that is not declared any more switches nothing.
    pub fn read(words: &[String]) -> Self {
        Self(words.iter().filter_map(|word| Switch::parse(word).ok()).collect())
    }

    /// Whether it is off.
    pub fn has(&self, switch: Switch) -> bool {
        self.0.contains(&switch)
    }

    /// The methods that may be used.
    pub fn left_of(&self, mut methods: Vec<PaymentMethod>) -> Vec<PaymentMethod> {
        methods.retain(|method| !self.has(Switch::Method(*method)));
        methods
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_read_back() {
        for switch in Switch::all() {
            assert_eq!(Switch::parse(&switch.to_string()), Ok(switch));
        }
        assert!(Switch::parse("method.gold").is_err());
    }

    #[test]
    fn what_is_off_is_not_left() {
        let off = SwitchedOff::read(&["method.konbini".to_owned(), "forgotten".to_owned()]);
        assert_eq!(off.0, [Switch::Method(PaymentMethod::Konbini)]);
        let methods = vec![PaymentMethod::CreditCard, PaymentMethod::Konbini];
        assert_eq!(off.left_of(methods), [PaymentMethod::CreditCard]);
        assert!(!off.has(Switch::Orders));
    }
}
