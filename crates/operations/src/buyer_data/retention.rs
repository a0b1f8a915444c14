//! How long an organizer keeps who came, and the nightly work that erases what is over.

use domain::buyer_data::{OutOfBounds, erased_from, parse_retention};
use domain::ids::{EventId, OrderId};
use domain::permission::Permission;
use serde_json::json;
use store::buyer_data;
use store::error::StoreError;
use time::Duration;

use super::BuyerDataError;
use super::erase::erase_by_itself;
use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::jobs::{self, Job};
use crate::trail;

/// Orders of one event that one job looks at; the next job goes on behind them.
const ORDERS_AT_ONCE: i64 = 100;
/// Provider's messages that came this long ago are looked at once more.
const LATE_MESSAGES: Duration = Duration::days(3);

/// Why the setting was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    #[error(transparent)]
    Unexpected(#[from] StoreError),
}

/// How many days after an event the organizer keeps who came.
///
/// # Errors
/// When the database fails.
pub async fn retention_days(deps: &Deps, access: &OrganizerAccess) -> Result<i16, StoreError> {
    let organizer = access.organizer_for(Permission::ViewSettings)?;
    buyer_data::retention_days(&mut *deps.db.acquire().await?, organizer).await
}

/// Sets it.
///
/// # Errors
/// See [`RetentionError`].
pub async fn set_retention(
    deps: &Deps,
    access: &OrganizerAccess,
    days: &str,
) -> Result<i16, RetentionError> {
    let days = parse_retention(days)?;
    let now = deps.clock.now();
    let organizer = access.organizer_for(Permission::ManageSettings)?;
    let mut tx = deps.db.begin().await?;
    let was = buyer_data::set_retention_days(&mut tx, organizer, days, now).await?;
    if was != days {
        let detail = json!({ "changes": { "retention_days": { "from": was, "to": days } } });
        let what = "organizer.retention_set";
        let key = organizer.to_string();
        trail::leave_organizer(&mut tx, organizer, access.actor(), what, (&key, detail), now)
            .await?;
    }
    tx.commit().await?;
    Ok(days)
}

/// Erases what is over, from some place in an event on, and writes the job that goes on behind it. Whoever's matters are
/// still open is looked at again the next night.
///
/// # Errors
/// When the database fails; what was erased stays so.
pub(crate) async fn erase_what_is_over(
    deps: &Deps,
    (event, after): (Option<EventId>, Option<OrderId>),
) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let event = match (event, after) {
        // In the middle of an event.
        (Some(event), Some(_)) => Some(event),
        (event, _) => buyer_data::list_due_events(&mut conn, now, event).await?,
    };
    let Some(event) = event else {
        drop(conn);
        return erase_what_came_after(deps).await;
    };
    let due = buyer_data::list_unerased(&mut conn, event, after, ORDERS_AT_ONCE).await?;
    drop(conn);
    for order in &due {
        go_on(*order, erase_if_over(deps, *order).await);
    }
    let is_full = i64::try_from(due.len()).is_ok_and(|n| n == ORDERS_AT_ONCE);
    let next = due.last().copied().filter(|_| is_full);
    let mut tx = deps.db.begin().await?;
    if next.is_none() {
        buyer_data::mark_event_erased(&mut tx, event, now).await?;
    }
    jobs::enqueue(&mut tx, &Job::EraseBuyerData { event: Some(event), after: next }, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What came to erased orders since: a chargeback, a late transfer, somebody's words about them.
async fn erase_what_came_after(deps: &Deps) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    buyer_data::forget_late_messages(&mut conn, now - LATE_MESSAGES).await?;
    drop(conn);
    let mut after = None;
    loop {
        let mut conn = deps.db.acquire().await?;
        let touched =
            buyer_data::list_touched_since_erased(&mut conn, after, ORDERS_AT_ONCE).await?;
        drop(conn);
        let Some(last) = touched.last().copied() else { return Ok(()) };
        for order in touched {
            go_on(order, erase_by_itself(deps, order).await);
        }
        after = Some(last);
    }
}

/// One order that cannot be erased keeps no other from it: tomorrow is another night.
fn go_on(order: OrderId, erased: Result<(), BuyerDataError>) {
    match erased {
        // What is still needed is dealt with first.
        Ok(()) | Err(BuyerDataError::StillNeeded(_) | BuyerDataError::NotFound) => {}
        Err(BuyerDataError::Busy) => tracing::info!(order.id = %order, "busy, not erased"),
        Err(error) => tracing::error!(order.id = %order, "not erased: {error:#}"),
    }
}

/// An order that was paid late counts from then.
async fn erase_if_over(deps: &Deps, order: OrderId) -> Result<(), BuyerDataError> {
    let mut conn = deps.db.acquire().await?;
    let it = buyer_data::standing(&mut conn, order).await?;
    drop(conn);
    let from = erased_from(it.event_ends_at, it.paid_at, it.retention_days);
    if from.is_some_and(|from| from <= deps.clock.now()) {
        erase_by_itself(deps, order).await?;
    }
    Ok(())
}
