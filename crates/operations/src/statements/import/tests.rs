//! Whatever bytes come as a bank's file, they are read as what they say or refused with a row and a reason.

use domain::money::Currency;
use domain::money::Money;
use proptest::prelude::*;

use super::*;

const CSV: &str = "口座番号,1234567\r\n\r\n\
    \"日付\",\"摘要\",\"お支払金額\",\"お預り金額\",\"差引残高\"\r\n\
    \"2026/11/20\",\"振込 12345674 サトウ　タケシ\",\"\",\"3,000\",\"103,000\"\r\n\
    \"2026/11/21\",\"手数料\",\"660\",\"\",\"102,340\"\r\n\
    \"2026/11/21\",\"ソノ他（表）\",\"\",\"700\",\"103,040\"\r\n";

fn shift_jis() -> Vec<u8> {
    SHIFT_JIS.encode(CSV).0.into_owned()
}

fn sum_in(read: &[Statement]) -> i64 {
    let lines = read.iter().flat_map(|it| &it.lines).filter(|it| it.direction == Direction::In);
    Money::sum(Currency::JPY, lines.map(|line| line.amount)).unwrap().minor()
}

#[test]
fn both_ways_to_write_letters_are_the_same_file() {
    let (utf8, old) = (read(CSV.as_bytes()).unwrap(), read(&shift_jis()).unwrap());
    assert_eq!(utf8, old);
    assert_eq!((utf8.0, sum_in(&utf8.1)), ("csv", 3700));
    // The second byte of 表 is a backslash, and half a letter is none.
    let mut half = shift_jis();
    half.truncate(half.len() - 2);
    half.push(0x83);
    assert_eq!(read(&half), Err(Flaw::UnknownLetters.at(0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_answered_without_a_panic(bytes: Vec<u8>) {
        let _ = read(&bytes);
        let _ = read(&[b"1030".as_slice(), &bytes].concat());
        let _ = read(&[shift_jis(), bytes].concat());
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_row_or_sums_the_same(
        is_old: bool,
        damages in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(any::<u8>())), 1..4),
    ) {
        let good = if is_old { shift_jis() } else { CSV.as_bytes().to_vec() };
        let mut bad = good.clone();
        for (at, with) in damages {
            match with {
                Some(with) => bad[at.index(good.len() - 3)] = with,
                None => drop(bad.remove(at.index(good.len() - 3))),
            }
        }
        let n_rows = bad.split(|byte| *byte == b'\n').count();
        match read(&bad) {
            // A damaged first or last row may go unseen where no balance follows it; no row is made up.
            Ok((_, statements)) => prop_assert!(statements.iter().all(|it| it.lines.len() <= n_rows)),
            Err(broken) => {
                prop_assert!(broken.row <= n_rows, "{broken}");
                prop_assert!(!words::transfer::broken(broken, words::lang::Lang::Ja).is_empty());
            }
        }
    }
}
