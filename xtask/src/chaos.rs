//! `cargo xtask chaos`: the history checker, for as long as it is told.

use std::hash::{BuildHasher as _, RandomState};

use anyhow::Result;

use crate::provision::{self, Need};
use crate::steps::Steps;
use crate::{process, server, test};

const MINUTE_SECONDS: u64 = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) minutes: u64,
    /// `None`: any.
    pub(crate) seed: Option<u64>,
    /// Where the servers look whether a token was revoked; one run for each.
    pub(crate) checks: &'static [&'static str],
}

pub(crate) const CHECKS: [&str; 2] = ["memory", "redis"];

impl Default for Options {
    fn default() -> Self {
        Self {
            minutes: 10,
            seed: None,
            checks: &CHECKS,
        }
    }
}

/// # Errors
/// When a rule was broken, or something needed can't be had.
pub(crate) fn run(options: Options) -> Result<()> {
    provision::ensure(&[Need::Postgres, Need::Redis])?;
    // The standard library's only chance.
    let seed = options
        .seed
        .unwrap_or_else(|| RandomState::new().hash_one(()) % 1_000_000);
    let minutes = options.minutes;
    let mut steps = Steps::default();
    for check in options.checks {
        let name = format!("chaos for {minutes} min, checked in {check}, seed {seed}");
        steps.run(&name, || {
            let mut command = test::workspace_test();
            command
                .args(["--test", "chaos", "--"])
                .args(["--ignored", "--exact", "suite::long", "--nocapture"])
                .env("CARDEA_CHAOS_CHECK", check)
                .env("CARDEA_CHAOS_SEED", seed.to_string())
                .env(
                    "CARDEA_CHAOS_SECONDS",
                    (minutes * MINUTE_SECONDS).to_string(),
                );
            server::forget_configuration(&mut command);
            process::run(&mut command)
        })?;
    }
    steps.summarise();
    Ok(())
}
