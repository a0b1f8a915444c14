//! A return request: a participant asks to cancel where the organizer decides.

crate::words! {
    /// The life of a return request.
    ReturnRequestStatus {
        /// The organizer has not decided yet.
        Requested = "requested",
        /// The tickets are void; the money is on its way.
        Approved = "approved",
        /// The organizer said no, and why.
        Rejected = "rejected",
        /// Everything that goes back is back.
        Completed = "completed",
    }
}

/// What can happen to a return request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnRequestFact {
    Approved,
    Rejected,
    /// The refund succeeded, or nothing had to go back.
    MoneyBack,
    /// The transfer that had made it came back to us.
    TransferCameBack,
}

impl ReturnRequestFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 4] =
        [Self::Approved, Self::Rejected, Self::MoneyBack, Self::TransferCameBack];
}

/// What a fact does to a return request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnRequestStep {
    Move(ReturnRequestStatus),
    AlreadyThere,
    Stale,
}

/// Decides what `fact` does to a return request that is `status`.
pub const fn step(status: ReturnRequestStatus, fact: ReturnRequestFact) -> ReturnRequestStep {
    use ReturnRequestFact as F;
    use ReturnRequestStatus as S;
    match (status, fact) {
        (S::Requested, F::Approved) => ReturnRequestStep::Move(S::Approved),
        (S::Requested, F::Rejected) => ReturnRequestStep::Move(S::Rejected),
        (S::Approved, F::MoneyBack) => ReturnRequestStep::Move(S::Completed),
        (S::Completed, F::TransferCameBack) => ReturnRequestStep::Move(S::Approved),
        (S::Approved | S::Completed, F::Approved)
        | (S::Rejected, F::Rejected)
        | (S::Approved, F::TransferCameBack)
        | (S::Completed, F::MoneyBack) => ReturnRequestStep::AlreadyThere,
        (S::Requested | S::Rejected, F::MoneyBack | F::TransferCameBack)
        | (S::Rejected, F::Approved)
        | (S::Approved | S::Completed, F::Rejected) => ReturnRequestStep::Stale,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write;

    #[test]
    fn every_status_meets_every_fact() {
        let mut table = String::new();
        for status in ReturnRequestStatus::ALL {
            for fact in ReturnRequestFact::ALL {
                let cell = format!("{fact:?}");
                writeln!(table, "{status:<10}{cell:<17}{:?}", step(*status, fact)).unwrap();
            }
        }
        expect![[r#"
            requested Approved         Move(Approved)
            requested Rejected         Move(Rejected)
            requested MoneyBack        Stale
            requested TransferCameBack Stale
            approved  Approved         AlreadyThere
            approved  Rejected         Stale
            approved  MoneyBack        Move(Completed)
            approved  TransferCameBack AlreadyThere
            rejected  Approved         Stale
            rejected  Rejected         AlreadyThere
            rejected  MoneyBack        Stale
            rejected  TransferCameBack Stale
            completed Approved         AlreadyThere
            completed Rejected         Stale
            completed MoneyBack        AlreadyThere
            completed TransferCameBack Move(Approved)
        "#]]
        .assert_eq(&table);
    }
}
