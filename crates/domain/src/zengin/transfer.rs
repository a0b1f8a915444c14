//! 総合振込: the file that tells a bank to pay many accounts on one day (全銀協規定形式, 種別コード 21, 120 bytes a record).

use time::{Date, Month};

use super::record::{FieldError, Problem, RecordReader, RecordWriter, WrongLength, records};
use crate::bank::{AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode};
use crate::money::{Currency, Money};

/// Bytes of a record.
pub const RECORD_BYTES: usize = 120;
/// Letters of a bank's or a branch's name.
pub const BANK_NAME_CHARS_MAX: usize = 15;
/// Letters of the name of who pays.
pub const REQUESTER_CHARS_MAX: usize = 40;
/// Letters that travel with a transfer (EDI情報).
pub const REFERENCE_CHARS_MAX: usize = 20;
/// Transfers whose count fits the trailer.
const TRANSFERS_MAX: usize = 999_999;
/// The highest amount of one transfer, in yen.
const AMOUNT_MINOR_MAX: i64 = 9_999_999_999;

/// Who pays, from which account.
#[derive(Clone, PartialEq, Eq)]
pub struct Requester {
    /// The bank's number for us (振込依頼人コード), ten digits at most.
    pub code: RequesterCode,
    /// At most [`REQUESTER_CHARS_MAX`] letters.
    pub name: BankKana,
    pub bank: BankCode,
    pub bank_name: Option<BankKana>,
    pub branch: BranchCode,
    pub branch_name: Option<BankKana>,
    pub kind: AccountKind,
    pub number: AccountNumber,
}

impl std::fmt::Debug for Requester {
    /// An account number is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Requester")
    }
}

impl Requester {
    /// Reads `code,name,bank,branch,kind,number`, as the configuration writes it; the names of bank and branch are
    /// left out, since banks go by the codes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',').map(str::trim);
        let requester = Self {
            code: RequesterCode::parse(parts.next()?)?,
            name: BankKana::parse_within(parts.next()?, REQUESTER_CHARS_MAX).ok()?,
            bank: BankCode::parse(parts.next()?).ok()?,
            bank_name: None,
            branch: BranchCode::parse(parts.next()?).ok()?,
            branch_name: None,
            kind: AccountKind::parse(parts.next()?).ok()?,
            number: AccountNumber::parse(parts.next()?).ok()?,
        };
        parts.next().is_none().then_some(requester)
    }
}

/// The bank's number for who pays, padded to ten digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequesterCode(String);

impl RequesterCode {
    /// Reads the digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_code = (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        is_code.then(|| Self(format!("{text:0>10}")))
    }

    /// The ten digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A day without a year: the format has room for month and day only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferDay {
    month: Month,
    day: u8,
}

impl From<Date> for TransferDay {
    fn from(date: Date) -> Self {
        Self { month: date.month(), day: date.day() }
    }
}

/// One transfer to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub account: BankAccount,
    /// At most [`BANK_NAME_CHARS_MAX`] letters each; banks go by the codes.
    pub bank_name: Option<BankKana>,
    pub branch_name: Option<BankKana>,
    pub amount: Money,
    /// What the payee's bank shows beside the name; at most [`REFERENCE_CHARS_MAX`] letters.
    pub reference: Option<BankKana>,
}

/// One file: one payer, one day, many payees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferFile {
    pub requester: Requester,
    pub on: TransferDay,
    pub transfers: Vec<Transfer>,
}

/// What stands between records; banks differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    Crlf,
    None,
}

/// Why a file cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWritable {
    #[error("there is no transfer")]
    Empty,
    #[error("there are more than {TRANSFERS_MAX} transfers")]
    TooMany,
    #[error("record {record} is not in yen, or not between 1 and {AMOUNT_MINOR_MAX}")]
    Amount { record: usize },
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// Why a file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    #[error(transparent)]
    Length(#[from] WrongLength),
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("record {record} stands where another kind has to stand")]
    OutOfOrder { record: usize },
    #[error("the file ends before its end record")]
    CutOff,
    #[error("the trailer counts {stated} transfers, there are {found}")]
    Count { stated: u64, found: u64 },
    #[error("the trailer sums to {stated}, the transfers to {found}")]
    Sum { stated: u64, found: u64 },
}

