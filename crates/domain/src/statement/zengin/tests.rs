//! A good file reads as it was written, a file with one wrong byte is refused or means the same money, and no file panics.

use proptest::prelude::*;
use time::macros::date;

use super::*;

/// A record from its fields, the rest spaces.
fn record(fields: &[&str]) -> Vec<u8> {
    let mut bytes: Vec<u8> = fields.concat().chars().map(byte).collect();
    bytes.resize(RECORD_BYTES, b' ');
    bytes
}

fn byte(letter: char) -> u8 {
    match letter {
        '\u{FF61}'..='\u{FF9F}' => u8::try_from(u32::from(letter) - 0xFEC0).unwrap(),
        letter => u8::try_from(letter).unwrap(),
    }
}

/// What can happen to a file on its way here.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Replaced(u8),
    Inserted(u8),
    Lost,
    CutOff,
    /// A part of it once more.
    Repeated(usize),
}

fn damages() -> impl Strategy<Value = Vec<(prop::sample::Index, Damage)>> {
    let kind = prop_oneof![
        any::<u8>().prop_map(Damage::Replaced),
        (b'0'..=b'9').prop_map(Damage::Replaced),
        any::<u8>().prop_map(Damage::Inserted),
        Just(Damage::Lost),
        Just(Damage::CutOff),
        (1usize..500).prop_map(Damage::Repeated),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), kind), 1..4)
}

fn damage(bytes: &mut Vec<u8>, at: prop::sample::Index, how: Damage) {
    if bytes.is_empty() {
        return;
    }
    let at = at.index(bytes.len());
    match how {
        Damage::Replaced(with) => bytes[at] = with,
        Damage::Inserted(byte) => bytes.insert(at, byte),
        Damage::Lost => drop(bytes.remove(at)),
        Damage::CutOff => bytes.truncate(at),
        Damage::Repeated(n) => {
            let part: Vec<u8> = bytes[at..].iter().take(n).copied().collect();
            bytes.splice(at..at, part);
        }
    }
}

/// What a test writes of a line.
#[derive(Debug, Clone)]
struct Written {
    is_in: bool,
    yen: i64,
    payer: String,
}

fn header() -> Vec<u8> {
    record(&[
        "1030",
        "081122",
        "081101",
        "081121",
        "0001",
        "ﾐｽﾞﾎ           ",
        "001",
        "ﾄｳｷﾖｳ          ",
        "000",
        "1",
        "0001234567",
        "ﾀﾅｶ                                     ",
        "1",
        "1",
        "00000000100000",
    ])
}

fn data(n: usize, line: &Written) -> Vec<u8> {
    let (number, yen) = (format!("{n:08}"), format!("{:012}", line.yen));
    let way = if line.is_in { "1" } else { "2" };
    let payer = format!("{:<48}", line.payer);
    record(&[
        "2",
        &number,
        "081120",
        "081120",
        way,
        "11",
        &yen,
        "000000000000",
        "000000",
        "000000",
        "0",
        "0000000",
        "000",
        "0000000000",
        &payer,
        "ﾐﾂｲｽﾐﾄﾓ        ",
        "ｼﾝｼﾞﾕｸ         ",
        "ﾌﾘｺﾐ                ",
        "                    ",
    ])
}

fn trailer(lines: &[Written]) -> Vec<u8> {
    let sum = |is_in: bool| -> (usize, i64) {
        let of: Vec<i64> = lines.iter().filter(|it| it.is_in == is_in).map(|it| it.yen).collect();
        (of.len(), of.iter().sum())
    };
    let ((n_in, yen_in), (n_out, yen_out)) = (sum(true), sum(false));
    let after = 100_000 + yen_in - yen_out;
    let sign = if after < 0 { "2" } else { "1" };
    record(&[
        "8",
        &format!("{n_in:06}"),
        &format!("{yen_in:013}"),
        &format!("{n_out:06}"),
        &format!("{yen_out:013}"),
        sign,
        &format!("{:014}", after.abs()),
        &format!("{:07}", lines.len()),
    ])
}

