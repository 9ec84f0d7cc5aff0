//! Whether Redis is believed, and has what the ledger has.

use std::time::Duration;

use super::finding::Findings;
use crate::config::{Config, RevocationCheck};
use crate::model::index_state::{Epoch, IndexState};
use crate::model::revocation::{Entry, Marks, Position, Revocation};
use crate::model::token::RETENTION_MARGIN;
use crate::store::database::{Database, StoreError};
use crate::store::index::{IndexError, RevocationIndex as _};
use crate::store::redis::Redis;
use crate::store::redis::index::RedisIndex;

const CHECK: &str = "index";

/// What was committed a moment ago may still be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// How many rows are compared at most: an operator waits.
const MOST: usize = 100_000;

pub(super) async fn examine(
    config: &Config,
    database: &Database,
    redis: Option<&Redis>,
    findings: &mut Findings,
) {
    if config.revocation.check == RevocationCheck::Memory {
        findings.ok(CHECK, "each server has its own in memory, and says on /metrics how far it is; here there is nothing to compare");
        return;
    }
    // One that does not answer has been told.
    let Some(redis) = redis else { return };
    let state = match database.tables().index_state().await {
        Ok(state) => state,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    let index = RedisIndex::new(redis.clone());
    index.heed(&state);
    if let Some(doubt) = doubt(&index, &state).await {
        return findings.warn(CHECK, doubt);
    }
    let rows = match live(database).await {
        Ok(rows) => rows,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    let mut lacking = lacking(&index, &rows).await;
    if lacking.as_ref().is_ok_and(|rows| !rows.is_empty()) {
        tokio::time::sleep(ON_ITS_WAY).await;
        lacking = self::lacking(&index, &lacking.unwrap_or_default()).await;
    }
    match lacking {
        Ok(lacking) if lacking.is_empty() => findings.ok(CHECK, format!(
            "Redis has all {} live revocations of the ledger",
            rows.len()
        )),
        Ok(lacking) => findings.fault(CHECK, format!(
            "Redis lacks {} of {} live revocations (the first at position {}): what they killed may be taken; flush Redis, and a server makes its index again; and find out who deletes keys there",
            lacking.len(),
            rows.len(),
            lacking[0].entry.position.0
        )),
        Err(error) => findings.unanswered(CHECK, &error, "see what stands under Redis' keys `cardea:*`"),
    }
}

/// Why servers ask the database in its stead.
async fn doubt(index: &RedisIndex, state: &IndexState) -> Option<String> {
    let Epoch(epoch) = state.epoch;
    if !state.is_trusted {
        return Some(format!(
            "no Redis is believed (epoch {epoch}): servers ask the database, until one of them has made the index; if that lasts, their log says why"
        ));
    }
    let probe = index.probe(state).await.ok()?;
    let what = if probe.identity.is_none() {
        "`redis.url` leads to a replica"
    } else if probe.identity != state.identity {
        "`redis.url` leads to another Redis than the one that is believed"
    } else if probe.certificate != state.certificate() {
        "Redis lost its index"
    } else {
        return None;
    };
    Some(format!(
        "{what} (epoch {epoch}): a server that meets the same asks the database, and makes the index again where it can; if that lasts, its log says why"
    ))
}

/// The rows that concern live tokens, oldest first.
async fn live(database: &Database) -> Result<Vec<Revocation>, StoreError> {
    let tables = database.tables();
    let (head, now) = tables.issuing_point().await?;
    let mut rows = Vec::new();
    let mut read = Position::NOTHING;
    while read < head && rows.len() < MOST {
        let batch = tables.ledger_after(read).await?;
        let Some(last) = batch.last() else { break };
        read = last.entry.position;
        // Redis drops them on time, and the ledger in its own.
        let is_live = |row: &Revocation| row.entry.expires_at > now + RETENTION_MARGIN / 2;
        rows.extend(batch.into_iter().filter(is_live));
    }
    Ok(rows)
}

/// Those of the rows that the index doesn't have, or not as late.
async fn lacking(index: &RedisIndex, rows: &[Revocation]) -> Result<Vec<Revocation>, IndexError> {
    let mut lacking = Vec::new();
    for chunk in rows.chunks(Marks::COUNT) {
        // As many marks as a token has, whosever they are.
        let mark = |place: usize| chunk[place.min(chunk.len() - 1)].mark;
        let found = index.look_up(&Marks(std::array::from_fn(mark))).await?;
        let pairs = chunk.iter().zip(found);
        lacking.extend(
            pairs
                .filter(|(row, entry)| !has(row, *entry))
                .map(|(row, _)| *row),
        );
    }
    Ok(lacking)
}

/// Of rows about one mark the index keeps what they say together.
fn has(row: &Revocation, entry: Option<Entry>) -> bool {
    // It counts milliseconds.
    let expiry = |entry: &Entry| entry.expires_at.unix_timestamp_nanos() / 1_000_000;
    entry.is_some_and(|entry| {
        entry.position >= row.entry.position && expiry(&entry) >= expiry(&row.entry)
    })
}
