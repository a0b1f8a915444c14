//! What was typed into a refused form, kept sealed in the web session until its page shows it again: account numbers do
//! not stand readable anywhere.

use data_encoding::BASE64;

use crate::Deps;
use crate::refunds::account::TypedAccount;
use crate::sealed::{Place, open, seal};

const COLUMN: &str = "web_sessions.account_form";

/// Seals what was typed into the form of `token`.
pub fn keep(deps: &Deps, token: &str, typed: &TypedAccount) -> Option<String> {
    let plain = serde_json::to_vec(typed).ok()?;
    let envelope = seal(&deps.settings, Place { column: COLUMN, row: token }, &plain).ok()?;
    Some(BASE64.encode(&envelope))
}

/// What was typed into the form of `token`, if it was sealed for it.
pub fn read(deps: &Deps, token: &str, sealed: &str) -> Option<TypedAccount> {
    let envelope = BASE64.decode(sealed.as_bytes()).ok()?;
    let plain = open(&deps.settings, Place { column: COLUMN, row: token }, &envelope).ok()?;
    serde_json::from_slice(&plain).ok()
}
