//! The configuration as TOML text: the example with every key, and what is in force, without secrets.

use std::fmt::Write;

use serde_json::{Value, json};

use super::catalogue::{self, Content, Section};
use super::key::Key;
use super::{Application, Config};

/// Stands behind a value that is not the default, because there is none.
const NO_DEFAULT: &str = " # an example: not set by default";

/// Stands behind a value that has to be chosen.
const MANDATORY: &str = " # an example: must be set";

const INTRODUCTION: &str = "\
# Every key of Cardea's configuration, with its default. Copy this to cardea.toml, and uncomment what shall differ.
# A variable of the environment, such as CARDEA__HTTP__LISTEN for http.listen, overrules the file (lists are
# written with commas), and a flag on the command line overrules both. `cardea config check` shows what is in force.
# What stands in double brackets, such as [[applications]], can stand in the file only, and several times.
";

/// The text of `cardea.example.toml`: every key with its default and a line on what it is, commented out.
#[must_use]
pub fn example() -> String {
    let mut text = INTRODUCTION.to_owned();
    for section in catalogue::sections() {
        let header = if section.is_list {
            format!("# [[{}]]", section.name)
        } else {
            format!("[{}]", section.name)
        };
        line(&mut text, format_args!("\n# {}\n{header}", section.doc));
        for key in &section.keys {
            let limits = key
                .limits()
                .map(|limits| format!(" ({limits})"))
                .unwrap_or_default();
            let doc = key.doc.trim_end_matches('.');
            line(&mut text, format_args!("\n# {doc}{limits}."));
            let (name, example) = (&key.name, key.example());
            match &key.default {
                _ if key.is_mandatory() => {
                    line(&mut text, format_args!("# {name} = {example}{MANDATORY}"));
                }
                Value::Null => line(&mut text, format_args!("# {name} = {example}{NO_DEFAULT}")),
                default => line(&mut text, format_args!("# {name} = {default}")),
            }
        }
    }
    text
}

/// The configuration in force, with the defaults that depend on other keys, and without its secrets.
#[must_use]
pub fn effective(config: &Config) -> String {
    let mut values = catalogue::values_of(config);
    let mut text = String::new();
    for section in catalogue::sections() {
        match values.swap_remove(&section.name) {
            Some(Content::Table(table)) => {
                let header = format!("[{}]", section.name);
                write_table(&mut text, &header, section, |key| {
                    or_derived(&table[&key.name], || derived(config, key))
                });
            }
            Some(Content::List(tables)) => {
                let header = format!("[[{}]]", section.name);
                for (table, application) in tables.iter().zip(&config.applications) {
                    write_table(&mut text, &header, section, |key| {
                        or_derived(&table[&key.name], || {
                            of_application(config, application, key)
                        })
                    });
                }
            }
            None => {}
        }
    }
    text
}

fn write_table(
    text: &mut String,
    header: &str,
    section: &Section,
    value_of: impl Fn(&Key) -> Value,
) {
    let gap = if text.is_empty() { "" } else { "\n" };
    line(text, format_args!("{gap}{header}"));
    for key in &section.keys {
        match value_of(key) {
            Value::Null => line(text, format_args!("# {} is not set", key.name)),
            value => line(text, format_args!("{} = {value}", key.name)),
        }
    }
}

fn or_derived(set: &Value, derived: impl FnOnce() -> Value) -> Value {
    if set.is_null() {
        derived()
    } else {
        set.clone()
    }
}

/// What a key of an application that is not set comes to.
fn of_application(config: &Config, application: &Application, key: &Key) -> Value {
    let (tokens, sessions) = (&config.tokens, &config.sessions);
    match key.name.as_str() {
        "name" => json!(application.name()),
        "audience" => json!(application.audience()),
        "access_lifetime_seconds" => json!(application.access_lifetime_seconds(tokens)),
        "idle_lifetime_seconds" => json!(application.idle_lifetime_seconds(sessions)),
        "lifetime_seconds" => json!(application.lifetime_seconds(sessions)),
        _ => Value::Null,
    }
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
    use std::slice;

    use super::*;

    /// The example with its keys in force, with or without those that have no default, and the lists.
    fn uncommented(keep: impl Fn(&str) -> bool) -> String {
        let all_keys = || catalogue::sections().iter().flat_map(|it| &it.keys);
        let is_setting = |line: &str| {
            let name = line.split(" = ").next();
            line.starts_with("[[") || all_keys().any(|key| Some(key.name.as_str()) == name)
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
        let mut written = Vec::new();
        for (section, settings) in &table {
            let tables = settings
                .as_array()
                .map_or(slice::from_ref(settings), Vec::as_slice);
            assert_eq!(tables.len(), 1, "{section}");
            let names = tables[0].as_table().unwrap().keys();
            written.extend(names.map(|name| format!("{section}.{name}")));
        }
        let sections = catalogue::sections().iter();
        let mut known: Vec<_> = sections.flat_map(|it| &it.keys).map(Key::dotted).collect();
        written.sort();
        known.sort();
        assert_eq!(written, known);
    }

    #[test]
    fn the_example_uncommented_is_the_default() {
        let text = uncommented(|setting| !setting.ends_with(NO_DEFAULT));
        let config: Config = toml::from_str(&text).unwrap();
        let expected = Config {
            applications: vec![Application {
                client_id: "shop".to_owned(),
                ..Application::default()
            }],
            ..Config::default()
        };
        assert_eq!(
            catalogue::values_of(&config),
            catalogue::values_of(&expected)
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

    #[test]
    fn what_is_in_force_for_an_application_is_told_without_its_secret() {
        let shop = Application {
            client_id: "shop".to_owned(),
            secret: Some("hunter2hunter2hunter2hunter2hunter2".into()),
            lifetime_seconds: Some(700_000),
            ..Application::default()
        };
        let crm = Application {
            client_id: "crm".to_owned(),
            name: Some("CRM".to_owned()),
            ..Application::default()
        };
        let config = Config {
            applications: vec![shop, crm],
            ..Config::default()
        };
        let text = effective(&config);
        assert!(!format!("{text}{config:?}").contains("hunter2"), "{text}");
        let table: toml::Table = toml::from_str(&text).unwrap();
        let expected = "
            [[applications]]
            client_id = 'shop'
            name = 'shop'
            audience = 'shop'
            allowed_origins = []
            scopes = []
            access_lifetime_seconds = 300
            idle_lifetime_seconds = 604800
            lifetime_seconds = 700000
            secret = '[redacted]'
            enabled = true
            [[applications]]
            client_id = 'crm'
            name = 'CRM'
            audience = 'crm'
            allowed_origins = []
            scopes = []
            access_lifetime_seconds = 300
            idle_lifetime_seconds = 604800
            lifetime_seconds = 2592000
            enabled = true
        ";
        let expected: toml::Table = toml::from_str(expected).unwrap();
        assert_eq!(table["applications"], expected["applications"]);
    }
}
