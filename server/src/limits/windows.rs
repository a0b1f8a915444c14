//! The counters of this process: a window begins with the first visit and ends by itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Rule;

/// Windows kept at most of one rule: a flood at one door leaves the others alone. Who comes when there are more shares
/// one with all other newcomers.
const WINDOWS_MAX: usize = 20_000;
/// Ended windows are swept out so often, and not at each visit of a flood.
const SWEPT_EVERY: Duration = Duration::from_secs(1);
/// The name all share for whom there is no room.
const THE_REST: &str = "everybody else";

#[derive(Debug)]
struct Window {
    ends: Instant,
    n: u64,
}

/// The windows of one rule, by visitor.
#[derive(Debug, Default)]
struct OfRule {
    windows: BTreeMap<String, Window>,
    swept: Option<Instant>,
}

/// All windows, by rule.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<&'static str, OfRule>);

impl Windows {
    /// Counts one visit; answers how many there were and how long the window still lasts.
    pub(super) fn count(&mut self, rule: &Rule, who: &str, now: Instant) -> (u64, Duration) {
        self.0.entry(rule.name).or_default().count(rule.window, who, now)
    }
}

impl OfRule {
    fn count(&mut self, lasts: Duration, who: &str, now: Instant) -> (u64, Duration) {
        self.sweep(now);
        let mut key = who.to_owned();
        if self.windows.len() >= WINDOWS_MAX && !self.windows.contains_key(&key) {
            key = THE_REST.to_owned();
        }
        let fresh = || Window { ends: now.checked_add(lasts).unwrap_or(now), n: 0 };
        let window = self.windows.entry(key).or_insert_with(fresh);
        if window.ends <= now {
            *window = fresh();
        }
        window.n = window.n.saturating_add(1);
        (window.n, window.ends.saturating_duration_since(now))
    }

    fn sweep(&mut self, now: Instant) {
        let is_due = self.swept.is_none_or(|it| now.saturating_duration_since(it) >= SWEPT_EVERY);
        if is_due && self.windows.len() >= WINDOWS_MAX {
            self.windows.retain(|_, window| window.ends > now);
            self.swept = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::table::RULES;

    fn rule(name: &str) -> &'static Rule {
        RULES.iter().find(|it| it.name == name).unwrap()
    }

    #[test]
    fn a_window_begins_with_the_first_visit_and_ends_by_itself() {
        let (mut windows, now) = (Windows::default(), Instant::now());
        let sign_in = rule("sign_in");
        for n in 1..=70 {
            assert_eq!(windows.count(sign_in, "a", now), (n, sign_in.window));
        }
        let later = now + Duration::from_secs(59);
        assert_eq!(windows.count(sign_in, "a", later), (71, Duration::from_secs(1)));
        assert_eq!(windows.count(sign_in, "b", later), (1, sign_in.window));
        assert_eq!(
            windows.count(rule("checkout"), "a", later).0,
            1,
            "every rule counts for itself"
        );
        assert_eq!(windows.count(sign_in, "a", now + sign_in.window), (1, sign_in.window));
    }

    #[test]
    fn a_flood_of_visitors_takes_no_more_room_than_there_is() {
        let (mut windows, now) = (Windows::default(), Instant::now());
        let sign_in = rule("sign_in");
        for n in 0..WINDOWS_MAX + 1000 {
            windows.count(sign_in, &n.to_string(), now);
        }
        let kept = |windows: &Windows| windows.0["sign_in"].windows.len();
        assert_eq!(kept(&windows), WINDOWS_MAX + 1);
        assert_eq!(windows.count(rule("checkout"), "new", now).0, 1, "other doors are not full");
        assert_eq!(windows.count(sign_in, "0", now).0, 2, "who was there keeps their own");
        assert_eq!(windows.count(sign_in, "new", now).0, 1001);
        let later = now + sign_in.window;
        assert_eq!(windows.count(sign_in, "new", later).0, 1);
        assert_eq!(kept(&windows), 1, "what ended is swept out");
    }
}
