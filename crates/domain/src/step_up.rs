//! When somebody who is signed in confirms with a second factor before going on.

/// Minutes that a confirmation lasts.
pub const CONFIRMED_MINUTES: i64 = 10;

/// What somebody is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitive {
    /// Give money back: so much, or an amount that is not known before.
    Refund { amount_minor: Option<i64> },
    /// Move money to the organizer.
    Payout,
    /// Change where money goes.
    BankDetails,
    /// Keys to the REST API, receivers of webhooks and their secrets.
    Keys,
    /// Who may do what.
    Members,
    /// Take out, or erase for good, what is kept of a participant.
    BuyerData,
    /// What only administrators do.
    Platform,
    /// One's own account.
    OwnAccount(Own),
    /// This rule itself.
    Rule,
    /// Nothing that matters after all.
    Nothing,
}

/// What somebody is about to do with the own account: all is asked for alike, and each is named before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Ways in and second factors.
    WaysIn,
    /// Logging in with another address.
    Address,
    /// Taking everything out.
    Data,
    /// Deleting it.
    End,
}

/// What an organizer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rule {
    pub is_on: bool,
    /// Refunds above so much are confirmed, in the smallest unit of their currency.
    pub refunds_above_minor: i64,
}

impl Rule {
    /// Whether less is asked than by the other rule.
    pub const fn is_looser_than(self, other: Self) -> bool {
        other.is_on && (!self.is_on || self.refunds_above_minor > other.refunds_above_minor)
    }
}

/// Who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    pub is_administrator: bool,
    /// Whether a second factor is set up.
    pub has_factor: bool,
}

impl Sensitive {
    /// One word for it, in what is kept while somebody confirms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refund { .. } => "refund",
            Self::Payout => "payout",
            Self::BankDetails => "bank_details",
            Self::Keys => "keys",
            Self::Members => "members",
            Self::BuyerData => "buyer_data",
            Self::Platform => "platform",
            Self::OwnAccount(Own::WaysIn) => "own_account",
            Self::OwnAccount(Own::Address) => "own_address",
            Self::OwnAccount(Own::Data) => "own_data",
            Self::OwnAccount(Own::End) => "own_end",
            Self::Rule => "rule",
            Self::Nothing => "nothing",
        }
    }
}

/// Whether only somebody who logged in a short while ago may do it: the first factor is set up, and ways in change, with
/// nothing else to confirm with, and a browser that was found open must not lock its owner out.
pub const fn wants_fresh_login(action: Sensitive, who: Who) -> bool {
    matches!(action, Sensitive::OwnAccount(_)) && !who.has_factor
}

/// Whether a confirmation is asked for: by the organizer's rule, of administrators always, and before the own factors
/// change whenever there is one to ask for.
pub const fn is_asked(action: Sensitive, rule: Rule, who: Who) -> bool {
    match action {
        // Anybody else is refused by the door.
        Sensitive::Platform => who.is_administrator,
        Sensitive::OwnAccount(_) => who.has_factor,
        // Whoever found a browser open must not switch off what holds them back.
        Sensitive::Rule => who.is_administrator || rule.is_on || who.has_factor,
        Sensitive::Nothing => false,
        Sensitive::Refund { amount_minor: Some(amount) } => {
            who.is_administrator || (rule.is_on && amount > rule.refunds_above_minor)
        }
        Sensitive::Refund { amount_minor: None }
        | Sensitive::Payout
        | Sensitive::BankDetails
        | Sensitive::Keys
        | Sensitive::Members
        | Sensitive::BuyerData => who.is_administrator || rule.is_on,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: Who = Who { is_administrator: false, has_factor: true };
    const NEWCOMER: Who = Who { is_administrator: false, has_factor: false };
    const ADMINISTRATOR: Who = Who { is_administrator: true, has_factor: false };
    const OFF: Rule = Rule { is_on: false, refunds_above_minor: 0 };
    const ON: Rule = Rule { is_on: true, refunds_above_minor: 10_000 };

    #[test]
    fn a_rule_is_looser_when_it_is_off_or_its_limit_is_higher() {
        let higher = Rule { refunds_above_minor: 20_000, ..ON };
        assert!(OFF.is_looser_than(ON) && higher.is_looser_than(ON));
        assert!(!ON.is_looser_than(OFF) && !ON.is_looser_than(higher) && !ON.is_looser_than(ON));
    }

    #[test]
    fn without_a_factor_only_a_fresh_login_changes_the_ways_in() {
        assert!(wants_fresh_login(Sensitive::OwnAccount(Own::End), NEWCOMER));
        assert!(!wants_fresh_login(Sensitive::OwnAccount(Own::End), MEMBER));
        assert!(!wants_fresh_login(Sensitive::Payout, NEWCOMER));
    }

    #[test]
    fn each_matter_for_each_person_with_and_without_the_rule() {
        let small = Sensitive::Refund { amount_minor: Some(10_000) };
        let large = Sensitive::Refund { amount_minor: Some(10_001) };
        let unknown = Sensitive::Refund { amount_minor: None };
        // For a member without the rule, with it, for a newcomer with it, for an administrator without it.
        for (action, wanted) in [
            (small, [false, false, false, true]),
            (large, [false, true, true, true]),
            (unknown, [false, true, true, true]),
            (Sensitive::Payout, [false, true, true, true]),
            (Sensitive::BankDetails, [false, true, true, true]),
            (Sensitive::Keys, [false, true, true, true]),
            (Sensitive::Members, [false, true, true, true]),
            (Sensitive::BuyerData, [false, true, true, true]),
            (Sensitive::Platform, [false, false, false, true]),
            (Sensitive::OwnAccount(Own::WaysIn), [true, true, false, false]),
            (Sensitive::Rule, [true, true, true, true]),
            (Sensitive::Nothing, [false, false, false, false]),
        ] {
            let asked = [
                is_asked(action, OFF, MEMBER),
                is_asked(action, ON, MEMBER),
                is_asked(action, ON, NEWCOMER),
                is_asked(action, OFF, ADMINISTRATOR),
            ];
            assert_eq!(asked, wanted, "{action:?}");
        }
    }
}
