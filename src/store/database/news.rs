//! Word of new rows in the ledger, from the database itself. It only makes things fast: what it
//! loses is found by the next look.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use uuid::Uuid;

use super::{Database, StoreError, Tables};

/// What PostgreSQL's NOTIFY is sent on.
const CHANNEL: &str = "cardea_ledger";

/// Word of rows that other processes wrote.
pub struct News {
    connection: DatabaseConnection,
    listener: Option<PgListener>,
}

impl Database {
    /// Nothing is heard before the first wait.
    #[must_use]
    pub fn news(&self) -> News {
        News {
            connection: self.follower.clone(),
            listener: None,
        }
    }
}

impl News {
    /// Waits until another process than this one has written rows, or until the time is up.
    pub async fn wait(&mut self, process: Uuid, at_most: Duration) {
        // An error is no news: the next look tells whether the database is there.
        let _ = tokio::time::timeout(at_most, self.hear(process)).await;
    }

    async fn hear(&mut self, process: Uuid) {
        if self.connection.get_database_backend() != DbBackend::Postgres {
            // SQLite tells nobody.
            return std::future::pending().await;
        }
        if self.listener.is_none() {
            self.listener = self.listen().await.ok();
        }
        let own = process.to_string();
        let Some(listener) = &mut self.listener else {
            return std::future::pending().await;
        };
        loop {
            match listener.recv().await {
                Ok(word) if word.payload() == own => {}
                Ok(_) => break,
                Err(_) => {
                    self.listener = None;
                    return std::future::pending().await;
                }
            }
        }
        // One look answers them all.
        while listener.next_buffered().is_some() {}
    }

    async fn listen(&self) -> Result<PgListener, sea_orm::sqlx::Error> {
        let pool = self.connection.get_postgres_connection_pool();
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }
}

impl Tables<'_> {
    /// Tells the others, when the transaction commits.
    pub async fn tell_followers(&self, process: Uuid) -> Result<(), StoreError> {
        if self.executor.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let notify = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_notify($1, $2)",
            [CHANNEL.into(), process.to_string().into()],
        );
        self.bounded(self.executor.execute_raw(notify)).await?;
        Ok(())
    }
}
