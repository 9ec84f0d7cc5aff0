//! Who answers checks, and whether they live.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::finding::Findings;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::database::{Database, Lease, StoreError};

const CHECK: &str = "lease";

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// An operator doesn't wait longer to learn who is dead.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn examine(
    config: &Config,
    database: &Database,
    clock: &Clock,
    findings: &mut Findings,
) {
    let watched = match watch(database, clock).await {
        Ok(watched) => watched,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    if watched.is_empty() {
        findings.ok(CHECK, "nobody answers checks now");
    }
    for (lease, life) in watched {
        let from = lease.check.as_str();
        let who = format!(
            "{}, which answers from {from} since {}",
            lease.id,
            since(&lease)
        );
        match life {
            _ if lease.check != config.revocation.check => findings.fault(CHECK, format!(
                "{who}, is configured otherwise than here, where `revocation.check` is \"{}\"; give all servers one value",
                config.revocation.check.as_str()
            )),
            Life::Renewed => findings.ok(CHECK, format!("{who}, has confirmed up to {}", lease.confirmed.0)),
            Life::Over => findings.warn(CHECK, format!(
                "{who}, has not renewed it: its process died or stands still, and the next logout waits for the end of the lease; nothing to do if it was stopped, else see to that server"
            )),
            Life::Unknown => findings.ok(CHECK, format!(
                "{who}, was not renewed within {} s, and is longer",
                PATIENCE.as_secs()
            )),
        }
    }
}

/// What was seen of a lease.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Renewed,
    /// All of its length has passed.
    Over,
    Unknown,
}

/// Looks until each lease was renewed, or is over.
async fn watch(database: &Database, clock: &Clock) -> Result<Vec<(Lease, Life)>, StoreError> {
    let begun = clock.boot();
    let first = database.tables().leases().await?;
    let mut watched: Vec<_> = first
        .into_iter()
        .map(|lease| (lease, Life::Unknown))
        .collect();
    loop {
        let passed = clock.boot().saturating_sub(begun);
        let is_open = watched.iter().any(|(_, life)| *life == Life::Unknown);
        if !is_open || passed > PATIENCE {
            return Ok(watched);
        }
        tokio::time::sleep(PAUSE).await;
        let now = database.tables().leases().await?;
        // One that is gone was given back, or marked: it is nobody's any more.
        watched.retain(|(lease, _)| now.iter().any(|other| other.id == lease.id));
        for (lease, life) in &mut watched {
            let renewed = now
                .iter()
                .find(|other| other.id == lease.id && other.renewals > lease.renewals);
            if let Some(renewed) = renewed {
                (*lease, *life) = (*renewed, Life::Renewed);
            } else if *life == Life::Unknown && passed > lease.length + lease.length / 100 {
                *life = Life::Over;
            }
        }
    }
}

/// When it was taken: its id says so.
fn since(lease: &Lease) -> String {
    let made = lease.id.0.get_timestamp().map(|time| time.to_unix().0);
    let made = made.and_then(|seconds| i64::try_from(seconds).ok());
    let made = made.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    made.and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}
