//! `[log]`: what the server tells of itself, and in which form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::faults::Problems;

/// What the server tells of itself, and in which form.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is logged: a level, or directives of tracing's `EnvFilter` such as `info,cardea=debug`.
    pub filter: String,
    /// How it is written: for people, or as one JSON object a line.
    pub format: LogFormat,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line, for machines.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Human,
        }
    }
}

impl Log {
    pub(super) fn check(&self, problems: &mut Problems) {
        if EnvFilter::try_new(&self.filter).is_err() {
            problems.add(
                &["log.filter"],
                format!("{:?} is not a filter: write a level, or directives such as \"info,cardea=debug\"", self.filter),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_one_that_tracing_understands() {
        for (filter, understood) in [
            ("info", true),
            ("warn,cardea=debug", true),
            ("off", true),
            ("cardea=loud", false),
        ] {
            let log = Log {
                filter: filter.to_owned(),
                ..Log::default()
            };
            assert_eq!(
                Problems::collect(|problems| log.check(problems)).is_empty(),
                understood,
                "{filter}"
            );
        }
    }
}
