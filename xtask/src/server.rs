//! The server itself, started as a person would start it: `cardea serve` in an empty folder, configured by the environment.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use rustix::process::Signal;

use crate::loopback;
use crate::process::{self, Running};
use crate::scratch::Scratch;

const START_LIMIT: Duration = Duration::from_mins(1);

/// What the server takes its configuration from. Whatever the person at the keyboard has set is not ours.
const CONFIGURATION_PREFIX: &str = "CARDEA__";

pub(crate) struct Server {
    running: Running,
    port: u16,
}

impl Server {
    /// Starts what `command` says (see [`command`]) in a folder `name` of `scratch`.
    ///
    /// # Errors
    /// When it doesn't start, or never becomes ready.
    pub(crate) fn start(mut command: Command, scratch: &Scratch, name: &str) -> Result<Self> {
        let folder = scratch.folder(name)?;
        let port = loopback::free_port()?;
        command
            .arg("serve")
            .env("CARDEA__HTTP__LISTEN", format!("127.0.0.1:{port}"))
            .env("CARDEA__METRICS__LISTEN", "127.0.0.1:0")
            .env("CARDEA__DATA__DIRECTORY", folder.join("data"))
            .current_dir(&folder);
        let log = scratch.path().join(format!("{name}.log"));
        let mut running = Running::start("cardea", &mut command, log, Signal::TERM)?;
        running.wait_until(START_LIMIT, || loopback::is_ok(port, "/readyz"))?;
        Ok(Self { running, port })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn id(&self) -> u32 {
        self.running.id()
    }

    pub(crate) fn log_end(&self) -> String {
        self.running.log_end()
    }
}

/// The command for a server binary, to which the caller may add configuration.
pub(crate) fn command(binary: &Path) -> Command {
    let mut command = process::server_command(binary);
    forget_configuration(&mut command);
    command
}

/// Keeps configuration that is meant for somebody else's server out of a command's environment.
pub(crate) fn forget_configuration(command: &mut Command) {
    for (key, _) in env::vars_os() {
        if key.to_string_lossy().starts_with(CONFIGURATION_PREFIX) {
            command.env_remove(key);
        }
    }
}
