//! Long processes as data: their steps, what takes a step back, how long it may take, how often it is tried.
//!
//! A process runs over jobs, and each of its steps is one or more of them. Orders, payments and refunds keep their own
//! progress in their own rows, and it is not stored a second time: their timeline is read from those rows. A process
//! that has no row of its own (calling off an event) keeps its progress in `processes` and `process_steps`. Both are
//! told by the same declaration, and jobs take their limits from it.

use time::{Duration, OffsetDateTime};

mod timeline;

pub use timeline::{Mark, Timeline, TimelineStep, timeline};

crate::words! {
    /// What runs over more than one transaction.
    ProcessKind {
        /// An order, from the choice to the tickets in the mail.
        Purchase = "purchase",
        /// Money back to one participant.
        Refund = "refund",
        /// Calling off a whole event.
        EventCancellation = "event_cancellation",
        /// Money to an organizer's bank account.
        Payout = "payout",
    }
}

crate::words! {
    /// The name of a step; a name stands for the same act in every process.
    StepName {
        KeepPlaces = "keep_places",
        OpenPage = "open_page",
        TakeMoney = "take_money",
        IssueTickets = "issue_tickets",
        Confirm = "confirm",
        /// Takes [`StepName::KeepPlaces`] back.
        FreePlaces = "free_places",
        /// Takes [`StepName::OpenPage`] back.
        ClosePage = "close_page",
        /// Takes [`StepName::TakeMoney`] back.
        ReturnMoney = "return_money",
        PromiseRefund = "promise_refund",
        /// Takes [`StepName::PromiseRefund`] back.
        ReleaseRefund = "release_refund",
        GetAccount = "get_account",
        SendRefund = "send_refund",
        CloseSales = "close_sales",
        ListOrders = "list_orders",
        EndOrders = "end_orders",
        AwaitRefunds = "await_refunds",
        SetAside = "set_aside",
        /// Takes [`StepName::SetAside`] back.
        MakePayable = "make_payable",
        ApprovePayout = "approve_payout",
        TellBank = "tell_bank",
        AwaitBank = "await_bank",
    }
}

crate::words! {
    /// How far a step is.
    StepState {
        Waiting = "waiting",
        Running = "running",
        Done = "done",
        /// Somebody has to look.
        Failed = "failed",
        /// This time it was not needed.
        Skipped = "skipped",
        /// Another step took it back.
        TakenBack = "taken_back",
    }
}

crate::words! {
    /// How far a whole process is.
    ProcessState {
        Running = "running",
        Succeeded = "succeeded",
        Failed = "failed",
        /// It ended early, and everything it had done was taken back.
        TakenBack = "taken_back",
    }
}

/// What becomes of a step's effect when the process cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compensation {
    /// Another step takes it back.
    By(StepName),
    /// There is no way back: it is tried until it works, and people are told when it does not.
    Forward,
}

/// One step of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub name: StepName,
    pub compensation: Compensation,
    /// How long one attempt may take; shorter than a worker's lease.
    pub timeout: Duration,
    /// After so many failed attempts the job is buried and shown; the sweeper begins anew.
    pub attempts_max: i32,
    /// From when on an unfinished step is overdue; people's own time (paying, naming an account) is in it.
    pub patience: Duration,
}

/// One attempt of anything we do by ourselves.
const ATTEMPT: Duration = Duration::seconds(45);
/// Attempts that outlive a provider's outage of a day: pauses double up to an hour.
const FOR_A_DAY: i32 = 24;
const FOR_A_DAY_AND_A_HALF: i32 = 36;
/// Our own work, which nobody outside holds up.
const OUR_OWN: i32 = 12;

const fn step(
    name: StepName,
    compensation: Compensation,
    attempts_max: i32,
    patience: Duration,
) -> Step {
    Step { name, compensation, timeout: ATTEMPT, attempts_max, patience }
}

