//! Japan's banks and branches by their Zengin codes, and the search among them: by name, kana, romaji or code.

use std::sync::LazyLock;

use words::bank::{BANK_ENDINGS, BRANCH_ENDINGS};

/// Written by `cargo xtask zengin`; its head names the source and its date.
const LIST: &str = include_str!("../data/zengin.tsv");
/// What one search shows at most; whoever sees so many types one letter more.
pub const FOUND_MAX: usize = 30;
/// Letters of a search that are looked at.
const QUERY_CHARS_MAX: usize = 40;

/// A bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    /// Four digits.
    pub code: &'static str,
    pub name: &'static str,
    pub kana: &'static str,
    pub romaji: &'static str,
    /// The lines of its branches, read when somebody asks.
    branches: &'static str,
}

/// A branch of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// Three digits.
    pub code: &'static str,
    pub name: &'static str,
    pub kana: &'static str,
    pub romaji: &'static str,
}

/// Every bank, in the order of their codes. A test holds that our list can be read.
static BANKS: LazyLock<Vec<Bank>> = LazyLock::new(|| read(LIST).unwrap_or_default());

/// Why a list was refused: the first line that is not as it must be. Nothing of the list is used then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
struct BrokenList {
    line: usize,
    why: &'static str,
}

/// Reads a list: each bank's line, and behind it those of its branches, indented; all in the order of their codes.
fn read(list: &'static str) -> Result<Vec<Bank>, BrokenList> {
    let mut banks: Vec<Bank> = Vec::new();
    let (mut end, mut branches_from, mut last_branch) = (0_usize, 0_usize, "");
    for (number, line) in (1..).zip(list.split_inclusive('\n')) {
        let broken = |why| Err(BrokenList { line: number, why });
        end = end.saturating_add(line.len());
        let Some(line) = line.strip_suffix('\n') else { return broken("it is cut off") };
        if line.starts_with('#') && banks.is_empty() {
            continue;
        }
        let is_branch = line.starts_with('\t');
        let Some([code, name, kana, romaji]) = fields(line.trim_start_matches('\t')) else {
            return broken("it has other than four fields");
        };
        let is_code =
            |digits: usize| code.len() == digits && code.bytes().all(|it| it.is_ascii_digit());
        match banks.last_mut() {
            None if is_branch => return broken("a branch without a bank"),
            Some(bank) if is_branch => {
                if !is_code(3) || code <= last_branch {
                    return broken("a branch's code out of order");
                }
                last_branch = code;
                bank.branches = list.get(branches_from..end).unwrap_or_default();
            }
            last => {
                if !is_code(4) || last.is_some_and(|last| code <= last.code) {
                    return broken("a bank's code out of order");
                }
                (branches_from, last_branch) = (end, "");
                banks.push(Bank { code, name, kana, romaji, branches: "" });
            }
        }
    }
    Ok(banks)
}

/// The bank of a code.
pub fn bank(code: &str) -> Option<&'static Bank> {
    let at = BANKS.binary_search_by(|bank| bank.code.cmp(code)).ok()?;
    BANKS.get(at)
}

/// Finds banks: a code matches from its start, a name anywhere; who starts with it stands first.
pub fn find_banks(query: &str) -> Vec<&'static Bank> {
    let mut wanted = query.to_owned();
    for (ending, short) in BANK_ENDINGS {
        wanted = wanted.replace(ending, short);
    }
    best(BANKS.iter(), &wanted, |bank| [bank.code, bank.name, bank.kana, bank.romaji])
}

impl Bank {
    /// The branch of a code.
    pub fn branch(&self, code: &str) -> Option<Branch> {
        self.branches().find(|branch| branch.code == code)
    }

    /// Finds branches, as [`find_banks`] does banks.
    pub fn find_branches(&self, query: &str) -> Vec<Branch> {
        let trimmed = query.trim();
        let ending = BRANCH_ENDINGS.iter().find_map(|ending| trimmed.strip_suffix(ending));
        let wanted = ending.unwrap_or(trimmed);
        best(self.branches(), wanted, |it| [it.code, it.name, it.kana, it.romaji])
    }

    fn branches(&self) -> impl Iterator<Item = Branch> + use<> {
        self.branches.lines().filter_map(|line| {
            let [code, name, kana, romaji] = fields(line.trim_start_matches('\t'))?;
            Some(Branch { code, name, kana, romaji })
        })
    }
}

fn fields(line: &'static str) -> Option<[&'static str; 4]> {
    let mut parts = line.split('\t');
    let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(fields)
}

/// The best [`FOUND_MAX`] of those that hold what is wanted in one of their four names, the first being their code.
fn best<T>(
    all: impl Iterator<Item = T>,
    wanted: &str,
    names: impl Fn(&T) -> [&'static str; 4],
) -> Vec<T> {
    let wanted = folded(wanted);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u8, T)> = all
        .filter_map(|one| {
            let [code, name, kana, romaji] = names(&one);
            if code.starts_with(&wanted) {
                return Some((0, one));
            }
            let ranks = [name, kana, romaji].map(|name| rank(&folded(name), &wanted));
            ranks.into_iter().flatten().min().map(|rank| (rank, one))
        })
        .collect();
    // Stable: within a rank they stay in the order of their codes.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(FOUND_MAX).map(|(_, one)| one).collect()
}

/// 0 for the same, 1 for a name that starts with it, 2 for one that holds it.
fn rank(name: &str, wanted: &str) -> Option<u8> {
    if name == wanted {
        Some(0)
    } else if name.starts_with(wanted) {
        Some(1)
    } else {
        name.contains(wanted).then_some(2)
    }
}

