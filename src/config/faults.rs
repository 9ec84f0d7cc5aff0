//! What can be wrong with a configuration, where it stands, and how it is told.

use std::error::Error;
use std::fmt::{self, Display, Formatter, Write};
use std::path::PathBuf;

/// All that is wrong with a configuration: a heading, then one line for each fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

/// One thing that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The dotted key, or nothing if it is the source as a whole.
    pub key: Option<String>,
    pub source: Source,
    /// Never repeats the value of a secret key.
    pub problem: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave one: the default.
    Unset,
    File {
        path: PathBuf,
        line: Option<usize>,
    },
    /// The environment variable of this name.
    Environment(String),
    Flag,
}

impl Error for Faults {}

impl Display for Faults {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(formatter, "the configuration has 1 fault:")?,
            count => write!(formatter, "the configuration has {count} faults:")?,
        }
        self.0
            .iter()
            .try_for_each(|fault| write!(formatter, "\n  {fault}"))
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let line = match &self.key {
            Some(key) => format!("{key} ({}): {}", self.source, self.problem),
            None => format!("{}: {}", self.source, self.problem),
        };
        // A fault is one line, whatever stood in the source.
        line.chars().try_for_each(|letter| {
            if letter.is_control() {
                write!(formatter, "{}", letter.escape_default())
            } else {
                formatter.write_char(letter)
            }
        })
    }
}

impl Display for Source {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => formatter.write_str("not set"),
            Self::File {
                path,
                line: Some(line),
            } => write!(formatter, "{}, line {line}", path.display()),
            Self::File { path, line: None } => write!(formatter, "{}", path.display()),
            Self::Environment(variable) => write!(formatter, "environment variable {variable}"),
            Self::Flag => formatter.write_str("command line"),
        }
    }
}

/// What the sections find wrong with values that are well formed, before anybody asked where those come from.
#[derive(Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

pub(super) struct Problem {
    /// The keys that it is about. It is told of the first one that somebody has set.
    pub(super) keys: Vec<String>,
    pub(super) text: String,
}

impl Problems {
    pub(super) fn add(&mut self, keys: &[&str], text: impl Into<String>) {
        self.0.push(Problem {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            text: text.into(),
        });
    }

    /// What one check has to say.
    #[cfg(test)]
    pub(super) fn collect(check: impl FnOnce(&mut Self)) -> Vec<String> {
        let mut problems = Self::default();
        check(&mut problems);
        problems.0.into_iter().map(|problem| problem.text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_one_line_under_a_heading_that_counts_them() {
        let file = Source::File {
            path: "cardea.toml".into(),
            line: Some(3),
        };
        let fault = |key: Option<&str>, source: Source, problem: &str| Fault {
            key: key.map(str::to_owned),
            source,
            problem: problem.to_owned(),
        };
        let faults = Faults(vec![
            fault(
                Some("a.b"),
                Source::Environment("CARDEA__A__B".to_owned()),
                "is\nlong",
            ),
            fault(Some("a.c"), Source::Flag, "is \u{1b}red"),
            fault(Some("a.d"), Source::Unset, "is missing"),
            fault(None, file, "is not TOML"),
        ]);
        let expected = [
            "the configuration has 4 faults:",
            "  a.b (environment variable CARDEA__A__B): is\\nlong",
            "  a.c (command line): is \\u{1b}red",
            "  a.d (not set): is missing",
            "  cardea.toml, line 3: is not TOML",
        ];
        assert_eq!(faults.to_string(), expected.join("\n"));
        assert!(
            Faults(faults.0[..1].to_vec())
                .to_string()
                .starts_with("the configuration has 1 fault:")
        );
    }
}
