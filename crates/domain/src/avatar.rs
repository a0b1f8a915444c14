//! The sign of a person in lists: initials on a colour that the id decides, so that it stays when the name changes.

use crate::ids::{Id as _, UserId};

/// Colours there are; `style/components/avatar.css` gives each its two shades.
pub const N_TONES: u8 = 8;

/// What stands for a person where there is little room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// One or two letters.
    pub initials: String,
    /// Below [`N_TONES`].
    pub tone: u8,
}

impl Avatar {
    /// The sign of a user who goes by a name or an address.
    pub fn of(user: UserId, called: &str) -> Self {
        Self { initials: initials(called), tone: tone(user) }
    }
}

/// The last bytes of an id are by chance, so colours come about equally often.
fn tone(user: UserId) -> u8 {
    let mixed = user.uuid().as_bytes().iter().fold(0, |mixed, byte| mixed ^ byte);
    mixed & 0b111
}

/// The first letters of two words in an alphabet (`Hanako Sato`: HS), else the first letter alone (`佐藤 花子`: 佐).
fn initials(called: &str) -> String {
    let name = called.split('@').next().unwrap_or_default();
    let first_of = |word: &str| word.chars().find(|c| c.is_alphanumeric());
    let mut firsts = name.split(|c: char| c.is_whitespace() || c == '.').filter_map(first_of);
    let Some(first) = firsts.next() else { return "?".to_owned() };
    let second = firsts.next().filter(|_| is_cased(first)).filter(|it| is_cased(*it));
    [Some(first), second].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

fn is_cased(c: char) -> bool {
    c.is_uppercase() || c.is_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_letters_of_the_name_or_the_address() {
        for (called, expected) in [
            ("佐藤 花子", "佐"),
            ("Hanako Sato", "HS"),
            ("hanako", "H"),
            ("hanako.sato@example.com", "HS"),
            ("staff-0@example.com", "S"),
            ("山田 Taro", "山"),
            ("  「会計」担当", "会"),
            ("👩‍🍳", "?"),
            ("@", "?"),
        ] {
            assert_eq!(initials(called), expected, "{called}");
        }
    }

    #[test]
    fn the_colour_follows_the_id_alone() {
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..64_u128 {
            let user = UserId::from_uuid(uuid::Uuid::from_u128(n));
            let sign = Avatar::of(user, "a");
            assert!(sign.tone < N_TONES);
            assert_eq!(sign.tone, Avatar::of(user, "b@example.com").tone);
            seen.insert(sign.tone);
        }
        assert_eq!(seen.len(), usize::from(N_TONES));
    }
}
