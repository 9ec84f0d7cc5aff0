//! Opening the stores, and building the services on them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::StartError;
use super::master_key::{self, Sealed};
use crate::clock::Clock;
use crate::config::{Config, RevocationCheck};
use crate::service::Services;
use crate::service::accounts::Accounts;
use crate::service::credentials::Credentials;
use crate::service::directory::Directory;
use crate::service::keys::Keys;
use crate::service::revocation::Revocations;
use crate::service::sessions::Sessions;
use crate::service::tokens::{TokenSettings, Tokens};
use crate::store::database::Database;
use crate::store::embedded::index::MemoryIndex;
use crate::store::index::RevocationIndex;
use crate::store::redis;

/// Opens everything, ready to serve. The same for the server and for a command.
pub async fn open(config: Config, clock: Clock) -> Result<Services, StartError> {
    let database = open_database(&config, clock.clone()).await?;
    database.migrate().await.map_err(StartError::Migration)?;
    let keys = load_keys(&config, &database, clock.clone()).await?;
    let tokens = tokens(&config, &database, keys.clone(), clock.clone()).await?;
    let index = open_index(&config)?;
    let revocations = Revocations::load(database.clone(), index, clock, &config.revocation)
        .await
        .map_err(StartError::Ledger)?;
    let credentials = Credentials::new(&config.passwords)?;
    let sessions = Sessions::new(
        database.clone(),
        revocations.clone(),
        tokens,
        credentials.clone(),
    );
    let accounts = Accounts::new(database.clone(), revocations.clone(), credentials);
    let directory = Directory::new(database.clone());
    Ok(Services {
        settings: config,
        database,
        keys,
        revocations,
        sessions,
        accounts,
        directory,
    })
}

/// Opens the database alone.
pub async fn open_database(config: &Config, clock: Clock) -> Result<Database, StartError> {
    if config.database.url.is_none() || !config.has_own_master_key() {
        make_directory(&config.data.directory)?;
    }
    let url = config.database_url();
    Database::connect(url.expose_secret(), &config.database, clock)
        .await
        .map_err(StartError::Database)
}

fn make_directory(path: &Path) -> Result<(), StartError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|source| StartError::DataDirectory {
            path: path.to_owned(),
            source,
        })
}

async fn load_keys(config: &Config, database: &Database, clock: Clock) -> Result<Keys, StartError> {
    let keys = database
        .tables()
        .signing_keys()
        .await
        .map_err(StartError::Database)?;
    let sealed = if keys.is_empty() {
        Sealed::Nothing
    } else {
        Sealed::Something
    };
    let master = master_key::load(config, sealed)?;
    Ok(Keys::load(database.clone(), master, clock, &config.keys).await?)
}

async fn tokens(
    config: &Config,
    database: &Database,
    keys: Keys,
    clock: Clock,
) -> Result<Tokens, StartError> {
    let settings = &config.tokens;
    let tables = database.tables();
    let application = tables
        .ensure_application(&settings.client_id, &settings.audience)
        .await
        .map_err(StartError::Database)?;
    let settings = TokenSettings {
        issuer: config.issuer(),
        application,
        lifetime: Duration::from_secs(settings.access_lifetime_seconds),
        leeway: Duration::from_secs(settings.leeway_seconds),
    };
    Ok(Tokens::new(keys, clock, settings))
}

fn open_index(config: &Config) -> Result<Arc<dyn RevocationIndex>, StartError> {
    match (config.revocation.check, &config.redis.url) {
        (RevocationCheck::Redis, Some(url)) => {
            let redis = redis::connect(url.expose_secret(), &config.redis);
            Ok(Arc::new(redis::index::RedisIndex::new(
                redis.map_err(StartError::Redis)?,
            )))
        }
        // The configuration refuses Redis without a URL.
        (RevocationCheck::Memory | RevocationCheck::Redis, _) => {
            Ok(Arc::new(MemoryIndex::default()))
        }
    }
}
