//! What was typed into a refused form, kept in the web session until the form succeeds: nothing typed is ever lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::FieldErrors;
use crate::ssr;

/// The key of the message that stands above all fields.
pub const WHOLE_FORM: &str = "";

/// A refused form: its values by field, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub values: BTreeMap<String, String>,
    pub errors: FieldErrors,
}

impl Flash {
    /// What was typed into a field, or what stood there before.
    pub fn value_or(&self, field: &str, otherwise: &str) -> String {
        self.values.get(field).map_or_else(|| otherwise.to_owned(), Clone::clone)
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.errors.get(field).cloned()
    }

    /// What is wrong with the form as a whole.
    pub fn whole(&self) -> Option<String> {
        self.error(WHOLE_FORM)
    }
}

/// Keeps a refused form. A browser without a session loses it; there is nothing better to keep it in.
pub async fn put(form: &str, values: BTreeMap<String, String>, errors: FieldErrors) {
    if let Some(session) = ssr::session() {
        let flash = Flash { values, errors };
        if let Err(error) = session.insert(&session_key(form), flash).await {
            ssr::unexpected(error);
        }
    }
}

/// The refused form, taken out.
pub async fn take(form: &str) -> Flash {
    let Some(session) = ssr::session() else { return Flash::default() };
    session.remove(&session_key(form)).await.ok().flatten().unwrap_or_default()
}

/// The refused form, left where it is, so that a reload shows it again.
pub async fn peek(form: &str) -> Flash {
    let Some(session) = ssr::session() else { return Flash::default() };
    session.get(&session_key(form)).await.ok().flatten().unwrap_or_default()
}

/// Where a form is kept in the web session; for doors outside of `api`, which files come through.
pub fn session_key(form: &str) -> String {
    format!("form:{form}")
}