/// Writes the file: header, a record for each transfer, trailer with count and sum, end.
///
/// # Errors
/// When a value does not fit its field; the error names record and field.
pub fn write(file: &TransferFile, line_end: LineEnd) -> Result<Vec<u8>, NotWritable> {
    if file.transfers.is_empty() {
        return Err(NotWritable::Empty);
    }
    if file.transfers.len() > TRANSFERS_MAX {
        return Err(NotWritable::TooMany);
    }
    let mut lines = vec![header(&file.requester, file.on)?];
    let mut sum: u64 = 0;
    for (record, transfer) in (2..).zip(&file.transfers) {
        let amount = yen(transfer.amount).ok_or(NotWritable::Amount { record })?;
        sum = sum.saturating_add(amount);
        lines.push(data(record, transfer, amount)?);
    }
    let trailer = lines.len().saturating_add(1);
    let n = u64::try_from(file.transfers.len()).unwrap_or(u64::MAX);
    lines.push(
        RecordWriter::new(trailer)
            .number("data_kind", 1, 8)?
            .number("n_transfers", 6, n)?
            .number("sum", 12, sum)?
            .spaces(101)
            .finish(),
    );
    lines.push(
        RecordWriter::new(trailer.saturating_add(1))
            .number("data_kind", 1, 9)?
            .spaces(119)
            .finish(),
    );
    let end: &[u8] = match line_end {
        LineEnd::Crlf => b"\r\n",
        LineEnd::None => b"",
    };
    Ok(lines.into_iter().flat_map(|line| [line, end.to_vec()]).flatten().collect())
}

fn yen(amount: Money) -> Option<u64> {
    let is_payable =
        amount.currency() == Currency::JPY && (1..=AMOUNT_MINOR_MAX).contains(&amount.minor());
    if is_payable { u64::try_from(amount.minor()).ok() } else { None }
}

/// ヘッダーレコード.
fn header(requester: &Requester, on: TransferDay) -> Result<Vec<u8>, FieldError> {
    let Requester { code, name, bank, bank_name, branch, branch_name, kind, number } = requester;
    Ok(RecordWriter::new(1)
        .number("data_kind", 1, 1)?
        .number("file_kind", 2, 21)?
        .number("encoding", 1, 0)?
        .digits("requester_code", 10, code.as_str())?
        .text("requester_name", REQUESTER_CHARS_MAX, name.as_str())?
        .number("transfer_month", 2, u64::from(u8::from(on.month)))?
        .number("transfer_day", 2, u64::from(on.day))?
        .digits("requester_bank", 4, bank.as_str())?
        .text("requester_bank_name", BANK_NAME_CHARS_MAX, optional(bank_name.as_ref()))?
        .digits("requester_branch", 3, branch.as_str())?
        .text("requester_branch_name", BANK_NAME_CHARS_MAX, optional(branch_name.as_ref()))?
        .number("requester_account_kind", 1, u64::from(kind.digit()))?
        .digits("requester_account", 7, number.as_str())?
        .spaces(17)
        .finish())
}

/// データレコード. The clearing house (手形交換所番号) is not used any more, every transfer is 新規コード 0 and goes by wire
/// (振込指定区分 7); with a reference, its twenty places are EDI情報 and 識別表示 says so with `Y`.
fn data(record: usize, transfer: &Transfer, amount: u64) -> Result<Vec<u8>, FieldError> {
    let Transfer { account, bank_name, branch_name, amount: _, reference } = transfer;
    let writer = RecordWriter::new(record)
        .number("data_kind", 1, 2)?
        .digits("bank", 4, account.bank.as_str())?
        .text("bank_name", BANK_NAME_CHARS_MAX, optional(bank_name.as_ref()))?
        .digits("branch", 3, account.branch.as_str())?
        .text("branch_name", BANK_NAME_CHARS_MAX, optional(branch_name.as_ref()))?
        .number("clearing_house", 4, 0)?
        .number("account_kind", 1, u64::from(account.kind.digit()))?
        .digits("account", 7, account.number.as_str())?
        .text("holder", crate::bank::HOLDER_CHARS_MAX, account.holder.as_str())?
        .number("amount", 10, amount)?
        .number("new_code", 1, 0)?;
    let writer = match reference {
        Some(reference) => writer.text("reference", REFERENCE_CHARS_MAX, reference.as_str())?,
        None => writer.number("customer_code_1", 10, 0)?.number("customer_code_2", 10, 0)?,
    };
    Ok(writer
        .number("by_wire", 1, 7)?
        .text("reference_mark", 1, if reference.is_some() { "Y" } else { "" })?
        .spaces(7)
        .finish())
}

fn optional(name: Option<&BankKana>) -> &str {
    name.map_or("", BankKana::as_str)
}

/// Reads a file back and checks its count and its sum: what we wrote is proved before a bank sees it.
///
/// # Errors
/// With the first thing that is not as the format says; nothing of such a file may be used.
pub fn read(bytes: &[u8]) -> Result<TransferFile, NotReadable> {
    let records = records(bytes, RECORD_BYTES)?;
    let mut records = (1..).zip(records.iter().copied());
    let (number, first) = records.next().ok_or(NotReadable::CutOff)?;
    let (requester, on) = read_header(RecordReader::new(number, first))?;
    let mut transfers = Vec::new();
    loop {
        let (number, bytes) = records.next().ok_or(NotReadable::CutOff)?;
        match bytes.first() {
            Some(b'2') => transfers.push(read_data(RecordReader::new(number, bytes))?),
            Some(b'8') => {
                check_trailer(RecordReader::new(number, bytes), &transfers)?;
                break;
            }
            _ => return Err(NotReadable::OutOfOrder { record: number }),
        }
    }
    let (number, end) = records.next().ok_or(NotReadable::CutOff)?;
    RecordReader::new(number, end).expect("data_kind", "9")?;
    if let Some((record, _)) = records.next() {
        return Err(NotReadable::OutOfOrder { record });
    }
    Ok(TransferFile { requester, on, transfers })
}

