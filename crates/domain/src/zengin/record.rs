//! One record of a 全銀 file, field by field: numbers right-aligned with zeros, letters left-aligned with spaces.
//!
//! A byte is a letter: ASCII, or half-width kana at 0xA1 to 0xDF, the same in JIS X 0201 and in `Shift_JIS`.

use crate::bank::letter;

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("needs more than {width} places")]
    TooWide { width: usize },
    #[error("is no number")]
    NotDigits,
    #[error("holds a letter that the format does not know, at {position}")]
    NotAllowed { position: usize },
    #[error("is not what the format says")]
    Unexpected,
    #[error("is missing: the record ends before it")]
    Missing,
}

/// A field of a record that cannot be written, or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record {record}, field {field}: {problem}")]
pub struct FieldError {
    /// The record in the file, from 1.
    pub record: usize,
    /// The field's name.
    pub field: &'static str,
    pub problem: Problem,
}

/// Writes one record from left to right.
#[derive(Debug)]
pub struct RecordWriter {
    record: usize,
    bytes: Vec<u8>,
}

impl RecordWriter {
    /// An empty record, the `record`th of its file.
    pub const fn new(record: usize) -> Self {
        Self { record, bytes: Vec::new() }
    }

    /// N(width): right-aligned, zeros on the left.
    ///
    /// # Errors
    /// When the number has more digits.
    pub fn number(self, field: &'static str, width: usize, value: u64) -> Result<Self, FieldError> {
        self.digits(field, width, &value.to_string())
    }

    /// N(width) from digits that are kept as text, such as codes.
    ///
    /// # Errors
    /// When there are more digits, or something else than digits.
    pub fn digits(
        mut self,
        field: &'static str,
        width: usize,
        digits: &str,
    ) -> Result<Self, FieldError> {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.error(field, Problem::NotDigits));
        }
        let zeros = width
            .checked_sub(digits.len())
            .ok_or_else(|| self.error(field, Problem::TooWide { width }))?;
        self.bytes.extend(std::iter::repeat_n(b'0', zeros));
        self.bytes.extend(digits.bytes());
        Ok(self)
    }

    /// C(width): left-aligned, spaces on the right.
    ///
    /// # Errors
    /// When there are more letters, or one that is neither printable ASCII nor half-width kana.
    pub fn text(
        mut self,
        field: &'static str,
        width: usize,
        text: &str,
    ) -> Result<Self, FieldError> {
        let mut n_letters: usize = 0;
        for (position, c) in (1..).zip(text.chars()) {
            let byte =
                byte(c).ok_or_else(|| self.error(field, Problem::NotAllowed { position }))?;
            self.bytes.push(byte);
            n_letters = position;
        }
        let spaces = width
            .checked_sub(n_letters)
            .ok_or_else(|| self.error(field, Problem::TooWide { width }))?;
        Ok(self.spaces(spaces))
    }

    /// Places that the format leaves empty.
    pub fn spaces(mut self, width: usize) -> Self {
        self.bytes.extend(std::iter::repeat_n(b' ', width));
        self
    }

    /// The record's bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    const fn error(&self, field: &'static str, problem: Problem) -> FieldError {
        FieldError { record: self.record, field, problem }
    }
}

/// Reads one record from left to right.
#[derive(Debug)]
pub struct RecordReader<'a> {
    record: usize,
    rest: &'a [u8],
}

impl<'a> RecordReader<'a> {
    /// Starts at the first byte of the `record`th record of its file.
    pub const fn new(record: usize, bytes: &'a [u8]) -> Self {
        Self { record, rest: bytes }
    }

    /// N(width) as a number; a field of spaces is zero, as some banks leave numbers empty.
    ///
    /// # Errors
    /// When the record is over, or it is no number.
    pub fn number(&mut self, field: &'static str, width: usize) -> Result<u64, FieldError> {
        let digits = self.digits(field, width)?;
        digits.parse().map_err(|_| self.error(field, Problem::NotDigits))
    }

    /// N(width) as digits, such as codes; spaces become zeros.
    ///
    /// # Errors
    /// As [`RecordReader::number`].
    pub fn digits(&mut self, field: &'static str, width: usize) -> Result<String, FieldError> {
        let bytes = self.take(field, width)?;
        if bytes.iter().all(|byte| *byte == b' ') {
            return Ok("0".repeat(width));
        }
        if !bytes.iter().all(u8::is_ascii_digit) {
            return Err(self.error(field, Problem::NotDigits));
        }
        Ok(bytes.iter().copied().map(char::from).collect())
    }

    /// C(width) without the spaces on its right.
    ///
    /// # Errors
    /// When the record is over, or a byte is no letter.
    pub fn text(&mut self, field: &'static str, width: usize) -> Result<String, FieldError> {
        let bytes = self.take(field, width)?;
        let mut text = String::new();
        for (position, byte) in (1..).zip(bytes) {
            let c = if *byte == b' ' || byte.is_ascii_graphic() {
                char::from(*byte)
            } else {
                letter(*byte).ok_or_else(|| self.error(field, Problem::NotAllowed { position }))?
            };
            text.push(c);
        }
        text.truncate(text.trim_end_matches(' ').len());
        Ok(text)
    }

    /// Places that say nothing to us.
    ///
    /// # Errors
    /// When the record is over.
    pub fn skip(&mut self, field: &'static str, width: usize) -> Result<(), FieldError> {
        self.take(field, width).map(|_| ())
    }

