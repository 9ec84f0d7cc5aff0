//! Who is called when sessions end: whether each is told.

use time::Duration;

use super::finding::Findings;
use crate::config::Config;
use crate::store::database::{Awaiting, Database, StoreError};

const CHECK: &str = "back-channel logouts";

/// A restart of an application takes less.
const LONG: Duration = Duration::minutes(15);

pub(super) async fn examine(config: &Config, database: &Database, findings: &mut Findings) {
    let late = match late(database).await {
        Ok(late) => late,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    if late.is_empty() {
        findings.ok(CHECK, "all that are called are told of logouts");
    }
    let days = config.outbox.retention_days;
    for (
        Awaiting {
            client_id,
            uri,
            failures,
            ..
        },
        age,
    ) in late
    {
        let minutes = age.whole_minutes();
        findings.warn(CHECK, format!(
            "`{client_id}` has not been told of a logout for {minutes} min, and {failures} attempts in a row have failed: see whether {uri} answers, and what the log says; what waits is forgotten after {days} days"
        ));
    }
}

/// Those that have something to hear since long ago.
async fn late(database: &Database) -> Result<Vec<(Awaiting, Duration)>, StoreError> {
    let tables = database.tables();
    let (_, now) = tables.issuing_point().await?;
    let all = tables.awaiting_logouts().await?.into_iter();
    let aged = all.map(|one| (now - one.since, one));
    let late = aged.filter(|(age, _)| *age >= LONG);
    Ok(late.map(|(age, one)| (one, age)).collect())
}
