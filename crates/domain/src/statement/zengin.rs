//! 全銀 入出金取引明細: records of 200 bytes in JIS, one header, its data and a trailer for each account, one end.
//!
//! Source: 全国銀行協会 入出金取引明細 (種別コード 03), as the banks' manuals print it. Every count and every sum of the
//! trailer and of the end is checked, and the balance where the bank gives one; what does not agree is no statement.

use time::Date;

use super::{
    BrokenStatement, Cell, Direction, Flaw, LINES_MAX, Statement, StatementAccount, StatementLine,
    Sums,
};
use crate::money::Money;

/// Bytes of a record, without the line end that some banks put behind it.
pub const RECORD_BYTES: usize = 200;

/// Whether a file wants to be read as 全銀: a header of kind 03, whatever follows.
pub fn is_zengin(bytes: &[u8]) -> bool {
    bytes.starts_with(b"103") && bytes.len() >= RECORD_BYTES
}

/// Reads a whole file.
///
/// # Errors
/// With the first record that is not as it must be; then nothing of the file can be believed.
pub fn read(bytes: &[u8]) -> Result<Vec<Statement>, BrokenStatement> {
    let mut reader = Reader::default();
    let mut n_records = 0_usize;
    for record in records(bytes)? {
        n_records = n_records.saturating_add(1);
        reader.take(Record { row: n_records, bytes: record })?;
    }
    if n_records == 0 {
        return Err(Flaw::Empty.at(0));
    }
    if reader.stage == Stage::Ended { Ok(reader.done) } else { Err(Flaw::Cut.at(n_records)) }
}

/// Cuts a file into records: at its line ends, or every 200 bytes where it has none.
fn records(bytes: &[u8]) -> Result<Vec<&[u8]>, BrokenStatement> {
    // Files of old systems end with the mark of the end of a text.
    let bytes = bytes.strip_suffix(b"\x1A").unwrap_or(bytes);
    let records: Vec<&[u8]> = if bytes.contains(&b'\n') {
        let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
        lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
    } else {
        bytes.strip_suffix(b"\r").unwrap_or(bytes).chunks(RECORD_BYTES).collect()
    };
    for (row, record) in (1..).zip(&records) {
        if record.len() != RECORD_BYTES {
            return Err(Flaw::RecordLength { found: record.len() }.at(row));
        }
    }
    Ok(records)
}

/// Which record may come next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Began,
    InAccount,
    BetweenAccounts,
    Ended,
}

#[derive(Default)]
struct Reader {
    stage: Stage,
    done: Vec<Statement>,
    account: Option<StatementAccount>,
    lines: Vec<StatementLine>,
    sums: Sums,
    before_minor: i64,
    n_lines: usize,
}

impl Reader {
    fn take(&mut self, record: Record<'_>) -> Result<(), BrokenStatement> {
        match (record.bytes.first(), self.stage) {
            (Some(b'1'), Stage::Began | Stage::BetweenAccounts) => self.header(record),
            (Some(b'2'), Stage::InAccount) => self.data(record),
            (Some(b'8'), Stage::InAccount) => self.trailer(record),
            (Some(b'9'), Stage::BetweenAccounts) => self.end(record),
            _ => Err(record.flaw(Flaw::OutOfOrder)),
        }
    }

    fn header(&mut self, record: Record<'_>) -> Result<(), BrokenStatement> {
        if record.text(1, 3)? != "030" {
            return Err(record.flaw(Flaw::OtherKind));
        }
        record.date(4)?;
        self.account = Some(StatementAccount {
            bank: record.digits(22, 4)?,
            branch: record.digits(41, 3)?,
            number: record.digits(63, 10)?,
        });
        self.before_minor = record.signed(113, 115)?;
        self.sums = Sums::default();
        self.stage = Stage::InAccount;
        Ok(())
    }

    fn data(&mut self, record: Record<'_>) -> Result<(), BrokenStatement> {
        self.n_lines = self.n_lines.saturating_add(1);
        if self.n_lines > LINES_MAX {
            return Err(record.flaw(Flaw::TooManyLines { max: LINES_MAX }));
        }
        let direction = match record.bytes.get(21) {
            Some(b'1') => Direction::In,
            Some(b'2') => Direction::Out,
            _ => return Err(record.flaw(Flaw::NoDirection)),
        };
        let minor = record.number(24, 12)?;
        if minor <= 0 {
            return Err(record.flaw(Flaw::Unreadable(Cell::Amount)));
        }
        self.sums = self
            .sums
            .add(direction, minor)
            .ok_or_else(|| record.flaw(Flaw::Unreadable(Cell::Amount)))?;
        let bank_and_branch = [record.text(129, 15)?, record.text(144, 15)?];
        let memo = [record.text(159, 20)?, record.text(179, 20)?];
        let memo = memo.into_iter().chain(bank_and_branch).filter(|part| !part.is_empty());
        self.lines.push(StatementLine {
            row: record.row,
            booked_on: record.date(9)?,
            direction,
            amount: Money::yen(minor),
            balance: None,
            payer: record.text(81, 48)?,
            memo: memo.collect::<Vec<_>>().join(" "),
            bank_reference: record.digits(1, 8)?,
        });
        Ok(())
    }

