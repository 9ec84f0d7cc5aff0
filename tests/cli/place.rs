//! A folder of a test's own, and the command that is run in it.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::Server;

/// What a busy machine may take; a test that waits longer is stuck.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How often a wait looks again.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Good enough for the policy, and like nothing else that is logged.
pub(crate) const PASSWORD: &str = "violet kettle on a tram 58";

/// Removed when it is dropped.
pub(crate) struct Place {
    folder: PathBuf,
    /// The file with the authorities that are trusted; the system's, if there is none.
    authorities: Option<PathBuf>,
    runs: AtomicUsize,
}

/// How a command ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    /// The signal that ended it, if one did.
    pub(crate) signal: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("cardea-cli-{}-{count}", process::id()));
        fs::create_dir(&folder).expect("nobody else uses this process's names");
        Self {
            folder,
            authorities: None,
            runs: AtomicUsize::new(0),
        }
    }

    /// From now on certificates of these authorities are trusted, and no others.
    pub(crate) fn trust(&mut self, authorities: PathBuf) {
        self.authorities = Some(authorities);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a temporary folder can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The command, in this folder, with no configuration but its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CARDEA") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .envs(self.authorities.iter().map(|file| ("SSL_CERT_FILE", file)));
        command
    }

    /// Runs a command to its end, with nothing to read.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.finish(self.command(arguments), "")
    }

    /// Runs a command to its end, with a text to read.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        self.finish(self.command(arguments), input)
    }

    pub(crate) fn finish(&self, mut command: Command, input: &str) -> Outcome {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let [out, err] = ["out", "err"].map(|kind| self.path(&format!("run-{run}.{kind}")));
        let mut child = Running::start(
            command
                .stdin(Stdio::piped())
                .stdout(File::create(&out).expect("a temporary folder can be written"))
                .stderr(File::create(&err).expect("a temporary folder can be written")),
        );
        let mut stdin = child.0.stdin.take().expect("it is piped");
        // Whoever doesn't read it need not.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        let status = child.wait();
        Outcome {
            code: status.code(),
            signal: status.signal(),
            out: text_of(&out),
            err: text_of(&err),
        }
    }

    /// Starts the server, on a free port, and waits until it is ready.
    pub(crate) fn serve(&self, settings: &[&str]) -> Server {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let mut arguments = vec!["serve"];
        // An issuer of its own: else it would change with the port.
        let own = [
            "http.listen=127.0.0.1:0",
            "metrics.listen=127.0.0.1:0",
            "tokens.issuer=http://cardea.localhost",
        ];
        for setting in own.iter().chain(settings) {
            arguments.extend(["--set", setting]);
        }
        let [out, log] = ["out", "log"].map(|kind| self.path(&format!("serve-{run}.{kind}")));
        Server::start(self.command(&arguments), &out, log)
    }

    /// Makes an account on the command line.
    pub(crate) fn create(&self, email: &str) {
        self.run_with(&["user", "create", email], PASSWORD)
            .succeeded();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What can't be removed lies among other temporary files.
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Outcome {
    /// What it printed, having had nothing to complain of.
    pub(crate) fn succeeded(self) -> String {
        assert_eq!((self.code, self.signal), (Some(0), None), "{self:?}");
        assert_eq!(self.err, "", "{self:?}");
        self.out
    }

    /// The one sentence that it failed with.
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        let sentence = self.err.strip_prefix("cardea: ");
        let sentence = sentence.and_then(|rest| rest.strip_suffix('\n'));
        let sentence = sentence.filter(|text| !text.is_empty() && !text.contains('\n'));
        assert!(sentence.is_some(), "not one sentence: {self:?}");
        sentence.unwrap_or_default().to_owned()
    }
}

/// A process that doesn't outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the binary was built for this test"))
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("it is a child of ours") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "a command does not end");
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it has ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn text_of(path: &Path) -> String {
    let bytes = fs::read(path).expect("it was made for the run");
    String::from_utf8_lossy(&bytes).into_owned()
}
