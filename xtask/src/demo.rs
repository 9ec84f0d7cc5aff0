//! `cargo xtask demo`: Cardea, three sub-systems and the page of all three, to look at and to log out of.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::provision::{self, Need};
use crate::test::NODE_CLIENT;
use crate::{cargo, interrupt, process};

pub(crate) const EXAMPLE: &str = "examples/three-systems";

/// Runs until somebody ends it, which is no failure.
///
/// # Errors
/// When something needed can't be had, or it doesn't start.
pub(crate) fn run() -> Result<()> {
    provision::ensure(&[
        Need::Node,
        Need::Python,
        Need::Packages(NODE_CLIENT),
        Need::Packages(EXAMPLE),
    ])?;
    // Should we be killed, it goes with us, and what it started with it.
    let mut node = process::server_command(Path::new("node"));
    node.arg(format!("{EXAMPLE}/demo.mjs"));
    build(&mut node)?;
    let ended = process::run(&mut node);
    if interrupt::check().is_err() {
        return Ok(());
    }
    ended
}

/// Builds the programs that run beside the page, and tells `node` where they are.
///
/// # Errors
/// When they can't be built.
pub(crate) fn build(node: &mut Command) -> Result<()> {
    process::run(cargo::cargo().args(["build", "--workspace", "--bins"]))?;
    let python = provision::find_python().context("Python was found a moment ago")?;
    node.env("CARDEA_BINARY", cargo::debug_binary("cardea")?)
        .env("SHOP_BINARY", cargo::debug_binary("three-systems-shop")?)
        .env("PYTHON", python);
    Ok(())
}
