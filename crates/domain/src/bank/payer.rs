//! Payers' names from bank statements, brought into one form so that the same payer is recognised however a bank wrote it.

use super::kana;

/// A payer's name for comparing: never shown, never sent.
///
/// Two statements of the same payer may differ in width, case, small letters, spaces, dashes and the abbreviation of the
/// legal form (`ｶ)ｱｲｳ`, `ｱｲｳ(ｶ`); none of that is left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayerName {
    name: String,
    numbers: Vec<String>,
}

/// The legal forms as banks abbreviate them, longest first, so that no shorter one hides a longer one:
/// チドク 地方独立行政法人, トクヒ 特定非営利活動法人, シユウ 宗教法人, ザイ 財団法人, ドク 独立行政法人, ベン 弁護士法人,
/// ゼイ 税理士法人, ガク 学校法人, フク 社会福祉法人, シヤ 社団法人, ド 合同会社, カ 株式会社, ユ 有限会社, メ 合名会社,
/// シ 合資会社, イ 医療法人, ソ 相互会社.
const LEGAL_FORMS: [&str; 17] = [
    "\u{FF81}\u{FF84}\u{FF9E}\u{FF78}",
    "\u{FF84}\u{FF78}\u{FF8B}",
    "\u{FF7C}\u{FF95}\u{FF73}",
    "\u{FF7B}\u{FF9E}\u{FF72}",
    "\u{FF84}\u{FF9E}\u{FF78}",
    "\u{FF8D}\u{FF9E}\u{FF9D}",
    "\u{FF7E}\u{FF9E}\u{FF72}",
    "\u{FF76}\u{FF9E}\u{FF78}",
    "\u{FF8C}\u{FF78}",
    "\u{FF7C}\u{FF94}",
    "\u{FF84}\u{FF9E}",
    "\u{FF76}",
    "\u{FF95}",
    "\u{FF92}",
    "\u{FF7C}",
    "\u{FF72}",
    "\u{FF7F}",
];

/// The forms written out, which some bank's exports do: 株式会社, 有限会社, 合同会社, ㈱, ㈲, and in kana カブシキガイシヤ,
/// カブシキカイシヤ, ユウゲンガイシヤ, ゴウドウガイシヤ (small letters have become large by then).
const WRITTEN_OUT: [&str; 9] = [
    "\u{682A}\u{5F0F}\u{4F1A}\u{793E}",
    "\u{6709}\u{9650}\u{4F1A}\u{793E}",
    "\u{5408}\u{540C}\u{4F1A}\u{793E}",
    "\u{3231}",
    "\u{3232}",
    "\u{FF76}\u{FF8C}\u{FF9E}\u{FF7C}\u{FF77}\u{FF76}\u{FF9E}\u{FF72}\u{FF7C}\u{FF94}",
    "\u{FF76}\u{FF8C}\u{FF9E}\u{FF7C}\u{FF77}\u{FF76}\u{FF72}\u{FF7C}\u{FF94}",
    "\u{FF95}\u{FF73}\u{FF79}\u{FF9E}\u{FF9D}\u{FF76}\u{FF9E}\u{FF72}\u{FF7C}\u{FF94}",
    "\u{FF7A}\u{FF9E}\u{FF73}\u{FF84}\u{FF9E}\u{FF73}\u{FF76}\u{FF9E}\u{FF72}\u{FF7C}\u{FF94}",
];

impl PayerName {
    /// Reads any text; letters that no bank writes are kept as they are (an export in kanji still equals itself).
    pub fn read(text: &str) -> Self {
        let mut folded = String::new();
        for c in text.chars().filter(|c| !c.is_control()) {
            match kana::fold(c) {
                Some((letter, mark)) => {
                    folded.push(letter);
                    folded.extend(mark);
                }
                None => folded.extend(c.to_uppercase()),
            }
        }
        let numbers = folded
            .split(|c: char| !c.is_ascii_digit())
            .filter(|run| !run.is_empty())
            .map(str::to_owned);
        let numbers = numbers.collect();
        let bare = without_legal_form(folded.trim());
        let name = bare.chars().filter(|c| !is_separator(*c) && !c.is_ascii_digit()).collect();
        Self { name, numbers }
    }

