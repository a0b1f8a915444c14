//! The writer against everything that types let through: what it accepts is right byte by byte and sum by sum, what does
//! not fit is refused with its place, and nothing makes it panic.

use super::*;

/// Text that may be longer than its field.
fn long_kana() -> impl Strategy<Value = BankKana> {
    "[A-Z0-9ア-ヴ().-]{1,60}"
        .prop_filter_map("is kana", |text| BankKana::parse_within(&text, 90).ok())
}

/// Any amount, the edges more often than chance would bring them.
fn any_amount() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![
        6 => 1i64..=AMOUNT_MINOR_MAX,
        2 => (AMOUNT_MINOR_MAX - 1)..=(AMOUNT_MINOR_MAX + 1),
        1 => -1i64..=1,
        1 => any::<i64>(),
    ];
    let currency = prop_oneof![20 => Just(Currency::JPY), 1 => Just(Currency::USD)];
    (minor, currency).prop_map(|(minor, currency)| Money::new(minor, currency))
}

prop_compose! {
    fn wild_transfer()(
        account in any_account(),
        holder in prop_oneof![8 => any_kana(30), 1 => long_kana()],
        bank_name in prop::option::of(prop_oneof![8 => any_kana(15), 1 => long_kana()]),
        branch_name in prop::option::of(prop_oneof![8 => any_kana(15), 1 => long_kana()]),
        reference in prop::option::of(prop_oneof![8 => any_kana(20), 1 => long_kana()]),
        amount in any_amount(),
    ) -> Transfer {
        Transfer { account: BankAccount { holder, ..account }, bank_name, branch_name, amount, reference }
    }
}

prop_compose! {
    /// From no transfer at all to more than the trailer can sum.
    fn wild_file()(
        transfers in prop_oneof![
            8 => prop::collection::vec(wild_transfer(), 0..4),
            1 => (any_transfer(), 100usize..=102).prop_map(|(one, n)| {
                vec![Transfer { amount: Money::yen(AMOUNT_MINOR_MAX), ..one }; n]
            }),
        ],
        name in prop_oneof![8 => any_kana(40), 1 => long_kana()],
    ) -> TransferFile {
        TransferFile { requester: Requester { name, ..requester() }, on: date!(2026 - 12 - 08).into(), transfers }
    }
}

/// Whether the format has room for all of it, said in other words than the writer's.
fn fits(file: &TransferFile) -> bool {
    let short =
        |text: Option<&BankKana>, n: usize| text.is_none_or(|it| it.as_str().chars().count() <= n);
    let sum: i128 = file.transfers.iter().map(|it| i128::from(it.amount.minor())).sum();
    let each = |it: &Transfer| {
        (1..10_000_000_000).contains(&it.amount.minor())
            && it.amount.currency() == Currency::JPY
            && short(Some(&it.account.holder), 30)
            && short(it.bank_name.as_ref(), 15)
            && short(it.branch_name.as_ref(), 15)
            && short(it.reference.as_ref(), 20)
    };
    short(Some(&file.requester.name), 40)
        && !file.transfers.is_empty()
        && file.transfers.iter().all(each)
        && sum < 1_000_000_000_000
}

fn digits(bytes: &[u8]) -> i128 {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_accepted_is_right_to_the_byte_and_the_rest_is_refused(file in wild_file()) {
        let written = write(&file, LineEnd::None);
        prop_assert_eq!(written.is_ok(), fits(&file), "{:?}", written.err());
        let Ok(bytes) = write(&file, LineEnd::None) else { return Ok(()) };
        prop_assert_eq!(bytes.len(), (file.transfers.len() + 3) * 120);
        prop_assert!(bytes.iter().all(|it| matches!(it, 0x20..=0x7E | 0xA1..=0xDF)), "a letter of JIS X 0201");
        let records: Vec<&[u8]> = bytes.chunks(120).collect();
        let kinds: Vec<u8> = records.iter().map(|it| it[0]).collect();
        let n = file.transfers.len();
        prop_assert_eq!(kinds, [vec![b'1'], vec![b'2'; n], vec![b'8', b'9']].concat());
        // The amounts stand at bytes 81 to 90 of a data record, count and sum at 2 to 19 of the trailer.
        let amounts = records[1..=n].iter().map(|it| digits(&it[80..90]));
        let sum: i128 = amounts.sum();
        let trailer = records[n + 1];
        prop_assert_eq!(digits(&trailer[1..7]), i128::try_from(n).unwrap());
        prop_assert_eq!(digits(&trailer[7..19]), sum);
        prop_assert_eq!(sum, file.transfers.iter().map(|it| i128::from(it.amount.minor())).sum());
        prop_assert_eq!(read(&bytes), Ok(file));
    }

    #[test]
    fn any_text_is_read_as_a_code_a_name_or_a_payer_or_refused(text in any::<String>()) {
        let names = [BankKana::parse(&text).ok(), BankKana::parse_within(&text, 5).ok()];
        for name in names.into_iter().flatten() {
            let one = RecordWriter::new(1).text("name", name.as_str().chars().count(), name.as_str());
            prop_assert!(one.is_ok(), "what was read as a name can be written");
        }
        if let Ok(number) = AccountNumber::parse(&text) {
            prop_assert_eq!(number.as_str().len(), 7);
        }
        if let Some(payer) = Requester::parse(&text) {
            let mut file = file();
            file.requester = payer;
            prop_assert!(write(&file, LineEnd::Crlf).is_ok());
        }
        let _ = (BankCode::parse(&text), BranchCode::parse(&text), RequesterCode::parse(&text));
    }
}
