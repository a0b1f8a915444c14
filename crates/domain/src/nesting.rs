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
    use super::*;

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
