//! An event's time zone: wall-clock times people type and read, instants we keep.

use jiff::civil;
use jiff::tz::TimeZone;
use time::OffsetDateTime;

/// The name is in no time zone database, or the wall-clock time does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone or time")]
pub struct UnknownTime;

/// The zone of an event unless it says otherwise.
pub const JAPAN: &str = "Asia/Tokyo";

/// A wall-clock time in some zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    pub year: i16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    /// Monday is 1, Sunday is 7.
    pub weekday: u8,
}

/// Whether a zone of this name is known.
pub fn is_known(zone: &str) -> bool {
    TimeZone::get(zone).is_ok()
}

/// Zones that a person chooses from, in the alphabet: those named after a region and a place, and UTC. They come with the
/// library's own copy of the time zone database, so the list is the same on every machine and follows its releases.
pub fn choices() -> Vec<String> {
    const REGIONS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let is_place = |zone: &str| zone.split_once('/').is_some_and(|it| REGIONS.contains(&it.0));
    let all = jiff::tz::db().available().map(|it| it.as_str().to_owned());
    let mut zones: Vec<String> = all.filter(|it| it == "UTC" || is_place(it)).collect();
    zones.sort();
    zones.dedup();
    zones
}

/// The wall-clock time at `instant` in `zone`.
///
/// # Errors
/// When the zone is unknown.
pub fn local(instant: OffsetDateTime, zone: &str) -> Result<LocalTime, UnknownTime> {
    let zone = TimeZone::get(zone).map_err(|_| UnknownTime)?;
    let stamp = jiff::Timestamp::from_second(instant.unix_timestamp()).map_err(|_| UnknownTime)?;
    let wall = stamp.to_zoned(zone).datetime();
    let byte = |n: i8| u8::try_from(n).map_err(|_| UnknownTime);
    Ok(LocalTime {
        year: wall.year(),
        month: byte(wall.month())?,
        day: byte(wall.day())?,
        hour: byte(wall.hour())?,
        minute: byte(wall.minute())?,
        weekday: byte(wall.weekday().to_monday_one_offset())?,
    })
}

/// The instant of a wall-clock time as `<input type="datetime-local">` writes it (`2026-12-18T19:00`).
///
/// A time that a clock change skips or repeats takes the later reading, as RFC 5545 does.
///
/// # Errors
/// When the text is no time or the zone is unknown.
pub fn instant(wall: &str, zone: &str) -> Result<OffsetDateTime, UnknownTime> {
    let zone = TimeZone::get(zone).map_err(|_| UnknownTime)?;
    let wall: civil::DateTime = wall.trim().parse().map_err(|_| UnknownTime)?;
    let zoned = wall.to_zoned(zone).map_err(|_| UnknownTime)?;
    OffsetDateTime::from_unix_timestamp(zoned.timestamp().as_second()).map_err(|_| UnknownTime)
}

/// Midnight at the beginning of the day that is `days` before the day of `at`, in `zone`.
///
/// # Errors
/// When the zone is unknown or the day lies outside of time.
pub fn day_start(at: OffsetDateTime, zone: &str, days: u16) -> Result<OffsetDateTime, UnknownTime> {
    let zone = TimeZone::get(zone).map_err(|_| UnknownTime)?;
    let stamp = jiff::Timestamp::from_second(at.unix_timestamp()).map_err(|_| UnknownTime)?;
    let span = jiff::Span::new().try_days(i64::from(days)).map_err(|_| UnknownTime)?;
    let day = stamp.to_zoned(zone.clone()).date().checked_sub(span).map_err(|_| UnknownTime)?;
    let midnight = day.to_zoned(zone).map_err(|_| UnknownTime)?;
    OffsetDateTime::from_unix_timestamp(midnight.timestamp().as_second()).map_err(|_| UnknownTime)
}

/// The wall-clock time as a `datetime-local` input wants it.
///
/// # Errors
/// When the zone is unknown.
pub fn wall(at: OffsetDateTime, zone: &str) -> Result<String, UnknownTime> {
    let LocalTime { year, month, day, hour, minute, .. } = local(at, zone)?;
    Ok(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokyo_is_nine_hours_ahead() {
        let at = instant("2026-12-18T19:00", JAPAN).unwrap();
        assert_eq!(at, time::macros::datetime!(2026-12-18 10:00 UTC));
        assert_eq!(wall(at, JAPAN).unwrap(), "2026-12-18T19:00");
        assert_eq!(local(at, JAPAN).unwrap().weekday, 5);
    }

    #[test]
    fn every_choice_is_known_and_named_once() {
        let all = choices();
        for zone in [JAPAN, "America/New_York", "Europe/Berlin", "Australia/Eucla", "UTC"] {
            assert!(all.iter().any(|it| it == zone), "{zone}");
        }
        assert!(all.iter().all(|it| is_known(it)));
        assert!(!all.iter().any(|it| it == "EST5EDT" || it.starts_with("Etc/")));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "tomorrow", "2026-13-01T00:00", "2026-12-18T19:00Z extra"] {
            assert_eq!(instant(text, JAPAN), Err(UnknownTime), "{text}");
        }
        assert_eq!(instant("2026-12-18T19:00", "Mars/Olympus"), Err(UnknownTime));
    }
}
