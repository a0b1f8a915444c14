//! Switches that make the sandbox misbehave, the same way every time.

use serde::{Deserialize, Serialize};

/// How badly to behave. All off is a provider on its best day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Extra copies of every webhook.
    pub(crate) duplicate: u32,
    /// Deliver webhooks in pairs, the later one first.
    pub(crate) reorder: bool,
    /// Wait before each webhook.
    pub(crate) delay_ms: u64,
    /// This share of webhook events is never delivered.
    pub(crate) drop_percent: u64,
    /// This share of deliveries carries a wrong signature.
    pub(crate) forge_percent: u64,
    /// Deliver the webhook before the buyer's browser is sent back.
    pub(crate) before_redirect: bool,
    /// Wait before each API answer.
    pub(crate) api_delay_ms: u64,
    /// This share of API calls is answered 503, with nothing done.
    pub(crate) api_fail_percent: u64,
    /// This share of API calls does its work and then hangs for 30 seconds.
    pub(crate) api_timeout_percent: u64,
    /// Refuse refunds as larger than the unsettled balance.
    pub(crate) short_balance: bool,
    #[serde(skip)]
    counters: Counters,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counters {
    dropped: u64,
    forged: u64,
    failed: u64,
    hung: u64,
}

impl Behaviour {
    pub(crate) fn drops_next(&mut self) -> bool {
        is_hit(&mut self.counters.dropped, self.drop_percent)
    }

    pub(crate) fn forges_next(&mut self) -> bool {
        is_hit(&mut self.counters.forged, self.forge_percent)
    }

    pub(crate) fn fails_next(&mut self) -> bool {
        is_hit(&mut self.counters.failed, self.api_fail_percent)
    }

    pub(crate) fn hangs_next(&mut self) -> bool {
        is_hit(&mut self.counters.hung, self.api_timeout_percent)
    }
}

/// Spreads `percent` hits evenly over a hundred calls, so that a run can be repeated exactly.
fn is_hit(counter: &mut u64, percent: u64) -> bool {
    let percent = percent.min(100);
    let before = counter.saturating_mul(percent) / 100;
    *counter = counter.wrapping_add(1) % 10_000;
    let after = if *counter == 0 { 100 * percent } else { counter.saturating_mul(percent) / 100 };
    after > before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_exact_and_repeatable() {
        for percent in [0, 1, 25, 50, 99, 100] {
            let mut counter = 0;
            let hits: Vec<bool> = (0..20_000).map(|_| is_hit(&mut counter, percent)).collect();
            let n_hits = hits.iter().filter(|hit| **hit).count();
            assert_eq!(n_hits, usize::try_from(percent).unwrap() * 200);
        }
    }
}
