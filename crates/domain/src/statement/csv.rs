//! Statements that banks export as CSV: any order of columns under the names that banks give them.
//!
//! CSV has no sums. Where a file has balances, each must follow from the line before, which finds what a sum would find.

use time::Date;

use super::{BrokenStatement, Cell, Direction, Flaw, LINES_MAX, Statement, StatementLine, day};
use crate::money::Money;

/// Rows that may stand above the names of the columns: account, period, balance.
const PREAMBLE_ROWS_MAX: usize = 30;
/// Cells of one row; no bank's statement has half as many.
const CELLS_MAX: usize = 64;
/// The highest amount of one line that is believed, in yen.
const MINOR_MAX: i64 = 1_000_000_000_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Date,
    In,
    Out,
    /// One column for both ways; what goes out has a minus.
    Signed,
    Balance,
    /// Who, and what for.
    Text,
    /// The bank's own number of the line.
    Reference,
}

/// How banks write: the names of their columns, and the words before a payer's name. Given by the crate of words.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// Names as [`plain`] leaves them.
    pub columns: &'static [(Column, &'static str)],
    /// Words for "transfer", longest first.
    pub transfer: &'static [&'static str],
}

/// Reads a whole file that was decoded.
///
/// # Errors
/// With the first line that is not as it must be; then nothing of the file can be believed.
pub fn read(text: &str, vocabulary: &Vocabulary) -> Result<Vec<Statement>, BrokenStatement> {
    let rows = rows(text.trim_start_matches('\u{FEFF}'))?;
    if rows.is_empty() {
        return Err(Flaw::Empty.at(0));
    }
    let (n_above, table) = rows
        .iter()
        .take(PREAMBLE_ROWS_MAX)
        .enumerate()
        .find_map(|(i, row)| Some((i, Table::named_by(row, vocabulary)?)))
        .ok_or(Flaw::NoHeader.at(0))?;
    let mut lines = Vec::new();
    for row in rows.iter().skip(n_above.saturating_add(1)) {
        if lines.len() >= LINES_MAX {
            return Err(Flaw::TooManyLines { max: LINES_MAX }.at(row.number));
        }
        lines.push(table.line(row, vocabulary)?);
    }
    if lines.is_empty() {
        return Err(Flaw::Empty.at(0));
    }
    follow_balances(&lines)?;
    Ok(vec![Statement { account: None, lines }])
}

/// A cell's text without what banks vary: spaces, and the full-width forms of ASCII.
pub fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => {
            u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c)
        }
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).collect()
}

struct Row {
    /// The line it begins on, from 1.
    number: usize,
    cells: Vec<String>,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map(|cell| cell.trim()).unwrap_or_default()
    }
}

/// Rows as they are read. Nothing is kept of blank ones, and no more than a statement can have.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    cells: Vec<String>,
}

impl Rows {
    fn end_cell(&mut self, cell: &mut String, number: usize) -> Result<(), BrokenStatement> {
        if self.cells.len() >= CELLS_MAX {
            return Err(Flaw::Unreadable(Cell::Number).at(number));
        }
        self.cells.push(std::mem::take(cell));
        Ok(())
    }

    fn end_row(&mut self, number: usize) -> Result<(), BrokenStatement> {
        let row = Row { number, cells: std::mem::take(&mut self.cells) };
        if row.is_blank() {
            return Ok(());
        }
        // The preamble and the row of names stand beside the lines.
        if self.rows.len() > LINES_MAX.saturating_add(PREAMBLE_ROWS_MAX) {
            return Err(Flaw::TooManyLines { max: LINES_MAX }.at(number));
        }
        self.rows.push(row);
        Ok(())
    }
}

/// Splits a text by RFC 4180; tabs part cells where the first line has no comma.
fn rows(text: &str) -> Result<Vec<Row>, BrokenStatement> {
    let first = text.lines().next().unwrap_or_default();
    let separator = if !first.contains(',') && first.contains('\t') { '\t' } else { ',' };
    let (mut rows, mut cell) = (Rows::default(), String::new());
    let (mut number, mut began, mut is_quoted) = (1_usize, 1_usize, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            number = number.saturating_add(1);
        }
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                is_quoted = true;
            }
            '\n' if !is_quoted => {
                rows.end_cell(&mut cell, began)?;
                rows.end_row(began)?;
                began = number;
            }
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {}
            letter if letter == separator && !is_quoted => {
                rows.end_cell(&mut cell, began)?;
            }
            letter => cell.push(letter),
        }
    }
    if is_quoted {
        return Err(Flaw::OpenQuote.at(began));
    }
    if !cell.is_empty() || !rows.cells.is_empty() {
        rows.end_cell(&mut cell, began)?;
        rows.end_row(began)?;
    }
    Ok(rows.rows)
}