    /// The name without legal form, digits, spaces and marks of separation; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The runs of digits, in their order: payers put the number of their order before or after the name.
    pub fn numbers(&self) -> &[String] {
        &self.numbers
    }
}

/// Takes one legal form away: `ｶ)` in front, `(ｶ` behind, `(ｶ)` anywhere, or written out.
fn without_legal_form(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_ascii_digit() || c == ' ');
    for form in WRITTEN_OUT {
        if let Some(rest) = text.strip_prefix(form).or_else(|| text.strip_suffix(form)) {
            return rest.to_owned();
        }
    }
    for form in LEGAL_FORMS {
        let (front, behind, between) =
            (format!("{form})"), format!("({form}"), format!("({form})"));
        if text.contains(&between) {
            return text.replacen(&between, "", 1);
        }
        if let Some(rest) = text.strip_prefix(&front).or_else(|| text.strip_suffix(&behind)) {
            return rest.to_owned();
        }
    }
    text.to_owned()
}

/// Spaces, dashes and marks, which banks set, drop and replace as they like.
const fn is_separator(c: char) -> bool {
    c.is_ascii_punctuation() || matches!(c, ' ' | '\u{FF61}'..='\u{FF64}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> String {
        PayerName::read(text).name().to_owned()
    }

    #[test]
    fn the_same_payer_is_recognised() {
        for written in [
            "ヤマダ　タロウ",
            "ﾔﾏﾀﾞ ﾀﾛｳ",
            "やまだたろう",
            "ﾔﾏﾀﾞﾀﾛｳ",
            "ヤマダ・タロウ",
            "12345 ヤマダタロウ",
        ] {
            assert_eq!(name(written), "ﾔﾏﾀﾞﾀﾛｳ", "{written}");
        }
        for written in [
            "カ）サクラショウジ",
            "ｻｸﾗｼﾖｳｼﾞ(ｶ",
            "ｻｸﾗｼｮｳｼﾞ(ｶ)",
            "株式会社サクラショウジ",
            "カブシキガイシャサクラショウジ",
            "㈱さくらしょうじ",
        ] {
            assert_eq!(name(written), "ｻｸﾗｼﾖｳｼﾞ", "{written}");
        }
        assert_eq!(name("ﾄﾞ)ｱｵﾊﾞ"), name("ｱｵﾊﾞ(ﾄﾞ"));
        assert_eq!(name("ﾄｸﾋ)ﾓﾘﾉｶｲ"), "ﾓﾘﾉｶｲ");
        assert_eq!(name("シャ）マチノカイ"), "ﾏﾁﾉｶｲ");
    }

    #[test]
    fn a_name_that_only_looks_like_a_legal_form_stays() {
        assert_eq!(name("カトウ"), "ｶﾄｳ");
        assert_eq!(name("ユミ"), "ﾕﾐ");
        assert_ne!(name("ｶ)ｻｸﾗ"), name("ｶｻｸﾗ"));
    }

    #[test]
    fn numbers_are_kept_apart() {
        let read = PayerName::read("１２３４５ ヤマダタロウ 67");
        assert_eq!(read.numbers(), ["12345", "67"]);
        assert_eq!(read.name(), "ﾔﾏﾀﾞﾀﾛｳ");
        assert_eq!(PayerName::read("").name(), "");
    }

    proptest! {
        #[test]
        fn reading_again_changes_nothing(text in "[ 0-9A-Zァ-ヶ()ー・]{0,30}") {
            let once = PayerName::read(&text);
            let again = PayerName::read(once.name());
            prop_assert_eq!(again.name(), once.name());
            prop_assert!(once.name().chars().all(|c| !is_separator(c) && !c.is_ascii_digit()));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text: String) {
            let _ = PayerName::read(&text);
        }
    }
}
