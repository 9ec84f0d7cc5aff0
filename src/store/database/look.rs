//! Looking at a database without touching it: what an operator asks before a server runs on it.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cardea_migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{ConnectionTrait as _, Statement};
use time::OffsetDateTime;

use super::{Database, StoreError, bounded, connect};
use crate::clock::Clock;
use crate::config;

impl Database {
    /// Opens the database for reading. Nothing is made, and nothing can be written.
    pub async fn look(
        url: &str,
        settings: &config::Database,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let timeout = Duration::from_millis(settings.timeout_milliseconds);
        let options = connect::read_only(url, settings);
        let connection = connect::open(options, timeout).await?;
        Ok(Self {
            follower: connection.clone(),
            connection,
            clock,
            timeout,
        })
    }

    /// The name of the database's program, and its version as it tells it.
    pub async fn version(&self) -> Result<(&'static str, String), StoreError> {
        Ok(if self.is_sqlite() {
            ("SQLite", self.text("SELECT sqlite_version()").await?)
        } else {
            ("PostgreSQL", self.setting("server_version").await?)
        })
    }

    /// A setting of PostgreSQL, as our own connections have it.
    pub async fn setting(&self, name: &'static str) -> Result<String, StoreError> {
        self.text(&format!("SELECT current_setting('{name}')"))
            .await
    }

    /// Whether a commit of SQLite waits for the disk (2: it does), as our own connections have it.
    pub async fn synchronous(&self) -> Result<i32, StoreError> {
        self.first("PRAGMA synchronous").await
    }

    /// Whether it follows another server, and takes no writes.
    pub async fn is_standby(&self) -> Result<bool, StoreError> {
        self.first("SELECT pg_is_in_recovery()").await
    }

    /// The clock of the database's machine; `None` where that is this one.
    pub async fn time(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        if self.is_sqlite() {
            return Ok(None);
        }
        self.first("SELECT clock_timestamp()").await.map(Some)
    }

    /// The steps of the schema that the database lacks. One that was made by a newer version of
    /// ours is broken.
    pub async fn missing_migrations(&self) -> Result<Vec<String>, StoreError> {
        let steps = Migrator::get_pending_migrations_read_only(&self.connection);
        let steps = bounded(self.timeout, steps).await?;
        Ok(steps.iter().map(|step| step.name().to_owned()).collect())
    }

    async fn text(&self, sql: &str) -> Result<String, StoreError> {
        self.first(sql).await
    }

    async fn first<T: sea_orm::TryGetable>(&self, sql: &str) -> Result<T, StoreError> {
        let backend = self.connection.get_database_backend();
        let statement = Statement::from_string(backend, sql);
        let row = bounded(self.timeout, self.connection.query_one_raw(statement)).await?;
        let nothing = StoreError::Corrupt {
            table: "settings",
            column: "value",
        };
        Ok(row.ok_or(nothing)?.try_get_by_index(0)?)
    }
}

/// The file of a SQLite database; `None` for another one.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let is_ours = url.starts_with("sqlite:");
    let options = is_ours.then(|| url.parse::<SqliteConnectOptions>());
    Some(options?.ok()?.get_filename().to_owned())
}

/// Whether a SQLite file keeps a write-ahead log (SQLite's file format, section 1.3.3). Its header says
/// so; the pragma doesn't, to whoever takes the file for immutable.
pub fn has_write_ahead_log(file: &Path) -> std::io::Result<bool> {
    const READ_VERSION: u64 = 19;
    let mut file = std::fs::File::open(file)?;
    let mut version = [0];
    file.seek(SeekFrom::Start(READ_VERSION))?;
    file.read_exact(&mut version)?;
    Ok(version == [2])
}

/// Beside a database that somebody has open, or had when it crashed.
#[must_use]
pub(super) fn has_journal(file: &Path) -> bool {
    let mut journal = file.as_os_str().to_owned();
    journal.push("-wal");
    Path::new(&journal).exists()
}
