//! Numbers as they are printed: percentiles, ratios, rounding.

use std::time::Duration;

use serde_json::{Value, json};

/// Counts here stay far below where a float loses digits.
pub(crate) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Three digits behind the point say more than two runs have in common.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Times, sorted, to be asked for percentiles.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds that `percent` of the times do not exceed.
    pub(crate) fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = self.0.len().saturating_mul(percent).div_ceil(100).max(1);
        let time = self.0.get(rank.saturating_sub(1)).or(self.0.last());
        time.map_or(0.0, |it| rounded(it.as_secs_f64() * 1000.0))
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "p50_ms": self.percentile_ms(50),
            "p95_ms": self.percentile_ms(95),
            "p99_ms": self.percentile_ms(99),
        })
    }

    pub(crate) fn line(&self) -> String {
        let [p50, p95, p99] = [50, 95, 99].map(|it| self.percentile_ms(it));
        format!("p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_seen() {
        let times = Times::new((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(
            [50, 95, 99, 100].map(|it| times.percentile_ms(it)),
            [100.0, 190.0, 198.0, 200.0]
        );
        assert_eq!(Times::new(Vec::new()).percentile_ms(99), 0.0);
    }
}
