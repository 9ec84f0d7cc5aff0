//! What applications are told in the standards' ways: written in the transaction that does it, and
//! kept until it is delivered, or too old.

mod posting;
mod sweep;

pub(in crate::service) use self::posting::{Posting, revoked};

use std::time::Duration;

use crate::clock::Clock;
use crate::config::Outbox as Settings;
use crate::store::database::Database;

/// The events that await their delivery.
#[derive(Clone)]
pub struct Outbox {
    database: Database,
    clock: Clock,
    /// How long what nobody fetches is kept.
    retention: Duration,
}

impl Outbox {
    #[must_use]
    pub const fn new(database: Database, clock: Clock, settings: &Settings) -> Self {
        Self {
            database,
            clock,
            retention: Duration::from_hours(24 * settings.retention_days),
        }
    }
}
