//! Dates and times as people read them, in the event's own time zone.

use domain::time_zone::{JAPAN, LocalTime, local};
use time::{Duration, OffsetDateTime};

use crate::lang::Lang;

const DAYS: [(&str, &str); 7] = [
    ("月", "Mon"),
    ("火", "Tue"),
    ("水", "Wed"),
    ("木", "Thu"),
    ("金", "Fri"),
    ("土", "Sat"),
    ("日", "Sun"),
];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `12月18日(金)`, `Fri, Dec 18`.
pub fn day(at: OffsetDateTime, zone: &str, lang: Lang) -> String {
    day_of(&wall(at, zone), lang)
}

/// `12月18日(金) 19:00`, `Fri, Dec 18, 19:00`.
pub fn day_time(at: OffsetDateTime, zone: &str, lang: Lang) -> String {
    let wall = wall(at, zone);
    join(&day_of(&wall, lang), &clock_of(&wall), lang)
}

/// `2026年12月18日(金) 19:00`, `Fri, Dec 18, 2026, 19:00`.
pub fn full(at: OffsetDateTime, zone: &str, lang: Lang) -> String {
    let wall = wall(at, zone);
    join(&year_day_of(&wall, lang), &clock_of(&wall), lang)
}

/// `2026年12月18日(金)`, `Fri, Dec 18, 2026`.
pub fn full_day(at: OffsetDateTime, zone: &str, lang: Lang) -> String {
    year_day_of(&wall(at, zone), lang)
}

/// `19:00`.
pub fn clock(at: OffsetDateTime, zone: &str) -> String {
    clock_of(&wall(at, zone))
}

/// `12/18`, for tight places such as badges and chart axes.
pub fn short(at: OffsetDateTime, zone: &str) -> String {
    let wall = wall(at, zone);
    format!("{}/{}", wall.month, wall.day)
}

/// `12/18 19:00`, for tables.
pub fn short_time(at: OffsetDateTime, zone: &str) -> String {
    let wall = wall(at, zone);
    format!("{}/{} {}", wall.month, wall.day, clock_of(&wall))
}

/// The same where nothing else tells the zone: it is named when it is not Japan's.
pub fn short_time_named(at: OffsetDateTime, zone: &str) -> String {
    let text = short_time(at, zone);
    if zone == JAPAN { text } else { format!("{text} ({zone})") }
}

/// From when to when an event lasts; the year is named when it is not this one, the zone when it is not Japan's.
pub fn span(
    start: OffsetDateTime,
    end: Option<OffsetDateTime>,
    zone: &str,
    now: OffsetDateTime,
    lang: Lang,
) -> String {
    let (from, today) = (wall(start, zone), wall(now, zone));
    let first_day =
        if from.year == today.year { day_of(&from, lang) } else { year_day_of(&from, lang) };
    let mut text = join(&first_day, &clock_of(&from), lang);
    if let Some(to) = end.map(|end| wall(end, zone)) {
        text.push_str(" – ");
        if (to.year, to.month, to.day) == (from.year, from.month, from.day) {
            text.push_str(&clock_of(&to));
        } else if to.year == from.year {
            text.push_str(&join(&day_of(&to, lang), &clock_of(&to), lang));
        } else {
            text.push_str(&join(&year_day_of(&to, lang), &clock_of(&to), lang));
        }
    }
    if zone != JAPAN {
        text.push_str(&format!(" ({zone})"));
    }
    text
}

/// How long ago: `2分前`, `2 min ago`; a day or more is written as a date.
pub fn ago(at: OffsetDateTime, now: OffsetDateTime, zone: &str, lang: Lang) -> String {
    let gone = now - at;
    let (minutes, hours) = (gone.whole_minutes(), gone.whole_hours());
    match lang {
        _ if gone >= Duration::DAY || gone < -Duration::MINUTE => short_time(at, zone),
        Lang::Ja if minutes < 1 => "たった今".to_owned(),
        Lang::En if minutes < 1 => "just now".to_owned(),
        Lang::Ja if hours < 1 => format!("{minutes}分前"),
        Lang::En if hours < 1 => format!("{minutes} min ago"),
        Lang::Ja => format!("{hours}時間前"),
        Lang::En => format!("{hours} h ago"),
    }
}

