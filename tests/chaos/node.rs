//! One server process: it can be paused, killed, told to stop, and started again.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::proxy::Target;
use crate::running::{Running, free_port, mortal};

/// How soon a server that found no database is started again.
const START_PAUSE: Duration = Duration::from_millis(100);
const START_LIMIT: Duration = Duration::from_secs(30);

/// Where a server looks whether a token was revoked. (Redis counts guesses in any case.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Memory,
    Redis,
}

/// How a server is run.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Of all of them.
    pub file: PathBuf,
    pub database_url: String,
    pub redis_url: String,
    pub check: Check,
    pub lease_milliseconds: u64,
    pub poll_milliseconds: u64,
    /// `deny` or `allow`.
    pub list: &'static str,
    /// The safeguard that it lacks, if it was built to lack one.
    pub lacks: Option<&'static str>,
    /// Where it tells what happens, if anybody wants to know.
    pub log: Option<PathBuf>,
}

pub(crate) struct Node {
    settings: Settings,
    running: Option<Running>,
    place: Target,
}

impl Node {
    /// To be called by a thread that outlives it: the process dies with the thread.
    pub(crate) const fn new(settings: Settings, place: Target) -> Self {
        Self {
            settings,
            running: None,
            place,
        }
    }

    /// Starts it as soon as its database can be reached.
    pub(crate) fn start(&mut self) {
        let begun = Instant::now();
        while !self.try_start() {
            assert!(begun.elapsed() < START_LIMIT, "a server does not start");
            std::thread::sleep(START_PAUSE);
        }
    }

    /// Starts it, on a port of its own, unless its database can't be reached. It need not be ready.
    fn try_start(&mut self) -> bool {
        let port = free_port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut command = self.settings.program();
        command.args(["--set", &format!("http.listen={address}")]);
        command.args(["--set", "metrics.listen=127.0.0.1:0"]);
        self.running = Running::start(&mut command, Signal::KILL, || answers(address));
        if self.running.is_some() {
            // Only now: nobody is sent to somebody else's port.
            self.place.turn(port);
        }
        self.running.is_some()
    }

    pub(crate) fn pause(&self) {
        self.running.as_ref().expect("it runs").pause();
    }

    pub(crate) fn resume(&self) {
        self.running.as_ref().expect("it runs").resume();
    }

    pub(crate) fn kill(&mut self) {
        self.running.take().expect("it runs").kill();
    }

    /// As an operator stops it.
    pub(crate) fn stop(&mut self) {
        self.running.take().expect("it runs").end_by(Signal::TERM);
    }
}

impl Check {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
        }
    }
}

impl Settings {
    /// The program that is the server, and what operators type.
    pub(crate) fn program(&self) -> Command {
        let mut command = mortal();
        command.arg(env!("CARGO_BIN_EXE_cardea")).env_clear();
        // What `setpriv` is found by.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("CARDEA__DATABASE__URL", &self.database_url)
            .env("CARDEA__REDIS__URL", &self.redis_url)
            .env("CARDEA__REVOCATION__CHECK", self.check.name())
            .env("CARDEA__REVOCATION__LIST", self.list);
        for (name, value) in [
            ("LEASE_MILLISECONDS", self.lease_milliseconds),
            ("POLL_MILLISECONDS", self.poll_milliseconds),
        ] {
            command.env(format!("CARDEA__REVOCATION__{name}"), value.to_string());
        }
        if let Some(lacks) = self.lacks {
            command.env("CARDEA_TEETH", lacks);
        }
        if let Some(log) = self.log.as_ref().and_then(append) {
            command.stderr(log);
        }
        command.arg("--config").arg(&self.file);
        command
    }
}

fn append(log: &PathBuf) -> Option<File> {
    File::options().create(true).append(true).open(log).ok()
}

fn answers(address: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /livez HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer.contains(" 200 "))
    };
    ask().unwrap_or(false)
}
