//! How the two databases are opened.

use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::config;

/// A connection that idled longer than this is tried before it is used: a restarted server must
/// not cost a user an error for each connection of the pool.
const IDLE_BEFORE_TEST: Duration = Duration::from_secs(1);

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
        options
            .set_application_name("cardea")
            .statement_timeout(timeout);
    }
    options
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
