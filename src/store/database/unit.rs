//! A unit of work: one transaction.

use std::time::Duration;

use sea_orm::{DatabaseExecutor, DatabaseTransaction};

use super::executor::Executor;
use super::{StoreError, Tables, bounded};
use crate::clock::Clock;

/// A transaction that will write. Dropped without [`Unit::commit`], nothing of it happened.
pub struct Unit {
    transaction: DatabaseTransaction,
    clock: Clock,
    timeout: Duration,
}

impl Unit {
    pub(super) const fn new(
        transaction: DatabaseTransaction,
        clock: Clock,
        timeout: Duration,
    ) -> Self {
        Self {
            transaction,
            clock,
            timeout,
        }
    }

    /// The tables, as this transaction sees them.
    #[must_use]
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            executor: Executor(DatabaseExecutor::Transaction(&self.transaction)),
            clock: &self.clock,
            timeout: self.timeout,
        }
    }

    /// Makes it all durable at once. After an error it is unknown whether it happened: whoever
    /// asks again must be served.
    pub async fn commit(self) -> Result<(), StoreError> {
        bounded(self.timeout, self.transaction.commit()).await
    }
}
