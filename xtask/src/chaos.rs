//! `cargo xtask chaos`: the history checker, for as long as it is told, or at as many sub-systems.

use std::hash::{BuildHasher as _, RandomState};
use std::process::Command;

use anyhow::Result;

use crate::provision::{self, Need};
use crate::steps::Steps;
use crate::{process, server, test};

const MINUTE_SECONDS: u64 = 60;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) minutes: u64,
    /// `None`: any.
    pub(crate) seed: Option<u64>,
    /// Where the servers look whether a token was revoked; one run for each.
    pub(crate) checks: &'static [&'static str],
    /// Nothing is broken: it is measured how soon a logout is in force at so many sub-systems.
    pub(crate) followers: Vec<u64>,
}

pub(crate) const CHECKS: [&str; 2] = ["memory", "redis"];

impl Default for Options {
    fn default() -> Self {
        Self {
            minutes: 10,
            seed: None,
            checks: &CHECKS,
            followers: Vec::new(),
        }
    }
}

/// # Errors
/// When a rule was broken, or something needed can't be had.
pub(crate) fn run(options: &Options) -> Result<()> {
    provision::ensure(&[Need::Postgres, Need::Redis])?;
    // The standard library's only chance.
    let seed = { options.seed }.unwrap_or_else(|| RandomState::new().hash_one(()) % 1_000_000);
    let mut steps = Steps::default();
    for check in options.checks {
        if options.followers.is_empty() {
            break_things(options.minutes, seed, check, &mut steps)?;
        } else {
            measure(&options.followers, check, &mut steps)?;
        }
    }
    steps.summarise();
    Ok(())
}

fn break_things(minutes: u64, seed: u64, check: &str, steps: &mut Steps) -> Result<()> {
    let name = format!("chaos for {minutes} min, checked in {check}, seed {seed}");
    steps.run(&name, || {
        let seconds = minutes * MINUTE_SECONDS;
        let mut command = checker("suite::long", check);
        command
            .env("CARDEA_CHAOS_SEED", seed.to_string())
            .env("CARDEA_CHAOS_SECONDS", seconds.to_string());
        process::run(&mut command)
    })
}

fn measure(followers: &[u64], check: &str, steps: &mut Steps) -> Result<()> {
    let counts: Vec<_> = followers.iter().map(u64::to_string).collect();
    let name = format!("a logout at sub-systems, checked in {check}");
    steps.run(&name, || {
        let mut command = checker("crowd::long", check);
        command.env("CARDEA_CHAOS_FOLLOWERS", counts.join(","));
        process::run(&mut command)
    })
}

fn checker(run: &str, check: &str) -> Command {
    let mut command = test::workspace_test();
    command
        .args(["--test", "chaos", "--"])
        .args(["--ignored", "--exact", run, "--nocapture"])
        .env("CARDEA_CHAOS_CHECK", check);
    server::forget_configuration(&mut command);
    command
}
