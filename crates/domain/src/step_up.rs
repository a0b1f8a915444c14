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
    /// What only administrators do.
    Platform,
    /// One's own ways in and factors.
    OwnAccount,
}

/// What an organizer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rule {
    pub is_on: bool,
    /// Refunds above so much are confirmed, in the smallest unit of their currency.
    pub refunds_above_minor: i64,
}

/// Who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    pub is_administrator: bool,
    /// Whether a second factor is set up.
    pub has_factor: bool,
}

/// Whether a confirmation is asked for: by the organizer's rule, of administrators always, and before the own factors
/// change whenever there is one to ask for.
pub const fn is_asked(action: Sensitive, rule: Rule, who: Who) -> bool {
    match action {
        Sensitive::Platform => true,
        Sensitive::OwnAccount => who.has_factor,
        Sensitive::Refund { amount_minor: Some(amount) } => {
            who.is_administrator || (rule.is_on && amount > rule.refunds_above_minor)
        }
        Sensitive::Refund { amount_minor: None }
        | Sensitive::Payout
        | Sensitive::BankDetails
        | Sensitive::Keys
        | Sensitive::Members => who.is_administrator || rule.is_on,
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
            (Sensitive::Platform, [true, true, true, true]),
            (Sensitive::OwnAccount, [true, true, false, false]),
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
