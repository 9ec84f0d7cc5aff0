//! Word of new rows in the ledger, from the database itself. It only makes things fast: what it
//! loses is found by the next look.

use std::time::Duration;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::sqlx::{self, postgres::PgListener};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Database, StoreError, Tables};

/// What PostgreSQL's NOTIFY is sent on.
const CHANNEL: &str = "cardea_ledger";

/// Word of rows that other processes wrote.
pub struct News {
    connection: DatabaseConnection,
    listening: Listening,
}

enum Listening {
    Not,
    /// In a task of its own: however short the waits are, the way to the database may be longer.
    Starting(JoinHandle<Result<PgListener, sqlx::Error>>),
    On(PgListener),
}

impl Database {
    /// Nothing is heard before the first wait.
    #[must_use]
    pub fn news(&self) -> News {
        News {
            connection: self.follower.clone(),
            listening: Listening::Not,
        }
    }
}

impl News {
    /// Waits until another process than this one has written rows, or until the time is up.
    pub async fn wait(&mut self, process: Uuid, at_most: Duration) {
        // An error is no news: the next look tells whether the database is there.
        let heard = tokio::time::timeout(at_most, self.hear(process)).await;
        if let Ok(Err(error)) = heard {
            tracing::debug!(error = &error as &dyn std::error::Error, "can't listen");
            self.listening = Listening::Not;
            tokio::time::sleep(at_most).await;
        }
    }

    async fn hear(&mut self, process: Uuid) -> Result<(), sqlx::Error> {
        if self.connection.get_database_backend() != DbBackend::Postgres {
            // SQLite tells nobody.
            return std::future::pending().await;
        }
        let own = process.to_string();
        loop {
            match &mut self.listening {
                Listening::Not => {
                    let pool = self.connection.get_postgres_connection_pool().clone();
                    self.listening = Listening::Starting(tokio::spawn(listen(pool)));
                }
                Listening::Starting(starting) => {
                    let started = starting.await.map_err(|_| sqlx::Error::WorkerCrashed)?;
                    self.listening = Listening::On(started?);
                }
                Listening::On(listener) => match listener.try_recv().await? {
                    Some(word) if word.payload() == own => {}
                    Some(_) => {
                        // One look answers them all.
                        while listener.next_buffered().is_some() {}
                        return Ok(());
                    }
                    // The connection is lost, and perhaps word with it: a look, and a new one.
                    None => {
                        self.listening = Listening::Not;
                        return Ok(());
                    }
                },
            }
        }
    }
}

async fn listen(pool: sqlx::PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Tells the others, when the transaction commits: once, however often it is said in it.
pub(super) fn word_of(process: Uuid) -> Expr {
    let values = [CHANNEL.to_owned(), process.to_string()];
    Expr::cust_with_values("pg_notify($1, $2)", values)
}

impl Tables<'_> {
    /// The same, where nothing of the ledger changes, and at once.
    pub async fn tell_followers(&self, process: Uuid) -> Result<(), StoreError> {
        let backend = self.executor.get_database_backend();
        if backend != DbBackend::Postgres {
            return Ok(());
        }
        let tell = backend.build(Query::select().expr(word_of(process)));
        self.bounded(self.executor.execute_raw(tell)).await?;
        Ok(())
    }
}
