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

/// What can happen to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundFact {
    /// We are about to ask the provider.
    Sent,
    /// The provider cannot return it by itself.
    AccountNeeded,
    Succeeded,
    Failed,
    Rejected,
}

impl RefundFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 5] =
        [Self::Sent, Self::AccountNeeded, Self::Succeeded, Self::Failed, Self::Rejected];
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
        (S::Requested | S::NeedsAccount, F::Sent) => RefundStep::Move(S::Processing),
        (S::Requested | S::Processing, F::AccountNeeded) => RefundStep::Move(S::NeedsAccount),
        (S::Requested | S::NeedsAccount | S::Processing, F::Succeeded) => {
            RefundStep::Move(S::Succeeded)
        }
        (S::Requested | S::Processing, F::Failed) => RefundStep::Move(S::Failed),
        (S::Requested | S::NeedsAccount | S::Processing, F::Rejected) => {
            RefundStep::Move(S::Rejected)
        }
        (S::Processing, F::Sent)
        | (S::NeedsAccount, F::AccountNeeded)
        | (S::Succeeded, F::Succeeded)
        | (S::Failed, F::Failed)
        | (S::Rejected, F::Rejected) => RefundStep::AlreadyThere,
        (S::NeedsAccount, F::Failed)
        | (S::Succeeded, F::Sent | F::AccountNeeded | F::Failed | F::Rejected)
        | (S::Failed, F::Sent | F::AccountNeeded | F::Succeeded | F::Rejected)
        | (S::Rejected, F::Sent | F::AccountNeeded | F::Succeeded | F::Failed) => RefundStep::Stale,
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write;

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
            requested     Succeeded     Move(Succeeded)
            requested     Failed        Move(Failed)
            requested     Rejected      Move(Rejected)
            needs_account Sent          Move(Processing)
            needs_account AccountNeeded AlreadyThere
            needs_account Succeeded     Move(Succeeded)
            needs_account Failed        Stale
            needs_account Rejected      Move(Rejected)
            processing    Sent          AlreadyThere
            processing    AccountNeeded Move(NeedsAccount)
            processing    Succeeded     Move(Succeeded)
            processing    Failed        Move(Failed)
            processing    Rejected      Move(Rejected)
            succeeded     Sent          Stale
            succeeded     AccountNeeded Stale
            succeeded     Succeeded     AlreadyThere
            succeeded     Failed        Stale
            succeeded     Rejected      Stale
            failed        Sent          Stale
            failed        AccountNeeded Stale
            failed        Succeeded     Stale
            failed        Failed        AlreadyThere
            failed        Rejected      Stale
            rejected      Sent          Stale
            rejected      AccountNeeded Stale
            rejected      Succeeded     Stale
            rejected      Failed        Stale
            rejected      Rejected      AlreadyThere
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
