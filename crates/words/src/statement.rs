//! How Japanese banks write their statements: the names of columns in their CSV files, and their words for a transfer.

use domain::statement::csv::{Column, Vocabulary};

/// The names of columns as MUFG, SMBC, Mizuho, ゆうちょ, Rakuten, SBI and others write them, without spaces, full-width
/// Latin and `(円)`.
const COLUMNS: &[(Column, &str)] = &[
    (Column::Date, "日付"),
    (Column::Date, "年月日"),
    (Column::Date, "取引日"),
    (Column::Date, "お取引日"),
    (Column::Date, "取引年月日"),
    (Column::Date, "勘定日"),
    (Column::Date, "取扱日"),
    (Column::Date, "取扱日付"),
    (Column::In, "預かり金額"),
    (Column::In, "お預り金額"),
    (Column::In, "お預かり金額"),
    (Column::In, "お預入れ"),
    (Column::In, "お預入れ金額"),
    (Column::In, "お預入金額"),
    (Column::In, "預入金額"),
    (Column::In, "預入れ金額"),
    (Column::In, "受入金額"),
    (Column::In, "入金金額"),
    (Column::In, "入金額"),
    (Column::In, "入金"),
    (Column::Out, "支払い金額"),
    (Column::Out, "お支払金額"),
    (Column::Out, "お支払い金額"),
    (Column::Out, "支払金額"),
    (Column::Out, "お引出し"),
    (Column::Out, "お引出し金額"),
    (Column::Out, "お引出金額"),
    (Column::Out, "引出金額"),
    (Column::Out, "払出金額"),
    (Column::Out, "払出し金額"),
    (Column::Out, "出金金額"),
    (Column::Out, "出金額"),
    (Column::Out, "出金"),
    (Column::Signed, "入出金"),
    (Column::Balance, "差引残高"),
    (Column::Balance, "残高"),
    (Column::Balance, "取引後残高"),
    (Column::Balance, "お取引後残高"),
    (Column::Balance, "現在高"),
    (Column::Balance, "現在(貸付)高"),
    (Column::Text, "摘要"),
    (Column::Text, "摘要内容"),
    (Column::Text, "お取り扱い内容"),
    (Column::Text, "お取扱い内容"),
    (Column::Text, "お取扱内容"),
    (Column::Text, "お取引内容"),
    (Column::Text, "取引内容"),
    (Column::Text, "入出金内容"),
    (Column::Text, "入出金先内容"),
    (Column::Text, "内容"),
    (Column::Text, "詳細1"),
    (Column::Text, "詳細2"),
    (Column::Text, "振込依頼人名"),
    (Column::Reference, "入出金明細ID"),
    (Column::Reference, "取引順番号"),
    (Column::Reference, "明細通番"),
    (Column::Reference, "照会番号"),
];

/// Words for a transfer, longest first, so that no shorter one hides a longer one.
const TRANSFER: &[&str] = &[
    "普通預金 振込入金",
    "振込入金",
    "振込ＩＢ１",
    "振込ＩＢ２",
    "振込ＩＢ３",
    "振込IB1",
    "振込１",
    "振込２",
    "振込３",
    "振込1",
    "振込2",
    "振込3",
    "振込",
    "お振込み",
    "お振込",
    "フリコミ",
    "ﾌﾘｺﾐ",
    "送金",
    "ソウキン",
    "ｿｳｷﾝ",
];

