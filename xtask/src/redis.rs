//! A Redis of our own: empty, on a free port, writing nothing to disk, evicting nothing.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;

use crate::loopback;
use crate::process::{self, Running};
use crate::scratch::Scratch;

const START_LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn find() -> Option<PathBuf> {
    process::find("redis-server")
}

pub(crate) struct Redis {
    _running: Running,
    port: u16,
}

impl Redis {
    /// # Errors
    /// When it is not installed, or doesn't start.
    pub(crate) fn start(scratch: &Scratch) -> Result<Self> {
        let program = find().context("redis-server is not installed")?;
        let folder = scratch.folder("redis")?;
        let port = loopback::free_port()?;
        let mut command = process::server_command(&program);
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args([
                "--save",
                "",
                "--appendonly",
                "no",
                "--maxmemory-policy",
                "noeviction",
            ])
            .arg("--dir")
            .arg(&folder)
            .current_dir(&folder);
        let log = scratch.path().join("redis.log");
        let mut running = Running::start("Redis", &mut command, log, Signal::TERM)?;
        running.wait_until(START_LIMIT, || {
            loopback::ask(port, "PING\r\n").is_some_and(|answer| answer.starts_with("+PONG"))
        })?;
        Ok(Self {
            _running: running,
            port,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}
