//! What an operator would look at: the stores, their settings, clocks, keys, leases, and whether the
//! index has what the ledger has. It looks, and changes nothing.

mod applications;
mod back_channel;
mod clocks;
mod database;
mod files;
mod finding;
mod index;
mod keys;
mod leases;
mod redis;
mod streams;

pub use self::finding::{Finding, Status};

use self::finding::Findings;
use crate::clock::Clock;
use crate::config::Config;

/// Looks at everything that this configuration names. What can't be asked is a fault, and what
/// depends on it is not looked at.
pub async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let mut findings = Findings::default();
    files::examine(config, &mut findings);
    let database = database::examine(config, clock, &mut findings).await;
    let redis = redis::examine(config, &mut findings).await;
    clocks::examine(database.as_ref(), redis.as_ref(), clock, &mut findings).await;
    if let Some(database) = &database {
        keys::examine(config, database, clock, &mut findings).await;
        applications::examine(config, database, &mut findings).await;
        back_channel::examine(config, database, &mut findings).await;
        streams::examine(config, database, clock, &mut findings).await;
        leases::examine(config, database, clock, &mut findings).await;
        index::examine(config, database, redis.as_ref(), &mut findings).await;
    }
    findings.0
}