/// What the reader of CSV statements knows of the language of banks.
pub const VOCABULARY: Vocabulary = Vocabulary { columns: COLUMNS, transfer: TRANSFER };

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Money;
    use domain::statement::csv::read;
    use domain::statement::{Cell, Direction, Flaw, StatementLine};
    use proptest::prelude::*;
    use time::macros::date;

    fn lines(text: &str) -> Vec<StatementLine> {
        read(text, &VOCABULARY).unwrap().remove(0).lines
    }

    /// The head and two lines of each bank, as its manual prints them: one in, one out.
    const BANKS: [(&str, &str); 6] = [
        (
            "MUFG",
            "\"日付\",\"摘要\",\"摘要内容\",\"支払い金額\",\"預かり金額\",\"差引残高\",\"メモ\",\"未資金化区分\",\"入払区分\"\r\n\
             \"2026/11/20\",\"振込１\",\"12345674　サトウ　タケシ\",\"\",\"3,000\",\"103,000\",\"\",\"\",\"振替入金\"\r\n\
             \"2026/11/21\",\"手数料\",\"フリコミテスウリヨウ\",\"660\",\"\",\"102,340\",\"\",\"\",\"支払い\"\r\n",
        ),
        (
            "SMBC",
            "年月日,お引出し,お預入れ,お取り扱い内容,残高,メモ,ラベル\n\
             2026/11/20,,3000,\"振込　１２３４５６７４　サトウ　タケシ\",103000,,\n\
             2026/11/21,660,,\"手数料\",102340,,\n",
        ),
        (
            "みずほ",
            "口座情報\n\"普通預金\",\"1234567\"\n\n\
             明細通番,日付,お引出金額,お預入金額,残高,お取引内容\n\
             2,2026.11.21,\"660\",,\"102,340\",テスウリヨウ\n\
             1,2026.11.20,,\"3,000\",\"103,000\",12345674 サトウ　タケシ\n",
        ),
        (
            "ゆうちょ",
            "お客さま口座情報\n現在高：,\"102,340\",円,\n出力日時：令和 08 年 11 月 22 日\n照会対象：全期間\n明細件数：2\n\
             取引日,入出金明細ＩＤ,受入金額（円）,払出金額（円）,詳細１,詳細２,現在（貸付）高,\n\
             20261120,202611200000001,\"3000\",,振込,12345674 サトウ タケシ,\"103000\",\n\
             20261121,202611210000001,,660,料　金,,\"102340\",\n",
        ),
        (
            "楽天",
            "取引日,入出金(円),取引後残高(円),入出金内容\r\n\
             20261120,3000,103000,振込 12345674 サトウ タケシ\r\n20261121,-660,102340,手数料\r\n",
        ),
        (
            "住信SBI",
            "\"日付\",\"内容\",\"出金金額(円)\",\"入金金額(円)\",\"残高(円)\",\"メモ\"\r\n\
             \"2026/11/21\",\"手数料\",\"660\",\"\",\"102,340\",\"-\"\r\n\
             \"2026/11/20\",\"振込＊12345674 サトウ タケシ\",\"\",\"3,000\",\"103,000\",\"-\"\r\n",
        ),
    ];

    #[test]
    fn blank_rows_cost_nothing_and_no_row_or_file_has_no_end() {
        let (_, bank) = BANKS[0];
        let blank = "\n".repeat(100_000);
        let spread = bank.replace("\r\n", &format!("\r\n{blank}"));
        let read_lines = lines(&format!("{blank}{spread}"));
        assert_eq!(read_lines.len(), 2);
        assert_eq!(read_lines[0].row, 200_002, "counted all the same");
        let is_broken = |text: &str, flaw: Flaw| {
            assert_eq!(read(text, &VOCABULARY).unwrap_err().why, flaw, "{}", &text[..20]);
        };
        is_broken(&blank, Flaw::Empty);
        is_broken(&format!("{bank}{}", ",".repeat(100_000)), Flaw::Unreadable(Cell::Number));
        // Before any of them is looked at: no row names the columns.
        let max = domain::statement::LINES_MAX;
        is_broken(&"x\n".repeat(200_000), Flaw::TooManyLines { max });
    }

    #[test]
    fn the_files_of_common_banks_are_read() {
        for (bank, text) in BANKS {
            let mut read = lines(text);
            read.sort_by_key(|line| line.booked_on);
            let [paid, fee] = read.as_slice() else { panic!("{bank}: {read:?}") };
            assert_eq!(paid.booked_on, date!(2026 - 11 - 20), "{bank}");
            assert_eq!((paid.direction, paid.amount), (Direction::In, Money::yen(3000)), "{bank}");
            assert_eq!(paid.balance, Some(Money::yen(103_000)), "{bank}");
            assert_eq!((fee.direction, fee.amount), (Direction::Out, Money::yen(660)), "{bank}");
            let payer = domain::bank::PayerName::read(&paid.payer);
            assert_eq!(payer.name(), "ｻﾄｳﾀｹｼ", "{bank}: {}", paid.payer);
            assert_eq!(payer.numbers(), ["12345674"], "{bank}: {}", paid.payer);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let head = "取引日,入出金(円),取引後残高(円),入出金内容\n";
        let refused = |rest: &str| read(&format!("{head}{rest}"), &VOCABULARY).unwrap_err();
        assert_eq!(refused(""), Flaw::Empty.at(0));
        assert_eq!(refused("20261131,1,1,x\n"), Flaw::Unreadable(Cell::Date).at(2));
        assert_eq!(refused("20261120,1.5,1,x\n"), Flaw::Unreadable(Cell::Amount).at(2));
        assert_eq!(refused("20261120,0,1,x\n"), Flaw::NoDirection.at(2));
        assert_eq!(refused("20261120,1,x,x\n"), Flaw::Unreadable(Cell::Balance).at(2));
        assert_eq!(refused("20261120,1,\"x\n"), Flaw::OpenQuote.at(2));
        assert_eq!(refused("20261120,1,1,x,y\n"), Flaw::Unreadable(Cell::Number).at(2));
        let follows = "20261120,1,1,x\n\n20261121,1,3,x\n";
        assert_eq!(refused(follows), Flaw::Balance { told: 3, expected: 2 }.at(4));
        assert_eq!(read("a,b\n1,2\n", &VOCABULARY), Err(Flaw::NoHeader.at(0)));
        assert_eq!(read(" \n", &VOCABULARY), Err(Flaw::Empty.at(0)));
    }

    fn write(amounts: &[i64]) -> String {
        let mut text = "取引日,入出金(円),取引後残高(円),入出金内容\n".to_owned();
        let mut balance = 5_000_000;
        for amount in amounts {
            balance += amount;
            text += &format!("20261120,\"{amount}\",{balance},\"サトウ, \"\"タケシ\"\"\"\n");
        }
        text
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_written_file_reads_as_it_was_written(
            amounts in prop::collection::vec((1i64..400_000, any::<bool>()), 1..10),
        ) {
            let amounts: Vec<i64> =
                amounts.into_iter().map(|(yen, is_in)| if is_in { yen } else { -yen }).collect();
            let read = lines(&write(&amounts));
            let sums: Vec<i64> = read.iter().map(|line| match line.direction {
                Direction::In => line.amount.minor(),
                Direction::Out => -line.amount.minor(),
            }).collect();
            prop_assert_eq!(sums, amounts);
            prop_assert!(read.iter().all(|line| line.payer == "サトウ, \"タケシ\""));
        }

        #[test]
        fn a_wrong_digit_is_noticed(
            amounts in prop::collection::vec(1i64..400_000, 2..10),
            line: prop::sample::Index,
            by in 1i64..9,
        ) {
            let good = write(&amounts);
            let i = 1 + line.index(amounts.len() - 1);
            let (told, wrong) = (amounts[i], amounts[i] + by);
            let rows: Vec<String> = good.lines().enumerate().map(|(n, row)| {
                if n == i + 1 { row.replacen(&format!("\"{told}\""), &format!("\"{wrong}\""), 1) }
                else { row.to_owned() }
            }).collect();
            prop_assert!(read(&rows.join("\n"), &VOCABULARY).is_err());
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text: String) {
            let _ = read(&text, &VOCABULARY);
            let _ = read(&format!("日付,出金,入金,摘要,残高\n{text}"), &VOCABULARY);
        }

        #[test]
        fn any_table_is_answered_without_a_panic(
            rows in prop::collection::vec("[0-9/,\"\n\r年-]{0,40}", 0..8),
        ) {
            let _ = read(&format!("日付,出金,入金,摘要,残高\n{}", rows.join("\n")), &VOCABULARY);
        }
    }
}
