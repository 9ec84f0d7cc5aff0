//! The project's chores: what a person would otherwise type in ten commands.

#![expect(
    clippy::print_stderr,
    reason = "a tool for the terminal: it tells there what it does"
)]

mod arguments;
mod bench;
mod cargo;
mod chaos;
mod ci;
mod demo;
mod fuzz;
mod interrupt;
mod loopback;
mod model;
mod postgres;
mod process;
mod provision;
mod redis;
mod scratch;
mod server;
mod steps;
mod test;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use arguments::Chore;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let chore = arguments::parse(words)?;
    interrupt::watch()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the project");
    std::env::set_current_dir(root)
        .with_context(|| format!("cannot go to the project's folder {}", root.display()))?;
    match chore {
        Chore::Help => {
            eprint!("{}", arguments::HELP);
            Ok(())
        }
        Chore::Test { only } => test::run(only),
        Chore::Demo => demo::run(),
        Chore::Ci => ci::run(),
        Chore::Bench(options) => bench::run(&options),
        Chore::Fuzz { seconds } => fuzz::run(seconds),
        Chore::Model(options) => model::run(&options),
        Chore::Chaos(options) => chaos::run(&options),
    }
}
