//! Stops asking a provider that does not answer, and tries again after a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// Calls are not sent.
    Open,
    /// One call may try.
    HalfOpen,
}

/// A circuit breaker for one provider.
#[derive(Debug)]
pub struct Breaker {
    failures_max: u32,
    rest: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    n_failures: u32,
    opened_at: Option<Instant>,
}

impl Breaker {
    /// Opens after `failures_max` failures in a row, and lets one call try after `rest`.
    pub fn new(failures_max: u32, rest: Duration) -> Self {
        Self { failures_max, rest, inner: Mutex::default() }
    }

    /// How things stand.
    pub fn state(&self) -> BreakerState {
        match self.inner().opened_at {
            None => BreakerState::Closed,
            Some(at) if at.elapsed() < self.rest => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Asks for passage. A call that tries a half-open breaker keeps the others waiting for another rest.
    pub(crate) fn lets_through(&self) -> bool {
        let mut inner = self.inner();
        match inner.opened_at {
            None => true,
            Some(at) if at.elapsed() < self.rest => false,
            Some(_) => {
                inner.opened_at = Some(Instant::now());
                true
            }
        }
    }

    pub(crate) fn record(&self, is_answered: bool) {
        let mut inner = self.inner();
        if is_answered {
            *inner = Inner::default();
            return;
        }
        inner.n_failures = inner.n_failures.saturating_add(1);
        if inner.n_failures >= self.failures_max {
            inner.opened_at = Some(Instant::now());
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_rests_tries_once_and_closes() {
        let breaker = Breaker::new(2, Duration::from_millis(30));
        breaker.record(false);
        breaker.record(true);
        breaker.record(false);
        assert_eq!(breaker.state(), BreakerState::Closed, "only failures in a row count");
        breaker.record(false);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(!breaker.lets_through());
        std::thread::sleep(Duration::from_millis(40));
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.lets_through());
        assert!(!breaker.lets_through(), "only one call may try");
        breaker.record(true);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
