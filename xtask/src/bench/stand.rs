//! A server that is measured: on a core of its own, on a port of its own, with a folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::driver::{Driver, Work};
use super::figures::{Figures, Tally};
use super::people::{Asking, People};
use crate::scratch::Scratch;
use crate::server::{self, Server};
use crate::{loopback, process};

/// How many ask at once, each a user of his own.
pub(crate) const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
/// Rows that are compared take turns of this length, so that what else the machine does meets both.
const TURN: Duration = Duration::from_millis(500);

/// Few users log in again and again: none of their sessions shall have to end for the next.
const SESSIONS_OF_A_USER: (&str, &str) = ("CARDEA__SESSIONS__MAXIMUM_PER_USER", "1000");

/// What is the same for every server.
pub(crate) struct Setting<'s> {
    pub(crate) binary: &'s Path,
    pub(crate) taskset: &'s Path,
    pub(crate) server_core: &'s str,
    pub(crate) limit: Duration,
}

impl Setting<'_> {
    /// What was built together with the server.
    pub(crate) fn beside(&self, program: &str) -> PathBuf {
        self.binary.with_file_name(program)
    }

    /// One of the verifier's.
    pub(crate) fn example(&self, name: &str) -> PathBuf {
        self.beside("examples").join(name)
    }
}

pub(crate) struct Stand {
    server: Server,
    limit: Duration,
}

impl Stand {
    /// # Errors
    /// When the server doesn't start.
    pub(crate) fn open(
        setting: &Setting<'_>,
        scratch: &Scratch,
        name: &str,
        configuration: &[(&str, String)],
    ) -> Result<Self> {
        Self::start(command(setting), setting, scratch, (name, configuration))
    }

    /// With a configuration file, which alone can hold applications.
    ///
    /// # Errors
    /// When the server doesn't start.
    pub(crate) fn open_with_file(
        setting: &Setting<'_>,
        scratch: &Scratch,
        name: &str,
        file: &Path,
        configuration: &[(&str, String)],
    ) -> Result<Self> {
        let mut command = command(setting);
        command.arg("--config").arg(file);
        Self::start(command, setting, scratch, (name, configuration))
    }

    fn start(
        mut command: Command,
        setting: &Setting<'_>,
        scratch: &Scratch,
        (name, configuration): (&str, &[(&str, String)]),
    ) -> Result<Self> {
        command.envs(configuration.iter().map(|(key, value)| (*key, value)));
        Ok(Self {
            server: Server::start(command, scratch, name)?,
            limit: setting.limit,
        })
    }

    /// # Errors
    /// When the server doesn't start.
    pub(crate) fn on_postgres(
        setting: &Setting<'_>,
        scratch: &Scratch,
        name: &str,
        url: String,
    ) -> Result<Self> {
        Self::on_postgres_with(setting, scratch, name, url, &[])
    }

    /// # Errors
    /// When the server doesn't start.
    pub(crate) fn on_postgres_with(
        setting: &Setting<'_>,
        scratch: &Scratch,
        name: &str,
        url: String,
        more: &[(&str, String)],
    ) -> Result<Self> {
        let configuration = [
            ("CARDEA__DATABASE__URL", url),
            // One for all servers: a database outlives each of them.
            ("CARDEA__KEYS__MASTER_KEY", "5e".repeat(32)),
        ];
        Self::open(setting, scratch, name, &[&configuration, more].concat())
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn id(&self) -> u32 {
        self.server.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        loopback::address(self.server.port())
    }

    /// As many people as ask at once, signed up and logged in.
    ///
    /// # Errors
    /// When the server does not let them.
    pub(crate) fn people(&self) -> Result<People> {
        self.told(People::arrive(self.address(), CONNECTIONS))
    }

    /// The constant and `me`, in turns, over the same connections.
    ///
    /// # Errors
    /// When the server answers what it should not.
    pub(crate) fn compare(&self, people: &People) -> Result<(Figures, Figures)> {
        let mut driver = Driver::connect(self.address(), CONNECTIONS)?;
        let mut constant = (Asking::constant(people), Tally::default());
        let mut me = (Asking::me(people), Tally::default());
        for (work, _) in [&mut constant, &mut me] {
            self.told(driver.run(WARM_UP, work))?;
        }
        let mut left = self.limit;
        while !left.is_zero() {
            let turn = left.min(TURN);
            for (work, tally) in [&mut constant, &mut me] {
                self.told(tally.add(self.server.id(), || driver.run(turn, work)))?;
            }
            left -= turn;
        }
        Ok((constant.1.figures()?, me.1.figures()?))
    }

    /// # Errors
    /// When the server answers what it should not.
    pub(crate) fn measure(&self, connections: usize, work: &mut dyn Work) -> Result<Figures> {
        let mut driver = Driver::connect(self.address(), connections)?;
        self.told(driver.run(WARM_UP, work))?;
        self.measure_with(&mut driver, work)
    }

    /// For work that can't be repeated, and so has no warm-up.
    ///
    /// # Errors
    /// When the server answers what it should not.
    pub(crate) fn measure_once(&self, connections: usize, work: &mut dyn Work) -> Result<Figures> {
        self.measure_with(&mut Driver::connect(self.address(), connections)?, work)
    }

    fn measure_with(&self, driver: &mut Driver, work: &mut dyn Work) -> Result<Figures> {
        let mut tally = Tally::default();
        self.told(tally.add(self.server.id(), || driver.run(self.limit, work)))?;
        tally.figures()
    }

    /// # Errors
    /// Those of `outcome`, with what the server wrote last.
    pub(crate) fn told<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.with_context(|| format!("the server's log ends:\n{}", self.server.log_end()))
    }
}

/// The server on its core, configured by nobody yet.
fn command(setting: &Setting<'_>) -> Command {
    let mut command = process::server_command(setting.taskset);
    server::forget_configuration(&mut command);
    command
        .args(["-c", setting.server_core])
        .arg(setting.binary)
        .env(SESSIONS_OF_A_USER.0, SESSIONS_OF_A_USER.1);
    command
}
