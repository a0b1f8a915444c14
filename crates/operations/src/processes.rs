//! Long processes: takes one on from wherever it stands, and tells how far one is.
//!
//! The declaration is `domain::process`. A process with stored progress advances here, step by step; orders, payments
//! and refunds advance through their own rows and jobs, and [`told`] reads their timelines from those.

use domain::ids::ProcessId;
use domain::process::{ProcessKind, StepName, StepState};
use serde_json::json;
use store::db::Conn;
use store::processes::{self, Process};
use time::{Duration, OffsetDateTime};

use crate::actor::Actor;
use crate::trail::{self, Place};
use crate::{Deps, event_cancellation};

pub mod told;

/// How often a process that waits for something outside is looked at.
const LOOK_EVERY: Duration = Duration::seconds(30);

/// Takes a process as far as it goes now. What a step needs is set off; the next step begins when it is done.
///
/// # Errors
/// When the database fails; then nothing moved.
pub async fn advance(deps: &Deps, process: ProcessId) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let process = processes::lock(&mut tx, process).await?;
    if !process.is_running {
        return Ok(());
    }
    let before = processes::list_marks(&mut tx, process.id).await?;
    let mut is_over = true;
    for step in process.kind.steps() {
        let was = before.iter().find(|mark| mark.step == step.name).map(|mark| mark.state);
        if was == Some(StepState::Done) {
            continue;
        }
        let state = look(&mut tx, &process, step.name, now).await?;
        if was != Some(state) {
            processes::mark_step(&mut tx, process.id, step.name, state, now).await?;
            leave(&mut tx, &process, step.name, state, now).await?;
        }
        if state != StepState::Done {
            is_over = false;
            break;
        }
    }
    if is_over {
        processes::mark_succeeded(&mut tx, process.id, now).await?;
    }
    processes::look_again(&mut tx, process.id, now + LOOK_EVERY).await?;
    Ok(tx.commit().await?)
}

async fn look(
    conn: &mut Conn,
    process: &Process,
    step: StepName,
    now: OffsetDateTime,
) -> anyhow::Result<StepState> {
    match process.kind {
        ProcessKind::EventCancellation => {
            event_cancellation::run::look(conn, process, step, now).await
        }
        ProcessKind::Purchase | ProcessKind::Refund | ProcessKind::Payout => {
            anyhow::bail!("a {} keeps its progress in its own rows", process.kind)
        }
    }
}

/// Tells live pages and the audit log that a step moved.
async fn leave(
    conn: &mut Conn,
    process: &Process,
    step: StepName,
    state: StepState,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let place = Place { organizer: process.organizer, event: process.event, order: None };
    let detail =
        json!({ "process": process.id, "kind": process.kind, "step": step, "state": state });
    let key = process.id.to_string();
    Ok(trail::leave(conn, place, Actor::System, "process.moved", (&key, detail), now).await?)
}
