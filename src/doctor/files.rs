//! The data directory, and what lies in it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::finding::Findings;
use crate::config::Config;
use crate::store::database::sqlite_file;

/// With less than this a database is about to refuse writes.
const SCARCE_MEBIBYTES: u64 = 64;
const FEW_MEBIBYTES: u64 = 1024;

/// Permission bits of group and others.
const OF_OTHERS: u32 = 0o077;
const WRITE_OF_OTHERS: u32 = 0o022;

pub(super) fn examine(config: &Config, findings: &mut Findings) {
    let file = sqlite_file(config.database_url().expose_secret());
    let uses_directory = config.database.url.is_none() || !config.has_own_master_key();
    if uses_directory {
        directory(&config.data.directory, findings);
    }
    if let Some(file) = &file {
        // One that isn't there is told with the database.
        if let Ok(mode) = mode(file)
            && mode & OF_OTHERS != 0
        {
            findings.warn(
                "database file",
                format!(
                    "others may read {}, which has addresses and password hashes; chmod 600 it",
                    file.display(),
                ),
            );
        } else if file.exists() {
            findings.ok(
                "database file",
                format!("{} is its owner's alone", file.display()),
            );
        }
        space(file, findings);
    }
    if config.keys.master_key.is_none() {
        master_key(&config.master_key_file(), findings);
    }
}

fn directory(path: &Path, findings: &mut Findings) {
    const CHECK: &str = "data directory";
    let shown = path.display();
    match mode(path) {
        Ok(mode) if mode & WRITE_OF_OTHERS != 0 => findings.fault(
            CHECK,
            format!("others may replace what lies in {shown}; chmod 700 it"),
        ),
        Ok(mode) if mode & OF_OTHERS != 0 => findings.warn(
            CHECK,
            format!("others may look into {shown}; chmod 700 it, unless you want that"),
        ),
        Ok(_) => findings.ok(CHECK, format!("{shown} is its owner's alone")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            findings.warn(
                CHECK,
                format!("{shown} is not there yet; a server that starts makes it"),
            );
        }
        Err(error) => {
            findings.unanswered(CHECK, &error, "make it readable, or set `data.directory`");
        }
    }
}

fn master_key(path: &Path, findings: &mut Findings) {
    const CHECK: &str = "master key file";
    let shown = path.display();
    match mode(path) {
        Ok(mode) if mode & OF_OTHERS != 0 => findings.fault(
            CHECK,
            format!("others may read {shown}: with the database they can sign tokens for anybody; chmod 600 it"),
        ),
        Ok(_) => findings.ok(CHECK, format!("{shown} is its owner's alone")),
        // Whether it is missed is told with the signing keys.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => findings.unanswered(CHECK, &error, "make it readable, or set `keys.master_key_file`"),
    }
}

fn space(file: &Path, findings: &mut Findings) {
    const CHECK: &str = "disk space";
    let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // A folder that isn't there has been told.
    let Ok(system) = rustix::fs::statvfs(folder) else {
        return;
    };
    let mebibytes = system.f_bavail.saturating_mul(system.f_frsize) >> 20;
    let text = format!("{mebibytes} MiB are free for {}", file.display());
    if mebibytes < SCARCE_MEBIBYTES {
        findings.fault(
            CHECK,
            format!("{text}; make room: a full disk takes no logout"),
        );
    } else if mebibytes < FEW_MEBIBYTES {
        findings.warn(CHECK, format!("{text}; make room"));
    } else {
        findings.ok(CHECK, text);
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> std::io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode())
}

/// Elsewhere permissions are no bits.
#[cfg(not(unix))]
fn mode(path: &Path) -> std::io::Result<u32> {
    fs::metadata(path).map(|_| 0)
}
