//! A line or a paragraph that a person typed, bounded and free of control characters.

use crate::parsed::TextError;

/// A letter or digit as a Latin keyboard types it, where a Japanese one gave the wide form.
pub fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => {
            u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

/// One line: trimmed, not empty, no line breaks.
///
/// # Errors
/// When it is empty, longer than `chars_max`, or holds control characters.
pub fn line(text: &str, chars_max: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    optional_line(text, chars_max)
}

/// One line that may be empty.
///
/// # Errors
/// When it is longer than `chars_max` or holds control characters.
pub fn optional_line(text: &str, chars_max: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.chars().count() > chars_max {
        return Err(TextError::TooLong { max: chars_max });
    }
    if text.chars().any(is_hostile) {
        return Err(TextError::ControlCharacters);
    }
    Ok(text.to_owned())
}

/// Paragraphs that may be empty; line breaks become `\n`.
///
/// # Errors
/// When it is longer than `chars_max` or holds other control characters.
pub fn paragraphs(text: &str, chars_max: usize) -> Result<String, TextError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.chars().count() > chars_max {
        return Err(TextError::TooLong { max: chars_max });
    }
    if text.chars().any(|c| c != '\n' && c != '\t' && is_hostile(c)) {
        return Err(TextError::ControlCharacters);
    }
    Ok(text.trim_end().to_owned())
}

/// Control characters, and the marks that turn the reading direction around (a name could disguise itself with them).
fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("  佐藤 健 ", 80), Ok("佐藤 健".to_owned()));
        assert_eq!(line(" ", 80), Err(TextError::Empty));
        assert_eq!(line("a\nb", 80), Err(TextError::ControlCharacters));
        assert_eq!(line("\u{202E}abc", 80), Err(TextError::ControlCharacters));
        assert_eq!(line("長い", 1), Err(TextError::TooLong { max: 1 }));
        assert_eq!(line("a\0b", 80), Err(TextError::ControlCharacters));
    }

    #[test]
    fn paragraphs_keep_their_breaks() {
        assert_eq!(paragraphs("a\r\nb\n", 80), Ok("a\nb".to_owned()));
    }
}
