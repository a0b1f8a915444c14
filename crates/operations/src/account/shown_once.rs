//! Secrets on their way to the page that shows them once: the web session keeps them sealed, for their owner alone.

use data_encoding::BASE64;

use crate::Settings;
use crate::sealed::{self, Place, SealError};

const COLUMN: &str = "web_sessions.shown_once";

/// Seals a secret for `owner`, the text that tells for whom and for which page it is.
///
/// # Errors
/// When it cannot be sealed.
pub fn seal(settings: &Settings, owner: &str, secret: &str) -> Result<String, SealError> {
    let sealed = sealed::seal(settings, Place { column: COLUMN, row: owner }, secret.as_bytes())?;
    Ok(BASE64.encode(&sealed))
}

/// The same, opened for its owner; nothing for anybody else.
pub fn open(settings: &Settings, owner: &str, envelope: &str) -> Option<String> {
    let envelope = BASE64.decode(envelope.as_bytes()).ok()?;
    let opened = sealed::open(settings, Place { column: COLUMN, row: owner }, &envelope).ok()?;
    String::from_utf8(opened).ok()
}
