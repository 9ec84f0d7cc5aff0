//! Cargo, and the programs that it can install for us.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A binary of a debug build. Cargo put ourselves beside it, whatever the target folder is called.
///
/// # Errors
/// When the system can't tell where we are.
pub(crate) fn debug_binary(name: &str) -> Result<PathBuf> {
    let ours = env::current_exe().context("cannot tell where this program lies")?;
    Ok(ours.with_file_name(name))
}

/// Installs `cargo-NAME` unless it is there.
///
/// # Errors
/// When it can't be installed.
pub(crate) fn ensure_subcommand(name: &str) -> Result<()> {
    if process::output(cargo().args([name, "--version"])).is_ok() {
        return Ok(());
    }
    let package = format!("cargo-{name}");
    eprintln!("{package} is missing: installing it with `cargo install`");
    // Unoptimised it is built in a fraction of the time, and has little to do here.
    process::run(
        cargo()
            .args(["install", "--locked", "--debug", &package])
            .env("CARGO_PROFILE_DEV_DEBUG", "0"),
    )
}
