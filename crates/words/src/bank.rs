//! Bank accounts in words: kinds, and why a code, a number or a name was refused.

use domain::bank::{AccountKind, DigitsError, KanaError};

use crate::errors;
use crate::lang::Lang;

/// The kind of an account.
pub const fn account_kind(kind: AccountKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (AccountKind::Ordinary, Lang::Ja) => "普通",
        (AccountKind::Ordinary, Lang::En) => "Ordinary",
        (AccountKind::Checking, Lang::Ja) => "当座",
        (AccountKind::Checking, Lang::En) => "Checking",
        (AccountKind::Savings, Lang::Ja) => "貯蓄",
        (AccountKind::Savings, Lang::En) => "Savings",
    }
}

/// Why a bank code, a branch code or an account number was refused.
pub fn digits(error: DigitsError, lang: Lang) -> String {
    match (error, lang) {
        (DigitsError::Empty, _) => errors::required(lang).to_owned(),
        (DigitsError::NotDigits { position }, Lang::Ja) => {
            format!("数字で入力してください（{position}文字目）")
        }
        (DigitsError::NotDigits { position }, Lang::En) => {
            format!("Please use digits only (see character {position})")
        }
        (DigitsError::WrongLength { n }, Lang::Ja) => format!("{n}けたの数字で入力してください"),
        (DigitsError::WrongLength { n }, Lang::En) => format!("Please enter {n} digits"),
        (DigitsError::TooLong { max }, Lang::Ja) => format!("{max}けた以内で入力してください"),
        (DigitsError::TooLong { max }, Lang::En) => format!("Please enter {max} digits at most"),
    }
}

/// Why the holder's name was refused.
pub fn kana(error: KanaError, lang: Lang) -> String {
    match (error, lang) {
        (KanaError::Empty, _) => errors::required(lang).to_owned(),
        (KanaError::TooLong { max }, Lang::Ja) => {
            format!(
                "半角で{max}文字以内です。長い名義は先頭の{max}文字を入れてください（濁点も1文字と数えます）"
            )
        }
        (KanaError::TooLong { max }, Lang::En) => format!(
            "Banks take {max} half-width letters. For a longer name, enter its first {max} (a voicing mark counts as one)"
        ),
        (KanaError::NotAllowed { position, found }, Lang::Ja) => format!(
            "{position}文字目の「{found}」は銀行の名義に使えません。通帳のカタカナの名義を入れてください"
        ),
        (KanaError::NotAllowed { position, found }, Lang::En) => format!(
            "Banks cannot write “{found}” (character {position}). Please enter the name in katakana as in the bank book"
        ),
        (KanaError::LoneMark { position }, Lang::Ja) => {
            format!("{position}文字目の濁点・半濁点は、その前の文字に付けられません")
        }
        (KanaError::LoneMark { position }, Lang::En) => {
            format!("The voicing mark at character {position} belongs to no letter")
        }
    }
}

/// Ends of a bank's name that the list of banks leaves out or shortens, longest first, with what it has instead.
pub const BANK_ENDINGS: [(&str, &str); 5] = [
    ("農業協同組合", "農協"),
    ("信用金庫", "信金"),
    ("信用組合", "信組"),
    ("労働金庫", "労金"),
    ("銀行", ""),
];

/// Ends of a branch's name that the list leaves out.
pub const BRANCH_ENDINGS: [&str; 2] = ["支店", "出張所"];

#[cfg(test)]
mod tests {
    use super::*;
    use domain::bank::BankKana;

    #[test]
    fn a_refused_name_says_where_and_what_to_do() {
        let error = BankKana::parse("ヤマダ太郎").unwrap_err();
        assert_eq!(
            kana(error, Lang::Ja),
            "4文字目の「太」は銀行の名義に使えません。通帳のカタカナの名義を入れてください"
        );
        assert!(kana(error, Lang::En).contains("character 4"));
    }
}
