//! What time it is, in whole seconds, and the end of a day in Japan.

use time::{Duration, OffsetDateTime, Time, UtcOffset, macros::offset};

const JAPAN: UtcOffset = offset!(+9);

/// Now, without fractions: KOMOJU's payments carry none.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is a world of its own and has its own clock"
)]
pub(crate) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now)
}

/// 23:59:59 in Japan, `days` after the day of `at` there, told in UTC as the provider tells it.
pub(crate) fn end_of_day_in_japan(at: OffsetDateTime, days: i64) -> OffsetDateTime {
    let day = at.to_offset(JAPAN) + Duration::days(days);
    let last_second = Time::from_hms(23, 59, 59).unwrap_or(Time::MIDNIGHT);
    day.replace_time(last_second).to_offset(UtcOffset::UTC)
}

/// `2020-12-09T18:26:59.000+09:00`, as sessions write their times.
pub(crate) fn session_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(JAPAN);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000+09:00")
}

/// `2018-10-15T03:13:55Z`, as payments and webhook events write their times.
pub(crate) fn payment_time(at: OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// The same moment on a clock in Japan, for people to read.
pub(crate) fn in_japan(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(JAPAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_deadline_is_the_last_second_of_a_japanese_day() {
        // 16:00 UTC is already the next day in Japan.
        let deadline = end_of_day_in_japan(datetime!(2026-12-15 16:00 UTC), 3);
        assert_eq!(payment_time(deadline), "2026-12-19T14:59:59Z");
        assert_eq!(session_time(deadline), "2026-12-19T23:59:59.000+09:00");
    }
}
