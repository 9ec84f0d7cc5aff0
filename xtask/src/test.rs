//! `cargo xtask test`: every test there is, on servers that it starts and stops itself.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::demo::{self, EXAMPLE};
use crate::postgres::{Commits, Postgres};
use crate::provision::{self, Need};
use crate::redis::Redis;
use crate::scratch::Scratch;
use crate::server::{self, Server};
use crate::steps::Steps;
use crate::{cargo, process};

/// What the API suite runs over: the database, where revocation is checked, and the list that is
/// kept there: each list with each index once.
const STORES: [&str; 4] = [
    "sqlite+memory+deny",
    "sqlite+redis+allow",
    "postgres+memory+allow",
    "postgres+redis+deny",
];
/// The one that also stands in the run of the whole workspace.
const DEFAULT_STORES: &str = STORES[0];

/// What a folder of tests wants its server to know; without it, a server of defaults will do.
const CONFIGURATION: &str = "cardea.toml";

const BROWSER_TESTS: &str = "tests/browser";
const FOREIGN_TESTS: &str = "tests/foreign";
/// What a sub-system in Node installs; its own tests bring a server that misbehaves.
pub(crate) const NODE_CLIENT: &str = "clients/verify-js";
/// What a single-page app installs; its own tests start their servers themselves.
const BROWSER_CLIENT: &str = "clients/client-js";

/// A sub-system in Rust.
const SHOP: &str = "shop";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Unit,
    Api,
    Browser,
    Foreign,
}

impl Part {
    const ALL: [Self; 4] = [Self::Unit, Self::Api, Self::Browser, Self::Foreign];

    /// # Errors
    /// When there is no such part.
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name {
            "unit" => Ok(Self::Unit),
            "api" => Ok(Self::Api),
            "browser" => Ok(Self::Browser),
            "foreign" => Ok(Self::Foreign),
            _ => bail!("--only wants unit, api, browser or foreign, not `{name}`"),
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Unit => &[Need::Shell, Need::Redis, Need::Postgres],
            Self::Api => &[Need::Redis, Need::Postgres],
            Self::Browser => &[
                Need::Node,
                Need::Python,
                Need::Chromium,
                Need::Packages(BROWSER_TESTS),
                Need::Packages(NODE_CLIENT),
                Need::Packages(EXAMPLE),
            ],
            Self::Foreign => &[
                Need::Node,
                Need::Python,
                Need::Chromium,
                Need::Packages(BROWSER_CLIENT),
                Need::Packages(NODE_CLIENT),
                Need::Packages(FOREIGN_TESTS),
            ],
        }
    }
}

/// # Errors
/// When something needed can't be had, or a step fails: the first one.
pub(crate) fn run(only: Option<Part>) -> Result<()> {
    let parts = match only {
        Some(part) => vec![part],
        None => Part::ALL.to_vec(),
    };
    let needs: Vec<Need> = parts
        .iter()
        .flat_map(|part| part.needs())
        .copied()
        .collect();
    provision::ensure(&needs)?;

    let mut steps = Steps::default();
    let scratch = Scratch::new("test")?;
    if parts.contains(&Part::Unit) || parts.contains(&Part::Api) {
        run_cargo_tests(&parts, &scratch, &mut steps)?;
    }
    if parts.contains(&Part::Browser) {
        steps.run("browser tests", || run_node_tests(BROWSER_TESTS, &scratch))?;
        steps.run("three systems and their page", || {
            let mut node = node_tests(&format!("{EXAMPLE}/test"))?;
            demo::build(&mut node)?;
            process::run(&mut node)
        })?;
    }
    if parts.contains(&Part::Foreign) {
        steps.run("@cardea/verify", || {
            let tests = format!("{NODE_CLIENT}/test");
            process::run(&mut node_tests(&tests)?)
        })?;
        steps.run("foreign clients", || {
            process::run(cargo::cargo().args(["build", "--workspace", "--example", SHOP]))?;
            run_node_tests(FOREIGN_TESTS, &scratch)
        })?;
        steps.run("@cardea/client", || {
            let tests = format!("{BROWSER_CLIENT}/test");
            let binary = cargo::debug_binary("cardea")?;
            process::run(node_tests(&tests)?.env("CARDEA_BINARY", binary))
        })?;
    }
    steps.summarise();
    Ok(())
}

