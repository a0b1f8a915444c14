//! The decision: the sale closes, in one transaction. The worker does the rest.
//!
//! The orders are listed by the worker and not here: listing them waits for whoever holds one of them, and who holds an
//! order may be waiting for the event's row. Nothing is missed by it, for after the commit no order can be placed.

use domain::event::EventStatus;
use domain::event_cancellation::CancellationTerms;
use domain::ids::{EventId, ProcessId};
use domain::permission::Permission;
use domain::process::{ProcessKind, StepName, StepState};
use serde_json::json;
use store::processes::NewProcess;
use store::{event_cancellations, events, processes};

use crate::actor::OrganizerAccess;
use crate::crash::{self, CrashPoint};
use crate::event_cancellation::CancelEventError;
use crate::event_cancellation::plan::plan_of;
use crate::event_cancellation::wish::Wish;
use crate::jobs::{self, Job};
use crate::trail;
use crate::{Deps, fresh};

/// An event that is called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    pub process: ProcessId,
    /// Whether it was this call; somebody else may have been first, on other terms.
    pub is_new: bool,
}

/// Calls off an event. Calling off what is called off changes nothing and names the run that there is.
///
/// `looked_at` is the fingerprint of the dry run that the organizer confirmed.
///
/// # Errors
/// See [`CancelEventError`]; nothing was changed then.
pub async fn begin(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    wish: &Wish,
    looked_at: Option<&str>,
) -> Result<Begun, CancelEventError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    // Kept from every other change and from new orders: who orders holds the event's row too.
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::CancelEvents)?, event)
            .await?;
    if found.status == EventStatus::Cancelled {
        let kind = ProcessKind::EventCancellation;
        let there = processes::find_for_event(&mut tx, kind, event).await?;
        let process = there.ok_or(CancelEventError::NotFound)?.id;
        return Ok(Begun { process, is_new: false });
    }
    let plan = plan_of(&mut tx, found, &wish.terms).await?;
    if looked_at.is_some_and(|looked_at| looked_at != plan.fingerprint()) {
        return Err(CancelEventError::Changed);
    }
    let process: ProcessId = fresh::id();
    let new = NewProcess {
        id: process,
        kind: ProcessKind::EventCancellation,
        organizer: access.organizer_for(Permission::CancelEvents)?,
        event,
        actor_kind: access.actor().kind(),
        actor_id: access.actor().id(),
        now,
    };
    processes::insert(&mut tx, &new).await?;
    event_cancellations::insert(&mut tx, process, event, &wish.terms).await?;
    events::mark_cancelled(&mut tx, event, &wish.reason, now).await?;
    processes::mark_step(&mut tx, process, StepName::CloseSales, StepState::Done, now).await?;
    jobs::enqueue(&mut tx, &Job::AdvanceProcess { process }, now).await?;
    let detail = json!({
        "process": process, "reason": wish.reason, "terms": told(&wish.terms), "n_orders": plan.n_orders,
        "back_minor": plan.total.back.minor(), "kept_minor": plan.total.kept.minor(), "was": plan.event.status,
    });
    trail::leave_event(&mut tx, access, event, "event.cancelled", detail, now).await?;
    tx.commit().await?;
    crash::pass(deps, CrashPoint::AfterCallOff);
    Ok(Begun { process, is_new: true })
}

fn told(terms: &CancellationTerms) -> serde_json::Value {
    json!({
        "fee_basis_points": terms.fee_basis_points,
        "fee_per_ticket_minor": terms.fee_per_ticket.minor(),
        "ticket_types": terms.only,
    })
}
