//! The layer that is a TOML file; each value knows its line.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

use super::DEFAULT_FILE;
use super::catalogue::{self, Section};
use super::faults::Source;
use super::layers::Layers;

/// Reads the file, which must be there; or the default one, if it is.
pub(super) fn read(file: Option<&Path>, layers: &mut Layers) {
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    match fs::read_to_string(path) {
        Ok(text) => add(path, &text, layers),
        Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let source = Source::File {
                path: path.to_owned(),
                line: None,
            };
            let problem = format!(
                "can't be read ({error}); name a file that is there, in UTF-8, and that this user may read"
            );
            layers.add_fault(None, source, problem);
        }
    }
}

/// Takes the settings of the file, and tells of what is not TOML in it.
fn add(path: &Path, text: &str, layers: &mut Layers) {
    let place = Place {
        path: path.to_owned(),
        text,
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let offset = error.span().map_or(0, |span| span.start);
        // The message alone: what the error shows around it may be a secret.
        layers.add_fault(
            None,
            place.at(offset),
            format!("is not TOML here: {}", error.message()),
        );
    }
    // What was recovered from something that is not TOML may be half a value.
    if !errors.is_empty() {
        return;
    }
    for (section, content) in in_order(document.into_inner()) {
        let source = place.at(section.span().start);
        let mut lists = catalogue::sections().iter().filter(|it| it.is_list);
        if let Some(list) = lists.find(|list| list.name == *section.as_ref()) {
            add_list(list, content, &place, layers);
            continue;
        }
        match content.into_inner() {
            DeValue::Table(settings) if !settings.is_empty() => {
                for (name, value) in in_order(settings) {
                    let dotted = format!("{}.{}", section.as_ref(), name.as_ref());
                    let source = place.at(name.span().start);
                    add_setting(&dotted, value, source, layers);
                }
            }
            content => add_outside_section(section.as_ref(), &content, source, layers),
        }
    }
}

/// A table in the order of its lines, so that faults are told from top to bottom.
fn in_order(table: DeTable<'_>) -> Vec<(Spanned<DeString<'_>>, Spanned<DeValue<'_>>)> {
    let mut settings: Vec<_> = table.into_iter().collect();
    settings.sort_by_key(|(name, _)| name.span().start);
    settings
}

fn add_setting(dotted: &str, value: Spanned<DeValue<'_>>, source: Source, layers: &mut Layers) {
    match read_value(value) {
        Ok(value) => layers.add_value(dotted, value, source),
        Err(problem) => layers.add_fault(Some(dotted.to_owned()), source, problem),
    }
}

fn read_value(value: Spanned<DeValue<'_>>) -> Result<Value, String> {
    Value::deserialize(ValueDeserializer::from(value))
        .map_err(|_| "has a number that is malformed or too large".to_owned())
}

/// A list of tables, each a line `[[name]]` and keys below it.
fn add_list(list: &Section, content: Spanned<DeValue<'_>>, place: &Place<'_>, layers: &mut Layers) {
    let start = content.span().start;
    let DeValue::Array(items) = content.into_inner() else {
        return layers.add_fault(Some(list.name.clone()), place.at(start), no_list(list));
    };
    for item in items {
        let source = place.at(item.span().start);
        let DeValue::Table(settings) = item.into_inner() else {
            layers.add_fault(Some(list.name.clone()), source, no_list(list));
            continue;
        };
        layers.add_table(list, source);
        for (name, value) in in_order(settings) {
            let source = place.at(name.span().start);
            layers.add_table_value(list, name.as_ref(), read_value(value), source);
        }
    }
}

fn no_list(list: &Section) -> String {
    let name = &list.name;
    format!("is a list of tables: write [[{name}]] for each, and its keys in the lines below")
}

/// An empty section is no harm; a key before the first section, or a section that isn't ours, is.
fn add_outside_section(name: &str, content: &DeValue<'_>, source: Source, layers: &mut Layers) {
    let is_section = catalogue::sections()
        .iter()
        .any(|section| section.name == name);
    match (is_section, content) {
        (true, DeValue::Table(_)) => {}
        (true, _) => {
            let problem = format!("is a section: write [{name}], and its keys in the lines below");
            layers.add_fault(Some(name.to_owned()), source, problem);
        }
        (false, _) => layers.add_value(name, Value::Null, source),
    }
}

/// Finds the line of an offset.
struct Place<'t> {
    path: PathBuf,
    text: &'t str,
}

