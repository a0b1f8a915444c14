//! How far a called-off event is: step by step, state by state, person by person.

use domain::event_cancellation::{CancellationState, CancellationTerms};
use domain::ids::{EventId, OrderId};
use domain::limits::PAGE_ROWS_MAX;
use domain::money::Money;
use domain::permission::Permission;
use domain::process::{ProcessKind, StepName, StepState, Timeline, timeline};
use store::events::{self, Event};
use store::processes::{self, Process};
use store::read::event_cancellation::{self, ResultLine, StateTotal};
use store::{error::StoreError, event_cancellations};
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::event_cancellation::CancelEventError;

/// A called-off event at one moment.
#[derive(Debug, Clone)]
pub struct Cancellation {
    pub event: Event,
    pub process: Process,
    pub terms: CancellationTerms,
    pub timeline: Timeline,
    /// In the order of [`CancellationState::ALL`]; states without orders are left out.
    pub totals: Vec<StateTotal>,
    pub now: OffsetDateTime,
}

impl Cancellation {
    /// Orders of the run.
    pub fn n_orders(&self) -> i64 {
        self.totals.iter().map(|it| it.n_orders).sum()
    }

    /// Of them, those whose turn has come.
    pub fn n_ended(&self) -> i64 {
        self.count(|state| state != CancellationState::Waiting)
    }

    /// Orders in states like these.
    pub fn count(&self, wanted: impl Fn(CancellationState) -> bool) -> i64 {
        self.totals.iter().filter(|it| wanted(it.state)).map(|it| it.n_orders).sum()
    }

    /// What goes back to everybody whose turn has come.
    pub fn due(&self) -> Money {
        self.sum(|it| it.due_minor)
    }

    /// Of it, what is back.
    pub fn succeeded(&self) -> Money {
        self.sum(|it| it.succeeded_minor)
    }

    /// Whether the page will change by itself soon.
    pub fn is_moving(&self) -> bool {
        let is_moving =
            |it| matches!(it, CancellationState::Waiting | CancellationState::Refunding);
        let is_ending_orders = self.timeline.steps.iter().any(|step| {
            step.name != StepName::AwaitRefunds
                && matches!(step.state, StepState::Waiting | StepState::Running)
        });
        is_ending_orders || self.count(is_moving) > 0
    }

    fn sum(&self, part: impl Fn(&StateTotal) -> i64) -> Money {
        Money::new(self.totals.iter().map(part).sum(), self.event.currency)
    }
}

/// A page of people, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultPage {
    pub lines: Vec<ResultLine>,
    pub next: Option<OrderId>,
}

/// How far the organizer's called-off event is.
///
/// # Errors
/// `NotFound` when it was not called off, or is somebody else's.
pub async fn progress(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Cancellation, CancelEventError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let event =
        events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
            .await?;
    let kind = ProcessKind::EventCancellation;
    let process = processes::find_for_event(&mut conn, kind, event.id).await?;
    let process = process.ok_or(StoreError::NotFound)?;
    let marks = processes::list_marks(&mut conn, process.id).await?;
    let mut totals = event_cancellation::list_state_totals(&mut conn, process.id).await?;
    totals.sort_by_key(|it| it.state);
    Ok(Cancellation {
        terms: event_cancellations::get_terms(&mut conn, process.id).await?,
        timeline: timeline(kind, &marks, now),
        event,
        process,
        totals,
        now,
    })
}

/// What became of whom, in one state or in all of them.
///
/// # Errors
/// As [`progress`].
pub async fn list_results(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    state: Option<CancellationState>,
    after: Option<OrderId>,
) -> Result<ResultPage, CancelEventError> {
    let mut conn = deps.db.acquire().await?;
    events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
        .await?;
    let kind = ProcessKind::EventCancellation;
    let process = processes::find_for_event(&mut conn, kind, event).await?;
    let process = process.ok_or(StoreError::NotFound)?.id;
    let wanted = PAGE_ROWS_MAX + 1;
    let mut lines =
        event_cancellation::list_results(&mut conn, process, state, after, wanted).await?;
    let has_more = i64::try_from(lines.len()).is_ok_and(|n| n == wanted);
    if has_more {
        lines.pop();
    }
    let next = if has_more { lines.last().map(|line| line.order) } else { None };
    Ok(ResultPage { lines, next })
}
