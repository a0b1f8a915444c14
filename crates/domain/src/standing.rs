//! How an organizer stands with the platform: what one may do who is looked at, or suspended.

use crate::payout::PayoutModel;
use crate::words;

words! {
    /// An organizer's standing.
    Standing {
        Active = "active",
        /// Somebody of the staff looks at it; it sells, and is not paid out.
        InReview = "in_review",
        /// It neither sells nor is paid out; what was sold before goes on.
        Suspended = "suspended",
    }
}

impl Standing {
    /// Whether new orders are taken.
    pub const fn may_sell(self) -> bool {
        !matches!(self, Self::Suspended)
    }

    /// Whether payouts are approved and sent to the bank.
    pub const fn may_be_paid_out(self) -> bool {
        matches!(self, Self::Active)
    }
}

/// Minutes that somebody of the staff looks at an organizer's pages at most, before giving a reason again.
pub const VISIT_MINUTES_MAX: i64 = 30;

/// What the staff's decision does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandingStep {
    /// It becomes what was decided.
    Move,
    /// The same, and the review that was asked for is over: no further one is asked for by itself.
    PassReview,
    AlreadyThere,
}

/// Decides what a step from one standing to another does; the staff may take each.
pub const fn step(from: Standing, to: Standing) -> StandingStep {
    match (from, to) {
        (Standing::Active, Standing::Active)
        | (Standing::InReview, Standing::InReview)
        | (Standing::Suspended, Standing::Suspended) => StandingStep::AlreadyThere,
        (Standing::InReview, Standing::Active) => StandingStep::PassReview,
        (Standing::Active | Standing::Suspended, Standing::InReview)
        | (Standing::Active | Standing::InReview, Standing::Suspended)
        | (Standing::Suspended, Standing::Active) => StandingStep::Move,
    }
}

/// Whether the first payout waits for a look at the organizer: where the money is with us, once.
pub const fn asks_for_review(standing: Standing, model: PayoutModel, was_reviewed: bool) -> bool {
    matches!((standing, model), (Standing::Active, PayoutModel::Collect)) && !was_reviewed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_suspended_neither_sells_nor_is_paid_out() {
        let may = |it: Standing| (it.may_sell(), it.may_be_paid_out());
        assert_eq!(may(Standing::Active), (true, true));
        assert_eq!(may(Standing::InReview), (true, false));
        assert_eq!(may(Standing::Suspended), (false, false));
    }

    #[test]
    fn a_review_is_passed_from_the_review_alone() {
        for from in Standing::ALL {
            for to in Standing::ALL {
                let expected = match (from, to) {
                    _ if from == to => StandingStep::AlreadyThere,
                    (Standing::InReview, Standing::Active) => StandingStep::PassReview,
                    _ => StandingStep::Move,
                };
                assert_eq!(step(*from, *to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_review_is_asked_for_once_and_where_the_money_is_with_us() {
        assert!(asks_for_review(Standing::Active, PayoutModel::Collect, false));
        assert!(!asks_for_review(Standing::Active, PayoutModel::Collect, true));
        assert!(!asks_for_review(Standing::Active, PayoutModel::Direct, false));
        assert!(!asks_for_review(Standing::Suspended, PayoutModel::Collect, false));
    }
}
