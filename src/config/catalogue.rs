//! Every key that there is, read off the types of the sections.

use std::sync::LazyLock;

use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use super::key::Key;
use super::{Application, Config};

/// The sections in the order of the type.
pub(super) fn sections() -> &'static [Section] {
    static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(read_sections);
    &SECTIONS
}

/// The keys that stand once, in a section of their own: every layer can set them.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    let once = sections().iter().filter(|section| !section.is_list);
    once.flat_map(|section| &section.keys)
}

pub(super) struct Section {
    pub(super) name: String,
    pub(super) doc: String,
    /// Whether it is a list of tables with these keys, which only the file can spell.
    pub(super) is_list: bool,
    pub(super) keys: Vec<Key>,
}

/// Name by name, in the order of the type, which `serde_json`'s own maps forget.
pub(super) type Values = IndexMap<String, Content>;

/// What stands under the name of a section.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Table(Table),
    List(Vec<Table>),
}

pub(super) type Table = IndexMap<String, Value>;

pub(super) fn values_of(config: &Config) -> Values {
    let text = serde_json::to_string(config).expect("every key has a text form");
    serde_json::from_str(&text).expect("a configuration is sections of keys")
}

fn read_sections() -> Vec<Section> {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    let schema = settings
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value();
    // A list shows its keys in an item.
    let defaults = Config {
        applications: vec![Application::default()],
        ..Config::default()
    };
    values_of(&defaults)
        .into_iter()
        .map(|(name, content)| read_section(&schema["properties"][&name], name, content))
        .collect()
}

fn read_section(schema: &Value, name: String, content: Content) -> Section {
    let (is_list, schema, defaults) = match content {
        Content::Table(defaults) => (false, schema, defaults),
        Content::List(items) => (
            true,
            &schema["items"],
            items.into_iter().flatten().collect(),
        ),
    };
    let keys = defaults.into_iter().map(|(key, default)| {
        let schema = schema["properties"][&key].clone();
        Key {
            section: name.clone(),
            name: key,
            doc: doc_of(&schema),
            default,
            is_listed: is_list,
            schema,
        }
    });
    Section {
        keys: keys.collect(),
        doc: doc_of(schema),
        is_list,
        name,
    }
}

fn doc_of(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_the_order_of_the_type() {
        let order: Vec<_> = sections()
            .iter()
            .map(|section| section.name.as_str())
            .collect();
        let expected = [
            "http",
            "graphql",
            "data",
            "database",
            "redis",
            "revocation",
            "feed",
            "outbox",
            "tokens",
            "sessions",
            "sockets",
            "keys",
            "passwords",
            "limits",
            "accounts",
            "log",
            "metrics",
            "applications",
        ];
        assert_eq!(order, expected);
        assert_eq!(sections()[0].keys[0].name, "listen");
    }

    #[test]
    fn secrets_are_marked() {
        let secrets: Vec<_> = sections()
            .iter()
            .flat_map(|section| &section.keys)
            .filter(|key| key.is_secret())
            .map(Key::dotted)
            .collect();
        let expected = [
            "database.url",
            "redis.url",
            "redis.sentinels",
            "keys.master_key",
            "applications.secret",
        ];
        assert_eq!(secrets, expected);
    }
}