/// One form for all ways to type the same: hiragana as katakana, small kana large, full-width Latin half-width and in
/// small letters, every dash the same, no spaces.
fn folded(text: &str) -> String {
    text.chars().take(QUERY_CHARS_MAX).filter_map(fold).collect()
}

fn fold(c: char) -> Option<char> {
    let shifted = |by: u32, c: char| u32::from(c).checked_add(by).and_then(char::from_u32);
    let half = match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32)?,
        '\u{3041}'..='\u{3096}' => shifted(0x60, c)?,
        other => other,
    };
    match half {
        '\u{30FC}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF70}' | '-' => Some('-'),
        // Small a, i, u, e, o, tsu, ya, yu, yo, wa: the large letter is the next one.
        '\u{30A1}' | '\u{30A3}' | '\u{30A5}' | '\u{30A7}' | '\u{30A9}' | '\u{30C3}'
        | '\u{30E3}' | '\u{30E5}' | '\u{30E7}' | '\u{30EE}' => shifted(1, half),
        '\u{30F5}' => Some('\u{30AB}'),
        '\u{30F6}' => Some('\u{30B1}'),
        c if c.is_whitespace() || c == '\u{30FB}' => None,
        c => Some(c.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHORT: &str =
        "# a list\n0001\tA\tA\ta\n\t001\tB\tB\tb\n\t002\tC\tC\tc\n0005\tD\tD\td\n\t001\tE\tE\te\n";

    #[test]
    fn a_broken_list_is_refused_with_its_line() {
        let banks = read(SHORT).unwrap();
        assert_eq!(banks.iter().map(|it| it.branches().count()).collect::<Vec<_>>(), [2, 1]);
        for (list, line) in [
            ("\t001\tB\tB\tb\n", 1),
            ("0001\tA\tA\n", 1),
            ("0001\tA\tA\ta\tx\n", 1),
            ("001\tA\tA\ta\n", 1),
            ("0001\tA\tA\ta", 1),
            ("0002\tA\tA\ta\n0001\tA\tA\ta\n", 2),
            ("0001\tA\tA\ta\n\t002\tB\tB\tb\n\t002\tB\tB\tb\n", 3),
            ("0001\tA\tA\ta\n# more\n", 2),
        ] {
            assert_eq!(read(list).map_err(|it| it.line), Err(line), "{list:?}");
        }
        assert!(read(LIST).is_ok());
    }

    proptest! {
        #[test]
        fn any_list_and_any_search_are_answered_without_a_panic(text: String, at: prop::sample::Index) {
            let mut damaged: Vec<char> = SHORT.chars().collect();
            let at = at.index(damaged.len());
            damaged.splice(at..at, text.chars());
            let lists = [text.clone(), damaged.into_iter().collect()];
            for list in lists {
                // A few kilobytes that the test never gives back.
                for bank in read(Box::leak(list.into_boxed_str())).unwrap_or_default() {
                    let _ = (bank.branch(&text), bank.find_branches(&text));
                }
            }
            let _ = (find_banks(&text), bank(&text));
        }
    }

    fn codes_of(query: &str) -> Vec<&'static str> {
        find_banks(query).iter().map(|bank| bank.code).collect()
    }

    #[test]
    fn the_list_is_whole() {
        let n_branches: usize = BANKS.iter().map(|bank| bank.branches().count()).sum();
        assert!(BANKS.len() > 1000 && n_branches > 25_000, "{} {n_branches}", BANKS.len());
        assert!(BANKS.is_sorted_by_key(|bank| bank.code));
        for bank in BANKS.iter() {
            assert!(bank.code.len() == 4 && bank.branches().count() > 0, "{bank:?}");
            assert!(
                bank.branches().all(|it| it.code.len() == 3 && !it.kana.is_empty()),
                "{bank:?}"
            );
        }
    }

    #[test]
    fn a_bank_is_found_however_it_is_typed() {
        for query in
            ["みずほ", "ミズホ", "みずほ銀行", "mizuho", "Ｍｉｚｕｈｏ", "0001", " みず ほ "]
        {
            assert_eq!(codes_of(query).first(), Some(&"0001"), "{query}");
        }
        for query in ["三菱UFJ", "三菱ｕｆｊ銀行", "みつびしゆーえふじぇい"] {
            assert_eq!(codes_of(query).first(), Some(&"0005"), "{query}");
        }
        assert_eq!(codes_of("ゆうちょ銀行").first(), Some(&"9900"));
        assert_eq!(codes_of("城南信用金庫").first(), Some(&"1344"));
        assert_eq!(codes_of("paypay銀行").first(), Some(&"0033"));
    }

    #[test]
    fn a_branch_is_found_in_its_bank() {
        let mizuho = bank("0001").unwrap();
        for query in ["渋谷", "しぶや", "渋谷支店", "shibuya"] {
            let found = mizuho.find_branches(query);
            assert!(found.iter().any(|it| it.name.contains("渋谷")), "{query}: {found:?}");
        }
        let first = mizuho.find_branches("001")[0];
        assert_eq!((first.code, mizuho.branch("001")), ("001", Some(first)));
        assert_eq!(mizuho.branch("000"), None);
        let post = bank("9900").unwrap();
        assert_eq!(post.find_branches("〇一八")[0].code, "018");
    }

    #[test]
    fn nothing_is_found_by_nothing_and_never_too_much() {
        assert!(find_banks("").is_empty() && find_banks("　").is_empty());
        assert!(find_banks("そんな銀行はない").is_empty());
        assert!(find_banks("銀行").is_empty());
        assert_eq!(find_banks("農協").len(), FOUND_MAX);
        assert_eq!(bank("9999999"), None);
        assert!(find_banks(&"あ".repeat(10_000)).is_empty());
    }
}