    fn trailer(&mut self, record: Record<'_>) -> Result<(), BrokenStatement> {
        let Sums { n_in, minor_in, n_out, minor_out } = self.sums;
        for (at, found) in [(1, n_in), (20, n_out)] {
            let told = record.number(at, 6)?;
            if told != found {
                return Err(record.flaw(Flaw::Count { told, found }));
            }
        }
        for (at, found) in [(7, minor_in), (26, minor_out)] {
            let told = record.number(at, 13)?;
            if told != found {
                return Err(record.flaw(Flaw::Sum { told, found }));
            }
        }
        let (told, found) = (record.number(54, 7)?, n_in.saturating_add(n_out));
        if told != found {
            return Err(record.flaw(Flaw::Count { told, found }));
        }
        let told = record.signed(39, 40)?;
        let expected = self.before_minor.saturating_add(minor_in).saturating_sub(minor_out);
        // A bank that gives no balances writes zeros into both.
        let has_balances = self.before_minor != 0 || told != 0;
        if has_balances && told != expected {
            return Err(record.flaw(Flaw::Balance { told, expected }));
        }
        self.done.push(Statement {
            account: self.account.take(),
            lines: std::mem::take(&mut self.lines),
        });
        self.stage = Stage::BetweenAccounts;
        Ok(())
    }

    fn end(&mut self, record: Record<'_>) -> Result<(), BrokenStatement> {
        let (told, row) = (record.number(1, 10)?, whole(record.row));
        // The manuals do not agree on whether the end counts itself.
        if told != row && told != row.saturating_sub(1) {
            return Err(record.flaw(Flaw::Count { told, found: row }));
        }
        let (told, found) = (record.number(11, 5)?, whole(self.done.len()));
        if told != found {
            return Err(record.flaw(Flaw::Count { told, found }));
        }
        self.stage = Stage::Ended;
        Ok(())
    }
}

fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// One record and where it stands.
#[derive(Clone, Copy)]
struct Record<'a> {
    row: usize,
    bytes: &'a [u8],
}

impl Record<'_> {
    const fn flaw(&self, flaw: Flaw) -> BrokenStatement {
        flaw.at(self.row)
    }

    fn field(&self, at: usize, length: usize) -> &[u8] {
        self.bytes.get(at..at.saturating_add(length)).unwrap_or_default()
    }

    /// JIS X 0201: ASCII below, half-width kana above.
    fn text(&self, at: usize, length: usize) -> Result<String, BrokenStatement> {
        let mut text = String::new();
        for (column, byte) in (at.saturating_add(1)..).zip(self.field(at, length)) {
            let letter = match byte {
                b' '..=b'~' => Some(char::from(*byte)),
                byte => crate::bank::letter(*byte),
            };
            text.push(letter.ok_or_else(|| self.flaw(Flaw::ForeignByte { column }))?);
        }
        Ok(text.trim_end().to_owned())
    }

    fn digits(&self, at: usize, length: usize) -> Result<String, BrokenStatement> {
        let field = self.field(at, length);
        if field.iter().all(u8::is_ascii_digit) {
            Ok(field.iter().copied().map(char::from).collect())
        } else {
            Err(self.flaw(Flaw::Unreadable(Cell::Number)))
        }
    }

    fn number(&self, at: usize, length: usize) -> Result<i64, BrokenStatement> {
        let digits = self.digits(at, length)?;
        digits.parse().map_err(|_| self.flaw(Flaw::Unreadable(Cell::Number)))
    }

    /// A balance of 14 digits with its own digit for the sign: 1 above zero, 2 below.
    fn signed(&self, sign_at: usize, at: usize) -> Result<i64, BrokenStatement> {
        let minor = self.number(at, 14)?;
        match self.bytes.get(sign_at) {
            Some(b'1') => Ok(minor),
            Some(b'2') => Ok(minor.saturating_neg()),
            _ => Err(self.flaw(Flaw::Unreadable(Cell::Balance))),
        }
    }

    /// YYMMDD. The year counts within 令和 by the standard, and some banks write the last digits of the common year:
    /// up to 19 it is 令和 (2019 to 2037), above it the common year (2020 to 2099).
    fn date(&self, at: usize) -> Result<Date, BrokenStatement> {
        let unreadable = || self.flaw(Flaw::Unreadable(Cell::Date));
        let part = |from: usize| -> Option<u8> {
            let digits = self.digits(at.checked_add(from)?, 2).ok()?;
            digits.parse().ok()
        };
        let year = match part(0).ok_or_else(unreadable)? {
            0 => return Err(unreadable()),
            reiwa @ 1..=19 => i32::from(reiwa).saturating_add(2018),
            common => i32::from(common).saturating_add(2000),
        };
        let (month, day) = (part(2).ok_or_else(unreadable)?, part(4).ok_or_else(unreadable)?);
        super::day(year, month, day).ok_or_else(unreadable)
    }
}

#[cfg(test)]
mod tests;