fn file(lines: &[Written], line_end: &[u8]) -> Vec<u8> {
    let mut records = vec![header()];
    records.extend((1..).zip(lines).map(|(n, line)| data(n, line)));
    records.push(trailer(lines));
    let n_records = records.len() + 1;
    records.push(record(&["9", &format!("{n_records:010}"), "00001"]));
    records.into_iter().flat_map(|it| [it, line_end.to_vec()].concat()).collect()
}

fn two() -> Vec<Written> {
    vec![
        Written { is_in: true, yen: 3000, payer: "12345674 ｻﾄｳ ﾀｹｼ".to_owned() },
        Written { is_in: false, yen: 660, payer: "ﾃｽｳﾘﾖｳ".to_owned() },
    ]
}

/// By hand from the format: what stands at which byte of which record.
#[test]
fn a_file_is_read_as_the_format_says() {
    let bytes = file(&two(), b"");
    assert_eq!(bytes.len(), 5 * RECORD_BYTES);
    assert!(is_zengin(&bytes));
    let statements = read(&bytes).unwrap();
    let [statement] = statements.as_slice() else { panic!("one account") };
    let account = statement.account.as_ref().unwrap();
    assert_eq!((account.bank.as_str(), account.branch.as_str()), ("0001", "001"));
    assert_eq!(account.number, "0001234567");
    let [first, second] = statement.lines.as_slice() else { panic!("two lines") };
    assert_eq!(first.row, 2);
    assert_eq!(first.booked_on, date!(2026 - 11 - 20));
    assert_eq!((first.direction, first.amount), (Direction::In, Money::yen(3000)));
    assert_eq!(first.payer, "12345674 ｻﾄｳ ﾀｹｼ");
    assert_eq!(first.memo, "ﾌﾘｺﾐ ﾐﾂｲｽﾐﾄﾓ ｼﾝｼﾞﾕｸ");
    assert_eq!(first.bank_reference, "00000001");
    assert_eq!((second.direction, second.amount), (Direction::Out, Money::yen(660)));
}

#[test]
fn line_ends_and_old_ends_of_text_are_nothing() {
    let plain = read(&file(&two(), b"")).unwrap();
    for line_end in [b"\r\n".as_slice(), b"\n"] {
        assert_eq!(read(&file(&two(), line_end)).unwrap(), plain);
    }
    let mut old = file(&two(), b"");
    old.push(0x1A);
    assert_eq!(read(&old).unwrap(), plain);
}

#[test]
fn the_common_year_is_understood() {
    let mut bytes = file(&two(), b"");
    // The day of the first line: 26 instead of 令和 08.
    bytes.splice(RECORD_BYTES + 9..RECORD_BYTES + 11, *b"26");
    let statements = read(&bytes).unwrap();
    assert_eq!(statements[0].lines[0].booked_on, date!(2026 - 11 - 20));
}

