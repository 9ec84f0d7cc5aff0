//! The signing keys, and the master key that opens them.

use std::io::Read as _;

use secrecy::{ExposeSecret as _, SecretString};

use super::finding::Findings;
use crate::clock::Clock;
use crate::config::{Config, decode_master_key};
use crate::crypto::jwt::SigningKey;
use crate::crypto::sealed::MasterKey;
use crate::model::signing_key::{KeyState, lives};
use crate::store::database::{Database, SealedKey};

const CHECK: &str = "signing keys";
const MASTER: &str = "master key";

/// Longer than any spelling of 32 bytes.
const MAXIMUM_FILE_BYTES: u64 = 1024;

pub(super) async fn examine(
    config: &Config,
    database: &Database,
    clock: &Clock,
    findings: &mut Findings,
) {
    let rows = match database.tables().signing_keys().await {
        Ok(rows) => rows,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    if rows.is_empty() {
        return findings.warn(CHECK, "there are none yet; a server that starts makes one");
    }
    states(&rows, clock, findings);
    match master_key(config) {
        Ok(key) => unseal(&rows, &key, findings),
        Err(text) => findings.fault(MASTER, text),
    }
}

fn states(rows: &[SealedKey], clock: &Clock, findings: &mut Findings) {
    let times: Vec<_> = rows.iter().map(|row| row.times).collect();
    let states: Vec<_> = lives(&times)
        .iter()
        .map(|life| life.state(clock.now()))
        .collect();
    let count = |state| states.iter().filter(|known| **known == state).count();
    let signing = rows
        .iter()
        .zip(&states)
        .find(|(_, state)| **state == KeyState::Signing);
    match signing {
        Some((row, _)) if count(KeyState::Signing) == 1 => {
            let others = [KeyState::Published, KeyState::Verifying, KeyState::Revoked];
            let others = others.map(|state| format!("{} {}", count(state), state.as_str()));
            let (kid, algorithm) = (&row.kid, row.algorithm.as_str());
            findings.ok(
                CHECK,
                format!("{kid} ({algorithm}) signs; others: {}", others.join(", ")),
            );
        }
        _ => findings.fault(
            CHECK,
            "none signs now; start a server, or run `cardea keys rotate --now`",
        ),
    }
    let gone = count(KeyState::Gone);
    if gone > 0 {
        findings.warn(
            "expired keys",
            format!("{gone} should have been removed; servers do so each hour while they run"),
        );
    }
}

fn unseal(rows: &[SealedKey], master: &MasterKey, findings: &mut Findings) {
    for row in rows {
        let Ok(private) = master.open(&row.kid, &row.sealed) else {
            return findings.fault(MASTER, format!(
                "it is not the one that key {} was sealed with; give back the old one (`keys.master_key` or `keys.master_key_file`)",
                row.kid
            ));
        };
        if SigningKey::open(row.algorithm, &private).is_err() {
            return findings.fault(CHECK, format!(
                "key {} can't be read; was the database changed by hand? `cardea keys revoke` takes it out of use",
                row.kid
            ));
        }
    }
    findings.ok(MASTER, "it opens all signing keys");
}

/// As a server would find it, but that none is made.
fn master_key(config: &Config) -> Result<MasterKey, String> {
    let (text, place) = if let Some(key) = &config.keys.master_key {
        (key.clone(), "`keys.master_key`".to_owned())
    } else {
        let path = config.master_key_file();
        let place = path.display().to_string();
        let mut text = String::new();
        std::fs::File::open(&path)
            .and_then(|file| file.take(MAXIMUM_FILE_BYTES).read_to_string(&mut text))
            .map_err(|error| {
                format!(
                    "can't read {place}: {error}; put it back, or name it with `keys.master_key_file`"
                )
            })?;
        (SecretString::from(text), place)
    };
    let key = decode_master_key(text.expose_secret());
    let key = key.ok_or_else(|| format!(
        "{place} is not 32 bytes in base64url, base64 or hex; give back the key that this database was made with"
    ))?;
    Ok(MasterKey::new(key.expose_secret()))
}
