//! The stores that a test runs on: the combination that was asked for, fresh for each test.

use std::env;
use std::sync::{Arc, LazyLock};

use cardea::config::{Config, RevocationCheck, RevocationList};
use cardea::model::id::LedgerId;
use cardea::model::index_state::{Epoch, IndexState};
use cardea::store::embedded::index::MemoryIndex;
use cardea::store::index::RevocationIndex;
use cardea::store::redis::connect;
use cardea::store::redis::index::RedisIndex;

use crate::folder::Folder;
use crate::postgres_database::PostgresDatabase;
use crate::postgres_server::PostgresServer;
use crate::redis_server::RedisServer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

struct Chosen {
    database: DatabaseKind,
    check: RevocationCheck,
    list: RevocationList,
}

/// What `CARDEA_TEST_STORES` says.
static CHOSEN: LazyLock<Chosen> = LazyLock::new(|| {
    let text = env::var("CARDEA_TEST_STORES").unwrap_or_else(|_| "sqlite+memory".to_owned());
    Chosen::parse(&text).unwrap_or_else(|| {
        panic!("CARDEA_TEST_STORES is {{sqlite,postgres}}+{{memory,redis}}+{{deny,allow}}, the last one at will, not {text:?}")
    })
});

impl Chosen {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split('+');
        let database = match words.next()? {
            "sqlite" => DatabaseKind::Sqlite,
            "postgres" => DatabaseKind::Postgres,
            _ => return None,
        };
        let check = match words.next()? {
            "memory" => RevocationCheck::Memory,
            "redis" => RevocationCheck::Redis,
            _ => return None,
        };
        let list = match words.next() {
            None | Some("deny") => RevocationList::Deny,
            Some("allow") => RevocationList::Allow,
            Some(_) => return None,
        };
        words.next().is_none().then_some(Self {
            database,
            check,
            list,
        })
    }
}

/// The stores of one test, or of several nodes in it. Dropped, they are gone.
pub(crate) struct Stores {
    database: DatabaseUrl,
    /// `None`: checked in memory.
    redis: Option<String>,
    folder: Folder,
}

enum DatabaseUrl {
    /// A file in the folder.
    Sqlite,
    Postgres(PostgresDatabase),
}

impl Stores {
    /// The chosen combination.
    pub(crate) async fn chosen() -> Self {
        Self::of(chosen_database().await, chosen_redis())
    }

    /// SQLite, whatever was chosen; the rest as chosen.
    pub(crate) fn on_sqlite() -> Self {
        Self::of(DatabaseUrl::Sqlite, chosen_redis())
    }

    /// Checked in this Redis, whatever was chosen; the database as chosen.
    pub(crate) async fn checked_in(redis: &RedisServer) -> Self {
        Self::checked_at(&redis.url()).await
    }

    /// Checked in the Redis of this URL.
    pub(crate) async fn checked_at(url: &str) -> Self {
        Self::of(chosen_database().await, Some(url.to_owned()))
    }

    /// Kept in this PostgreSQL, whatever was chosen; the rest as chosen.
    pub(crate) async fn kept_in(postgres: &PostgresServer) -> Self {
        let database = PostgresDatabase::empty(&postgres.url()).await;
        Self::of(DatabaseUrl::Postgres(database), chosen_redis())
    }

    fn of(database: DatabaseUrl, redis: Option<String>) -> Self {
        Self {
            database,
            redis,
            folder: Folder::new("data"),
        }
    }

    pub(crate) fn are_on_sqlite(&self) -> bool {
        matches!(self.database, DatabaseUrl::Sqlite)
    }

    pub(crate) fn checks_in_memory(&self) -> bool {
        self.redis.is_none()
    }

    /// Points a server at these stores.
    pub(crate) fn configure(&self, config: &mut Config) {
        self.folder
            .path()
            .join("data")
            .clone_into(&mut config.data.directory);
        if let DatabaseUrl::Postgres(database) = &self.database {
            config.database.url = Some(database.url().into());
        }
        if let Some(url) = &self.redis {
            config.redis.url = Some(url.clone().into());
            config.revocation.check = RevocationCheck::Redis;
        }
        config.revocation.list = CHOSEN.list;
    }
}

impl Stores {
    /// The same, for another process.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let data = self.folder.path().join("data");
        let data = data.to_str().expect("the folder's name is ours").to_owned();
        let mut variables = vec![("CARDEA__DATA__DIRECTORY", data)];
        if let DatabaseUrl::Postgres(database) = &self.database {
            variables.push(("CARDEA__DATABASE__URL", database.url()));
        }
        if let Some(url) = &self.redis {
            variables.push(("CARDEA__REDIS__URL", url.clone()));
            variables.push(("CARDEA__REVOCATION__CHECK", "redis".to_owned()));
        }
        if CHOSEN.list == RevocationList::Allow {
            variables.push(("CARDEA__REVOCATION__LIST", "allow".to_owned()));
        }
        variables
    }
}

async fn chosen_database() -> DatabaseUrl {
    match CHOSEN.database {
        DatabaseKind::Sqlite => DatabaseUrl::Sqlite,
        DatabaseKind::Postgres => {
            let url = wanted("CARDEA_TEST_POSTGRES_URL");
            DatabaseUrl::Postgres(PostgresDatabase::migrated(&url).await)
        }
    }
}

fn chosen_redis() -> Option<String> {
    match CHOSEN.check {
        RevocationCheck::Memory => None,
        RevocationCheck::Redis => Some(wanted("CARDEA_TEST_REDIS_URL")),
    }
}

/// An index of the chosen kind, behind its port.
pub(crate) async fn chosen_index() -> Arc<dyn RevocationIndex> {
    match chosen_redis() {
        None => Arc::new(MemoryIndex::default()),
        Some(url) => Arc::new(certified_index(&url).await),
    }
}

/// Of a ledger that nobody else has, and that has no rows.
async fn certified_index(url: &str) -> RedisIndex {
    let redis = connect(url, &cardea::config::Redis::default()).expect("a URL");
    let index = RedisIndex::new(redis);
    let mut state = IndexState {
        ledger: LedgerId::new(),
        epoch: Epoch(1),
        identity: None,
        is_trusted: true,
    };
    let marked = index.mark(&state).await.expect("it is there");
    state.identity = marked.identity;
    assert!(index.certify(&state, &marked).await.expect("it is there"));
    index.heed(&state);
    index
}

fn wanted(variable: &str) -> String {
    env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} names a server for these tests: set it"))
}
