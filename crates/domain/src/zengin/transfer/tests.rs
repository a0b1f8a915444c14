//! 総合振込 against files computed by hand from the format, and against everything a file can be.

mod fuzz;

use super::*;
use proptest::prelude::*;
use time::macros::date;

fn kana(text: &str) -> BankKana {
    BankKana::parse_within(text, 40).unwrap()
}

fn account(holder: &str) -> BankAccount {
    BankAccount {
        bank: BankCode::parse("9900").unwrap(),
        branch: BranchCode::parse("018").unwrap(),
        kind: AccountKind::Ordinary,
        number: AccountNumber::parse("765432").unwrap(),
        holder: BankKana::parse(holder).unwrap(),
    }
}

fn requester() -> Requester {
    Requester {
        code: RequesterCode::parse("12345").unwrap(),
        name: kana("カ）イベントペイ"),
        bank: BankCode::parse("0001").unwrap(),
        bank_name: Some(kana("ミズホ")),
        branch: BranchCode::parse("001").unwrap(),
        branch_name: Some(kana("トウキョウ")),
        kind: AccountKind::Ordinary,
        number: AccountNumber::parse("1234567").unwrap(),
    }
}

fn file() -> TransferFile {
    let first = Transfer {
        account: account("ヤマダ　タロウ"),
        bank_name: None,
        branch_name: None,
        amount: Money::yen(123_456),
        reference: None,
    };
    let second = Transfer {
        account: BankAccount {
            bank: BankCode::parse("0005").unwrap(),
            branch: BranchCode::parse("123").unwrap(),
            kind: AccountKind::Checking,
            number: AccountNumber::parse("7").unwrap(),
            holder: BankKana::parse("ド）アオバ").unwrap(),
        },
        bank_name: Some(kana("ミツビシUFJ")),
        branch_name: Some(kana("ギンザ")),
        amount: Money::yen(9_876_543_210),
        reference: Some(kana("PO-K7M2Q")),
    };
    TransferFile {
        requester: requester(),
        on: date!(2026 - 12 - 08).into(),
        transfers: vec![first, second],
    }
}

/// The four kinds of records, field by field as the format lists them, letters as bytes of JIS X 0201:
/// ｱ is 0xB1, ﾝ 0xDD, ﾞ 0xDE, ﾟ 0xDF, the others between them in the order of the alphabet of kana.
fn by_hand() -> Vec<Vec<u8>> {
    let pad = |text: &[u8], width: usize| {
        let mut field = text.to_vec();
        field.resize(width, b' ');
        field
    };
    let header = [
        b"1".to_vec(),                                     // データ区分: header
        b"21".to_vec(),                                    // 種別コード: 総合振込
        b"0".to_vec(),                                     // コード区分: JIS
        b"0000012345".to_vec(), // 振込依頼人コード, N(10): zeros on the left
        pad(b"\xB6)\xB2\xCD\xDE\xDD\xC4\xCD\xDF\xB2", 40), // 振込依頼人名: カ ) イ ヘ ゛ ン ト ヘ ゜ イ
        b"1208".to_vec(),                                  // 振込指定日: MMDD
        b"0001".to_vec(),                                  // 仕向銀行番号
        pad(b"\xD0\xBD\xDE\xCE", 15),                      // 仕向銀行名: ミ ス ゛ ホ
        b"001".to_vec(),                                   // 仕向支店番号
        pad(b"\xC4\xB3\xB7\xD6\xB3", 15),                  // 仕向支店名: ト ウ キ ヨ ウ
        b"1".to_vec(),                                     // 預金種目: 普通
        b"1234567".to_vec(),                               // 口座番号
        pad(b"", 17),                                      // ダミー
    ];
    let first = [
        b"2".to_vec(),                             // データ区分: data
        b"9900".to_vec(),                          // 被仕向銀行番号
        pad(b"", 15),                              // 被仕向銀行名: may be empty
        b"018".to_vec(),                           // 被仕向支店番号
        pad(b"", 15),                              // 被仕向支店名: may be empty
        b"0000".to_vec(),                          // 手形交換所番号: not used
        b"1".to_vec(),                             // 預金種目: 普通
        b"0765432".to_vec(),                       // 口座番号: 765432 with a zero on the left
        pad(b"\xD4\xCF\xC0\xDE \xC0\xDB\xB3", 30), // 受取人名: ヤ マ タ ゛ space タ ロ ウ
        b"0000123456".to_vec(),                    // 振込金額, N(10)
        b"0".to_vec(),                             // 新規コード: その他
        b"0000000000".to_vec(),                    // 顧客コード1
        b"0000000000".to_vec(),                    // 顧客コード2
        b"7".to_vec(),                             // 振込指定区分: テレ振込
        b" ".to_vec(),                             // 識別表示: no EDI情報
        pad(b"", 7),                               // ダミー
    ];
    let second = [
        b"2".to_vec(),
        b"0005".to_vec(),
        pad(b"\xD0\xC2\xCB\xDE\xBCUFJ", 15), // ミ ツ ヒ ゛ シ U F J
        b"123".to_vec(),
        pad(b"\xB7\xDE\xDD\xBB\xDE", 15), // キ ゛ ン サ ゛
        b"0000".to_vec(),
        b"2".to_vec(), // 預金種目: 当座
        b"0000007".to_vec(),
        pad(b"\xC4\xDE)\xB1\xB5\xCA\xDE", 30), // ト ゛ ) ア オ ハ ゛
        b"9876543210".to_vec(),
        b"0".to_vec(),
        pad(b"PO-K7M2Q", 20), // EDI情報 in the place of both 顧客コード
        b"7".to_vec(),
        b"Y".to_vec(), // 識別表示: the twenty places are EDI情報
        pad(b"", 7),
    ];
    let trailer = [
        b"8".to_vec(),            // データ区分: trailer
        b"000002".to_vec(),       // 合計件数, N(6)
        b"009876666666".to_vec(), // 合計金額, N(12): 123,456 + 9,876,543,210
        pad(b"", 101),
    ];
    let end = [b"9".to_vec(), pad(b"", 119)];
    vec![header.concat(), first.concat(), second.concat(), trailer.concat(), end.concat()]
}

