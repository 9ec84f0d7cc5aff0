//! Other programs: one that we wait for, and one that runs beside us until its guard is dropped.

use std::env;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use crate::interrupt;

/// How often a wait looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What a server gets to stop by itself before it is killed: more than ours grants to requests under way.
const STOP_LIMIT: Duration = Duration::from_secs(25);
/// What of a server's log is shown when it fails.
const LOG_LINES_SHOWN: usize = 30;

/// Runs a command to its end, its output going where ours goes.
///
/// # Errors
/// When it can't be started, fails, or we are interrupted (it is stopped then).
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    // A group of its own: an interrupt reaches what it started, too, and we are the only one who sends it.
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let group = Pid::from_child(&child);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if let Err(interrupted) = interrupt::check() {
            // It may be gone already: then there is nothing to stop.
            rustix::process::kill_process_group(group, Signal::TERM).ok();
            if wait_for_end(&mut child).is_none() {
                rustix::process::kill_process_group(group, Signal::KILL).ok();
                child.wait()?;
            }
            return Err(interrupted);
        }
        thread::sleep(LOOK_EVERY);
    };
    if status.success() {
        return Ok(());
    }
    bail!("`{line}` failed: {}", told(status))
}

/// What a command prints on standard output, without white space around it.
///
/// # Errors
/// When it can't be started, or fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{line}` failed: {}\n{}",
            told(output.status),
            complaint.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program lies, if it is installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        // Where Debian keeps what only root needs, which an ordinary user's PATH leaves out.
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// The command that starts a server, such that it does not outlive us even if we are killed.
pub(crate) fn server_command(program: &Path) -> Command {
    match find("setpriv").filter(|_| cfg!(target_os = "linux")) {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL"]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// A server of ours. Dropped, it is stopped.
pub(crate) struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
}

impl Running {
    /// # Errors
    /// When it can't be started, or its log can't be written.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        log: PathBuf,
        stop_signal: Signal,
    ) -> Result<Self> {
        let output = File::create(&log)
            .with_context(|| format!("cannot write {name}'s log {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // Else Ctrl-C would reach it before those who use it.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}: `{}`", shown(command)))?;
        Ok(Self {
            name,
            child,
            log,
            stop_signal,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the server is as we want it.
    ///
    /// # Errors
    /// When it ends, takes longer than the limit, or we are interrupted.
    pub(crate) fn wait_until(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        loop {
            interrupt::check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} ended: {}; its log:\n{}",
                    self.name,
                    told(status),
                    self.log_end()
                );
            }
            if ready() {
                return Ok(());
            }
            if start.elapsed() > limit {
                bail!(
                    "{} was not ready within {} s; its log:\n{}",
                    self.name,
                    limit.as_secs(),
                    self.log_end()
                );
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// The last lines that the server wrote.
    pub(crate) fn log_end(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        // Errors here mean that it has just ended by itself. Its id can't belong to another process: we haven't waited for it.
        rustix::process::kill_process(Pid::from_child(&self.child), self.stop_signal).ok();
        if wait_for_end(&mut self.child).is_none() {
            eprintln!(
                "{} did not stop within {} s: killed",
                self.name,
                STOP_LIMIT.as_secs()
            );
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

fn wait_for_end(child: &mut Child) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < STOP_LIMIT {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(LOOK_EVERY);
    }
    None
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn told(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => status.to_string(),
    }
}