/// Where the columns are.
struct Table {
    n_columns: usize,
    date: usize,
    amount: AmountColumns,
    balance: Option<usize>,
    texts: Vec<usize>,
    reference: Option<usize>,
}

#[derive(Clone, Copy)]
enum AmountColumns {
    Two { inward: usize, outward: usize },
    Signed(usize),
}

impl Table {
    /// Reads the row that names the columns; none when this is not that row.
    fn named_by(row: &Row, vocabulary: &Vocabulary) -> Option<Self> {
        let named: Vec<(usize, Column)> = row
            .cells
            .iter()
            .enumerate()
            .filter_map(|(i, cell)| {
                let name = plain(cell);
                let name = name.strip_suffix("(\u{5186})").unwrap_or(&name);
                let known = vocabulary.columns.iter().find(|(_, known)| *known == name);
                known.map(|(column, _)| (i, *column))
            })
            .collect();
        let first =
            |wanted: Column| named.iter().find(|(_, column)| *column == wanted).map(|(i, _)| *i);
        let amount = match (first(Column::In), first(Column::Out), first(Column::Signed)) {
            (Some(inward), Some(outward), _) => AmountColumns::Two { inward, outward },
            (_, _, Some(signed)) => AmountColumns::Signed(signed),
            _ => return None,
        };
        let texts: Vec<usize> =
            named.iter().filter(|(_, it)| *it == Column::Text).map(|(i, _)| *i).collect();
        if texts.is_empty() {
            return None;
        }
        Some(Self {
            n_columns: row.cells.len(),
            date: first(Column::Date)?,
            amount,
            balance: first(Column::Balance),
            texts,
            reference: first(Column::Reference),
        })
    }

    fn line(&self, row: &Row, vocabulary: &Vocabulary) -> Result<StatementLine, BrokenStatement> {
        let flaw = |flaw: Flaw| flaw.at(row.number);
        // A comma that is lost or gained shifts every cell behind it.
        let n_filled = row.cells.iter().rposition(|cell| !cell.trim().is_empty());
        if n_filled.is_some_and(|last| last >= self.n_columns) {
            return Err(flaw(Flaw::Unreadable(Cell::Number)));
        }
        let booked_on = date(row.cell(self.date)).ok_or(flaw(Flaw::Unreadable(Cell::Date)))?;
        let (direction, minor) = self.amount(row)?;
        let balance = match self.balance.map(|column| row.cell(column)) {
            None | Some("") => None,
            Some(text) => {
                let minor = yen(text).ok_or(flaw(Flaw::Unreadable(Cell::Balance)))?;
                Some(Money::yen(minor))
            }
        };
        let texts: Vec<&str> =
            self.texts.iter().map(|i| row.cell(*i)).filter(|text| !text.is_empty()).collect();
        let (payer, memo) = payer(&texts, vocabulary);
        Ok(StatementLine {
            row: row.number,
            booked_on,
            direction,
            amount: Money::yen(minor),
            balance,
            payer,
            memo,
            bank_reference: self.reference.map(|i| row.cell(i).to_owned()).unwrap_or_default(),
        })
    }

    fn amount(&self, row: &Row) -> Result<(Direction, i64), BrokenStatement> {
        let unreadable = Flaw::Unreadable(Cell::Amount).at(row.number);
        let read = |column: usize| match row.cell(column) {
            "" | "-" | "\u{2212}" | "*" => Ok(0),
            text => yen(text).ok_or(unreadable),
        };
        let (inward, outward) = match self.amount {
            AmountColumns::Two { inward, outward } => (read(inward)?, read(outward)?),
            AmountColumns::Signed(column) => match read(column)? {
                minor if minor < 0 => (0, minor.saturating_neg()),
                minor => (minor, 0),
            },
        };
        match (inward, outward) {
            (minor, 0) if minor > 0 => Ok((Direction::In, minor)),
            (0, minor) if minor > 0 => Ok((Direction::Out, minor)),
            (0, 0) => Err(Flaw::NoDirection.at(row.number)),
            (inward, outward) if inward > 0 && outward > 0 => Err(Flaw::NoDirection.at(row.number)),
            _ => Err(unreadable),
        }
    }
}