#[test]
fn the_file_is_what_the_format_says() {
    let by_hand = by_hand();
    assert!(by_hand.iter().all(|record| record.len() == RECORD_BYTES));
    assert_eq!(write(&file(), LineEnd::None).unwrap(), by_hand.concat());
    let with_line_ends: Vec<u8> =
        by_hand.iter().flat_map(|record| [&record[..], b"\r\n"].concat()).collect();
    assert_eq!(write(&file(), LineEnd::Crlf).unwrap(), with_line_ends);
}

#[test]
fn the_file_by_hand_is_read() {
    assert_eq!(read(&by_hand().concat()), Ok(file()));
    assert_eq!(read(&by_hand().join(&b"\r\n"[..])), Ok(file()));
}

#[test]
fn what_does_not_fit_is_refused_with_its_record_and_field() {
    let refused = |change: &dyn Fn(&mut TransferFile)| {
        let mut file = file();
        change(&mut file);
        write(&file, LineEnd::None).unwrap_err()
    };
    let field = |record, field, width| {
        NotWritable::Field(FieldError { record, field, problem: Problem::TooWide { width } })
    };
    let long = kana("アイウエオカキクケコサシスセソタ");
    assert_eq!(
        refused(&|it| it.requester.bank_name = Some(long.clone())),
        field(1, "requester_bank_name", 15)
    );
    assert_eq!(
        refused(&|it| it.transfers[0].branch_name = Some(long.clone())),
        field(2, "branch_name", 15)
    );
    assert_eq!(
        refused(&|it| it.transfers[1].reference = Some(kana("012345678901234567890"))),
        field(3, "reference", 20)
    );
    assert_eq!(
        refused(&|it| it.transfers[1].account.holder = kana(&"ア".repeat(31))),
        field(3, "holder", 30)
    );
    assert_eq!(refused(&|it| it.transfers.clear()), NotWritable::Empty);
    for amount in
        [Money::yen(0), Money::yen(-1), Money::yen(10_000_000_000), Money::new(100, Currency::USD)]
    {
        assert_eq!(
            refused(&|it| it.transfers[0].amount = amount),
            NotWritable::Amount { record: 2 }
        );
    }
}

#[test]
fn a_file_whose_sums_are_wrong_is_refused() {
    let mut records = by_hand();
    records[3][1..7].copy_from_slice(b"000003");
    assert_eq!(read(&records.concat()), Err(NotReadable::Count { stated: 3, found: 2 }));
    let mut records = by_hand();
    records[3][18] = b'7';
    assert_eq!(
        read(&records.concat()),
        Err(NotReadable::Sum { stated: 9_876_666_667, found: 9_876_666_666 })
    );
}

