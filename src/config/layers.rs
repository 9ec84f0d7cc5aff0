//! The layers over the defaults: each value is tried by itself, so that each fault has its key and its source.

use std::collections::BTreeMap;
use std::mem;

use serde_json::{Map, Value};

use super::catalogue::{self, Section};
use super::faults::{Fault, Faults, Source};
use super::key::Key;
use super::{Config, applications, suggestion};

/// What has been read so far; later layers win.
#[derive(Default)]
pub(super) struct Layers {
    values: Map<String, Value>,
    sources: BTreeMap<String, Source>,
    faults: Vec<Fault>,
}

/// What the names of our environment variables begin with.
const PREFIX: &str = "CARDEA__";

impl Layers {
    /// Takes the variables of the form `CARDEA__SECTION__KEY`; others are not ours.
    pub(super) fn add_environment(&mut self, environment: impl Iterator<Item = (String, String)>) {
        let ours = environment.filter(|(variable, _)| variable.starts_with(PREFIX));
        // The environment has no order, faults shall have one.
        for (variable, text) in ours.collect::<BTreeMap<_, _>>() {
            if let Some(key) = catalogue::keys().find(|key| key.variable() == variable) {
                self.add(key, key.read(&text), Source::Environment(variable));
                continue;
            }
            let dotted = variable[PREFIX.len()..].to_lowercase().replace("__", ".");
            let suggestion = suggestion::closest(&dotted).map(Key::variable);
            let problem = list_named(&dotted).map_or_else(
                || unknown("variable", suggestion),
                |list| only_in_file(&list.name),
            );
            self.add_fault(None, Source::Environment(variable), problem);
        }
    }

    /// Takes dotted keys with their values as text.
    pub(super) fn add_flags(&mut self, flags: &[(String, String)]) {
        for (dotted, text) in flags {
            match find(dotted) {
                Some(key) => self.add(key, key.read(text), Source::Flag),
                None => match list_named(dotted) {
                    Some(list) => {
                        let problem = only_in_file(&list.name);
                        self.add_fault(Some(dotted.clone()), Source::Flag, problem);
                    }
                    None => self.add_unknown(dotted, Source::Flag),
                },
            }
        }
    }

    /// Takes the value of a dotted key.
    pub(super) fn add_value(&mut self, dotted: &str, value: Value, source: Source) {
        match find(dotted) {
            Some(key) => self.add(key, value, source),
            None => self.add_unknown(dotted, source),
        }
    }

    /// Begins a new table of a list; `source` is where it begins.
    pub(super) fn add_table(&mut self, list: &Section, source: Source) {
        let tables = self.tables(list);
        tables.push(Value::Object(Map::new()));
        let place = format!("{}[{}]", list.name, tables.len() - 1);
        self.sources.insert(place, source);
    }

    /// Takes the value of a key of the table that was begun last, or what is wrong with its text.
    pub(super) fn add_table_value(
        &mut self,
        list: &Section,
        name: &str,
        value: Result<Value, String>,
        source: Source,
    ) {
        let index = self.tables(list).len().saturating_sub(1);
        let dotted = format!("{}[{index}].{name}", list.name);
        let Some(key) = list.keys.iter().find(|key| key.name == name) else {
            let suggestion = suggestion::closest_name(&list.keys, name);
            return self.add_fault(Some(dotted), source, unknown("key", suggestion));
        };
        let value = match value.map(|value| (key.refusal(&value), value)) {
            Ok((None, value)) => value,
            Ok((Some(problem), _)) | Err(problem) => {
                return self.add_fault(Some(dotted), source, problem);
            }
        };
        if let Some(table) = self.tables(list).last_mut() {
            table[name] = value;
        }
        self.sources.insert(dotted, source);
    }

    fn tables(&mut self, list: &Section) -> &mut Vec<Value> {
        let tables = self.values.entry(&list.name);
        let tables = tables.or_insert_with(|| Value::Array(Vec::new()));
        tables.as_array_mut().expect("a list is an array")
    }

    pub(super) fn add_fault(&mut self, key: Option<String>, source: Source, problem: String) {
        self.faults.push(Fault {
            key,
            source,
            problem,
        });
    }

    fn add(&mut self, key: &Key, value: Value, source: Source) {
        if let Some(refusal) = key.refusal(&value) {
            return self.add_fault(Some(key.dotted()), source, refusal);
        }
        let section = self
            .values
            .entry(&key.section)
            .or_insert_with(|| Value::Object(Map::new()));
        section[&key.name] = value;
        self.sources.insert(key.dotted(), source);
    }

    fn add_unknown(&mut self, dotted: &str, source: Source) {
        let suggestion = suggestion::closest_place(dotted);
        self.add_fault(Some(dotted.to_owned()), source, unknown("key", suggestion));
    }

    /// The configuration that the layers come to, if nothing at all is wrong with them.
    pub(super) fn settle(mut self) -> Result<Config, Faults> {
        let values = Value::Object(mem::take(&mut self.values));
        let config: Config =
            serde_json::from_value(values).expect("each value was accepted by itself");
        let mut problems = config.problems().0;
        // All of them before any is a fault itself: a key may have several.
        problems.retain(|problem| self.can_judge(&problem.keys));
        for problem in problems {
            let (key, source) = self.culprit(&problem.keys);
            self.add_fault(Some(key), source, problem.text);
        }
        if self.faults.is_empty() {
            return Ok(config);
        }
        for key in self
            .faults
            .iter_mut()
            .filter_map(|fault| fault.key.as_mut())
        {
            *key = applications::with_client_id(key, &config.applications);
        }
        Err(Faults(self.faults))
    }

    /// Whether the keys have the values that they were meant to have. Where a value was refused, or the
    /// file could not be read, a default stands in its place, and what is wrong with that is no news.
    fn can_judge(&self, keys: &[String]) -> bool {
        let all_set = keys.iter().all(|key| self.sources.contains_key(key));
        !self.faults.iter().any(|fault| match &fault.key {
            Some(key) => keys.contains(key),
            None => matches!(fault.source, Source::File { .. }) && !all_set,
        })
    }

    /// The first of the keys that somebody has set, or the first if nobody set any; that of a table
    /// stands where the table begins.
    fn culprit(&self, keys: &[String]) -> (String, Source) {
        let set = |key: &String| Some((key.clone(), self.sources.get(key)?.clone()));
        let unset = || {
            let table = keys[0].rsplit_once('.').map_or("", |(table, _)| table);
            let source = self.sources.get(table).cloned();
            (keys[0].clone(), source.unwrap_or(Source::Unset))
        };
        keys.iter().find_map(set).unwrap_or_else(unset)
    }
}

fn find(dotted: &str) -> Option<&'static Key> {
    catalogue::keys().find(|key| key.dotted() == dotted)
}

/// The list of tables that a dotted key means, or a key in it.
fn list_named(dotted: &str) -> Option<&'static Section> {
    let name = dotted.split(['.', '[']).next();
    let mut lists = catalogue::sections().iter().filter(|it| it.is_list);
    lists.find(|list| Some(list.name.as_str()) == name)
}

fn only_in_file(list: &str) -> String {
    format!(
        "tables can stand in the configuration file only: write [[{list}]] there, and its keys in the lines below"
    )
}

fn unknown(what: &str, suggestion: Option<String>) -> String {
    match suggestion {
        Some(name) => format!("there is no such {what}; did you mean {name}?"),
        None => format!("there is no such {what}; `cardea config example` shows all there are"),
    }
}
