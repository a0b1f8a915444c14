//! How deep a JSON text is nested, told from its bytes alone, before anything is built from it.

/// Whether no bracket stands inside of more than `max - 1` others. Says nothing about whether the text is JSON.
pub fn is_at_most(json: &[u8], max: usize) -> bool {
    let (mut depth, mut is_in_string, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match (byte, is_in_string) {
            (_, true) if is_escaped => is_escaped = false,
            (b'\\', true) => is_escaped = true,
            (b'"', _) => is_in_string = !is_in_string,
            (b'{' | b'[', false) => {
                depth = depth.saturating_add(1);
                if depth > max {
                    return false;
                }
            }
            (b'}' | b']', false) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn depth(value: &Value) -> usize {
        let within = |inner: &mut dyn Iterator<Item = &Value>| {
            inner.map(depth).max().unwrap_or_default() + 1
        };
        match value {
            Value::Array(values) => within(&mut values.iter()),
            Value::Object(fields) => within(&mut fields.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), ".{0,12}|[\\\\\"{}\\[\\]]{0,12}".prop_map(Value::from)];
        leaf.prop_recursive(8, 40, 4, |inner| {
            let field = (".{0,6}|[\\\\\"{}\\[\\]]{0,6}", inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                prop::collection::vec(field, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever stands in strings and names.
        #[test]
        fn the_depth_is_that_of_the_value(value in json()) {
            let (text, depth) = (value.to_string(), depth(&value));
            prop_assert!(is_at_most(text.as_bytes(), depth));
            prop_assert!(depth == 0 || !is_at_most(text.as_bytes(), depth - 1));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(is_at_most(&bytes, bytes.len()));
        }
    }

    #[test]
    fn brackets_are_counted_where_they_nest() {
        for (json, depth) in [
            ("", 0),
            ("1", 0),
            ("{}", 1),
            ("[[],[],[]]", 2),
            (r#"{"a":{"b":[1]}}"#, 3),
            (r#"{"a":"[[[[{{{{"}"#, 1),
            (r#"{"a":"\\"}"#, 1),
            (r#"{"a":"\"[[["}"#, 1),
            (r#"["\\\"[",[]]"#, 2),
        ] {
            assert!(is_at_most(json.as_bytes(), depth), "{json}");
            assert!(depth == 0 || !is_at_most(json.as_bytes(), depth - 1), "{json}");
        }
        assert!(!is_at_most("[".repeat(200_000).as_bytes(), 32));
    }
}
