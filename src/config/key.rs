//! One key: its names, what may stand there, and how that is told.

use serde_json::{Map, Value, json};

use super::Config;

pub(super) struct Key {
    pub(super) section: String,
    pub(super) name: String,
    /// The first paragraph of the field's documentation, as one line.
    pub(super) doc: String,
    /// Null: there is none. Of a mandatory key it is no value that could stand.
    pub(super) default: Value,
    /// Whether its section is a list of tables.
    pub(super) is_listed: bool,
    pub(super) schema: Value,
}

impl Key {
    /// `section.key`
    pub(super) fn dotted(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// `CARDEA__SECTION__KEY`
    pub(super) fn variable(&self) -> String {
        format!("CARDEA__{}__{}", self.section, self.name).to_uppercase()
    }

    /// Whether it has no default, and can't do without a value.
    pub(super) fn is_mandatory(&self) -> bool {
        self.schema["mandatory"] == true
    }

    pub(super) fn is_secret(&self) -> bool {
        self.schema["secret"] == true
    }

    /// The value that a text stands for. A text that can't be one stays a text, and is refused as such.
    pub(super) fn read(&self, text: &str) -> Value {
        let trimmed = text.trim();
        if self.has_type("integer") {
            trimmed
                .parse::<i64>()
                .map_or_else(|_| text.into(), Value::from)
        } else if self.has_type("boolean") {
            trimmed
                .parse::<bool>()
                .map_or_else(|_| text.into(), Value::from)
        } else if self.has_type("array") {
            trimmed
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .collect()
        } else {
            text.into()
        }
    }

    /// A configuration in which nothing is set but this key.
    pub(super) fn alone(&self, value: Value) -> Value {
        let table = Map::from_iter([(self.name.clone(), value)]);
        if self.is_listed {
            json!({ self.section.as_str(): [table] })
        } else {
            json!({ self.section.as_str(): table })
        }
    }

    /// Says what the value must be, if it is not that.
    pub(super) fn refusal(&self, value: &Value) -> Option<String> {
        if self.fits(value) {
            return None;
        }
        let expected = self.expected();
        if self.is_secret() {
            return Some(format!("must be {expected}"));
        }
        // Of a list, the item that is wrong.
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let item = items.iter().find(|&item| !self.fits(&json!([item])));
        Some(format!("must be {expected}, not {}", item.unwrap_or(value)))
    }

    fn fits(&self, value: &Value) -> bool {
        let in_range = |(least, most)| {
            value
                .as_i64()
                .is_some_and(|value| (least..=most).contains(&value))
        };
        let accepted = serde_json::from_value::<Config>(self.alone(value.clone())).is_ok();
        accepted && !value.is_null() && self.range().is_none_or(in_range)
    }

    fn expected(&self) -> String {
        if let Some(expected) = self.schema["expected"].as_str() {
            return expected.to_owned();
        }
        if let Some((least, most)) = self.range() {
            let because = self.schema["because"].as_str().unwrap_or_default();
            return format!("a whole number from {least} to {most} ({because})");
        }
        if self.has_type("boolean") {
            return "true or false".to_owned();
        }
        self.choices()
            .unwrap_or_else(|| "a text in quotes".to_owned())
    }

    /// What the documentation leaves to the type: the range, or the choices.
    pub(super) fn limits(&self) -> Option<String> {
        let range = self
            .range()
            .map(|(least, most)| format!("{least} to {most}"));
        range.or_else(|| self.choices())
    }

    /// A value that could stand there, for a key that has no default.
    pub(super) fn example(&self) -> &Value {
        &self.schema["examples"][0]
    }

    fn range(&self) -> Option<(i64, i64)> {
        Some((
            self.schema["minimum"].as_i64()?,
            self.schema["maximum"].as_i64()?,
        ))
    }

    fn choices(&self) -> Option<String> {
        let choices = self.schema["oneOf"].as_array()?.iter();
        Some(
            choices
                .map(|choice| choice["const"].to_string())
                .collect::<Vec<_>>()
                .join(" or "),
        )
    }

    fn has_type(&self, name: &str) -> bool {
        let declared = &self.schema["type"];
        // Of an optional key it is a list: the type, or null.
        declared == name
            || declared
                .as_array()
                .is_some_and(|types| types.contains(&name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::catalogue::sections;

    fn key(dotted: &str) -> &'static Key {
        let mut all = sections().iter().flat_map(|section| &section.keys);
        all.find(|key| key.dotted() == dotted).unwrap()
    }

    #[test]
    fn every_key_says_all_that_the_example_and_the_faults_need() {
        for section in sections() {
            assert!(!section.doc.is_empty(), "{}", section.name);
        }
        for key in sections().iter().flat_map(|section| &section.keys) {
            let dotted = key.dotted();
            assert!(
                !key.doc.is_empty() && !key.doc.contains('\n'),
                "{dotted} has no doc"
            );
            assert_eq!(
                key.default.is_null() || key.is_mandatory(),
                !key.example().is_null(),
                "{dotted} has either a default or an example"
            );
            assert!(
                key.default.is_null() || key.fits(&key.default),
                "{dotted} has a default out of range"
            );
            if key.has_type("integer") {
                assert!(
                    key.schema["because"].is_string() && key.range().is_some(),
                    "{dotted} has no reasoned range"
                );
            }
            if key.has_type("array") {
                assert!(
                    key.schema["expected"].is_string(),
                    "{dotted} doesn't say what it lists"
                );
            }
        }
    }

    #[test]
    fn a_refusal_says_what_is_wanted() {
        for (dotted, value, refusal) in [
            (
                "accounts.sign_up",
                json!("yes"),
                "must be true or false, not \"yes\"",
            ),
            (
                "graphql.playground",
                json!(1),
                "must be true or false, not 1",
            ),
            (
                "log.format",
                json!("xml"),
                "must be \"human\" or \"json\", not \"xml\"",
            ),
            (
                "data.directory",
                json!(5),
                "must be a text in quotes, not 5",
            ),
            (
                "tokens.leeway_seconds",
                json!(6),
                "must be a whole number from 0 to 5 (an expired token is accepted that much longer), not 6",
            ),
            (
                "tokens.leeway_seconds",
                json!(-1),
                "must be a whole number from 0 to 5 (an expired token is accepted that much longer), not -1",
            ),
            (
                "http.listen",
                json!("localhost"),
                "must be an address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\", not \"localhost\"",
            ),
            ("database.url", json!(12345), "must be a text in quotes"),
            (
                "applications.secret",
                json!(12345),
                "must be a text in quotes",
            ),
            (
                "applications.scopes",
                json!(["a", 5]),
                "must be a list of scopes, such as \"orders:read\", not 5",
            ),
            (
                "applications.access_lifetime_seconds",
                json!(5),
                "must be a whole number from 10 to 3600 (less keeps clients busy refreshing, and sub-systems that never ask us believe a token that long), not 5",
            ),
            (
                "graphql.playground",
                json!(null),
                "must be true or false, not null",
            ),
        ] {
            assert_eq!(key(dotted).refusal(&value).as_deref(), Some(refusal));
        }
        let refusal = key("http.trusted_proxies")
            .refusal(&json!(["10.0.0.0/8", "10.0.0.1"]))
            .unwrap();
        assert!(refusal.ends_with(", not \"10.0.0.1\""), "{refusal}");
    }
}
