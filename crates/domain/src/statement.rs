//! Bank statements as files: what the lines of every bank have in common, and why a file is refused.

pub mod csv;
pub mod matching;
pub mod zengin;

use time::{Date, Month};

use crate::money::Money;

/// Lines of one file; a file with more is no statement of an organizer's account.
pub const LINES_MAX: usize = 20_000;

crate::words! {
    /// Which way the money went.
    Direction {
        In = "in",
        Out = "out",
    }
}

/// One account's lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// None where the file does not say whose lines they are, as most CSV files do not.
    pub account: Option<StatementAccount>,
    pub lines: Vec<StatementLine>,
}

/// Whose lines they are, in the digits of the 全銀 formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementAccount {
    pub bank: String,
    pub branch: String,
    pub number: String,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Where it stands in the file, from 1: the record, or the line.
    pub row: usize,
    pub booked_on: Date,
    pub direction: Direction,
    /// Above zero; the direction says the sign.
    pub amount: Money,
    pub balance: Option<Money>,
    /// Who paid or was paid, as the bank wrote it.
    pub payer: String,
    /// What else the bank wrote.
    pub memo: String,
    /// The bank's own number of the line, where it gives one.
    pub bank_reference: String,
}

/// Why a file was refused: the first row that cannot be believed. Nothing of the file is used then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {why}")]
pub struct BrokenStatement {
    /// The record or line, from 1; 0 for the file as a whole.
    pub row: usize,
    pub why: Flaw,
}

/// What is wrong with a row or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("nothing is in it")]
    Empty,
    #[error("more than {max} lines")]
    TooManyLines { max: usize },
    #[error("it is not in Shift_JIS or UTF-8")]
    UnknownLetters,
    #[error("{found} bytes instead of 200")]
    RecordLength { found: usize },
    #[error("a byte at {column} that these files do not know")]
    ForeignByte { column: usize },
    #[error("it is another kind of file")]
    OtherKind,
    #[error("this record cannot stand here")]
    OutOfOrder,
    #[error("{0} cannot be read")]
    Unreadable(Cell),
    #[error("the file counts {told} and holds {found}")]
    Count { told: i64, found: i64 },
    #[error("the file sums {told} and holds {found}")]
    Sum { told: i64, found: i64 },
    #[error("the balance {told} does not follow from the line before; it would be {expected}")]
    Balance { told: i64, expected: i64 },
    #[error("the file ends in the middle")]
    Cut,
    #[error("no line names the columns")]
    NoHeader,
    #[error("a quotation mark is not closed")]
    OpenQuote,
    #[error("money goes both ways or none")]
    NoDirection,
}

impl Flaw {
    /// At a row.
    pub const fn at(self, row: usize) -> BrokenStatement {
        BrokenStatement { row, why: self }
    }

    /// The stable code for the API and for words.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooManyLines { .. } => "too_many_lines",
            Self::UnknownLetters => "unknown_letters",
            Self::RecordLength { .. } => "record_length",
            Self::ForeignByte { .. } => "foreign_byte",
            Self::OtherKind => "other_kind",
            Self::OutOfOrder => "out_of_order",
            Self::Unreadable(_) => "unreadable",
            Self::Count { .. } => "count",
            Self::Sum { .. } => "sum",
            Self::Balance { .. } => "balance",
            Self::Cut => "cut",
            Self::NoHeader => "no_header",
            Self::OpenQuote => "open_quote",
            Self::NoDirection => "no_direction",
        }
    }
}

crate::words! {
    /// A part of a row.
    Cell {
        Date = "date",
        Amount = "amount",
        Balance = "balance",
        Number = "number",
    }
}

/// The lines of a file with their running sums in and out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    n_in: i64,
    minor_in: i64,
    n_out: i64,
    minor_out: i64,
}

impl Sums {
    /// Adds a line; none when a sum does not fit.
    fn add(self, direction: Direction, minor: i64) -> Option<Self> {
        Some(match direction {
            Direction::In => Self {
                n_in: self.n_in.checked_add(1)?,
                minor_in: self.minor_in.checked_add(minor)?,
                ..self
            },
            Direction::Out => Self {
                n_out: self.n_out.checked_add(1)?,
                minor_out: self.minor_out.checked_add(minor)?,
                ..self
            },
        })
    }
}

/// A day of the calendar, or none.
fn day(year: i32, month: u8, day: u8) -> Option<Date> {
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}
