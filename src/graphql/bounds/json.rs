//! What a request's JSON may hold, counted before it is parsed.
//!
//! `serde_json` refuses to nest deeper than 128 by itself, which every stack here stands. What it
//! doesn't bound is how much it makes of little: each two bytes of `[1,1,..]` become a value of
//! 72 bytes, and validation copies the values of variables into each place that names them.

use super::Exceeded;

/// Lists and objects open at once. WebAuthn's JSON, the deepest that clients send, nests 6 deep.
pub const MAX_JSON_NESTING: usize = 32;

/// Values of any kind, members of lists and objects included. A page of ids has a hundred.
pub const MAX_JSON_VALUES: usize = 1_000;

/// Refuses JSON that would become more in memory than a client ever needs. What isn't JSON may
/// pass: the parser says so, and never reads past the place where it first differs.
pub fn check_json(bytes: &[u8]) -> Result<(), Exceeded> {
    let mut open = 0_usize;
    // The first value; each bracket makes room for one, and each comma for another.
    let mut values = 1_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                open += 1;
                values += 1;
            }
            b'}' | b']' => open = open.saturating_sub(1),
            b',' => values += 1,
            b'"' => at = end_of_string(bytes, at),
            _ => {}
        }
        if open > MAX_JSON_NESTING {
            return Err(Exceeded::JsonNesting);
        }
        if values > MAX_JSON_VALUES {
            return Err(Exceeded::JsonValues);
        }
        at += 1;
    }
    Ok(())
}

/// Where the string that opens here closes, or the end of the text.
fn end_of_string(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn counts(value: &Value) -> (usize, usize) {
        let inner: Vec<&Value> = match value {
            Value::Array(values) => values.iter().collect(),
            Value::Object(members) => members.values().collect(),
            _ => return (0, 1),
        };
        inner
            .into_iter()
            .map(counts)
            .fold((1, 1), |(depth, values), inner| {
                (depth.max(inner.0 + 1), values + inner.1)
            })
    }

    #[test]
    fn each_bound_is_met_exactly() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check_json(nested(MAX_JSON_NESTING).as_bytes()), Ok(()));
        let error = check_json(nested(MAX_JSON_NESTING + 1).as_bytes());
        assert_eq!(error, Err(Exceeded::JsonNesting));
        let objects = r#"{"a":"#.repeat(10_000);
        assert_eq!(check_json(objects.as_bytes()), Err(Exceeded::JsonNesting));

        let list = |values: usize| format!("[{}1]", "1,".repeat(values - 2));
        assert_eq!(check_json(list(MAX_JSON_VALUES).as_bytes()), Ok(()));
        let error = check_json(list(MAX_JSON_VALUES + 1).as_bytes());
        assert_eq!(error, Err(Exceeded::JsonValues));
    }

    #[test]
    fn what_is_in_strings_does_not_count() {
        let text = r#"[{,\""#.repeat(1_000) + r"[{,\\";
        assert_eq!(
            check_json(format!(r#"{{"{text}":"{text}"}}"#).as_bytes()),
            Ok(())
        );
        let after = format!(r#"["\\",{}"#, "[".repeat(MAX_JSON_NESTING));
        assert_eq!(check_json(after.as_bytes()), Err(Exceeded::JsonNesting));
        for broken in ["\"", "\"\\", "\"\\\"", "", "]]]", "\u{feff}"] {
            assert_eq!(check_json(broken.as_bytes()), Ok(()));
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from)
        ];
        leaf.prop_recursive(40, 1_500, 40, |inner| {
            let members = proptest::collection::btree_map(".*", inner.clone(), 0..40);
            prop_oneof![
                proptest::collection::vec(inner, 0..40).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_more_is_parsed_than_was_counted(value in value()) {
            let accepted = check_json(value.to_string().as_bytes()).is_ok();
            let (depth, values) = counts(&value);
            prop_assert!(!accepted || (depth <= MAX_JSON_NESTING && values <= MAX_JSON_VALUES));
            // Only an empty list or object counts for more than it is.
            prop_assert!(accepted || depth > MAX_JSON_NESTING || values * 2 > MAX_JSON_VALUES);
        }
    }
}
