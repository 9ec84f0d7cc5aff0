//! A server process of our own: it can be paused and killed, and it dies with its test.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A store that has not started by then is not going to.
const START_LIMIT: Duration = Duration::from_mins(1);
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

pub(crate) struct Running {
    child: Child,
    /// How it is asked to die at once.
    last_word: Signal,
}

impl Running {
    /// Starts it, and waits until it is ready; `None` if it ended before, as it does when somebody
    /// took its port.
    pub(crate) fn start(
        command: &mut Command,
        last_word: Signal,
        is_ready: impl Fn() -> bool,
    ) -> Option<Self> {
        let name = command.get_program().display().to_string();
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name} can't be started: {error}"));
        let mut running = Self { child, last_word };
        let begun = Instant::now();
        while !is_ready() {
            if running.child.try_wait().expect("it is our child").is_some() {
                return None;
            }
            assert!(begun.elapsed() < START_LIMIT, "{name} does not get ready");
            sleep(LOOK_INTERVAL);
        }
        Some(running)
    }

    /// Stops it and its children in their tracks: connections stay open, and nothing answers.
    pub(crate) fn pause(&self) {
        self.signal_all(Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        self.signal_all(Signal::CONT);
    }

    /// Ends it without a good-bye to anybody.
    pub(crate) fn kill(&mut self) {
        self.end_by(self.last_word);
    }

    /// Ends it by a signal that it may heed in its own time, and waits for that.
    pub(crate) fn end_by(&mut self, signal: Signal) {
        self.resume();
        self.signal(signal);
        self.child.wait().expect("it is our child");
    }

    fn signal_all(&self, signal: Signal) {
        self.signal(signal);
        for child in children(self.child.id()) {
            // One that ended meanwhile needs no signal.
            let _ended = kill_process(child, signal);
        }
    }

    fn signal(&self, signal: Signal) {
        let _ended = kill_process(pid(self.child.id()), signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

fn pid(id: u32) -> Pid {
    let id = i32::try_from(id).expect("Linux has fewer processes");
    Pid::from_raw(id).expect("a process has a number")
}

fn children(id: u32) -> Vec<Pid> {
    let list = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .map(pid)
        .collect()
}

/// A silent command that the kernel kills when its test's thread ends, however that ends.
pub(crate) fn mortal() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}
