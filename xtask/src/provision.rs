//! What the chores need from the machine: looks whether it is there, installs it where we may, and else says what to install.

mod debian;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{postgres, process, redis};
use debian::Distribution;

/// The oldest Node.js that the bundler of the pages and `@cardea/verify` run on.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Names it goes by, the free one first.
const CHROMIUM_NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const SYSTEM_PYTHON: &str = "/usr/bin/python3";
const CHROME_ON_MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Need {
    /// What the commands in the documents are typed with.
    Shell,
    Redis,
    Postgres,
    Chromium,
    Node,
    /// With what the recipe in docs/sub-systems.md imports.
    Python,
    /// The npm packages that a folder's lock file lists.
    Packages(&'static str),
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Self::Shell => ["bash", "curl"]
                .iter()
                .all(|name| process::find(name).is_some()),
            Self::Redis => redis::find().is_some(),
            Self::Postgres => postgres::find().is_some(),
            Self::Chromium => find_chromium().is_some(),
            Self::Node => has_node(),
            Self::Python => find_python().is_some(),
            Self::Packages(folder) => are_packages_current(Path::new(folder)),
        }
    }

    /// What to install, for a person on any system.
    fn named(self) -> String {
        match self {
            Self::Shell => "bash and curl (in PATH)".to_owned(),
            Self::Redis => "Redis (`redis-server` in PATH)".to_owned(),
            Self::Postgres => format!(
                "PostgreSQL {} or newer (`initdb` and `postgres`, beside each other; in PATH, or where `pg_config --bindir` says)",
                postgres::OLDEST_MAJOR
            ),
            Self::Chromium => {
                "Chromium or Chrome (`chromium` or `google-chrome` in PATH, or the variable CHROMIUM)".to_owned()
            }
            Self::Node => format!("Node.js {}.{} or newer, with npm (`node` and `npm` in PATH)", OLDEST_NODE.0, OLDEST_NODE.1),
            Self::Python => "Python 3 with PyJWT and cryptography (`python3` in PATH, or the variable PYTHON)".to_owned(),
            Self::Packages(folder) => format!("the npm packages of {folder}"),
        }
    }

    fn apt_packages(self, distribution: Distribution) -> Vec<&'static str> {
        match (self, distribution) {
            (Self::Shell, _) => vec!["bash", "curl"],
            (Self::Redis, _) => vec!["redis-server"],
            (Self::Postgres, _) => vec!["postgresql"],
            (Self::Chromium, Distribution::Debian) => vec!["chromium"],
            (Self::Chromium, Distribution::Ubuntu) => vec!["chromium-browser"],
            // Some builds of Node.js bring npm with them, and clash with Debian's.
            (Self::Node, _) if process::find("npm").is_some() => vec!["nodejs"],
            (Self::Node, _) => vec!["nodejs", "npm"],
            (Self::Python, _) => vec!["python3", "python3-jwt", "python3-cryptography"],
            (Self::Packages(_), _) => vec![],
        }
    }
}

/// Sees to it that all that is needed is there.
///
/// # Errors
/// When something is missing and can't be installed from here: says what, all at once.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing = missing_programs(needs);
    if !missing.is_empty() {
        let distribution = Distribution::of_this_machine();
        match distribution {
            Some(distribution) if rustix::process::geteuid().is_root() => {
                eprintln!("Missing, and installed now:\n{}", listed(&missing));
                debian::install(&apt_packages(&missing, distribution))?;
            }
            Some(distribution) => bail!(
                "missing:\n{}\nInstall it as root, or run this as root:\n  apt-get update && apt-get install {}",
                listed(&missing),
                apt_packages(&missing, distribution).join(" ")
            ),
            None => bail!("please install what is missing:\n{}", listed(&missing)),
        }
        let still_missing = missing_programs(needs);
        if !still_missing.is_empty() {
            bail!(
                "this system's packages don't have what is needed; please install:\n{}",
                listed(&still_missing)
            );
        }
    }
    for need in needs {
        if let Need::Packages(folder) = *need
            && !need.is_met()
        {
            install_npm_packages(folder)?;
        }
    }
    Ok(())
}

fn missing_programs(needs: &[Need]) -> Vec<Need> {
    let mut missing = Vec::new();
    for need in needs {
        let is_program = !matches!(need, Need::Packages(_));
        if is_program && !missing.contains(need) && !need.is_met() {
            missing.push(*need);
        }
    }
    missing
}

fn listed(needs: &[Need]) -> String {
    let lines: Vec<String> = needs
        .iter()
        .map(|need| format!("  - {}", need.named()))
        .collect();
    lines.join("\n")
}

fn apt_packages(needs: &[Need], distribution: Distribution) -> Vec<&'static str> {
    needs
        .iter()
        .flat_map(|need| need.apt_packages(distribution))
        .collect()
}

/// Where the browser lies: where the variable `CHROMIUM` says, or under one of its names.
pub(crate) fn find_chromium() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROMIUM") {
        return Some(chosen.into());
    }
    CHROMIUM_NAMES
        .iter()
        .find_map(|name| process::find(name))
        .or_else(|| Some(PathBuf::from(CHROME_ON_MACOS)).filter(|path| path.is_file()))
}

/// The Python that can import what is needed: where the variable `PYTHON` says, else the first in PATH, else
/// the system's own, for which its packages are.
pub(crate) fn find_python() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("PYTHON") {
        return Some(chosen.into());
    }
    let found = process::find("python3");
    let candidates = found.into_iter().chain([PathBuf::from(SYSTEM_PYTHON)]);
    candidates.into_iter().find(|python| {
        let imports = ["-c", "import cryptography, jwt; jwt.PyJWK"];
        process::output(Command::new(python).args(imports)).is_ok()
    })
}

fn has_node() -> bool {
    node_version().is_some_and(|version| version >= OLDEST_NODE) && process::find("npm").is_some()
}

fn node_version() -> Option<(u32, u32)> {
    let told = process::output(Command::new("node").arg("--version")).ok()?;
    let mut numbers = told.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// npm leaves a lock file of what it installed; ours is newer when it was changed after that.
fn are_packages_current(folder: &Path) -> bool {
    if !folder.join("package.json").is_file() {
        return true;
    }
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|data| data.modified());
    match (
        changed("package-lock.json"),
        changed("node_modules/.package-lock.json"),
    ) {
        (Ok(wanted), Ok(installed)) => installed >= wanted,
        _ => false,
    }
}

fn install_npm_packages(folder: &str) -> Result<()> {
    eprintln!("The npm packages of {folder} are missing or old: installed now");
    process::run(Command::new("npm").args(["--prefix", folder, "ci", "--no-audit", "--no-fund"]))
}
