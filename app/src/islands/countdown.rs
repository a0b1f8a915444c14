//! The time that places are kept still, counted down by the second once it wakes.

use std::time::Duration;

use leptos::prelude::*;

/// Counts down from what the server saw left. The server renders the same words first, so nothing jumps.
#[island]
pub fn Countdown(
    /// Seconds left when the page was made.
    seconds_left: i64,
    /// What stands there when nothing is left.
    time_is_up: String,
) -> impl IntoView {
    let left = RwSignal::new(seconds_left);
    Effect::new(move || {
        // Counted from the moment of waking, so that a wrong clock or a sleeping phone changes nothing.
        let start_ms = js_sys::Date::now();
        let tick = move || left.set(seconds_left - seconds_since(start_ms));
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <span class="countdown" role="timer" data-urgent=move || (left.get() < 180).then_some("")>
            {move || if left.get() > 0 { clock(left.get()) } else { time_is_up.clone() }}
        </span>
    }
}

/// `29:05`, or `1:29:05` from an hour on.
fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::float_arithmetic,
    reason = "browsers tell time as floating milliseconds"
)]
fn seconds_since(start_ms: f64) -> i64 {
    ((js_sys::Date::now() - start_ms) / 1000.0) as i64
}
