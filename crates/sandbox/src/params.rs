//! Request bodies: JSON, or forms with brackets (`payment_data[external_order_num]=…`, `payment_types[]=…`).

use serde_json::{Map, Value};

use crate::fault::Fault;

/// The fields of a request, whichever way they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Value);

impl Params {
    /// Reads a body by its content type; an empty body has no fields.
    pub(crate) fn read(content_type: &str, body: &[u8]) -> Result<Self, Fault> {
        if body.is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        let unreadable = || Fault::new(400, "bad_request", "The request body could not be read.");
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let pairs: Vec<(String, String)> =
                serde_urlencoded::from_bytes(body).map_err(|_| unreadable())?;
            return Ok(Self(nest(pairs)));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(Value::Object(fields))),
            Ok(_) | Err(_) => Err(unreadable()),
        }
    }

    /// The value at `path`, where `/` steps into an object.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        self.0.pointer(&format!("/{path}")).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.value(path).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A whole number, or `None` where nothing was sent. Forms send numbers as text.
    pub(crate) fn integer(&self, path: &str) -> Result<Option<i64>, Fault> {
        let Some(value) = self.value(path) else { return Ok(None) };
        let read = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        read.map(Some).ok_or_else(|| Fault::invalid(name, &format!("{name} must be an integer")))
    }

    pub(crate) fn list(&self, path: &str) -> Vec<Self> {
        match self.value(path) {
            Some(Value::Array(items)) => items.iter().cloned().map(Self).collect(),
            // `line_items[0][amount]` reads as an object whose keys are positions.
            Some(Value::Object(items)) => items.values().cloned().map(Self).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        self.0.as_str()
    }
}

fn nest(pairs: Vec<(String, String)>) -> Value {
    let mut root = Value::Object(Map::new());
    for (name, text) in pairs {
        let mut keys = name.split('[').map(|key| key.trim_end_matches(']'));
        let first = keys.next().unwrap_or_default();
        let rest: Vec<&str> = keys.collect();
        if let Value::Object(fields) = &mut root {
            put(fields.entry(first).or_insert(Value::Null), &rest, text);
        }
    }
    root
}

fn put(slot: &mut Value, keys: &[&str], text: String) {
    match keys {
        [] => *slot = Value::String(text),
        ["", rest @ ..] => {
            if !slot.is_array() {
                *slot = Value::Array(Vec::new());
            }
            let Value::Array(items) = slot else { return };
            // `line_items[][amount]` begins a new item when the last one already has an amount.
            let is_open = match (items.last(), rest) {
                (Some(Value::Object(last)), [key, ..]) => !last.contains_key(*key),
                _ => false,
            };
            if !is_open {
                items.push(Value::Null);
            }
            if let Some(last) = items.last_mut() {
                put(last, rest, text);
            }
        }
        [key, rest @ ..] => {
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Value::Object(fields) = slot {
                put(fields.entry(*key).or_insert(Value::Null), rest, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn brackets_nest_as_json_does() {
        let form = b"amount=3000&payment_types[]=konbini&payment_types[]=paypay\
            &payment_data%5Bexternal_order_num%5D=A-1\
            &line_items[][description]=x&line_items[][amount]=1&line_items[][description]=y&line_items[][amount]=2";
        let params = Params::read("application/x-www-form-urlencoded", form).unwrap();
        assert_eq!(
            params.0,
            json!({
                "amount": "3000",
                "payment_types": ["konbini", "paypay"],
                "payment_data": {"external_order_num": "A-1"},
                "line_items": [{"description": "x", "amount": "1"}, {"description": "y", "amount": "2"}],
            })
        );
        assert_eq!(params.integer("amount").unwrap(), Some(3000));
        assert_eq!(params.text("payment_data/external_order_num"), Some("A-1"));
    }

    #[test]
    fn a_body_that_is_no_object_is_a_bad_request() {
        assert_eq!(Params::read("application/json", b"[1]").unwrap_err().status, 400);
        assert_eq!(Params::read("application/json", b"{").unwrap_err().status, 400);
    }
}
