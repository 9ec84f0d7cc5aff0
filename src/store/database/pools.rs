//! How the pools are used.

use sea_orm::DatabaseConnection;

use super::Database;
use crate::metrics::PoolUse;

impl Database {
    /// That of whoever asks, and that of who follows the ledger.
    #[must_use]
    pub fn pools(&self) -> [PoolUse; 2] {
        [&self.connection, &self.follower].map(|connection| self.pool(connection))
    }

    fn pool(&self, connection: &DatabaseConnection) -> PoolUse {
        let (limit, open, idle) = if self.is_sqlite() {
            let pool = connection.get_sqlite_connection_pool();
            (
                pool.options().get_max_connections(),
                pool.size(),
                pool.num_idle(),
            )
        } else {
            let pool = connection.get_postgres_connection_pool();
            (
                pool.options().get_max_connections(),
                pool.size(),
                pool.num_idle(),
            )
        };
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        PoolUse {
            limit: number(limit),
            open: number(open),
            idle,
            waiting: None,
        }
    }
}
