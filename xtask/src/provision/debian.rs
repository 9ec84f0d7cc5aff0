//! Installs packages on Debian and Ubuntu, without letting them start services.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Asked by package scripts before they start a service; 101 means "not now".
const POLICY: &str = "/usr/sbin/policy-rc.d";
const POLICY_TEXT: &str =
    "#!/bin/sh\n# Put here by Cardea's `cargo xtask`, for the time of an installation.\nexit 101\n";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distribution {
    Debian,
    Ubuntu,
}

impl Distribution {
    pub(crate) fn of_this_machine() -> Option<Self> {
        Self::told_by(&fs::read_to_string("/etc/os-release").ok()?)
    }

    /// Reads os-release(5): the system's own name first, then those of the systems that it is made from.
    fn told_by(os_release: &str) -> Option<Self> {
        let field = |key: &str| {
            os_release
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .unwrap_or_default()
                .trim_matches('"')
        };
        field("ID")
            .split_whitespace()
            .chain(field("ID_LIKE").split_whitespace())
            .find_map(|name| match name {
                "debian" => Some(Self::Debian),
                "ubuntu" => Some(Self::Ubuntu),
                _ => None,
            })
    }
}

/// # Errors
/// When a package can't be had.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let _services_stay_off = NoServices::declare()?;
    process::run(apt_get().arg("update"))?;
    process::run(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet")
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// While it lives, installed packages don't start their services: we only want the programs.
struct NoServices {
    is_ours: bool,
}

impl NoServices {
    fn declare() -> Result<Self> {
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(POLICY);
        let mut file = match opened {
            Ok(file) => file,
            // The machine has a policy of its own, as containers do: that stays.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Ok(Self { is_ours: false });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot write {POLICY}")),
        };
        let policy = Self { is_ours: true };
        file.write_all(POLICY_TEXT.as_bytes())
            .with_context(|| format!("cannot write {POLICY}"))?;
        Ok(policy)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = fs::remove_file(Path::new(POLICY))
        {
            eprintln!("please remove {POLICY}, which keeps services from starting: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Distribution;

    #[test]
    fn a_distribution_is_known_by_its_own_name_or_its_parents() {
        assert_eq!(
            Distribution::told_by("NAME=x\nID=debian\n"),
            Some(Distribution::Debian)
        );
        assert_eq!(
            Distribution::told_by("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"),
            Some(Distribution::Ubuntu)
        );
        assert_eq!(Distribution::told_by("ID=fedora\n"), None);
        assert_eq!(Distribution::told_by(""), None);
    }
}
