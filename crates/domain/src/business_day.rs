//! Days on which banks in Japan move money: not on weekends, national holidays and around the New Year.

use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

/// Weekends, the holidays of the law (国民の祝日に関する法律) and 31 December to 3 January (銀行法施行令 5条).
///
/// The equinoxes follow the astronomical formula that is good until 2099; the government announces each a year before.
pub fn is_business_day(date: Date) -> bool {
    let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let is_new_year =
        matches!((date.month(), date.day()), (Month::December, 31) | (Month::January, 1..=3));
    !is_weekend && !is_new_year && !is_holiday(date)
}

/// The day `n` business days after `date`, which itself does not count.
pub fn after(date: Date, n: u8) -> Date {
    let mut day = date;
    let mut left = n;
    while left > 0 {
        let Some(next) = day.next_day() else { return day };
        day = next;
        if is_business_day(day) {
            left = left.saturating_sub(1);
        }
    }
    day
}

/// Whether the law makes it a holiday: by itself, for a Sunday's holiday (3条2項), or between two (3条3項).
fn is_holiday(date: Date) -> bool {
    if is_named(date) {
        return true;
    }
    // 振替休日: the first day after a holiday on a Sunday that is no holiday itself.
    let mut day = date;
    while let Some(before) = day.previous_day().filter(|it| is_named(*it)) {
        if before.weekday() == Weekday::Sunday {
            return true;
        }
        day = before;
    }
    // 国民の休日: a day between two holidays.
    let is_between = |it: Option<Date>| it.is_some_and(is_named);
    is_between(date.previous_day()) && is_between(date.next_day())
}

/// The holidays of 2条. Those of a Monday count Mondays.
fn is_named(date: Date) -> bool {
    let day = date.day();
    let nth_monday = |n: u8| date.weekday() == Weekday::Monday && day.saturating_sub(1) / 7 == n;
    match date.month() {
        Month::January => day == 1 || nth_monday(1),
        Month::February => day == 11 || day == 23,
        Month::March => Some(day) == equinox(date.year(), 20_843_100),
        Month::April => day == 29,
        Month::May => (3..=5).contains(&day),
        Month::July => nth_monday(2),
        Month::August => day == 11,
        Month::September => nth_monday(2) || Some(day) == equinox(date.year(), 23_248_800),
        Month::October => nth_monday(1),
        Month::November => day == 3 || day == 23,
        Month::June | Month::December => false,
    }
}

/// The day of an equinox from 1980 to 2099: `base` is its day in 1980 in millionths, a year adds 0.242194 days, a leap
/// year takes one away.
fn equinox(year: i32, base: i64) -> Option<u8> {
    let years = i64::from(year).checked_sub(1980).filter(|years| (0..120).contains(years))?;
    let drift = years.checked_mul(242_194)?;
    let day = base.checked_add(drift)?.checked_div(1_000_000)?.checked_sub(years / 4)?;
    u8::try_from(day).ok()
}

/// The date in Japan, where banks are.
pub fn japan_date(instant: OffsetDateTime) -> Date {
    instant.saturating_add(AHEAD).date()
}

/// When a day begins in Japan.
pub const fn start_of_day(date: Date) -> OffsetDateTime {
    date.with_time(Time::MIDNIGHT).assume_utc().saturating_sub(AHEAD)
}

/// How far Japan's clocks are ahead; they are never changed.
const AHEAD: Duration = Duration::hours(9);

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    /// As the Cabinet Office lists them (内閣府「国民の祝日」について).
    #[test]
    fn the_holidays_of_three_years() {
        let listed = |year: i32| {
            (1..=365u16)
                .filter_map(|n| Date::from_ordinal_date(year, n).ok())
                .filter(|it| is_holiday(*it))
                .map(|it| format!("{}/{}", u8::from(it.month()), it.day()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            listed(2025),
            "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24"
        );
        assert_eq!(
            listed(2026),
            "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23"
        );
        assert_eq!(
            listed(2027),
            "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23"
        );
    }

    #[test]
    fn business_days_pass_over_weekends_and_the_new_year() {
        assert_eq!(
            after(date!(2026 - 11 - 20), 1),
            date!(2026 - 11 - 24),
            "a weekend and 勤労感謝の日"
        );
        assert_eq!(after(date!(2026 - 12 - 30), 1), date!(2027 - 01 - 04));
        assert_eq!(after(date!(2026 - 12 - 24), 5), date!(2027 - 01 - 04));
        assert_eq!(after(date!(2026 - 12 - 26), 0), date!(2026 - 12 - 26));
        assert!(!is_business_day(date!(2026 - 09 - 22)), "between two holidays");
    }

    #[test]
    fn a_day_begins_in_japan_nine_hours_earlier() {
        assert_eq!(japan_date(datetime!(2026-12-18 15:00 UTC)), date!(2026 - 12 - 19));
        assert_eq!(japan_date(datetime!(2026-12-18 14:59 UTC)), date!(2026 - 12 - 18));
        assert_eq!(start_of_day(date!(2026 - 12 - 19)), datetime!(2026-12-18 15:00 UTC));
    }
}