/// The words for a transfer go, what is left names the payer; other texts of the row are the memo.
fn payer(texts: &[&str], vocabulary: &Vocabulary) -> (String, String) {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '*' | '\u{FF0A}' | ':' | '\u{FF1A}');
    let bare = |text: &str| {
        vocabulary.transfer.iter().find_map(|word| {
            let rest = text.strip_prefix(word)?;
            // Some banks number their kinds of transfer; a number that goes on is the payer's.
            let goes_on =
                word.ends_with(char::is_numeric) && !rest.starts_with(char::is_whitespace);
            let is_cut = goes_on && !rest.is_empty();
            (!is_cut).then(|| rest.trim_start_matches(is_mark).to_owned())
        })
    };
    match texts {
        [] => (String::new(), String::new()),
        [only] => (bare(only).unwrap_or_else(|| (*only).to_owned()), String::new()),
        [first, rest @ ..] => match bare(first) {
            // The first says what it is, the second who.
            Some(_) => (rest.join(" "), (*first).to_owned()),
            None => {
                let texts: Vec<String> = texts
                    .iter()
                    .map(|text| bare(text).unwrap_or_else(|| (*text).to_owned()))
                    .collect();
                (texts.join(" ").trim().to_owned(), String::new())
            }
        },
    }
}

/// `2026/11/2`, `2026-11-02`, `2026.11.02`, `20261102`, `2026年11月2日`.
fn date(text: &str) -> Option<Date> {
    let text = plain(text);
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [year, month, at] if year.len() == 4 => {
            day(year.parse().ok()?, month.parse().ok()?, at.parse().ok()?)
        }
        [digits] if digits.len() == 8 && digits.len() == text.len() => day(
            digits.get(..4)?.parse().ok()?,
            digits.get(4..6)?.parse().ok()?,
            digits.get(6..)?.parse().ok()?,
        ),
        _ => None,
    }
}

/// Whole yen as banks write them: commas, a sign, a yen mark, full-width digits.
fn yen(text: &str) -> Option<i64> {
    let text = plain(text);
    let text = text.trim_start_matches(['\\', '\u{A5}', '\u{FFE5}']);
    let text = text.strip_suffix('\u{5186}').unwrap_or(text);
    let (is_negative, digits) = match text.strip_prefix(['-', '\u{2212}', '\u{25B2}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits: String = digits.chars().filter(|c| *c != ',').collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let minor: i64 = digits.parse().ok().filter(|minor| *minor <= MINOR_MAX)?;
    Some(if is_negative { minor.saturating_neg() } else { minor })
}

/// Every balance follows from the line before it, oldest first or newest first.
fn follow_balances(lines: &[StatementLine]) -> Result<(), BrokenStatement> {
    if lines.iter().any(|line| line.balance.is_none()) {
        return Ok(());
    }
    let forward = first_break(lines.iter());
    let backward = first_break(lines.iter().rev());
    match (forward, backward) {
        (None, _) | (_, None) => Ok(()),
        // Dates say which way it should go; the other way breaks everywhere.
        (Some(forward), Some(backward)) => {
            let days = lines.first().zip(lines.last());
            let is_newest_first =
                days.is_some_and(|(first, last)| first.booked_on > last.booked_on);
            Err(if is_newest_first { backward } else { forward })
        }
    }
}

fn first_break<'a>(mut lines: impl Iterator<Item = &'a StatementLine>) -> Option<BrokenStatement> {
    let mut before = lines.next()?.balance?.minor();
    for line in lines {
        let moved = line.amount.minor();
        let expected = match line.direction {
            Direction::In => before.checked_add(moved)?,
            Direction::Out => before.checked_sub(moved)?,
        };
        let told = line.balance?.minor();
        if told != expected {
            return Some(Flaw::Balance { told, expected }.at(line.row));
        }
        before = told;
    }
    None
}