const PURCHASE: &[Step] = &[
    step(
        StepName::KeepPlaces,
        Compensation::By(StepName::FreePlaces),
        FOR_A_DAY_AND_A_HALF,
        Duration::minutes(1),
    ),
    step(
        StepName::OpenPage,
        Compensation::By(StepName::ClosePage),
        FOR_A_DAY,
        Duration::minutes(5),
    ),
    step(
        StepName::TakeMoney,
        Compensation::By(StepName::ReturnMoney),
        FOR_A_DAY_AND_A_HALF,
        Duration::days(14),
    ),
    step(StepName::IssueTickets, Compensation::Forward, OUR_OWN, Duration::minutes(1)),
    step(StepName::Confirm, Compensation::Forward, OUR_OWN, Duration::minutes(15)),
];

const REFUND: &[Step] = &[
    step(
        StepName::PromiseRefund,
        Compensation::By(StepName::ReleaseRefund),
        OUR_OWN,
        Duration::minutes(1),
    ),
    step(StepName::GetAccount, Compensation::Forward, OUR_OWN, Duration::days(30)),
    step(StepName::SendRefund, Compensation::Forward, FOR_A_DAY, Duration::days(1)),
];

const EVENT_CANCELLATION: &[Step] = &[
    step(StepName::CloseSales, Compensation::Forward, OUR_OWN, Duration::minutes(1)),
    step(StepName::ListOrders, Compensation::Forward, OUR_OWN, Duration::minutes(1)),
    step(StepName::EndOrders, Compensation::Forward, OUR_OWN, Duration::minutes(15)),
    step(StepName::AwaitRefunds, Compensation::Forward, FOR_A_DAY, Duration::days(30)),
];

/// People approve, send and look at the bank's answer: weekends and the days around New Year are in their time.
const PAYOUT: &[Step] = &[
    step(
        StepName::SetAside,
        Compensation::By(StepName::MakePayable),
        OUR_OWN,
        Duration::minutes(1),
    ),
    step(StepName::ApprovePayout, Compensation::Forward, OUR_OWN, Duration::days(7)),
    step(StepName::TellBank, Compensation::Forward, OUR_OWN, Duration::days(7)),
    step(StepName::AwaitBank, Compensation::Forward, OUR_OWN, Duration::days(7)),
];

impl ProcessKind {
    /// The steps, in their order.
    pub const fn steps(self) -> &'static [Step] {
        match self {
            Self::Purchase => PURCHASE,
            Self::Refund => REFUND,
            Self::EventCancellation => EVENT_CANCELLATION,
            Self::Payout => PAYOUT,
        }
    }

    /// One of its steps; none where the process has no such step.
    pub fn step(self, name: StepName) -> Option<&'static Step> {
        self.steps().iter().find(|step| step.name == name)
    }

    /// What comes after a step; none after the last.
    pub fn after(self, name: StepName) -> Option<&'static Step> {
        self.steps().iter().skip_while(|step| step.name != name).nth(1)
    }
}

/// Whether a step that began at `since` should have ended by `now`.
pub fn is_overdue(step: &Step, since: OffsetDateTime, now: OffsetDateTime) -> bool {
    since.checked_add(step.patience).is_some_and(|due| due < now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_step_is_named_once_and_has_limits() {
        for kind in ProcessKind::ALL {
            let names: BTreeSet<_> = kind.steps().iter().map(|step| step.name).collect();
            assert_eq!(names.len(), kind.steps().len(), "{kind}");
            for step in kind.steps() {
                assert!(step.attempts_max > 0 && step.timeout < Duration::seconds(60), "{kind}");
                assert!(step.patience >= step.timeout, "{kind}: {}", step.name);
                if let Compensation::By(name) = step.compensation {
                    assert!(kind.step(name).is_none(), "{name} is no step of the way there");
                }
            }
        }
    }

    #[test]
    fn steps_follow_each_other() {
        let kind = ProcessKind::EventCancellation;
        assert_eq!(kind.after(StepName::CloseSales).map(|it| it.name), Some(StepName::ListOrders));
        assert_eq!(kind.after(StepName::AwaitRefunds), None);
        assert_eq!(kind.after(StepName::KeepPlaces), None);
    }
}
