//! A refund: money back to the buyer, by the way it came or by hand.

use crate::money::{Money, MoneyError};

crate::words! {
    /// The life of a refund.
    RefundStatus {
        /// Counted against the payment; the provider was not asked yet.
        Requested = "requested",
        /// The method cannot return money by itself: a bank account is needed.
        NeedsAccount = "needs_account",
        /// The provider was asked.
        Processing = "processing",
        /// The money is on its way to the buyer.
        Succeeded = "succeeded",
        /// The provider refused.
        Failed = "failed",
        /// A person refused, or the provider did by hand.
        Rejected = "rejected",
    }
}

impl RefundStatus {
    /// Whether its amount counts against what was captured.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Requested | Self::NeedsAccount | Self::Processing | Self::Succeeded)
    }
}

crate::words! {
    /// Who or what made a refund happen.
    RefundSource {
        Buyer = "buyer",
        Organizer = "organizer",
        /// Money that no order claims goes back by itself: paid twice, or too late for a place.
        System = "system",
        /// Made at the provider, not here.
        Provider = "provider",
        /// The buyer's bank took it.
        Dispute = "dispute",
    }
}

crate::words! {
    /// By which way the money goes back.
    RefundWay {
        /// By the way it came: the provider returns it to the card or the wallet.
        Original = "original",
        /// To a bank account that the buyer named.
        Account = "account",
        /// The organizer hands it back: cash at the door, or a transfer of its own.
        ByHand = "by_hand",
    }
}

crate::words! {
    /// What a refund that cannot leave yet waits for.
    RefundWait {
        /// The provider holds less unsettled money than is to go back.
        ProviderBalance = "provider_balance",
        /// The money lies in the organizer's own account: the organizer transfers it.
        Organizer = "organizer",
    }
}

/// What can happen to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundFact {
    /// We are about to ask the provider.
    Sent,
    /// It cannot go back without a bank account, or not to the one that was named.
    AccountNeeded,
    /// The buyer named a bank account.
    AccountGiven,
    /// The provider cannot do it yet.
    Postponed,
    /// The organizer gave the money back by itself.
    HandedBack,
    Succeeded,
    Failed,
    Rejected,
    /// A transfer that was made came back.
    Returned,
    /// A chargeback was won: the money is here again.
    Reversed,
}

impl RefundFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 10] = [
        Self::Sent,
        Self::AccountNeeded,
        Self::AccountGiven,
        Self::Postponed,
        Self::HandedBack,
        Self::Succeeded,
        Self::Failed,
        Self::Rejected,
        Self::Returned,
        Self::Reversed,
    ];
}

/// What a fact does to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStep {
    Move(RefundStatus),
    AlreadyThere,
    Stale,
}

/// Decides what `fact` does to a refund that is `status`.
pub const fn step(status: RefundStatus, fact: RefundFact) -> RefundStep {
    use RefundFact as F;
    use RefundStatus as S;
    match (status, fact) {
        (S::Requested, F::Sent) => RefundStep::Move(S::Processing),
        (S::Requested | S::Processing, F::AccountNeeded) | (S::Succeeded, F::Returned) => {
            RefundStep::Move(S::NeedsAccount)
        }
        (S::NeedsAccount, F::AccountGiven) | (S::Processing, F::Postponed) => {
            RefundStep::Move(S::Requested)
        }
        // Not while the provider may be making it too: it would go back twice.
        (S::Requested | S::NeedsAccount, F::HandedBack) => RefundStep::Move(S::Succeeded),
        (S::Requested | S::NeedsAccount | S::Processing, F::Succeeded) => {
            RefundStep::Move(S::Succeeded)
        }
        (S::Requested | S::Processing, F::Failed) => RefundStep::Move(S::Failed),
        (S::Requested | S::NeedsAccount | S::Processing, F::Rejected)
        | (S::Succeeded, F::Reversed) => RefundStep::Move(S::Rejected),
        (S::Processing, F::Sent)
        | (S::NeedsAccount, F::AccountNeeded | F::Returned)
        | (S::Requested, F::AccountGiven | F::Postponed)
        | (S::Succeeded, F::Succeeded | F::HandedBack)
        | (S::Failed, F::Failed)
        | (S::Rejected, F::Rejected | F::Reversed) => RefundStep::AlreadyThere,
        (S::Requested, F::Returned | F::Reversed)
        | (S::NeedsAccount, F::Sent | F::Postponed | F::Failed | F::Reversed)
        | (S::Processing, F::AccountGiven | F::HandedBack | F::Returned | F::Reversed)
        | (
            S::Succeeded,
            F::Sent | F::AccountNeeded | F::AccountGiven | F::Postponed | F::Failed | F::Rejected,
        )
        | (
            S::Failed,
            F::Sent
            | F::AccountNeeded
            | F::AccountGiven
            | F::Postponed
            | F::HandedBack
            | F::Succeeded
            | F::Rejected
            | F::Returned
            | F::Reversed,
        )
        | (
            S::Rejected,
            F::Sent
            | F::AccountNeeded
            | F::AccountGiven
            | F::Postponed
            | F::HandedBack
            | F::Succeeded
            | F::Failed
            | F::Returned,
        ) => RefundStep::Stale,
    }
}

