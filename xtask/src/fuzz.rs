//! `cargo xtask fuzz`: each fuzz target for a while, on the stable toolchain.

use std::process::Command;

use anyhow::{Result, bail};

use crate::steps::Steps;
use crate::{cargo, process};

/// # Errors
/// When a target finds something, or can't be run.
pub(crate) fn run(seconds: u64) -> Result<()> {
    cargo::ensure_subcommand("fuzz")?;
    let targets = process::output(fuzz().arg("list"))?;
    if targets.is_empty() {
        bail!("there is no fuzz target");
    }
    let mut steps = Steps::default();
    for target in targets.lines() {
        steps.run(&format!("fuzz {target} for {seconds} s"), || {
            process::run(fuzz().args(["run", target, "--", &format!("-max_total_time={seconds}")]))
        })?;
    }
    steps.summarise();
    Ok(())
}

fn fuzz() -> Command {
    let mut command = cargo::cargo();
    // The sanitizers and coverage that fuzzing needs are behind the compiler's unstable flags.
    command.arg("fuzz").env("RUSTC_BOOTSTRAP", "1");
    command
}
