//! Half-width kana as banks write names: what people type is converted, what banks cannot write is refused by position.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::HOLDER_CHARS_MAX;

/// A text of the letters that 全銀 transfers allow in names: half-width kana without small letters and without ヲ,
/// capital Latin letters, digits, space, and `( ) - . / ｢ ｣`. Not empty, no space outside or doubled inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BankKana(String);

/// Why a name was refused. Positions count the letters as typed, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KanaError {
    #[error("is empty")]
    Empty,
    #[error("is longer than {max} half-width letters")]
    TooLong { max: usize },
    #[error("holds {found:?} at {position}, which banks cannot write")]
    NotAllowed { position: usize, found: char },
    #[error("has a voicing mark at {position} that belongs to no letter")]
    LoneMark { position: usize },
}

impl BankKana {
    /// Reads an account holder's name: at most [`HOLDER_CHARS_MAX`] half-width letters, a voicing mark counts as one.
    ///
    /// Full-width katakana, hiragana and Latin letters become half-width, small letters large, ー and other dashes `-`,
    /// ・ a full stop, ヲ オ (banks know no ヲ in names).
    ///
    /// # Errors
    /// When nothing is left, it is too long, or banks cannot write it.
    pub fn parse(text: &str) -> Result<Self, KanaError> {
        Self::parse_within(text, HOLDER_CHARS_MAX)
    }

    /// The same for a field of another width.
    ///
    /// # Errors
    /// As [`BankKana::parse`].
    pub fn parse_within(text: &str, chars_max: usize) -> Result<Self, KanaError> {
        let mut name = String::new();
        for (position, found) in (1..).zip(text.chars()) {
            let (letter, mark) = fold(found)
                .filter(|(c, _)| is_allowed(*c))
                .ok_or(KanaError::NotAllowed { position, found })?;
            let last = name.chars().next_back();
            if is_mark(letter) && !last.is_some_and(|last| takes_mark(last, letter)) {
                return Err(KanaError::LoneMark { position });
            }
            // Spaces outside go, spaces inside become one.
            if letter == ' ' && last.is_none_or(|last| last == ' ') {
                continue;
            }
            name.push(letter);
            name.extend(mark);
        }
        name.truncate(name.trim_end().len());
        if name.is_empty() {
            Err(KanaError::Empty)
        } else if name.chars().count() > chars_max {
            Err(KanaError::TooLong { max: chars_max })
        } else {
            Ok(Self(name))
        }
    }

