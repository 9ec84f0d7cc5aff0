//! `cargo xtask bench`: what the server costs, over loopback, against the same server answering a constant.
//!
//! The same binary runs in one of two gears, 30% apart, depending on how the process started. Hence many
//! starts, medians over them, and ratios only between rows of the same start.

mod allocations;
mod crowd;
mod driver;
mod everywhere;
mod exchange;
mod figures;
mod index;
mod me;
mod nodes;
mod people;
mod round;
mod stand;
mod starting;
mod storm;
mod sub_systems;
mod table;
mod targets;
mod told;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::postgres::{Commits, Postgres};
use crate::provision::{self, Need};
use crate::scratch::Scratch;
use crate::test::NODE_CLIENT;
use crate::{cargo, interrupt, process};
use crowd::Crowd;
use round::Round;
use stand::Setting;
use table::Machine;

/// Where the release build goes: beside what everybody else builds, so that neither waits for the other.
const TARGET_FOLDER: &str = "target/bench";

const SERVER_CORE: &str = "0";
/// The driver's, Redis' and PostgreSQL's: what is left on a machine of two.
const DRIVER_CORE: &str = "1";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rows {
    All,
    /// `me` from memory, and the constant.
    Me,
    /// What following costs, here and there.
    SubSystems,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) rows: Rows,
    pub(crate) starts: u64,
    /// How long each row is measured in each start.
    pub(crate) seconds: u64,
    /// In the crowded database; none, and the row is left out.
    pub(crate) crowd: u64,
    /// Measured instead of a build of this source.
    pub(crate) server: Option<PathBuf>,
    /// Over how many requests allocations are counted, instead of anything else.
    pub(crate) allocations: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rows: Rows::All,
            starts: 5,
            seconds: 3,
            crowd: 1_000_000,
            server: None,
            allocations: None,
        }
    }
}

/// # Errors
/// When the server can't be built or started, or answers anything but what is expected.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(requests) = options.allocations {
        return allocations::count(requests);
    }
    if !cfg!(target_os = "linux") {
        bail!("the benchmark reads /proc and pins processes to cores: it runs on Linux only");
    }
    if thread::available_parallelism()?.get() < 2 {
        bail!("the benchmark needs two cores: one for the server, one for the driver");
    }
    provision::ensure(needs(options.rows))?;
    let taskset = process::find("taskset")
        .context("`taskset` (of util-linux) is needed to pin processes to cores")?;
    let binary = match &options.server {
        Some(binary) => {
            fs::canonicalize(binary).with_context(|| format!("there is no {}", binary.display()))?
        }
        None => build(options.rows)?,
    };
    // All threads of ours, and whatever we start from here on, the server excepted.
    process::output(Command::new(&taskset).args([
        "-a",
        "-c",
        "-p",
        DRIVER_CORE,
        &std::process::id().to_string(),
    ]))?;

    let setting = Setting {
        binary: &binary,
        taskset: &taskset,
        server_core: SERVER_CORE,
        limit: Duration::from_secs(options.seconds),
    };
    if options.rows == Rows::Me {
        return me::measure(&setting, options);
    }
    let machine = Machine::look(options);
    sub_systems::prepare(&setting)?;
    if options.rows == Rows::SubSystems {
        return sub_systems::measure_alone(&setting, options.starts, &machine);
    }
    let scratch = Scratch::new("bench")?;
    let postgres = Postgres::start(&scratch, Commits::Durable)?;
    let crowd = gather(options.crowd, &setting, &scratch, &postgres)?;
    let mut rounds: Vec<Round> = Vec::new();
    for number in 1..=options.starts {
        interrupt::check()?;
        eprintln!("start {number} of {}", options.starts);
        let round = Round::run(&setting, number, &postgres, crowd.as_ref());
        rounds.push(round.with_context(|| format!("start {number}"))?);
    }
    table::print(&rounds, options, crowd.as_ref(), &machine)
}

const fn needs(rows: Rows) -> &'static [Need] {
    match rows {
        Rows::All => &[
            Need::Redis,
            Need::Postgres,
            Need::Node,
            Need::Packages(NODE_CLIENT),
        ],
        Rows::Me => &[],
        Rows::SubSystems => &[Need::Postgres, Need::Node, Need::Packages(NODE_CLIENT)],
    }
}

fn gather(
    users: u64,
    setting: &Setting<'_>,
    scratch: &Scratch,
    postgres: &Postgres,
) -> Result<Option<Crowd>> {
    if users == 0 {
        return Ok(None);
    }
    eprintln!("loading {users} users into PostgreSQL");
    let crowd = Crowd::gather(setting, scratch, postgres, users)?;
    eprintln!("loaded them in {} s", crowd.loading.as_secs());
    Ok(Some(crowd))
}

fn build(rows: Rows) -> Result<PathBuf> {
    build_release(&[
        "--bin",
        "cardea",
        "--bin",
        "bench_index",
        "--features",
        "bench",
    ])?;
    if rows != Rows::Me {
        // By itself, with the features that a sub-system would have.
        build_release(&[
            "--package",
            "cardea-verifier",
            "--features",
            "axum",
            "--example",
            "cost",
            "--example",
            "shop",
        ])?;
    }
    fs::canonicalize(Path::new(TARGET_FOLDER).join("release/cardea"))
        .context("cargo built no server where it should be")
}

fn build_release(what: &[&str]) -> Result<()> {
    let mut command = cargo::cargo();
    command.args(["build", "--release"]).args(what);
    process::run(command.args(["--target-dir", TARGET_FOLDER]))
}
