//! A PostgreSQL of our own: a fresh cluster in a temporary folder, on a free port, and without a password.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use crate::loopback;
use crate::process::{self, Running};
use crate::scratch::Scratch;

/// The oldest release that the server supports.
pub(crate) const OLDEST_MAJOR: u32 = 15;
const START_LIMIT: Duration = Duration::from_mins(1);
/// The database that every cluster has.
const ADMINISTRATION: &str = "postgres";
/// Each test has a database and a pool of its own.
const MAX_CONNECTIONS: &str = "max_connections=400";

/// Where Debian and Ubuntu keep the programs of each release: not in PATH.
const DEBIAN_RELEASES: &str = "/usr/lib/postgresql";

/// The folder with `initdb` and `postgres` of the newest release that is new enough.
pub(crate) fn find() -> Option<PathBuf> {
    candidates()
        .into_iter()
        .filter(|folder| folder.join("initdb").is_file())
        .filter_map(|folder| Some((major(&folder)?, folder)))
        .filter(|(major, _)| *major >= OLDEST_MAJOR)
        .max_by_key(|(major, _)| *major)
        .map(|(_, folder)| folder)
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(releases) = fs::read_dir(DEBIAN_RELEASES) {
        folders.extend(releases.flatten().map(|release| release.path().join("bin")));
    }
    if let Ok(folder) = process::output(Command::new("pg_config").arg("--bindir")) {
        folders.push(folder.into());
    }
    if let Some(folder) = process::find("postgres").as_deref().and_then(Path::parent) {
        folders.push(folder.to_owned());
    }
    folders
}

fn major(folder: &Path) -> Option<u32> {
    let told = process::output(Command::new(folder.join("postgres")).arg("--version")).ok()?;
    major_of(&told)
}

fn major_of(told: &str) -> Option<u32> {
    let version = told.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}

pub(crate) struct Postgres {
    _running: Running,
    programs: PathBuf,
    port: u16,
}

/// What a commit is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Commits {
    /// As installed: it is on the disk.
    Durable,
    /// The same, and PostgreSQL remembers when each was.
    Timed,
    /// In a hurry: gone with the machine's power.
    Volatile,
}

impl Commits {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Durable => &[],
            Self::Timed => &["track_commit_timestamp=on"],
            Self::Volatile => &[
                "fsync=off",
                "full_page_writes=off",
                "synchronous_commit=off",
            ],
        }
    }
}

impl Postgres {
    /// # Errors
    /// When it is not installed, or doesn't start.
    pub(crate) fn start(scratch: &Scratch, commits: Commits) -> Result<Self> {
        let programs = find()
            .with_context(|| format!("PostgreSQL {OLDEST_MAJOR} or newer is not installed"))?;
        let owner = Owner::choose()?;
        let folder = scratch.folder("postgres")?;
        owner.give(&folder)?;
        let cluster = folder.join("cluster");
        process::output(
            owner
                .command(&programs.join("initdb"))?
                .args(["--username", "postgres", "--auth", "trust", "--no-sync"])
                .args(["--encoding", "UTF8", "--locale", "C", "--pgdata"])
                .arg(&cluster)
                .current_dir(&folder),
        )?;
        let port = loopback::free_port()?;
        let mut command = owner.command(&programs.join("postgres"))?;
        command
            .arg("-D")
            .arg(&cluster)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"])
            .arg(&folder)
            .args(["-c", MAX_CONNECTIONS])
            .current_dir(&folder);
        for setting in commits.settings() {
            command.args(["-c", setting]);
        }
        let log = scratch.path().join("postgres.log");
        // QUIT: stop at once. Nobody will read this cluster again.
        let mut running = Running::start("PostgreSQL", &mut command, log, Signal::QUIT)?;
        running.wait_until(START_LIMIT, || says_ready(&cluster))?;
        Ok(Self {
            _running: running,
            programs,
            port,
        })
    }

    /// Of a superuser: whoever has it can make databases.
    pub(crate) fn admin_url(&self) -> String {
        self.url(ADMINISTRATION)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// # Errors
    /// When there is one of that name.
    pub(crate) fn create_database(&self, name: &str) -> Result<()> {
        let statement = format!("CREATE DATABASE {name}");
        self.sql(ADMINISTRATION, &[&statement]).map(drop)
    }

    /// What a database answers to statements, each in a transaction of its own.
    ///
    /// # Errors
    /// When it doesn't like one of them, or there is no `psql`.
    pub(crate) fn sql(&self, database: &str, statements: &[&str]) -> Result<String> {
        let beside = Some(self.programs.join("psql")).filter(|psql| psql.is_file());
        let psql = beside
            .or_else(|| process::find("psql"))
            .context("`psql`, PostgreSQL's client, is not installed")?;
        let mut command = Command::new(psql);
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args(["--set", "ON_ERROR_STOP=1", "--dbname", &self.url(database)]);
        for statement in statements {
            command.args(["--command", statement]);
        }
        process::output(&mut command)
    }
}

/// PostgreSQL writes its state into the last line of its pid file; an open port alone only means "starting up".
fn says_ready(cluster: &Path) -> bool {
    fs::read_to_string(cluster.join("postmaster.pid")).is_ok_and(|text| {
        text.lines()
            .last()
            .is_some_and(|line| line.trim() == "ready")
    })
}

/// Whom PostgreSQL runs as: it refuses to be root.
enum Owner {
    Ourselves,
    Other { user: u32, group: u32 },
}

impl Owner {
    fn choose() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(user), Ok(group)) = (identity("-u", name), identity("-g", name)) {
                return Ok(Self::Other { user, group });
            }
        }
        bail!(
            "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`"
        )
    }

    fn give(&self, folder: &Path) -> Result<()> {
        if let Self::Other { user, group } = *self {
            chown(folder, Some(user), Some(group))
                .with_context(|| format!("cannot give {} away", folder.display()))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Result<Command> {
        match self {
            Self::Ourselves => Ok(process::server_command(program)),
            Self::Other { user, group } => {
                let setpriv = process::find("setpriv")
                    .context("as root, `setpriv` (of util-linux) is needed to run PostgreSQL as another user")?;
                let mut command = Command::new(setpriv);
                command
                    .args(["--reuid", &user.to_string(), "--regid", &group.to_string()])
                    .args(["--clear-groups", "--pdeathsig", "KILL"])
                    .arg(program);
                Ok(command)
            }
        }
    }
}

fn identity(which: &str, name: &str) -> Result<u32> {
    let told = process::output(Command::new("id").args([which, name].map(OsStr::new)))?;
    told.parse()
        .with_context(|| format!("`id {which} {name}` answered `{told}`"))
}

#[cfg(test)]
mod tests {
    use super::major_of;

    #[test]
    fn the_release_is_read_from_what_postgres_says() {
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("mysql 8"), None);
    }
}
