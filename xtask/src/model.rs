//! `cargo xtask model`: what the revocation protocol can do, searched further than the tests have time for.

use anyhow::Result;

use crate::{cargo, process};

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Options {
    /// How many states of a case are looked at, at most.
    pub(crate) states: Option<u64>,
    /// Only the cases that leave out this rule.
    pub(crate) rule: Option<String>,
}

/// # Errors
/// When a search comes to something else than was expected.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = cargo::cargo();
    command.args(["run", "--quiet", "--release", "--package"]);
    command.args(["cardea-protocol", "--"]);
    if let Some(states) = options.states {
        command.args(["--states", &states.to_string()]);
    }
    if let Some(rule) = &options.rule {
        command.args(["--rule", rule]);
    }
    process::run(&mut command)
}
