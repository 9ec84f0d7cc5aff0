//! The configuration as TOML text: the example with every key, and what is in force, without secrets.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Config;
use super::catalogue::{self, Key};

/// Stands behind a value that is not the default, because there is none.
const NO_DEFAULT: &str = " # an example: not set by default";

const INTRODUCTION: &str = "\
# Every key of Cardea's configuration, with its default. Copy this to cardea.toml, and uncomment what shall differ.
# A variable of the environment, such as CARDEA__HTTP__LISTEN for http.listen, overrules the file (lists are
# written with commas), and a flag on the command line overrules both. `cardea config check` shows what is in force.
";

/// The text of `cardea.example.toml`: every key with its default and a line on what it is, commented out.
#[must_use]
pub fn example() -> String {
    let mut text = INTRODUCTION.to_owned();
    for section in catalogue::sections() {
        line(
            &mut text,
            format_args!("\n# {}\n[{}]", section.doc, section.name),
        );
        for key in &section.keys {
            let limits = key
                .limits()
                .map(|limits| format!(" ({limits})"))
                .unwrap_or_default();
            let doc = key.doc.trim_end_matches('.');
            line(&mut text, format_args!("\n# {doc}{limits}."));
            match &key.default {
                Value::Null => line(
                    &mut text,
                    format_args!("# {} = {}{NO_DEFAULT}", key.name, key.example()),
                ),
                default => line(&mut text, format_args!("# {} = {default}", key.name)),
            }
        }
    }
    text
}

/// The configuration in force, with the defaults that depend on other keys, and without its secrets.
#[must_use]
pub fn effective(config: &Config) -> String {
    let values = catalogue::values_of(config);
    let mut text = String::new();
    for section in catalogue::sections() {
        let gap = if text.is_empty() { "" } else { "\n" };
        line(&mut text, format_args!("{gap}[{}]", section.name));
        for key in &section.keys {
            let set = &values[&section.name][&key.name];
            let value = if set.is_null() {
                derived(config, key)
            } else {
                set.clone()
            };
            match value {
                Value::Null => line(&mut text, format_args!("# {} is not set", key.name)),
                value => line(&mut text, format_args!("{} = {value}", key.name)),
            }
        }
    }
    text
}

/// What a key that is not set comes to.
fn derived(config: &Config, key: &Key) -> Value {
    match key.dotted().as_str() {
        "graphql.introspection" => json!(config.introspection()),
        "graphql.playground" => json!(config.playground()),
        "database.url" => json!(config.data.database_url()),
        "tokens.issuer" => json!(config.issuer()),
        "keys.master_key_file" if config.keys.master_key.is_none() => {
            json!(config.master_key_file())
        }
        _ => Value::Null,
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes every text");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example with its keys in force, with or without those that have no default.
    fn uncommented(keep: impl Fn(&str) -> bool) -> String {
        let is_setting = |line: &str| {
            let name = line.split(" = ").next();
            catalogue::keys().any(|key| Some(key.name.as_str()) == name)
        };
        let lines = example()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if is_setting(setting) && keep(setting) => setting.to_owned(),
                _ => line.to_owned(),
            })
            .collect::<Vec<_>>();
        lines.join("\n")
    }

    #[test]
    fn every_key_stands_in_the_example_exactly_once() {
        let table: toml::Table = toml::from_str(&uncommented(|_| true)).unwrap();
        let settings = table.iter().flat_map(|(section, settings)| {
            settings
                .as_table()
                .unwrap()
                .keys()
                .map(move |name| format!("{section}.{name}"))
        });
        let mut written: Vec<_> = settings.collect();
        let mut known: Vec<_> = catalogue::keys().map(Key::dotted).collect();
        written.sort();
        known.sort();
        assert_eq!(written, known);
    }

    #[test]
    fn the_example_uncommented_is_the_default() {
        let text = uncommented(|setting| !setting.ends_with(NO_DEFAULT));
        let config: Config = toml::from_str(&text).unwrap();
        assert_eq!(
            catalogue::values_of(&config),
            catalogue::values_of(&Config::default())
        );
    }

    #[test]
    fn the_example_as_it_stands_sets_nothing() {
        let table: toml::Table = toml::from_str(&example()).unwrap();
        assert!(
            table
                .values()
                .all(|section| section.as_table().unwrap().is_empty())
        );
    }

    #[test]
    fn what_is_in_force_is_toml_with_the_derived_defaults() {
        let table: toml::Table = toml::from_str(&effective(&Config::default())).unwrap();
        assert_eq!(
            table["database"]["url"].as_str(),
            Some("sqlite://data/cardea.db")
        );
        assert_eq!(
            table["tokens"]["issuer"].as_str(),
            Some("http://127.0.0.1:8080")
        );
        assert_eq!(
            table["keys"]["master_key_file"].as_str(),
            Some("data/master.key")
        );
        assert_eq!(table["graphql"]["playground"].as_bool(), Some(true));
        assert!(!table["redis"].as_table().unwrap().contains_key("url"));
    }
}
