//! The story of a refund as people follow it: what happened and when, and what is still to come.

use time::OffsetDateTime;

use crate::refund::{RefundSource, RefundStatus, RefundWay};

crate::words! {
    /// A point in the story.
    Milestone {
        /// The money was promised.
        Promised = "promised",
        /// The buyer was asked where it shall go.
        AccountAsked = "account_asked",
        AccountGiven = "account_given",
        /// The account could not be used; the buyer was asked again.
        AccountRefused = "account_refused",
        /// The transfer was made and came back.
        CameBack = "came_back",
        /// The provider was asked.
        Sent = "sent",
        /// The provider holds too little at the moment; it is tried again by itself.
        Waiting = "waiting",
        /// The money left.
        Returned = "returned",
        /// The organizer gave it back by itself.
        HandedBack = "handed_back",
        /// The buyer's bank took it.
        ChargedBack = "charged_back",
        /// The bank gave it back to the organizer.
        WonBack = "won_back",
        Failed = "failed",
        Rejected = "rejected",
    }
}

/// A step that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub status: RefundStatus,
    pub at: OffsetDateTime,
}

/// One line of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub milestone: Milestone,
    /// None for what is still to come.
    pub at: Option<OffsetDateTime>,
}

/// Tells the story of a refund: what happened in its order, then what comes next when all goes well.
///
/// Tries that change nothing for the reader are told once.
pub fn story(source: RefundSource, way: RefundWay, steps: &[Taken]) -> Vec<Line> {
    let mut told: Vec<Line> = Vec::new();
    let mut before: Option<RefundStatus> = None;
    for step in steps {
        let milestone = milestone(source, way, before, step.status);
        before = Some(step.status);
        let is_waiting = |line: &Line| line.milestone == Milestone::Waiting;
        if milestone == Milestone::Waiting && told.iter().rev().nth(1).is_some_and(is_waiting) {
            // Asked again and put off again: the line before says it already.
            told.pop();
            continue;
        }
        told.push(Line { milestone, at: Some(step.at) });
    }
    let next = before.map_or(&[][..], |status| ahead(status, way));
    told.extend(next.iter().map(|milestone| Line { milestone: *milestone, at: None }));
    told
}

const fn milestone(
    source: RefundSource,
    way: RefundWay,
    before: Option<RefundStatus>,
    status: RefundStatus,
) -> Milestone {
    use RefundStatus as S;
    match (status, before) {
        (S::Requested, Some(S::NeedsAccount)) => Milestone::AccountGiven,
        (S::Requested, Some(S::Processing)) => Milestone::Waiting,
        (S::Requested, _) => Milestone::Promised,
        (S::NeedsAccount, Some(S::Succeeded)) => Milestone::CameBack,
        (S::NeedsAccount, Some(S::Processing)) => Milestone::AccountRefused,
        (S::NeedsAccount, _) => Milestone::AccountAsked,
        (S::Processing, _) => Milestone::Sent,
        (S::Succeeded, _) if matches!(source, RefundSource::Dispute) => Milestone::ChargedBack,
        (S::Succeeded, _) if matches!(way, RefundWay::ByHand) => Milestone::HandedBack,
        (S::Succeeded, _) => Milestone::Returned,
        (S::Failed, _) => Milestone::Failed,
        (S::Rejected, _) if matches!(source, RefundSource::Dispute) => Milestone::WonBack,
        (S::Rejected, _) => Milestone::Rejected,
    }
}

/// What comes next when all goes well.
const fn ahead(status: RefundStatus, way: RefundWay) -> &'static [Milestone] {
    match (status, way) {
        (RefundStatus::NeedsAccount, _) => {
            &[Milestone::AccountGiven, Milestone::Sent, Milestone::Returned]
        }
        (RefundStatus::Requested, RefundWay::ByHand) => &[Milestone::HandedBack],
        (RefundStatus::Requested, _) => &[Milestone::Sent, Milestone::Returned],
        (RefundStatus::Processing, _) => &[Milestone::Returned],
        (RefundStatus::Succeeded | RefundStatus::Failed | RefundStatus::Rejected, _) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const AT: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);

    fn told(source: RefundSource, way: RefundWay, steps: &[RefundStatus]) -> String {
        let steps: Vec<Taken> =
            steps.iter().map(|status| Taken { status: *status, at: AT }).collect();
        let line = |line: Line| match line.at {
            Some(_) => line.milestone.to_string(),
            None => format!("({})", line.milestone),
        };
        story(source, way, &steps).into_iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_refund_is_told_from_its_promise_to_its_end() {
        use RefundSource::{Dispute, Organizer};
        use RefundStatus as S;
        use RefundWay::{Account, ByHand, Original};
        for (source, way, steps, expected) in [
            (Organizer, Original, &[S::Requested][..], "promised (sent) (returned)"),
            (Organizer, Original, &[S::Requested, S::Processing], "promised sent (returned)"),
            (
                Organizer,
                Original,
                &[S::NeedsAccount],
                "account_asked (account_given) (sent) (returned)",
            ),
            (
                Organizer,
                Account,
                &[S::NeedsAccount, S::Requested, S::Processing, S::NeedsAccount],
                "account_asked account_given sent account_refused (account_given) (sent) (returned)",
            ),
            (
                Organizer,
                Account,
                &[S::NeedsAccount, S::Requested, S::Processing, S::Succeeded, S::NeedsAccount],
                "account_asked account_given sent returned came_back (account_given) (sent) (returned)",
            ),
            (Organizer, ByHand, &[S::NeedsAccount, S::Succeeded], "account_asked handed_back"),
            (Dispute, Original, &[S::Succeeded, S::Rejected], "charged_back won_back"),
        ] {
            assert_eq!(told(source, way, steps), expected);
        }
    }

    #[test]
    fn putting_off_again_and_again_is_told_once() {
        use RefundStatus as S;
        let tries = [S::Requested, S::Processing].repeat(4);
        assert_eq!(
            told(RefundSource::Organizer, RefundWay::Original, &tries),
            "promised sent waiting sent (returned)"
        );
    }
}
