//! The event streams: whether what is told is fetched.

use std::time::Duration;

use super::finding::Findings;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::database::Database;

const CHECK: &str = "event streams";

/// Longer than a receiver is away for a new version, or for a night.
const OLD: Duration = Duration::from_hours(24);

pub(super) async fn examine(
    config: &Config,
    database: &Database,
    clock: &Clock,
    findings: &mut Findings,
) {
    let tables = database.tables();
    let behind = tables.streams_behind(clock.now() - OLD);
    let (behind, known) = match tokio::try_join!(behind, tables.applications()) {
        Ok(found) => found,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    let days = config.outbox.retention_days;
    for application in known {
        let waiting = behind.iter().find(|(id, _)| *id == application.id);
        if let Some((_, waiting)) = waiting {
            findings.warn(CHECK, format!(
                "`{}` has left {waiting} events for more than a day, and what is older than {days} (`outbox.retention_days`) is forgotten; see why it does not poll, or delete its stream",
                application.client_id
            ));
        }
    }
}
