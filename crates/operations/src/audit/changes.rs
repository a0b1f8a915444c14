//! What a change changed: for each field that differs, what it was and what it is.

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Letters of a text that the log keeps; a description is told by its beginning.
const TEXT_CHARS_MAX: usize = 200;

/// The fields that differ.
#[derive(Debug, Clone, Default)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// Notes a field if it differs.
    #[must_use]
    pub fn note<T: Serialize + ?Sized>(mut self, field: &str, from: &T, to: &T) -> Self {
        let value = |it: &T| serde_json::to_value(it).unwrap_or_default();
        let (from, to) = (value(from), value(to));
        if from != to {
            self.0.insert(field.to_owned(), json!({ "from": short(from), "to": short(to) }));
        }
        self
    }

    /// The detail of a line: `{"changes": {"title": {"from": …, "to": …}}}`, beside what `about` names.
    pub fn detail(self, about: Value) -> Value {
        let mut detail = match about {
            Value::Object(about) => about,
            _ => Map::new(),
        };
        detail.insert("changes".to_owned(), Value::Object(self.0));
        Value::Object(detail)
    }
}

/// A time as the log keeps it.
pub fn at(at: Option<OffsetDateTime>) -> Option<String> {
    at.and_then(|at| at.format(&Rfc3339).ok())
}

fn short(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
            let beginning: String = text.chars().take(TEXT_CHARS_MAX).collect();
            Value::String(format!("{beginning}…"))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_noted_and_long_texts_are_shortened() {
        let long = "x".repeat(300);
        let detail = Changes::default()
            .note("title", "a", "b")
            .note("capacity", &Some(3), &None)
            .note("place", "same", "same")
            .note("description", "", long.as_str())
            .detail(json!({ "ticket_type": 1 }));
        assert_eq!(detail.pointer("/ticket_type"), Some(&json!(1)));
        assert_eq!(detail.pointer("/changes/title"), Some(&json!({ "from": "a", "to": "b" })));
        assert_eq!(detail.pointer("/changes/capacity"), Some(&json!({ "from": 3, "to": null })));
        assert_eq!(detail.pointer("/changes/place"), None);
        let text = detail.pointer("/changes/description/to").and_then(Value::as_str).unwrap();
        assert_eq!(text.chars().count(), TEXT_CHARS_MAX + 1);
    }
}
