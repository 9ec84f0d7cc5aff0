//! What following costs: a verification at a sub-system, a follower at the server, and the time until a logout is in force there.

mod application;
mod delays;
mod fan_out;
mod followers;
mod refusing;
mod table;
mod verifying;

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use self::fan_out::FanOut;
use self::refusing::Refusing;
use self::verifying::Verifying;
use super::stand::Setting;
use super::table::Machine;
use super::targets;
use crate::interrupt;
use crate::postgres::{Commits, Postgres};
use crate::scratch::Scratch;

pub(crate) use self::table::{TARGETS, write};

/// How many follow one server.
pub(crate) const FOLLOWERS: [usize; 2] = [100, 1000];

/// For what else a process has open than its followers.
const SPARE_DESCRIPTORS: u64 = 100;

pub(crate) struct SubSystems {
    verifying: Verifying,
    fan_out: [FanOut; FOLLOWERS.len()],
    refusing: Refusing,
}

/// These rows, and nothing else.
///
/// # Errors
/// As [`SubSystems::measure`].
pub(crate) fn measure_alone(setting: &Setting<'_>, starts: u64, machine: &Machine) -> Result<()> {
    let mut all = Vec::new();
    for number in 1..=starts {
        interrupt::check()?;
        eprintln!("start {number} of {starts}");
        let measured = SubSystems::measure(setting);
        all.push(measured.with_context(|| format!("start {number}"))?);
    }
    let mut text = String::new();
    writeln!(text, "\n{machine}\n")?;
    let all: Vec<_> = all.iter().collect();
    write(&mut text, &all)?;
    targets::write_head(&mut text)?;
    targets::write(&mut text, &TARGETS, &all)?;
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

impl SubSystems {
    /// # Errors
    /// When a server or a sub-system doesn't start, or answers what it should not.
    pub(crate) fn measure(setting: &Setting<'_>) -> Result<Self> {
        let scratch = Scratch::new("bench-sub-systems")?;
        let postgres = Postgres::start(&scratch, Commits::Timed)?;
        let fan_out = |followers| FanOut::measure(setting, &scratch, &postgres, followers);
        let [some, many] = FOLLOWERS;
        Ok(Self {
            verifying: Verifying::measure(setting)?,
            fan_out: [fan_out(some)?, fan_out(many)?],
            refusing: Refusing::measure(setting, &scratch, &postgres)?,
        })
    }
}

/// Looks whether all can be done that will be, and lets us, and whom we start, have enough connections open.
///
/// # Errors
/// When an example was not built, or the system allows too few open files.
pub(crate) fn prepare(setting: &Setting<'_>) -> Result<()> {
    for example in ["cost", "shop"] {
        let program = setting.example(example);
        ensure!(
            program.is_file(),
            "there is no {}: build it with the server, `cargo build --release --package cardea-verifier \
             --features axum --example {example}`",
            program.display()
        );
    }
    let wanted = FOLLOWERS[1] as u64 + SPARE_DESCRIPTORS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    if maximum.is_some_and(|maximum| maximum < wanted) {
        bail!(
            "{} followers need {wanted} open files, and the system allows fewer (`ulimit -Hn`)",
            FOLLOWERS[1]
        );
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum,
    };
    setrlimit(Resource::Nofile, raised).context("cannot raise the limit of open files")
}
