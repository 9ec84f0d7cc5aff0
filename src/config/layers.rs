//! The layers over the defaults: each value is tried by itself, so that each fault has its key and its source.

use std::collections::BTreeMap;
use std::mem;

use serde_json::{Map, Value};

use super::Config;
use super::catalogue::{self, Key};
use super::faults::{Fault, Faults, Source};

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
            let suggestion = catalogue::closest(&dotted).map(Key::variable);
            let problem = unknown("variable", suggestion);
            self.add_fault(None, Source::Environment(variable), problem);
        }
    }

    /// Takes dotted keys with their values as text.
    pub(super) fn add_flags(&mut self, flags: &[(String, String)]) {
        for (dotted, text) in flags {
            match find(dotted) {
                Some(key) => self.add(key, key.read(text), Source::Flag),
                None => self.add_unknown(dotted, Source::Flag),
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
        let suggestion = catalogue::closest(dotted).map(Key::dotted);
        self.add_fault(Some(dotted.to_owned()), source, unknown("key", suggestion));
    }

    /// The configuration that the layers come to, if nothing at all is wrong with them.
    pub(super) fn settle(mut self) -> Result<Config, Faults> {
        let values = Value::Object(mem::take(&mut self.values));
        let config: Config =
            serde_json::from_value(values).expect("each value was accepted by itself");
        for problem in config.problems().0 {
            if self.can_judge(problem.keys) {
                let (key, source) = self.culprit(problem.keys);
                self.add_fault(Some(key), source, problem.text);
            }
        }
        if self.faults.is_empty() {
            Ok(config)
        } else {
            Err(Faults(self.faults))
        }
    }

    /// Whether the keys have the values that they were meant to have. Where a value was refused, or the
    /// file could not be read, a default stands in its place, and what is wrong with that is no news.
    fn can_judge(&self, keys: &[&str]) -> bool {
        let all_set = keys.iter().all(|&key| self.sources.contains_key(key));
        !self.faults.iter().any(|fault| match &fault.key {
            Some(key) => keys.contains(&key.as_str()),
            None => matches!(fault.source, Source::File { .. }) && !all_set,
        })
    }

    /// The first of the keys that somebody has set, or the first if nobody set any.
    fn culprit(&self, keys: &[&str]) -> (String, Source) {
        let set = |&key: &&str| Some((key.to_owned(), self.sources.get(key)?.clone()));
        let unset = || (keys[0].to_owned(), Source::Unset);
        keys.iter().find_map(set).unwrap_or_else(unset)
    }
}

fn find(dotted: &str) -> Option<&'static Key> {
    catalogue::keys().find(|key| key.dotted() == dotted)
}

fn unknown(what: &str, suggestion: Option<String>) -> String {
    match suggestion {
        Some(name) => format!("there is no such {what}; did you mean {name}?"),
        None => format!("there is no such {what}; `cardea config example` shows all there are"),
    }
}