/// How much of an order came back, derived from its refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunded {
    None,
    Partial(Money),
    Full(Money),
}

/// Derives how much of `captured` came back.
///
/// # Errors
/// When the currencies differ.
pub fn refunded(captured: Money, back: Money) -> Result<Refunded, MoneyError> {
    let left = captured.checked_sub(back)?;
    Ok(if !back.is_positive() {
        Refunded::None
    } else if left.is_positive() {
        Refunded::Partial(back)
    } else {
        Refunded::Full(back)
    })
}

/// Spreads what goes back over what is left of each payment, the first payments first.
///
/// # Errors
/// `OutOfRange` when less is left than goes back, and when currencies differ.
pub fn spread(amount: Money, left: &[Money]) -> Result<Vec<Money>, MoneyError> {
    let mut rest = amount;
    let mut parts = Vec::with_capacity(left.len());
    for left in left {
        let part = Money::new(left.minor().min(rest.minor()).max(0), left.currency());
        rest = rest.checked_sub(part)?;
        parts.push(part);
    }
    if rest.is_positive() { Err(MoneyError::OutOfRange) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;
    use std::fmt::Write;

    proptest! {
        #[test]
        fn what_is_spread_sums_to_the_amount_and_takes_nowhere_more_than_is_left(
            amount in 0i64..10_000, left in prop::collection::vec(0i64..4000, 0..5),
        ) {
            let purses: Vec<Money> = left.iter().copied().map(Money::yen).collect();
            match spread(Money::yen(amount), &purses) {
                Ok(parts) => {
                    let parts: Vec<i64> = parts.into_iter().map(Money::minor).collect();
                    prop_assert_eq!(parts.iter().sum::<i64>(), amount);
                    prop_assert!(parts.iter().zip(&left).all(|(part, left)| (0..=*left).contains(part)));
                }
                Err(_) => prop_assert!(left.iter().sum::<i64>() < amount),
            }
        }
    }

    #[test]
    fn every_status_meets_every_fact() {
        let mut table = String::new();
        for status in RefundStatus::ALL {
            for fact in RefundFact::ALL {
                let cell = format!("{fact:?}");
                writeln!(table, "{status:<14}{cell:<14}{:?}", step(*status, fact)).unwrap();
            }
        }
        expect![[r#"
            requested     Sent          Move(Processing)
            requested     AccountNeeded Move(NeedsAccount)
            requested     AccountGiven  AlreadyThere
            requested     Postponed     AlreadyThere
            requested     HandedBack    Move(Succeeded)
            requested     Succeeded     Move(Succeeded)
            requested     Failed        Move(Failed)
            requested     Rejected      Move(Rejected)
            requested     Returned      Stale
            requested     Reversed      Stale
            needs_account Sent          Stale
            needs_account AccountNeeded AlreadyThere
            needs_account AccountGiven  Move(Requested)
            needs_account Postponed     Stale
            needs_account HandedBack    Move(Succeeded)
            needs_account Succeeded     Move(Succeeded)
            needs_account Failed        Stale
            needs_account Rejected      Move(Rejected)
            needs_account Returned      AlreadyThere
            needs_account Reversed      Stale
            processing    Sent          AlreadyThere
            processing    AccountNeeded Move(NeedsAccount)
            processing    AccountGiven  Stale
            processing    Postponed     Move(Requested)
            processing    HandedBack    Stale
            processing    Succeeded     Move(Succeeded)
            processing    Failed        Move(Failed)
            processing    Rejected      Move(Rejected)
            processing    Returned      Stale
            processing    Reversed      Stale
            succeeded     Sent          Stale
            succeeded     AccountNeeded Stale
            succeeded     AccountGiven  Stale
            succeeded     Postponed     Stale
            succeeded     HandedBack    AlreadyThere
            succeeded     Succeeded     AlreadyThere
            succeeded     Failed        Stale
            succeeded     Rejected      Stale
            succeeded     Returned      Move(NeedsAccount)
            succeeded     Reversed      Move(Rejected)
            failed        Sent          Stale
            failed        AccountNeeded Stale
            failed        AccountGiven  Stale
            failed        Postponed     Stale
            failed        HandedBack    Stale
            failed        Succeeded     Stale
            failed        Failed        AlreadyThere
            failed        Rejected      Stale
            failed        Returned      Stale
            failed        Reversed      Stale
            rejected      Sent          Stale
            rejected      AccountNeeded Stale
            rejected      AccountGiven  Stale
            rejected      Postponed     Stale
            rejected      HandedBack    Stale
            rejected      Succeeded     Stale
            rejected      Failed        Stale
            rejected      Rejected      AlreadyThere
            rejected      Returned      Stale
            rejected      Reversed      AlreadyThere
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn how_much_came_back_is_derived() {
        let captured = Money::yen(3000);
        assert_eq!(refunded(captured, Money::yen(0)), Ok(Refunded::None));
        assert_eq!(refunded(captured, Money::yen(1)), Ok(Refunded::Partial(Money::yen(1))));
        assert_eq!(refunded(captured, captured), Ok(Refunded::Full(captured)));
    }
}