#[test]
fn what_is_wrong_is_named_with_its_row() {
    let good = file(&two(), b"");
    let broken = |at: usize, with: &[u8]| {
        let mut bytes = good.clone();
        bytes.splice(at..at + with.len(), with.iter().copied());
        read(&bytes).unwrap_err()
    };
    let row = |n: usize| (n - 1) * RECORD_BYTES;
    assert_eq!(broken(row(2) + 24, b"000000004000").row, 4);
    assert_eq!(broken(row(2) + 24, b"000000004000").why, Flaw::Sum { told: 3000, found: 4000 });
    assert_eq!(broken(row(4) + 1, b"000002").why, Flaw::Count { told: 2, found: 1 });
    assert_eq!(broken(row(2) + 9, b"081131"), Flaw::Unreadable(Cell::Date).at(2));
    assert_eq!(broken(row(2) + 21, b"3"), Flaw::NoDirection.at(2));
    assert_eq!(broken(row(3) + 90, b"\x01"), Flaw::ForeignByte { column: 91 }.at(3));
    assert_eq!(broken(row(1) + 1, b"01"), Flaw::OtherKind.at(1));
    assert_eq!(broken(row(1) + 3, b"1"), Flaw::OtherKind.at(1));
    assert_eq!(broken(row(5) + 11, b"00002").why, Flaw::Count { told: 2, found: 1 });
    let balance = broken(row(4) + 40, b"00000000000001").why;
    assert_eq!(balance, Flaw::Balance { told: 1, expected: 102_340 });
    assert_eq!(read(&good[..row(3)]), Err(Flaw::Cut.at(2)));
    assert_eq!(read(&good[..row(3) - 1]), Err(Flaw::RecordLength { found: 199 }.at(2)));
    assert_eq!(read(&good[row(2)..]), Err(Flaw::OutOfOrder.at(1)));
    assert_eq!(read(b""), Err(Flaw::Empty.at(0)));
    let twice = [good.clone(), good.clone()].concat();
    assert_eq!(read(&twice), Err(Flaw::OutOfOrder.at(6)));
}

fn lines() -> impl Strategy<Value = Vec<Written>> {
    let line = (any::<bool>(), 1i64..10_000_000, "[ｱ-ﾝA-Z0-9 ]{0,48}")
        .prop_map(|(is_in, yen, payer)| Written { is_in, yen, payer });
    prop::collection::vec(line, 0..12)
}

fn money(statements: &[Statement]) -> Vec<(Direction, i64)> {
    let lines = statements.iter().flat_map(|it| &it.lines);
    lines.map(|line| (line.direction, line.amount.minor())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_written_file_reads_as_it_was_written(written in lines()) {
        let statements = read(&file(&written, b"\r\n")).unwrap();
        let read: Vec<_> = statements[0].lines.iter().map(|line| {
            (line.direction == Direction::In, line.amount.minor(), line.payer.clone())
        }).collect();
        let wrote: Vec<_> = written.iter().map(|line| {
            (line.is_in, line.yen, line.payer.trim_end().to_owned())
        }).collect();
        prop_assert_eq!(read, wrote);
    }

    #[test]
    fn one_wrong_byte_is_refused_or_means_the_same_money(
        written in lines(), at: prop::sample::Index, with: u8,
    ) {
        let good = file(&written, b"");
        let mut bad = good.clone();
        let at = at.index(bad.len());
        bad[at] = with;
        if let Ok(statements) = read(&bad) {
            prop_assert_eq!(money(&statements), money(&read(&good).unwrap()));
        }
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_row_or_means_the_same_money(
        written in lines(), has_line_ends: bool, damages in damages(),
    ) {
        let good = file(&written, if has_line_ends { b"\r\n" } else { b"" });
        let mut bad = good.clone();
        for (at, how) in damages {
            damage(&mut bad, at, how);
        }
        match read(&bad) {
            Ok(statements) => prop_assert_eq!(money(&statements), money(&read(&good).unwrap())),
            Err(broken) => prop_assert!(broken.row <= bad.len() && !broken.why.code().is_empty()),
        }
    }

    #[test]
    fn a_cut_file_is_refused(written in lines(), at: prop::sample::Index) {
        let good = file(&written, b"");
        let cut = &good[..at.index(good.len())];
        prop_assert!(read(cut).is_err());
    }

    #[test]
    fn any_bytes_are_answered_without_a_panic(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    /// Records of the right length get further in.
    #[test]
    fn any_records_are_answered_without_a_panic(
        records in prop::collection::vec((0u8..10, prop::collection::vec(any::<u8>(), 199)), 0..6),
    ) {
        let bytes: Vec<u8> =
            records.into_iter().flat_map(|(kind, rest)| [vec![b'0' + kind], rest].concat()).collect();
        let _ = read(&bytes);
    }
}
