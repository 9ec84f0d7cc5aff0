//! A PostgreSQL of a test's own, that may be paused, killed, and started again with what it had.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::folder::Folder;
use crate::running::{Running, free_port, mortal};

/// Where Debian and Ubuntu keep each release's programs, which are not in PATH.
const RELEASES: &str = "/usr/lib/postgresql";

/// What makes a cluster quick that outlives its server, but not its machine. (Commits still wait
/// for the log: a killed server must lose none.)
const HASTE: [&str; 2] = ["fsync=off", "full_page_writes=off"];

pub(crate) struct PostgresServer {
    running: Option<Running>,
    port: u16,
    folder: Folder,
}

impl PostgresServer {
    pub(crate) fn start() -> Self {
        let mut server = Self {
            running: None,
            port: free_port(),
            folder: Folder::new("postgres"),
        };
        server.make_cluster();
        server.start_somewhere();
        server
    }

    /// Again, with what it had; elsewhere, if somebody has taken its port.
    pub(crate) fn start_somewhere(&mut self) {
        while !self.try_start() {
            self.port = free_port();
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Of a superuser, who may make databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port())
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

    /// Again, where it was, with what it had.
    pub(crate) fn start_again(&mut self) {
        assert!(self.try_start(), "the port was ours a moment ago");
    }

    fn cluster(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    fn make_cluster(&self) {
        let (command, owner) = as_owner("initdb");
        if let Some((user, group)) = owner {
            chown(self.folder.path(), Some(user), Some(group)).expect("root may give away");
        }
        let made = { command }
            .args(["--username", "postgres", "--auth", "trust", "--no-sync"])
            .args(["--encoding", "UTF8", "--locale", "C", "--pgdata"])
            .arg(self.cluster())
            .current_dir(self.folder.path())
            .output()
            .expect("initdb can be started");
        let complaint = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb: {complaint}");
    }

    fn try_start(&mut self) -> bool {
        let (mut command, _) = as_owner("postgres");
        command.arg("-D").arg(self.cluster());
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-k"]);
        command
            .arg(self.folder.path())
            .current_dir(self.folder.path());
        for setting in HASTE {
            command.args(["-c", setting]);
        }
        // QUIT is its "at once, as after a crash"; after KILL its children would linger.
        let cluster = self.cluster();
        self.running = Running::start(&mut command, Signal::QUIT, || says_ready(&cluster));
        self.running.is_some()
    }
}

/// PostgreSQL keeps its state in the last line of its pid file; an open port alone only means that
/// it is starting up.
fn says_ready(cluster: &Path) -> bool {
    let told = fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
    told.lines()
        .last()
        .is_some_and(|line| line.trim() == "ready")
}

/// One of its programs, as somebody whom PostgreSQL accepts: it refuses to be root.
fn as_owner(program: &str) -> (Command, Option<(u32, u32)>) {
    let mut command = mortal();
    let mut owner = None;
    if rustix::process::geteuid().is_root() {
        let (user, group) = (identity("-u"), identity("-g"));
        command.args(["--reuid", &user.to_string(), "--regid", &group.to_string()]);
        command.arg("--clear-groups");
        owner = Some((user, group));
    }
    command.arg(programs().join(program));
    (command, owner)
}

fn identity(which: &str) -> u32 {
    let told = Command::new("id").args([which, "postgres"]).output();
    let told = told.expect("`id` is everywhere").stdout;
    let told = String::from_utf8_lossy(&told);
    let number = told.trim().parse();
    number.expect("PostgreSQL came with a user `postgres`: root can't run it")
}

/// The folder of the newest release, or whatever stands in PATH.
fn programs() -> PathBuf {
    let releases = fs::read_dir(RELEASES).into_iter().flatten().flatten();
    let newest = releases
        .filter_map(|release| release.file_name().to_str()?.parse::<u32>().ok())
        .max();
    if let Some(newest) = newest {
        return Path::new(RELEASES).join(newest.to_string()).join("bin");
    }
    let told = Command::new("pg_config").arg("--bindir").output();
    let told = told
        .expect("PostgreSQL is installed: these tests need it")
        .stdout;
    PathBuf::from(String::from_utf8_lossy(&told).trim())
}