fn run_cargo_tests(parts: &[Part], scratch: &Scratch, steps: &mut Steps) -> Result<()> {
    let stores = Stores::start(scratch, steps)?;
    if parts.contains(&Part::Unit) {
        let name = format!("workspace, with the API suite on {DEFAULT_STORES}");
        steps.run(&name, || {
            process::run(&mut stores.cargo_test(DEFAULT_STORES))
        })?;
    }
    if parts.contains(&Part::Unit) {
        // Of another build: servers that lack a safeguard, one at a time.
        steps.run("teeth of the history checker", || {
            let mut command = stores.cargo_test(DEFAULT_STORES);
            command.args(["--features", "teeth", "--test", "chaos", "teeth"]);
            // Three servers each: several at once would wait for each other's processors.
            process::run(command.args(["--", "--test-threads", "1"]))
        })?;
    }
    if parts.contains(&Part::Api) {
        for chosen in STORES {
            if chosen == DEFAULT_STORES && parts.contains(&Part::Unit) {
                continue;
            }
            steps.run(&format!("API suite on {chosen}"), || {
                process::run(stores.cargo_test(chosen).args(["--test", "api"]))
            })?;
        }
    }
    Ok(())
}

/// One PostgreSQL and one Redis for all cargo tests; each test makes its own database, or prefix, in them.
struct Stores {
    postgres: Postgres,
    redis: Redis,
}

impl Stores {
    fn start(scratch: &Scratch, steps: &mut Steps) -> Result<Self> {
        let mut started = None;
        steps.run("start PostgreSQL and Redis", || {
            started = Some(Self {
                postgres: Postgres::start(scratch, Commits::Volatile)?,
                redis: Redis::start(scratch)?,
            });
            Ok(())
        })?;
        started.context("a step that passed has done its work")
    }

    fn cargo_test(&self, stores: &str) -> Command {
        let mut command = workspace_test();
        command
            .env("CARDEA_TEST_STORES", stores)
            .env("CARDEA_TEST_POSTGRES_URL", self.postgres.admin_url())
            .env("CARDEA_TEST_REDIS_URL", self.redis.url());
        server::forget_configuration(&mut command);
        command
    }
}

/// Always the whole workspace, even for one binary of it: another selection would resolve to other
/// features of the dependencies, and build half the tree again.
pub(crate) fn workspace_test() -> Command {
    let mut command = cargo::cargo();
    command.args(["test", "--workspace"]);
    command
}

fn run_node_tests(folder: &str, scratch: &Scratch) -> Result<()> {
    let mut node = node_tests(folder)?;
    // Tests of a package bring its binary with them.
    process::run(workspace_test().args(["--test", "api", "--no-run"]))?;
    let binary = cargo::debug_binary("cardea")?;
    let name = Path::new(folder)
        .file_name()
        .context("a folder of tests has a name")?;
    let mut command = server::command(&binary);
    let configuration = env::current_dir()?.join(folder).join(CONFIGURATION);
    if configuration.exists() {
        command.arg("--config").arg(configuration);
    }
    let server = Server::start(command, scratch, &name.to_string_lossy())?;

    node.env("CARDEA_URL", server.url())
        .env("CARDEA_BINARY", &binary)
        .env("SHOP_BINARY", binary.with_file_name("examples").join(SHOP));
    process::run(&mut node)
        .inspect_err(|_| eprintln!("The server's log ends:\n{}", server.log_end()))
}

/// Node on the tests of a folder, told what they may need of the machine.
fn node_tests(folder: &str) -> Result<Command> {
    let mut node = Command::new("node");
    node.arg("--test").args(node_test_files(folder)?);
    if let Some(chromium) = provision::find_chromium() {
        node.env("CHROMIUM", chromium);
    }
    if let Some(python) = provision::find_python() {
        node.env("PYTHON", python);
    }
    Ok(node)
}

/// By name: what `node --test FOLDER` means has changed between releases.
fn node_test_files(folder: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!(
            "{folder} is missing in {}",
            env::current_dir().unwrap_or_default().display()
        )
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry?.path();
        let name = file.to_string_lossy();
        if name.ends_with(".test.js") || name.ends_with(".test.mjs") {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("there is no test in {folder} (no *.test.js or *.test.mjs)");
    }
    files.sort();
    Ok(files)
}