impl Place<'_> {
    fn at(&self, offset: usize) -> Source {
        let line = 1 + self
            .text
            .bytes()
            .take(offset)
            .filter(|&byte| byte == b'\n')
            .count();
        Source::File {
            path: self.path.clone(),
            line: Some(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn settle(text: &str) -> Result<Config, Vec<String>> {
        let mut layers = Layers::default();
        add(Path::new("c.toml"), text, &mut layers);
        layers
            .settle()
            .map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_file_is_read_in_either_notation() {
        let config =
            settle("tokens.leeway_seconds = 5\n[http]\nmax_connections = 9\n[log]\n").unwrap();
        assert_eq!(
            (config.http.max_connections, config.tokens.leeway_seconds),
            (9, 5)
        );
    }

    #[test]
    fn faults_know_their_line_and_come_from_top_to_bottom() {
        let text = "listen = 1\ngraphql = 2\n[htp]\n[http]\n\nlistn = 3\nlisten = 4\n[http.max_connections]\na = 1\n";
        let faults = settle(text).unwrap_err();
        let expected = [
            "listen (c.toml, line 1): there is no such key; did you mean http.listen?",
            "graphql (c.toml, line 2): is a section: write [graphql]",
            "htp (c.toml, line 3): there is no such key",
            "http.listn (c.toml, line 6): there is no such key; did you mean http.listen?",
            "http.listen (c.toml, line 7): must be an address",
            "http.max_connections (c.toml, line 8): must be a whole number",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:?}");
        for (fault, start) in faults.iter().zip(expected) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn a_list_of_tables_is_read_in_either_notation() {
        let tables = "[[applications]]\nclient_id = 'shop'\n[log]\n[[applications]]\nclient_id = 'crm'\nenabled = false\n";
        let inline =
            "applications = [{ client_id = 'shop' }, { client_id = 'crm', enabled = false }]\n";
        for text in [tables, inline] {
            let applications = settle(text).unwrap().applications;
            let read: Vec<_> = applications
                .iter()
                .map(|application| (application.client_id.as_str(), application.enabled))
                .collect();
            assert_eq!(read, [("shop", true), ("crm", false)]);
        }
        assert!(
            settle("applications = []\n")
                .unwrap()
                .applications
                .is_empty()
        );
    }

    #[test]
    fn faults_of_a_table_know_its_name_and_their_line() {
        let text = "[[aplications]]\n[[applications]]\nclient_id = 'shop'\norigins = []\nenabled = 'no'\n\
            access_lifetime_seconds = 99999999999999999999\n[[applications]]\nname = ''\n[[applications]]\nclient_id = 'shop'\n";
        let faults = settle(text).unwrap_err();
        let expected = [
            "aplications (c.toml, line 1): there is no such key; did you mean [[applications]]?",
            "applications.shop.origins (c.toml, line 4): there is no such key; did you mean allowed_origins?",
            "applications.shop.enabled (c.toml, line 5): must be true or false, not \"no\"",
            "applications.shop.access_lifetime_seconds (c.toml, line 6): has a number",
            "applications[1].client_id (c.toml, line 7): \"\" must be 1 to 64",
            "applications[1].name (c.toml, line 8): \"\" must be 1 to 100",
            "applications.shop.client_id (c.toml, line 10): \"shop\" is the client id of application \"shop\", too",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, start) in faults.iter().zip(expected) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn what_is_no_list_of_tables_is_told_how_to_be_one() {
        for (text, line) in [
            ("[applications]\nclient_id = 'shop'\n", 1),
            ("[applications.shop]\nname = 'Shop'\n", 1),
            ("\napplications = 'shop'\n", 2),
            ("applications = [\n'shop']\n", 2),
        ] {
            let expected = format!(
                "applications (c.toml, line {line}): is a list of tables: write [[applications]] for each, and its keys in the lines below"
            );
            assert_eq!(settle(text).unwrap_err(), [expected], "{text}");
        }
    }

    #[test]
    fn what_is_not_toml_is_told_without_quoting_it() {
        let faults = settle("[redis]\nurl = redis://:hunter2@cache\n[log\nfilter = 'x\n")
            .unwrap_err()
            .join("\n");
        assert!(
            faults.contains("c.toml, line 2: is not TOML here"),
            "{faults}"
        );
        assert!(
            faults.contains("c.toml, line 3: is not TOML here"),
            "{faults}"
        );
        assert!(!faults.contains("hunter2"), "{faults}");
        let faults = settle("[log]\n[log]\n").unwrap_err();
        assert!(
            faults[0].starts_with("c.toml, line 2: is not TOML here: duplicate key"),
            "{faults:?}"
        );
    }

    #[test]
    fn a_number_that_no_integer_holds_is_a_fault_of_its_key() {
        let faults = settle("[http]\nmax_connections = 99999999999999999999\n").unwrap_err();
        assert!(
            faults[0].starts_with("http.max_connections (c.toml, line 2)"),
            "{faults:?}"
        );
    }
}
