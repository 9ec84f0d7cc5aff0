//! The SQL database: SQLite and PostgreSQL behind one type, every wait bounded.

mod applications;
mod audit_events;
mod connect;
mod error;
mod event_streams;
mod executor;
mod feed;
mod grants;
mod index_state;
mod leases;
mod ledger;
mod ledger_question;
mod logout_deliveries;
mod look;
mod news;
mod outbox;
mod pools;
mod refresh;
mod session_ends;
mod session_news;
mod sessions;
mod sessions_page;
mod signing_keys;
mod standing;
mod unit;
mod users;

use std::pin::Pin;
use std::time::Duration;

use cardea_migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

pub use self::error::StoreError;
pub use self::event_streams::Extent;
pub use self::feed::Stretch;
pub use self::leases::Lease;
pub use self::ledger::{Concerned, LedgerHead, PendingRevocation};
pub use self::ledger_question::LedgerAnswer;
pub use self::logout_deliveries::{Awaiting, DeliveryClaim};
pub use self::look::{has_write_ahead_log, sqlite_file};
pub use self::news::News;
pub use self::outbox::{Among, PendingEvent, Recipient};
pub use self::refresh::Rotation;
pub use self::session_ends::IfTaken;
pub use self::session_news::Lately;
pub use self::sessions::SessionsOf;
pub use self::signing_keys::SealedKey;
pub use self::standing::SessionStanding;
pub use self::unit::Unit;
pub use self::users::{Credential, NewUser, Taken};

use self::executor::Executor;
use crate::clock::Clock;
use crate::config;

/// The database of one installation.
#[derive(Clone)]
pub struct Database {
    connection: DatabaseConnection,
    /// Three connections that nobody else takes: whatever storms, the ledger is heard, followed and told.
    follower: DatabaseConnection,
    clock: Clock,
    timeout: Duration,
}

impl Database {
    /// Opens the database; a SQLite file is made if it isn't there.
    pub async fn connect(
        url: &str,
        settings: &config::Database,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let timeout = Duration::from_millis(settings.timeout_milliseconds);
        let mut options = connect::options(url, settings);
        let connection = connect::open(options.clone(), timeout).await?;
        options.max_connections(3);
        let follower = connect::open(options, timeout).await?;
        Ok(Self {
            connection,
            follower,
            clock,
            timeout,
        })
    }

    /// The tables, each statement a transaction of its own.
    #[must_use]
    pub fn tables(&self) -> Tables<'_> {
        self.tables_over(&self.connection)
    }

    /// The tables, for whoever follows the ledger.
    #[must_use]
    pub fn following(&self) -> Tables<'_> {
        self.tables_over(&self.follower)
    }

    fn tables_over<'c>(&'c self, connection: &'c DatabaseConnection) -> Tables<'c> {
        Tables {
            executor: Executor(DatabaseExecutor::Connection(connection)),
            clock: &self.clock,
            timeout: self.timeout,
        }
    }

    /// Begins a transaction that will write. Dropped without a commit, nothing of it happened.
    pub async fn begin(&self) -> Result<Unit, StoreError> {
        let transaction = bounded(self.timeout, self.transaction()).await?;
        Ok(Unit::new(transaction, self.clock.clone(), self.timeout))
    }

    /// Brings the schema up to date, wholly or not at all, one process at a time: `SeaORM` takes no
    /// lock of its own.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let transaction = self.transaction().await?;
        if !self.is_sqlite() {
            // Another node's steps may take their time, and so may ours.
            transaction
                .execute_unprepared("SET LOCAL statement_timeout = 0")
                .await?;
            transaction
                .execute_unprepared("SELECT pg_advisory_xact_lock(4851390927)")
                .await?;
        }
        Migrator::up(&transaction, None).await?;
        Ok(transaction.commit().await?)
    }

    async fn transaction(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = if self.is_sqlite() {
            TransactionOptions {
                // A transaction that reads and then writes fails with SQLITE_BUSY_SNAPSHOT,
                // whatever the busy timeout says, unless it takes the write lock at once.
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            }
        } else {
            TransactionOptions {
                // Each statement must see what was committed before it: an issuing transaction
                // looks at the state after it has read the position.
                isolation_level: Some(IsolationLevel::ReadCommitted),
                ..TransactionOptions::default()
            }
        };
        self.connection.begin_with_options(options).await
    }

    /// The steps of the schema's history, and whether each was applied.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, StoreError> {
        use cardea_migration::MigrationStatus::Applied;
        let steps = Migrator::get_migration_with_status(&self.connection).await?;
        Ok(steps
            .iter()
            .map(|step| (step.name().to_owned(), step.status() == Applied))
            .collect())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        bounded(self.timeout, self.connection.ping()).await
    }

    /// Closes the pool; what is under way is finished first.
    pub async fn close(&self) {
        // A connection that can't be closed is closed by the process's end.
        drop(self.connection.clone().close().await);
        drop(self.follower.clone().close().await);
    }

    fn is_sqlite(&self) -> bool {
        self.connection.get_database_backend() == sea_orm::DbBackend::Sqlite
    }
}

/// The rows, in or out of a transaction. Each aggregate's methods are in its own file.
pub struct Tables<'c> {
    executor: Executor<'c>,
    clock: &'c Clock,
    timeout: Duration,
}

impl Tables<'_> {
    fn bounded<'w, T: 'w>(
        &self,
        work: impl Future<Output = Result<T, DbErr>> + Send + 'w,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'w {
        bounded(self.timeout, work)
    }
}

/// `SeaORM`'s futures have five kilobytes: boxed, they are not moved about with every request that
/// might have asked the database, and did not. Their types are as large, and end here as well.
fn bounded<'w, T: 'w>(
    timeout: Duration,
    work: impl Future<Output = Result<T, DbErr>> + Send + 'w,
) -> impl Future<Output = Result<T, StoreError>> + Send + 'w {
    let work: Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'w>> = Box::pin(work);
    let work = tokio::time::timeout(timeout, work);
    async { Ok(work.await.map_err(|_| StoreError::Silent)??) }
}