/// The instant as machines read it in `<time datetime>` and JSON-LD.
pub fn machine(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0)
        .unwrap_or(at)
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

/// A zone that vanished from the database since it was stored is read as Japan's; an instant outside of time as 1970.
fn wall(at: OffsetDateTime, zone: &str) -> LocalTime {
    local(at, zone).or_else(|_| local(at, JAPAN)).unwrap_or(LocalTime {
        year: 1970,
        month: 1,
        day: 1,
        hour: 9,
        minute: 0,
        weekday: 4,
    })
}

fn day_of(wall: &LocalTime, lang: Lang) -> String {
    let (month, day) = (wall.month, wall.day);
    match lang {
        Lang::Ja => format!("{month}月{day}日({})", weekday(wall, lang)),
        Lang::En => format!("{}, {} {day}", weekday(wall, lang), month_name(wall)),
    }
}

fn year_day_of(wall: &LocalTime, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{}年{}", wall.year, day_of(wall, lang)),
        Lang::En => format!("{}, {}", day_of(wall, lang), wall.year),
    }
}

fn clock_of(wall: &LocalTime) -> String {
    format!("{:02}:{:02}", wall.hour, wall.minute)
}

fn join(day: &str, clock: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{day} {clock}"),
        Lang::En => format!("{day}, {clock}"),
    }
}

fn weekday(wall: &LocalTime, lang: Lang) -> &'static str {
    let index = usize::from(wall.weekday).saturating_sub(1);
    let (ja, en) = DAYS.get(index).copied().unwrap_or_default();
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

fn month_name(wall: &LocalTime) -> &'static str {
    MONTHS.get(usize::from(wall.month).saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const AT: OffsetDateTime = datetime!(2026-12-18 10:00 UTC);

    #[test]
    fn dates_read_well_in_both_languages() {
        assert_eq!(day_time(AT, JAPAN, Lang::Ja), "12月18日(金) 19:00");
        assert_eq!(day_time(AT, JAPAN, Lang::En), "Fri, Dec 18, 19:00");
        assert_eq!(full(AT, JAPAN, Lang::Ja), "2026年12月18日(金) 19:00");
        assert_eq!(full(AT, JAPAN, Lang::En), "Fri, Dec 18, 2026, 19:00");
        assert_eq!(short(AT, JAPAN), "12/18");
        assert_eq!(machine(AT), "2026-12-18T10:00:00Z");
    }

    #[test]
    fn a_span_says_no_more_than_needed() {
        let now = datetime!(2026-11-21 0:00 UTC);
        let end = Some(datetime!(2026-12-18 12:30 UTC));
        assert_eq!(span(AT, end, JAPAN, now, Lang::Ja), "12月18日(金) 19:00 – 21:30");
        let next_day = Some(datetime!(2026-12-19 1:00 UTC));
        let text = span(AT, next_day, JAPAN, now, Lang::En);
        assert_eq!(text, "Fri, Dec 18, 19:00 – Sat, Dec 19, 10:00");
        let next_year = datetime!(2027-01-01 0:00 UTC);
        assert_eq!(span(AT, None, JAPAN, next_year, Lang::Ja), "2026年12月18日(金) 19:00");
        let text = span(AT, None, "Europe/Paris", now, Lang::En);
        assert_eq!(text, "Fri, Dec 18, 11:00 (Europe/Paris)");
    }

    #[test]
    fn how_long_ago_is_told_in_steps() {
        let tell = |gone| ago(AT, AT + gone, JAPAN, Lang::Ja);
        assert_eq!(tell(Duration::seconds(5)), "たった今");
        assert_eq!(tell(Duration::minutes(2)), "2分前");
        assert_eq!(tell(Duration::hours(3)), "3時間前");
        assert_eq!(tell(Duration::days(3)), "12/18 19:00");
    }
}