    /// The name in Unicode's half-width letters, as providers want it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many half-width letters, which is how many bytes in a file.
    pub fn n_letters(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Display for BankKana {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Reads back what was written; the width was judged when the name was typed.
impl TryFrom<String> for BankKana {
    type Error = KanaError;
    fn try_from(text: String) -> Result<Self, KanaError> {
        Self::parse_within(&text, usize::MAX)
    }
}

impl From<BankKana> for String {
    fn from(kana: BankKana) -> Self {
        kana.0
    }
}

/// What a letter is in half-width, with the mark that a voiced one carries; none when there is no such letter.
///
/// It may still be one that banks refuse: [`is_allowed`] judges that.
pub(super) fn fold(c: char) -> Option<(char, Option<char>)> {
    let folded = match half_width(c) {
        c if c.is_ascii_graphic() || c == ' ' => (c.to_ascii_uppercase(), None),
        // Hiragana stand in the order of katakana, 0x60 before them.
        c @ '\u{3041}'..='\u{3096}' => large(u32::from(c).checked_sub(0x3041)?)?,
        c @ '\u{30A1}'..='\u{30F6}' => large(u32::from(c).checked_sub(0x30A1)?)?,
        '\u{3099}' | '\u{309B}' => (VOICED, None),
        '\u{309A}' | '\u{309C}' => (HALF_VOICED, None),
        '\u{300C}' => ('\u{FF62}', None),
        '\u{300D}' => ('\u{FF63}', None),
        '\u{30FB}' | '\u{FF65}' => ('.', None),
        '\u{FF66}' => ('\u{FF75}', None),
        // The five small vowels, then small ya, yu, yo and tsu.
        c @ '\u{FF67}'..='\u{FF6B}' => (shifted(c, 0x0A)?, None),
        c @ '\u{FF6C}'..='\u{FF6E}' => (shifted(c, 0x28)?, None),
        '\u{FF6F}' => ('\u{FF82}', None),
        c @ '\u{FF61}'..='\u{FF9F}' => (c, None),
        _ => return None,
    };
    Some(folded)
}

/// Full-width ASCII and the many spaces and dashes as their plain forms; everything else as it is.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' | '\u{00A0}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30FC}' | '\u{FF70}' => '-',
        '\u{FF01}'..='\u{FF5E}' => {
            u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

const VOICED: char = '\u{FF9E}';
const HALF_VOICED: char = '\u{FF9F}';

/// The large half-width letter (JIS X 0201) for each katakana from U+30A1 to U+30F6, a line of the table a row of kana.
const LARGE: &[u8; 86] = b"\xB1\xB1\xB2\xB2\xB3\xB3\xB4\xB4\xB5\xB5\
    \xB6\xB6\xB7\xB7\xB8\xB8\xB9\xB9\xBA\xBA\
    \xBB\xBB\xBC\xBC\xBD\xBD\xBE\xBE\xBF\xBF\
    \xC0\xC0\xC1\xC1\xC2\xC2\xC2\xC3\xC3\xC4\xC4\
    \xC5\xC6\xC7\xC8\xC9\
    \xCA\xCA\xCA\xCB\xCB\xCB\xCC\xCC\xCC\xCD\xCD\xCD\xCE\xCE\xCE\
    \xCF\xD0\xD1\xD2\xD3\
    \xD4\xD4\xD5\xD5\xD6\xD6\
    \xD7\xD8\xD9\xDA\xDB\
    \xDC\xDC\xB2\xB4\xB5\xDD\xB3\xB6\xB9";

/// Which of them are voiced (`v`) or half-voiced (`p`).
const MARKS: &[u8; 86] = b"..........\
    .v.v.v.v.v\
    .v.v.v.v.v\
    .v.v..v.v.v\
    .....\
    .vp.vp.vp.vp.vp\
    .....\
    ......\
    .....\
    ......v..";

fn large(index: u32) -> Option<(char, Option<char>)> {
    let index = usize::try_from(index).ok()?;
    let mark = match MARKS.get(index)? {
        b'v' => Some(VOICED),
        b'p' => Some(HALF_VOICED),
        _ => None,
    };
    Some((letter(*LARGE.get(index)?)?, mark))
}

/// The half-width letter of a byte of JIS X 0201's upper half (0xA1 to 0xDF), which `Shift_JIS` shares.
pub(crate) fn letter(byte: u8) -> Option<char> {
    if !(0xA1..=0xDF).contains(&byte) {
        return None;
    }
    char::from_u32(u32::from(byte).checked_add(0xFEC0)?)
}

fn shifted(c: char, by: u32) -> Option<char> {
    char::from_u32(u32::from(c).checked_add(by)?)
}

const fn is_mark(c: char) -> bool {
    matches!(c, VOICED | HALF_VOICED)
}

/// Whether `mark` can follow `letter`: voiced are the rows of k, s, t and h and the u; half-voiced only h.
const fn takes_mark(letter: char, mark: char) -> bool {
    match letter {
        '\u{FF8A}'..='\u{FF8E}' => true,
        '\u{FF73}' | '\u{FF76}'..='\u{FF84}' => mark == VOICED,
        _ => false,
    }
}

/// The letters of names in 全銀 transfers, after folding.
const fn is_allowed(c: char) -> bool {
    matches!(
        c,
        'A'..='Z' | '0'..='9' | ' ' | '(' | ')' | '-' | '.' | '/' | '\u{FF62}' | '\u{FF63}' | '\u{FF71}'..='\u{FF9F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kana(text: &str) -> String {
        BankKana::parse(text).unwrap().as_str().to_owned()
    }

    #[test]
    fn every_katakana_has_its_half_width_letters() {
        let full = "ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノ\
                    ハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ";
        let half = "ｱｱｲｲｳｳｴｴｵｵｶｶﾞｷｷﾞｸｸﾞｹｹﾞｺｺﾞｻｻﾞｼｼﾞｽｽﾞｾｾﾞｿｿﾞﾀﾀﾞﾁﾁﾞﾂﾂﾂﾞﾃﾃﾞﾄﾄﾞﾅﾆﾇﾈﾉ\
                    ﾊﾊﾞﾊﾟﾋﾋﾞﾋﾟﾌﾌﾞﾌﾟﾍﾍﾞﾍﾟﾎﾎﾞﾎﾟﾏﾐﾑﾒﾓﾔﾔﾕﾕﾖﾖﾗﾘﾙﾚﾛﾜﾜｲｴｵﾝｳﾞｶｹ";
        let read = BankKana::parse_within(full, 200).unwrap();
        assert_eq!(read.as_str(), half);
        // Hiragana stand 0x60 before their katakana, all 86 of them.
        let hiragana: String =
            full.chars().filter_map(|c| char::from_u32(u32::from(c) - 0x60)).collect();
        assert_eq!(BankKana::parse_within(&hiragana, 200).unwrap(), read);
    }

    #[test]
    fn every_half_width_letter_is_taken_or_refused() {
        let taken: String = ('\u{FF61}'..='\u{FF9F}')
            .filter_map(|c| BankKana::parse(&c.to_string()).ok())
            .map(|kana| kana.as_str().to_owned())
            .collect();
        assert_eq!(taken, "｢｣.ｵｱｲｳｴｵﾔﾕﾖﾂ-ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ");
    }

    #[test]
    fn every_ascii_letter_is_taken_or_refused() {
        let taken: String =
            ('\0'..='\u{7F}').filter(|c| BankKana::parse(&c.to_string()).is_ok()).collect();
        assert_eq!(taken, "()-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn what_people_type_becomes_what_banks_write() {
        assert_eq!(kana("やまだ　たろう"), "ﾔﾏﾀﾞ ﾀﾛｳ");
        assert_eq!(kana("  ヤマダ  タロー "), "ﾔﾏﾀﾞ ﾀﾛ-");
        assert_eq!(kana("カ）イベントペイ"), "ｶ)ｲﾍﾞﾝﾄﾍﾟｲ");
        assert_eq!(kana("ショウジキョウイチ"), "ｼﾖｳｼﾞｷﾖｳｲﾁ");
        assert_eq!(kana("ｊｏｈｎ　Smith・Jr"), "JOHN SMITH.JR");
        assert_eq!(kana("ハ゛ンド"), "ﾊﾞﾝﾄﾞ");
        assert_eq!(kana("か\u{3099}く\u{3099}"), "ｶﾞｸﾞ");
        assert_eq!(kana("「ヲ」マモルカイ"), "｢ｵ｣ﾏﾓﾙｶｲ");
    }

    #[test]
    fn what_banks_cannot_write_is_refused_with_its_position() {
        use KanaError as E;
        let refused = |text: &str| BankKana::parse(text).unwrap_err();
        assert_eq!(refused("　 "), E::Empty);
        assert_eq!(refused("ヤマダ太郎"), E::NotAllowed { position: 4, found: '太' });
        assert_eq!(refused("A,B"), E::NotAllowed { position: 2, found: ',' });
        assert_eq!(refused("A¥B"), E::NotAllowed { position: 2, found: '¥' });
        assert_eq!(refused("ヤ\nマ"), E::NotAllowed { position: 2, found: '\n' });
        assert_eq!(refused("佐々木"), E::NotAllowed { position: 1, found: '佐' });
        assert_eq!(refused("ア゛"), E::LoneMark { position: 2 });
        assert_eq!(refused("゛"), E::LoneMark { position: 1 });
        assert_eq!(refused("カ゜"), E::LoneMark { position: 2 });
        assert_eq!(refused("ガ゛"), E::LoneMark { position: 2 });
        assert_eq!(refused(&"ガ".repeat(16)), E::TooLong { max: 30 });
        assert!(BankKana::parse(&"ガ".repeat(15)).is_ok());
    }

    proptest! {
        #[test]
        fn a_name_once_read_stays_as_it_is(text in "[ -~ぁ-ゖァ-ヶ゛゜ー・「」　｡-ﾟ]{0,40}") {
            if let Ok(name) = BankKana::parse(&text) {
                prop_assert_eq!(BankKana::parse(name.as_str()), Ok(name.clone()));
                prop_assert!(name.as_str().chars().all(is_allowed));
                prop_assert!(name.n_letters() <= HOLDER_CHARS_MAX);
                prop_assert_eq!(name.as_str().trim(), name.as_str());
                prop_assert!(!name.as_str().contains("  "));
            }
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text: String) {
            if let Err(KanaError::NotAllowed { position, found }) = BankKana::parse(&text) {
                prop_assert_eq!(text.chars().nth(position - 1), Some(found));
            }
        }
    }
}
