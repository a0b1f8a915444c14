//! What is wrong with a field of an organizer's form; the sentences for people are made where forms are shown.

use domain::parsed::TextError;

/// A field and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormProblem {
    /// The field's name in the form and in the API.
    pub field: &'static str,
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Text(TextError),
    NotANumber,
    OutOfRange {
        min: i64,
        max: i64,
    },
    UnknownTime,
    UnknownTimeZone,
    EndsBeforeStart,
    UnknownChoice,
    NoMethod,
    /// Transfers are ticked, and nobody knows where to.
    NoReceivingAccount,
    LinkTaken,
    /// A number of places below what is taken already.
    PlacesTaken {
        n_taken: i64,
    },
    MinAboveMax,
    TooManyTicketTypes {
        max: usize,
    },
    /// A step of a cancel policy that does not come after the one before.
    StepOutOfOrder,
    /// A step of a cancel policy with a lower fee than the one before.
    FeeFalls,
}

impl Why {
    /// The code for the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Text(TextError::Empty) => "required",
            Self::Text(TextError::TooLong { .. }) => "too_long",
            Self::Text(TextError::Malformed) => "malformed",
            Self::Text(TextError::ControlCharacters) => "control_characters",
            Self::NotANumber => "not_a_number",
            Self::OutOfRange { .. } => "out_of_range",
            Self::UnknownTime => "unknown_time",
            Self::UnknownTimeZone => "unknown_time_zone",
            Self::EndsBeforeStart => "ends_before_start",
            Self::UnknownChoice => "unknown_choice",
            Self::NoMethod => "no_method",
            Self::NoReceivingAccount => "no_receiving_account",
            Self::LinkTaken => "slug_taken",
            Self::PlacesTaken { .. } => "places_taken",
            Self::MinAboveMax => "min_above_max",
            Self::TooManyTicketTypes { .. } => "too_many_ticket_types",
            Self::StepOutOfOrder => "step_out_of_order",
            Self::FeeFalls => "fee_falls",
        }
    }
}

/// Collects problems while a form is read, so that all of them are told at once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) problems: Vec<FormProblem>,
}

impl Reader {
    pub(crate) fn refuse(&mut self, field: &'static str, why: Why) {
        self.problems.push(FormProblem { field, why });
    }

    /// The value, or its empty stand-in with the problem noted.
    pub(crate) fn text(&mut self, field: &'static str, read: Result<String, TextError>) -> String {
        read.unwrap_or_else(|error| {
            self.refuse(field, Why::Text(error));
            String::new()
        })
    }

    /// A whole number within bounds; full-width digits, commas and a yen sign are understood.
    pub(crate) fn number(
        &mut self,
        field: &'static str,
        text: &str,
        min: i64,
        max: i64,
    ) -> Option<i64> {
        let digits: String =
            text.chars().filter(|c| !words::money::is_decoration(*c)).map(half_width).collect();
        if digits.is_empty() {
            return None;
        }
        match digits.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Some(n),
            Ok(_) => {
                self.refuse(field, Why::OutOfRange { min, max });
                None
            }
            Err(_) => {
                self.refuse(field, Why::NotANumber);
                None
            }
        }
    }

    /// A wall-clock time in `zone`; nothing where nothing was typed.
    pub(crate) fn time(
        &mut self,
        field: &'static str,
        text: &str,
        zone: &str,
    ) -> Option<time::OffsetDateTime> {
        if text.trim().is_empty() {
            return None;
        }
        let read = domain::time_zone::instant(text, zone).ok().filter(|at| is_plausible(*at));
        if read.is_none() {
            self.refuse(field, Why::UnknownTime);
        }
        read
    }
}

/// Years that PostgreSQL, calendars and people can all read.
fn is_plausible(at: time::OffsetDateTime) -> bool {
    (1990..=2200).contains(&at.year())
}

fn half_width(c: char) -> char {
    match c {
        '０'..='９' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let mut reader = Reader::default();
        for typed in ["5500", "５５００", "¥5,500", "5,500円", " 5500 "] {
            assert_eq!(reader.number("price", typed, 0, 10_000), Some(5500), "{typed}");
        }
        assert_eq!(reader.number("price", "", 0, 10_000), None);
        assert!(reader.problems.is_empty());
        assert_eq!(reader.number("price", "-1", 0, 10_000), None);
        assert_eq!(reader.number("price", "five", 0, 10_000), None);
        let codes: Vec<_> = reader.problems.iter().map(|problem| problem.why.code()).collect();
        assert_eq!(codes, ["out_of_range", "not_a_number"]);
    }
}
