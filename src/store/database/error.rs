//! What can go wrong with the database: it doesn't answer, or it answers something wrong.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

use crate::model::refusal::{Fault, Refusal, Stop};
use crate::store::outage;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer within the bound.
    #[error("the database did not answer in time")]
    Silent,
    /// It can't be reached, is shutting down, is full or locked: another try may succeed.
    #[error("the database is unavailable")]
    Unavailable(#[source] DbErr),
    /// It answered, and not as it should.
    #[error("the database refused a statement")]
    Broken(#[source] DbErr),
    /// A row that no version of ours has written.
    #[error("a row of `{table}` can't be read: {column}")]
    Corrupt {
        table: &'static str,
        column: &'static str,
    },
}

impl StoreError {
    /// Whether a unique column already holds the value.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        let Self::Broken(error) = self else {
            return false;
        };
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if is_passing(&error) {
            Self::Unavailable(error)
        } else {
            Self::Broken(error)
        }
    }
}

/// An outage is told as one; everything else is a fault of ours, of which the client learns nothing.
impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Silent | StoreError::Unavailable(_) => {
                outage::DATABASE.note(&error);
                Refusal::StoreUnavailable.into()
            }
            StoreError::Broken(_) | StoreError::Corrupt { .. } => Fault {
                doing: "using the database",
                source: Box::new(error),
            }
            .into(),
        }
    }
}

fn is_passing(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            is_passing_in_driver(error)
        }
        _ => false,
    }
}

fn is_passing_in_driver(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

/// PostgreSQL's SQLSTATE classes: connection exceptions (08), transaction rollbacks (40), resources
/// (53), operator intervention (57: shutdown, crash, cancelled by `statement_timeout`), a server
/// that is read-only (25006), a transaction that idled (25P03). SQLite's (extended) result codes: busy, locked, read-only,
/// I/O error, full, can't open.
fn is_passing_code(code: &str) -> bool {
    const SQLITE: [i32; 6] = [5, 6, 8, 10, 13, 14];
    if code.len() == 5 {
        return ["08", "40", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class))
            || ["25006", "25P03"].contains(&code);
    }
    code.parse::<i32>()
        .is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
}
