//! The name that a person who logs in goes by among those who run events together.

use std::fmt;

use crate::limits::NAME_CHARS_MAX;
use crate::parsed::TextError;
use crate::parsed::text::line;

/// One visible line; nothing in it hides, or turns the reading direction around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads what somebody typed; nothing typed is no name.
    ///
    /// # Errors
    /// When it is longer than [`NAME_CHARS_MAX`], or holds what cannot be seen.
    pub fn parse(text: &str) -> Result<Option<Self>, TextError> {
        match line(text, NAME_CHARS_MAX) {
            Ok(name) if name.chars().any(is_hidden) => Err(TextError::ControlCharacters),
            Ok(name) => Ok(Some(Self(name))),
            Err(TextError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Marks of direction, separators and spaces without width: by them two names look the same. The joiner of emoji stays.
const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{061C}'
            | '\u{180E}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{206F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<String>, TextError> {
        DisplayName::parse(text).map(|it| it.map(|it| it.to_string()))
    }

    #[test]
    fn a_name_is_one_visible_line_or_none() {
        assert_eq!(read(" 佐藤 健 "), Ok(Some("佐藤 健".to_owned())));
        assert_eq!(read("　"), Ok(None));
        assert_eq!(read(&"長".repeat(NAME_CHARS_MAX)).map(|it| it.is_some()), Ok(true));
        let too_long = "長".repeat(NAME_CHARS_MAX + 1);
        assert_eq!(read(&too_long), Err(TextError::TooLong { max: NAME_CHARS_MAX }));
    }

    #[test]
    fn nothing_hides_in_a_name() {
        for c in ['\n', '\0', '\u{85}', '\u{200B}', '\u{200F}', '\u{202E}', '\u{2066}', '\u{061C}']
        {
            assert_eq!(read(&format!("a{c}b")), Err(TextError::ControlCharacters), "{c:?}");
        }
        assert_eq!(read("👩\u{200D}🍳").map(|it| it.is_some()), Ok(true));
    }
}