#[test]
fn a_broken_file_says_where() {
    let by_hand = by_hand();
    let [header, first, _, trailer, end] = by_hand.as_slice() else { panic!("five records") };
    assert_eq!(read(b""), Err(NotReadable::CutOff));
    assert_eq!(read(&by_hand[..3].concat()), Err(NotReadable::CutOff));
    assert_eq!(read(&by_hand[..4].concat()), Err(NotReadable::CutOff));
    assert_eq!(
        read(&[&header[..], &first[..], end].concat()),
        Err(NotReadable::OutOfOrder { record: 3 })
    );
    assert_eq!(
        read(&[by_hand.concat(), header.clone()].concat()),
        Err(NotReadable::OutOfOrder { record: 6 })
    );
    assert_eq!(
        read(&[&by_hand[..3].concat(), &trailer[..], &trailer[..]].concat()),
        Err(FieldError { record: 5, field: "data_kind", problem: Problem::Unexpected }.into())
    );
    let mut broken = by_hand.clone();
    broken[1][44] = b'x';
    assert_eq!(
        read(&broken.concat()),
        Err(FieldError { record: 2, field: "account", problem: Problem::NotDigits }.into())
    );
    let mut broken = by_hand.clone();
    broken[0][54..58].copy_from_slice(b"0230");
    assert_eq!(
        read(&broken.concat()),
        Err(FieldError { record: 1, field: "transfer_day", problem: Problem::Unexpected }.into())
    );
}

#[test]
fn a_requester_is_read_from_one_line() {
    let read = Requester::parse("12345, カ）イベントペイ, 0001, 001, ordinary, 1234567").unwrap();
    assert_eq!(read, Requester { bank_name: None, branch_name: None, ..requester() });
    for broken in ["", "12345", "12345,山田,0001,001,ordinary,1", "1,ア,0001,001,ordinary,1,more"]
    {
        assert_eq!(Requester::parse(broken), None, "{broken}");
    }
}

fn any_kana(chars_max: usize) -> impl Strategy<Value = BankKana> {
    "[A-Z0-9ア-ヴ().-]{1,15}( [A-Zア-ン]{1,5})?"
        .prop_filter_map("fits", move |text| BankKana::parse_within(&text, chars_max).ok())
}

prop_compose! {
    fn any_account()(
        bank in 0u32..10_000,
        branch in 0u32..1000,
        kind in prop::sample::select(AccountKind::ALL),
        number in 0u32..10_000_000,
        holder in any_kana(30),
    ) -> BankAccount {
        BankAccount {
            bank: BankCode::parse(&format!("{bank:04}")).unwrap(),
            branch: BranchCode::parse(&format!("{branch:03}")).unwrap(),
            kind,
            number: AccountNumber::parse(&number.to_string()).unwrap(),
            holder,
        }
    }
}

prop_compose! {
    fn any_transfer()(
        account in any_account(),
        bank_name in prop::option::of(any_kana(15)),
        branch_name in prop::option::of(any_kana(15)),
        amount in 1i64..=AMOUNT_MINOR_MAX,
        reference in prop::option::of(any_kana(20)),
    ) -> Transfer {
        Transfer { account, bank_name, branch_name, amount: Money::yen(amount), reference }
    }
}

prop_compose! {
    fn any_file()(
        payer in any_account(),
        name in any_kana(40),
        bank_name in prop::option::of(any_kana(15)),
        code in 0u64..10_000_000_000,
        ordinal in 1u16..=365,
        transfers in prop::collection::vec(any_transfer(), 1..20),
    ) -> TransferFile {
        let BankAccount { bank, branch, kind, number, holder: _ } = payer;
        let code = RequesterCode::parse(&code.to_string()).unwrap();
        TransferFile {
            requester: Requester { code, name, bank, bank_name, branch, branch_name: None, kind, number },
            on: Date::from_ordinal_date(2026, ordinal).unwrap().into(),
            transfers,
        }
    }
}

proptest! {
    #[test]
    fn every_record_has_its_length_and_reading_gives_back_what_was_written(file in any_file()) {
        let plain = write(&file, LineEnd::None).unwrap();
        prop_assert_eq!(plain.len(), (file.transfers.len() + 3) * RECORD_BYTES);
        prop_assert_eq!(read(&plain), Ok(file.clone()));
        let lines = write(&file, LineEnd::Crlf).unwrap();
        prop_assert!(lines.chunks(RECORD_BYTES + 2).all(|line| line.len() == 122 && line.ends_with(b"\r\n")));
        prop_assert_eq!(read(&lines), Ok(file));
    }

    #[test]
    fn any_bytes_are_answered_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn a_file_with_one_byte_changed_is_read_or_refused(at in 0usize..600, byte: u8) {
        let mut bytes = by_hand().concat();
        bytes[at] = byte;
        if let Ok(read) = read(&bytes) {
            prop_assert_eq!(read.transfers.len(), 2);
        }
    }
}
