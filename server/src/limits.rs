//! How often somebody may come: one table of rules, counted here or in counters that all nodes share.

pub mod table;
mod windows;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use providers::Counters;
use providers::counters::Tally;

pub use table::{Rule, Who};

use crate::limits::windows::Windows;

/// How long who is refused for want of the shared counters shall wait.
pub const CACHE_DOWN_WAIT: Duration = Duration::from_secs(5);

/// Somebody comes, and is counted by a rule.
#[derive(Debug, Clone)]
pub struct Visit {
    pub rule: &'static Rule,
    /// An address, an account or a key; nothing that somebody else could choose to be.
    pub who: String,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Go,
    /// Too often; there is room again after this time.
    Wait(Duration),
    /// Money is at stake, and nobody can say how often they came.
    CannotCount,
}

/// All counters of this process, and the way to the shared ones.
#[derive(Debug)]
pub struct RateLimits {
    local: Mutex<Windows>,
    shared: Option<Counters>,
    payments_per_second: u32,
}

impl RateLimits {
    /// Limits that are counted in `shared` where it is given, and else in this process.
    pub fn new(shared: Option<Counters>, payments_per_second: u32) -> Self {
        Self { local: Mutex::default(), shared, payments_per_second }
    }

    /// How often one may come by this rule within its window.
    pub const fn n_max(&self, rule: &Rule) -> u32 {
        match rule.n_max {
            table::Max::Fixed(n) => n,
            table::Max::PaymentsPerSecond => self.payments_per_second,
        }
    }

    /// Whether the shared counters were asked in vain; `None` when there are none.
    pub fn is_cache_down(&self) -> Option<bool> {
        self.shared.as_ref().map(Counters::is_down)
    }

    /// Counts the visits, each by its rule.
    pub async fn count(&self, visits: &[Visit]) -> Verdict {
        if visits.is_empty() {
            return Verdict::Go;
        }
        let counted = match &self.shared {
            None => self.count_here(visits),
            Some(shared) => {
                let tally = |visit: &Visit| Tally {
                    key: format!("eventpay:limit:{}:{}", visit.rule.name, visit.who),
                    window: visit.rule.window,
                };
                let tallies: Vec<Tally> = visits.iter().map(tally).collect();
                match shared.count(&tallies).await {
                    Ok(counted) => counted.iter().map(|it| (it.n, it.left)).collect(),
                    Err(_) if visits.iter().any(|it| it.rule.is_money) => {
                        metrics::counter!("rate_limit_cannot_count_total").increment(1);
                        return Verdict::CannotCount;
                    }
                    // Each node by itself is better than nobody.
                    Err(_) => self.count_here(visits),
                }
            }
        };
        let mut wait = None;
        for (visit, (n, left)) in visits.iter().zip(counted) {
            if n > u64::from(self.n_max(visit.rule)) {
                metrics::counter!("rate_limited_total", "rule" => visit.rule.name).increment(1);
                wait = wait.max(Some(left));
            }
        }
        wait.map_or(Verdict::Go, Verdict::Wait)
    }

    fn count_here(&self, visits: &[Visit]) -> Vec<(u64, Duration)> {
        let now = Instant::now();
        let mut windows = self.local.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        visits.iter().map(|it| windows.count(it.rule, &it.who, now)).collect()
    }
}
