//! Text that was checked once and can be trusted after: parse, don't validate.

pub mod display_name;
pub mod email_address;
pub mod idempotency_key;
pub mod registration_number;
pub mod slug;
pub mod text;
pub mod web_origin;

/// Why a text was refused; the words for people are in `words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("is empty")]
    Empty,
    #[error("is longer than {max}")]
    TooLong { max: usize },
    #[error("is malformed")]
    Malformed,
    #[error("holds control characters")]
    ControlCharacters,
}
