//! How the two databases are opened.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DatabaseConnection};

use super::look::{has_journal, sqlite_file};
use super::{StoreError, bounded};
use crate::config;

/// A connection that idled longer than this is tried before it is used: a restarted server must
/// not cost a user an error for each connection of the pool.
const IDLE_BEFORE_TEST: Duration = Duration::from_secs(1);

/// How soon a locked file is asked for again.
const LOCKED_PAUSE: Duration = Duration::from_millis(20);

pub(super) fn options(url: &str, settings: &config::Database) -> ConnectOptions {
    let timeout = Duration::from_millis(settings.timeout_milliseconds);
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.max_connections)
        .connect_timeout(timeout)
        .acquire_timeout(timeout)
        // Statements are logged by nobody: their values are people's.
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire_if_idle_for(IDLE_BEFORE_TEST);
    if url.starts_with("sqlite:") {
        sqlite(&mut options, timeout);
    } else {
        postgres(&mut options, timeout);
    }
    options
}

/// For one connection that changes nothing.
pub(super) fn read_only(url: &str, settings: &config::Database) -> ConnectOptions {
    let mut options = options(url, settings);
    options.max_connections(1);
    let timeout = Duration::from_millis(settings.timeout_milliseconds);
    if let Some(file) = sqlite_file(url) {
        // A journal that isn't there would be made, even to read: but then nobody writes, either.
        let is_at_rest = !has_journal(&file);
        options.map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(false)
                .read_only(true)
                .immutable(is_at_rest)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(timeout)
        });
    } else {
        options.map_sqlx_postgres_opts(move |options| {
            postgres_session(options, timeout).options([("default_transaction_read_only", "on")])
        });
    }
    options
}

/// Opens a pool. A SQLite file that another process is just making is locked, whatever the busy
/// timeout says: asked again until the time is up.
pub(super) async fn open(
    options: ConnectOptions,
    timeout: Duration,
) -> Result<DatabaseConnection, StoreError> {
    let deadline = tokio::time::Instant::now() + timeout;
    loop {
        let opened = bounded(timeout, sea_orm::Database::connect(options.clone())).await;
        match opened {
            Err(StoreError::Unavailable(_)) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(LOCKED_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

fn sqlite(options: &mut ConnectOptions, timeout: Duration) {
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A logout that was answered must survive a power cut: NORMAL would lose the last
            // commits of a WAL.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(timeout)
    });
}

fn postgres(options: &mut ConnectOptions, timeout: Duration) {
    options
        .set_application_name("cardea")
        .statement_timeout(timeout)
        .map_sqlx_postgres_opts(move |options| postgres_session(options, timeout));
}

fn postgres_session(options: PgConnectOptions, timeout: Duration) -> PgConnectOptions {
    // A node that stops in the middle of a revocation holds the counter: not for ever.
    let milliseconds = timeout.as_millis().to_string();
    options.options([
        ("idle_in_transaction_session_timeout", milliseconds.as_str()),
        // What was acknowledged is on the disk, whatever the server's default.
        ("synchronous_commit", "on"),
    ])
}
