//! A process as people see it: every declared step with how far it is, and what was taken back at the end.

use time::OffsetDateTime;

use super::{Compensation, ProcessKind, ProcessState, Step, StepName, StepState, is_overdue};

/// What is known of one step, from whatever rows know it. Steps without a mark wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub step: StepName,
    pub state: StepState,
    /// Since when it is so.
    pub at: OffsetDateTime,
}

/// One line of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineStep {
    pub name: StepName,
    pub state: StepState,
    pub at: Option<OffsetDateTime>,
    /// It runs for longer than it may.
    pub is_overdue: bool,
}

/// A whole process at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    pub kind: ProcessKind,
    pub state: ProcessState,
    pub steps: Vec<TimelineStep>,
}

/// Puts what is known in the declared order; steps that took others back follow at the end, the latest effect first.
pub fn timeline(kind: ProcessKind, marks: &[Mark], now: OffsetDateTime) -> Timeline {
    let mark_of = |name: StepName| marks.iter().find(|mark| mark.step == name);
    let taken_back_by = |step: &Step| match step.compensation {
        Compensation::By(name) => mark_of(name).filter(|mark| mark.state == StepState::Done),
        Compensation::Forward => None,
    };
    let mut steps: Vec<TimelineStep> = Vec::new();
    for step in kind.steps() {
        let mark = mark_of(step.name);
        let was_done = mark.is_some_and(|mark| mark.state == StepState::Done);
        let state = match (mark, taken_back_by(step)) {
            (Some(_), Some(_)) if was_done => StepState::TakenBack,
            (Some(mark), _) => mark.state,
            (None, _) => StepState::Waiting,
        };
        let is_overdue =
            mark.is_some_and(|mark| state == StepState::Running && is_overdue(step, mark.at, now));
        let at = mark.map(|mark| mark.at);
        steps.push(TimelineStep { name: step.name, state, at, is_overdue });
    }
    let mut back: Vec<TimelineStep> = Vec::new();
    for step in kind.steps().iter().rev() {
        let Compensation::By(name) = step.compensation else { continue };
        if let Some(mark) = mark_of(name) {
            let at = Some(mark.at);
            back.push(TimelineStep { name, state: mark.state, at, is_overdue: false });
        }
    }
    let state = whole(&steps, &back);
    if state == ProcessState::TakenBack {
        // What was never begun is not waited for any more.
        for step in steps.iter_mut().filter(|step| step.state == StepState::Waiting) {
            step.state = StepState::Skipped;
        }
    }
    steps.append(&mut back);
    Timeline { kind, state, steps }
}

fn whole(steps: &[TimelineStep], back: &[TimelineStep]) -> ProcessState {
    let all = |states: &[StepState]| steps.iter().all(|step| states.contains(&step.state));
    if back.iter().any(|step| step.state == StepState::Done) {
        ProcessState::TakenBack
    } else if all(&[StepState::Done, StepState::Skipped]) {
        ProcessState::Succeeded
    } else if steps.iter().any(|step| step.state == StepState::Failed) {
        ProcessState::Failed
    } else {
        ProcessState::Running
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-22 0:00 UTC);

    fn mark(step: StepName, state: StepState) -> Mark {
        Mark { step, state, at: NOW - Duration::hours(2) }
    }

    fn states(timeline: &Timeline) -> Vec<(&'static str, &'static str)> {
        timeline.steps.iter().map(|it| (it.name.as_str(), it.state.as_str())).collect()
    }

    #[test]
    fn what_is_not_known_waits() {
        let marks = [
            mark(StepName::KeepPlaces, StepState::Done),
            mark(StepName::OpenPage, StepState::Running),
        ];
        let told = timeline(ProcessKind::Purchase, &marks, NOW);
        assert_eq!(told.state, ProcessState::Running);
        assert_eq!(
            states(&told),
            [
                ("keep_places", "done"),
                ("open_page", "running"),
                ("take_money", "waiting"),
                ("issue_tickets", "waiting"),
                ("confirm", "waiting"),
            ]
        );
        assert!(told.steps[1].is_overdue, "a page opens within minutes");
        assert!(!told.steps[0].is_overdue);
    }

    #[test]
    fn an_expired_order_is_told_with_what_was_taken_back() {
        let marks = [
            mark(StepName::KeepPlaces, StepState::Done),
            mark(StepName::OpenPage, StepState::Done),
            mark(StepName::ClosePage, StepState::Done),
            mark(StepName::FreePlaces, StepState::Done),
        ];
        let told = timeline(ProcessKind::Purchase, &marks, NOW);
        assert_eq!(told.state, ProcessState::TakenBack);
        assert_eq!(
            states(&told),
            [
                ("keep_places", "taken_back"),
                ("open_page", "taken_back"),
                ("take_money", "skipped"),
                ("issue_tickets", "skipped"),
                ("confirm", "skipped"),
                ("close_page", "done"),
                ("free_places", "done"),
            ]
        );
    }

    #[test]
    fn a_process_is_over_when_every_step_is() {
        let mut marks = vec![
            mark(StepName::PromiseRefund, StepState::Done),
            mark(StepName::GetAccount, StepState::Skipped),
            mark(StepName::SendRefund, StepState::Failed),
        ];
        assert_eq!(timeline(ProcessKind::Refund, &marks, NOW).state, ProcessState::Failed);
        marks[2].state = StepState::Done;
        assert_eq!(timeline(ProcessKind::Refund, &marks, NOW).state, ProcessState::Succeeded);
    }
}
