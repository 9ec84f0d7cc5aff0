//! `cargo xtask ci`: what can be told without running the server.

use std::process::Command;

use anyhow::Result;

use crate::provision::{self, Need};
use crate::steps::Steps;
use crate::{cargo, process};

/// # Errors
/// When a check fails: the first one.
pub(crate) fn run() -> Result<()> {
    provision::ensure(&[Need::Node])?;
    let mut steps = Steps::default();
    steps.run("formatting", || {
        process::run(cargo::cargo().args(["fmt", "--all", "--check"]))
    })?;
    steps.run("lints", || {
        // All features: else nobody would look at what only the benchmark builds.
        process::run(
            cargo::cargo()
                .args([
                    "clippy",
                    "--locked",
                    "--workspace",
                    "--all-targets",
                    "--all-features",
                ])
                .args(["--", "-D", "warnings"]),
        )
    })?;
    steps.run("dependencies: bans, licences, sources", || {
        cargo::ensure_subcommand("deny")?;
        process::run(cargo::cargo().args([
            "deny",
            "--locked",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ]))
    })?;
    steps.run("the playground's assets are those of its source", || {
        process::run(Command::new("npm").args(["--prefix", "playground", "ci"]))?;
        process::run(Command::new("npm").args(["--prefix", "playground", "run", "check"]))
    })?;
    steps.summarise();
    Ok(())
}
