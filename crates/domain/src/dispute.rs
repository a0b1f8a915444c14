//! A dispute: the buyer's bank took a payment back, and the organizer may answer until a deadline.

crate::words! {
    /// The life of a dispute.
    DisputeStatus {
        /// Nobody answered yet.
        Open = "open",
        /// The evidence is with the card company.
        UnderReview = "under_review",
        /// The money came back.
        Won = "won",
        /// The money is gone.
        Lost = "lost",
    }
}

impl DisputeStatus {
    /// Whether the card company has decided.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Won | Self::Lost)
    }
}

/// What can happen to a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeFact {
    EvidenceSent,
    Won,
    Lost,
}

impl DisputeFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 3] = [Self::EvidenceSent, Self::Won, Self::Lost];
}

/// What a fact does to a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeStep {
    Move(DisputeStatus),
    AlreadyThere,
    /// The card company's decision is final.
    Stale,
}

/// Decides what `fact` does to a dispute that is `status`.
pub const fn step(status: DisputeStatus, fact: DisputeFact) -> DisputeStep {
    use DisputeFact as F;
    use DisputeStatus as S;
    match (status, fact) {
        (S::Open, F::EvidenceSent) => DisputeStep::Move(S::UnderReview),
        (S::Open | S::UnderReview, F::Won) => DisputeStep::Move(S::Won),
        (S::Open | S::UnderReview, F::Lost) => DisputeStep::Move(S::Lost),
        (S::UnderReview, F::EvidenceSent) | (S::Won, F::Won) | (S::Lost, F::Lost) => {
            DisputeStep::AlreadyThere
        }
        (S::Won, F::EvidenceSent | F::Lost) | (S::Lost, F::EvidenceSent | F::Won) => {
            DisputeStep::Stale
        }
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
        for status in DisputeStatus::ALL {
            for fact in DisputeFact::ALL {
                let cell = format!("{fact:?}");
                writeln!(table, "{status:<13}{cell:<13}{:?}", step(*status, fact)).unwrap();
            }
        }
        expect![[r#"
            open         EvidenceSent Move(UnderReview)
            open         Won          Move(Won)
            open         Lost         Move(Lost)
            under_review EvidenceSent AlreadyThere
            under_review Won          Move(Won)
            under_review Lost         Move(Lost)
            won          EvidenceSent Stale
            won          Won          AlreadyThere
            won          Lost         Stale
            lost         EvidenceSent Stale
            lost         Won          Stale
            lost         Lost         AlreadyThere
        "#]]
        .assert_eq(&table);
    }
}
