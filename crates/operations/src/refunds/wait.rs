//! Refunds that the provider cannot make yet: put off with ever longer pauses. What waits for more than a day is told
//! by the watch (`refund.stuck`).

use domain::refund::{RefundFact, RefundStatus, RefundStep, RefundWait, step};
use serde_json::json;
use store::orders;
use store::refunds::{self, Refund};
use time::Duration;

use crate::actor::Actor;
use crate::refunds::account::lock_both;
use crate::{Deps, trail};

/// The first pause; it doubles.
const FIRST_PAUSE: Duration = Duration::minutes(30);
const PAUSE_MAX: Duration = Duration::hours(12);

/// The pause after so many refusals: half an hour, then twice as long each time, up to half a day.
fn pause(n_waits: i32) -> Duration {
    let doublings = u32::try_from(n_waits.clamp(0, 5)).unwrap_or_default();
    PAUSE_MAX.min(FIRST_PAUSE * (1_i32 << doublings))
}

/// Puts a refund off because the provider's balance is too small.
///
/// # Errors
/// When the database fails.
pub(crate) async fn postpone(deps: &Deps, refund: &Refund) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, refund.order).await?;
    let (_, refund) = lock_both(&mut tx, refund.id).await?;
    if step(refund.status, RefundFact::Postponed) != RefundStep::Move(RefundStatus::Requested) {
        return Ok(());
    }
    let next = now + pause(refund.n_waits);
    refunds::mark_postponed(&mut tx, refund.id, RefundWait::ProviderBalance, next, now).await?;
    if refund.waits_since.is_none() {
        // Told once; the tries after it change nothing for anybody.
        let detail = json!({ "refund": refund.id, "waits_for": RefundWait::ProviderBalance });
        let key = refund.id.to_string();
        trail::leave(&mut tx, &order, Actor::Provider, "refund.postponed", (&key, detail), now)
            .await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_day() {
        let minutes: Vec<i64> = (0..8).map(|n| pause(n).whole_minutes()).collect();
        assert_eq!(minutes, [30, 60, 120, 240, 480, 720, 720, 720]);
    }
}