fn read_header(mut it: RecordReader<'_>) -> Result<(Requester, TransferDay), FieldError> {
    it.expect("data_kind", "1")?;
    it.expect("file_kind", "21")?;
    it.expect("encoding", "0")?;
    let code = RequesterCode(it.digits("requester_code", 10)?);
    let name = kana(&mut it, "requester_name", REQUESTER_CHARS_MAX)?
        .ok_or_else(|| it.error("requester_name", Problem::Missing))?;
    let month = it.number("transfer_month", 2)?;
    let day = it.number("transfer_day", 2)?;
    let on = day_of(month, day).ok_or_else(|| it.error("transfer_day", Problem::Unexpected))?;
    let requester = Requester {
        code,
        name,
        bank: code_of(&mut it, "requester_bank", 4, BankCode::parse)?,
        bank_name: kana(&mut it, "requester_bank_name", BANK_NAME_CHARS_MAX)?,
        branch: code_of(&mut it, "requester_branch", 3, BranchCode::parse)?,
        branch_name: kana(&mut it, "requester_branch_name", BANK_NAME_CHARS_MAX)?,
        kind: account_kind(&mut it, "requester_account_kind")?,
        number: code_of(&mut it, "requester_account", 7, AccountNumber::parse)?,
    };
    Ok((requester, on))
}

fn read_data(mut it: RecordReader<'_>) -> Result<Transfer, FieldError> {
    it.expect("data_kind", "2")?;
    let bank = code_of(&mut it, "bank", 4, BankCode::parse)?;
    let bank_name = kana(&mut it, "bank_name", BANK_NAME_CHARS_MAX)?;
    let branch = code_of(&mut it, "branch", 3, BranchCode::parse)?;
    let branch_name = kana(&mut it, "branch_name", BANK_NAME_CHARS_MAX)?;
    it.skip("clearing_house", 4)?;
    let kind = account_kind(&mut it, "account_kind")?;
    let number = code_of(&mut it, "account", 7, AccountNumber::parse)?;
    let holder = kana(&mut it, "holder", crate::bank::HOLDER_CHARS_MAX)?
        .ok_or_else(|| it.error("holder", Problem::Missing))?;
    let amount = it.number("amount", 10)?;
    let amount = i64::try_from(amount)
        .ok()
        .filter(|amount| *amount > 0)
        .ok_or_else(|| it.error("amount", Problem::Unexpected))?;
    it.skip("new_code", 1)?;
    let reference = it.text("reference", REFERENCE_CHARS_MAX)?;
    it.skip("by_wire", 1)?;
    let has_reference = it.text("reference_mark", 1)? == "Y";
    let reference = if has_reference {
        let read = BankKana::parse_within(&reference, REFERENCE_CHARS_MAX);
        Some(read.map_err(|_| it.error("reference", Problem::Unexpected))?)
    } else {
        None
    };
    let account = BankAccount { bank, branch, kind, number, holder };
    Ok(Transfer { account, bank_name, branch_name, amount: Money::yen(amount), reference })
}

fn check_trailer(mut it: RecordReader<'_>, transfers: &[Transfer]) -> Result<(), NotReadable> {
    it.expect("data_kind", "8")?;
    let (count, sum) = (it.number("n_transfers", 6)?, it.number("sum", 12)?);
    let found = u64::try_from(transfers.len()).unwrap_or(u64::MAX);
    if count != found {
        return Err(NotReadable::Count { stated: count, found });
    }
    let found = transfers.iter().filter_map(|it| yen(it.amount)).fold(0, u64::saturating_add);
    if sum == found { Ok(()) } else { Err(NotReadable::Sum { stated: sum, found }) }
}

fn day_of(month: u64, day: u64) -> Option<TransferDay> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let day = u8::try_from(day).ok().filter(|day| (1..=month.length(2000)).contains(day))?;
    Some(TransferDay { month, day })
}

fn code_of<T, E>(
    it: &mut RecordReader<'_>,
    field: &'static str,
    width: usize,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, FieldError> {
    let digits = it.digits(field, width)?;
    parse(&digits).map_err(|_| it.error(field, Problem::NotDigits))
}

fn kana(
    it: &mut RecordReader<'_>,
    field: &'static str,
    width: usize,
) -> Result<Option<BankKana>, FieldError> {
    let text = it.text(field, width)?;
    if text.is_empty() {
        return Ok(None);
    }
    BankKana::parse_within(&text, width).map(Some).map_err(|_| it.error(field, Problem::Unexpected))
}

fn account_kind(it: &mut RecordReader<'_>, field: &'static str) -> Result<AccountKind, FieldError> {
    let digit = it.number(field, 1)?;
    u8::try_from(digit)
        .ok()
        .and_then(AccountKind::from_digit)
        .ok_or_else(|| it.error(field, Problem::Unexpected))
}

#[cfg(test)]
mod tests;