    /// A field whose value the format sets.
    ///
    /// # Errors
    /// When it is another value.
    pub fn expect(&mut self, field: &'static str, value: &str) -> Result<(), FieldError> {
        let bytes = self.take(field, value.len())?;
        if bytes == value.as_bytes() { Ok(()) } else { Err(self.error(field, Problem::Unexpected)) }
    }

    /// An error of this record, for values that a field's reader refuses after this module took them.
    pub const fn error(&self, field: &'static str, problem: Problem) -> FieldError {
        FieldError { record: self.record, field, problem }
    }

    fn take(&mut self, field: &'static str, width: usize) -> Result<&'a [u8], FieldError> {
        let (taken, rest) =
            self.rest.split_at_checked(width).ok_or(self.error(field, Problem::Missing))?;
        self.rest = rest;
        Ok(taken)
    }
}

/// The file has a record of another length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record {record} has {n_bytes} bytes")]
pub struct WrongLength {
    /// The record in the file, from 1.
    pub record: usize,
    pub n_bytes: usize,
}

/// Parts a file into records of `length` bytes, with CRLF or LF between them or without, and without the end mark
/// (0x1A) that some programs of banks leave.
///
/// # Errors
/// With the first record of another length.
pub fn records(file: &[u8], length: usize) -> Result<Vec<&[u8]>, WrongLength> {
    let file = file.strip_suffix(b"\x1A").unwrap_or(file);
    let mut records = Vec::new();
    let mut rest = file;
    while !rest.is_empty() {
        let record = records.len().saturating_add(1);
        let line = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let n_bytes = line.unwrap_or(rest.len()).min(length);
        let (bytes, after) =
            rest.split_at_checked(length).ok_or(WrongLength { record, n_bytes })?;
        if n_bytes != length {
            return Err(WrongLength { record, n_bytes });
        }
        records.push(bytes);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")).unwrap_or(after);
    }
    Ok(records)
}

/// The byte of a letter in JIS X 0201.
fn byte(c: char) -> Option<u8> {
    match c {
        ' '..='~' => u8::try_from(c).ok(),
        '\u{FF61}'..='\u{FF9F}' => u8::try_from(u32::from(c).checked_sub(0xFEC0)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_aligned_as_the_format_says() {
        let record = RecordWriter::new(1)
            .number("amount", 10, 3000)
            .and_then(|it| it.digits("bank", 4, "1"))
            .and_then(|it| it.text("name", 5, "ﾀﾛｳ"))
            .unwrap()
            .spaces(2)
            .finish();
        assert_eq!(record, b"00000030000001\xC0\xDB\xB3    ");
        let mut reader = RecordReader::new(1, &record);
        assert_eq!(reader.number("amount", 10), Ok(3000));
        assert_eq!(reader.digits("bank", 4).unwrap(), "0001");
        assert_eq!(reader.text("name", 5).unwrap(), "ﾀﾛｳ");
        assert_eq!(reader.skip("rest", 2), Ok(()));
        let missing = FieldError { record: 1, field: "more", problem: Problem::Missing };
        assert_eq!(reader.text("more", 1), Err(missing));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_field() {
        let refused = |result: Result<RecordWriter, FieldError>| result.unwrap_err();
        let new = || RecordWriter::new(7);
        let error = |field, problem| FieldError { record: 7, field, problem };
        assert_eq!(
            refused(new().number("amount", 3, 1000)),
            error("amount", Problem::TooWide { width: 3 })
        );
        assert_eq!(refused(new().digits("bank", 4, "12a")), error("bank", Problem::NotDigits));
        assert_eq!(
            refused(new().text("name", 2, "ABC")),
            error("name", Problem::TooWide { width: 2 })
        );
        let kanji = Problem::NotAllowed { position: 2 };
        assert_eq!(refused(new().text("name", 9, "ｱ山")), error("name", kanji));
        assert_eq!(
            error("amount", Problem::TooWide { width: 3 }).to_string(),
            "record 7, field amount: needs more than 3 places"
        );
    }

    #[test]
    fn a_file_is_parted_with_and_without_line_ends() {
        for file in [&b"abcd"[..], b"ab\r\ncd\r\n", b"ab\ncd", b"ab\r\ncd\r\n\x1A", b"abcd\x1A"] {
            assert_eq!(records(file, 2), Ok(vec![&b"ab"[..], b"cd"]));
        }
        assert_eq!(records(b"", 2), Ok(vec![]));
        assert_eq!(records(b"ab\r\nc\r\n", 2), Err(WrongLength { record: 2, n_bytes: 1 }));
        assert_eq!(records(b"abc", 2), Err(WrongLength { record: 2, n_bytes: 1 }));
        assert_eq!(records(b"ab\r\n\r\ncd", 2), Err(WrongLength { record: 2, n_bytes: 0 }));
    }

    proptest! {
        #[test]
        fn every_byte_that_is_a_letter_is_written_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(text) = RecordReader::new(1, &bytes).text("text", bytes.len()) {
                let written = RecordWriter::new(1).text("text", bytes.len(), &text).unwrap().finish();
                prop_assert_eq!(written, bytes);
            }
        }

        #[test]
        fn any_bytes_are_parted_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), length in 1usize..12) {
            if let Ok(parts) = records(&bytes, length) {
                prop_assert!(parts.iter().all(|part| part.len() == length));
            }
        }
    }
}
