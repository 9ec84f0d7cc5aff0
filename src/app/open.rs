//! Opening the stores, and building the services on them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::StartError;
use super::master_key::{self, Sealed};
use crate::clock::Clock;
use crate::config::{Config, RevocationCheck};
use crate::crypto::refresh_token::RefreshTokens;
use crate::crypto::sealed::MasterKey;
use crate::metrics::Metrics;
use crate::service::Services;
use crate::service::access::Access;
use crate::service::accounts::Accounts;
use crate::service::applications::Applications;
use crate::service::back_channel::{self, BackChannel};
use crate::service::clients::Clients;
use crate::service::credentials::Credentials;
use crate::service::directory::Directory;
use crate::service::event_streams::EventStreams;
use crate::service::feed::Feed;
use crate::service::keys::Keys;
use crate::service::limits::Limits;
use crate::service::outbox::Outbox;
use crate::service::registry::Registry;
use crate::service::revocation::{Revocations, Source};
use crate::service::session_events::SessionEvents;
use crate::service::sessions::{Foundations, Sessions};
use crate::service::tokens::Tokens;
use crate::store::counters::Counters;
use crate::store::database::Database;
use crate::store::embedded::index::MemoryIndex;
use crate::store::redis::counters::RedisCounters;
use crate::store::redis::index::RedisIndex;
use crate::store::redis::{self, Redis};

/// Opens everything, ready to serve. The same for the server and for a command.
pub async fn open(config: Config, clock: Clock) -> Result<Services, StartError> {
    let metrics = Arc::new(Metrics::new(clock.now()));
    let database = open_database(&config, clock.clone()).await?;
    database.migrate().await.map_err(StartError::Migration)?;
    let master = load_master_key(&config, &database).await?;
    let redis = connect_redis(&config)?;
    let limits = limits(&config, &database, redis.clone(), &master, clock.clone());
    let refresh_tokens = Arc::new(RefreshTokens::new(&master));
    let keys = Keys::load(database.clone(), master, clock.clone(), &config.keys).await?;
    let registry = Registry::load(database.clone(), &config)
        .await
        .map_err(StartError::Database)?;
    let tokens = tokens(&config, keys.clone(), registry.clone(), clock.clone());
    let index = open_index(&config, redis.clone());
    let (settings, measured) = (&config.revocation, Arc::clone(&metrics));
    let revocations = Revocations::new(database.clone(), index, clock.clone(), measured, settings);
    let credentials = Credentials::new(&config.passwords, Arc::clone(&metrics))?;
    let session_events = session_events(&config, &database, &registry, &revocations, &clock);
    let foundations = Foundations {
        database: database.clone(),
        registry: registry.clone(),
        revocations: revocations.clone(),
        events: session_events.clone(),
        tokens,
        refresh_tokens,
        limits: limits.clone(),
        credentials: credentials.clone(),
        clock,
        metrics: Arc::clone(&metrics),
    };
    let sessions = Sessions::new(foundations.clone(), &config.sessions);
    let accounts = Accounts::new(database.clone(), revocations.clone(), credentials.clone());
    let access = Access::new(database.clone(), revocations.clone());
    let applications = Applications::new(
        database.clone(),
        registry.clone(),
        revocations.clone(),
        access.clone(),
        sessions.clone(),
        &config,
    );
    let directory = Directory::new(database.clone());
    let feed = Feed::new(&foundations, &config.feed);
    let event_streams = EventStreams::new(&foundations, &keys, &feed, &config);
    let outbox = Outbox::new(database.clone(), foundations.clock.clone(), &config.outbox);
    let back_channel = back_channel(&config, &foundations, &keys);
    let clients = Clients::new(foundations, sessions.clone(), directory.clone());
    Ok(Services {
        settings: config,
        metrics,
        database,
        redis,
        credentials,
        limits,
        keys,
        registry,
        revocations,
        session_events,
        sessions,
        accounts,
        access,
        applications,
        directory,
        clients,
        feed,
        outbox,
        back_channel,
        event_streams,
    })
}

fn back_channel(config: &Config, foundations: &Foundations, keys: &Keys) -> BackChannel {
    let foundations = back_channel::Foundations {
        database: foundations.database.clone(),
        registry: foundations.registry.clone(),
        revocations: foundations.revocations.clone(),
        keys: keys.clone(),
        clock: foundations.clock.clone(),
        metrics: Arc::clone(&foundations.metrics),
    };
    BackChannel::new(foundations, config.issuer())
}

fn session_events(
    config: &Config,
    database: &Database,
    registry: &Registry,
    revocations: &Revocations,
    clock: &Clock,
) -> SessionEvents {
    let (registry, revocations) = (registry.clone(), revocations.clone());
    SessionEvents::new(
        database.clone(),
        registry,
        revocations,
        clock.clone(),
        config,
    )
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

async fn load_master_key(config: &Config, database: &Database) -> Result<MasterKey, StartError> {
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
    master_key::load(config, sealed)
}

fn tokens(config: &Config, keys: Keys, registry: Registry, clock: Clock) -> Tokens {
    let leeway = Duration::from_secs(config.tokens.leeway_seconds);
    Tokens::new(keys, registry, clock, config.issuer(), leeway)
}

fn limits(
    config: &Config,
    database: &Database,
    redis: Option<Redis>,
    master: &MasterKey,
    clock: Clock,
) -> Limits {
    let shared = redis
        .map(|redis| -> Arc<dyn Counters> { Arc::new(RedisCounters::new(redis, clock.clone())) });
    Limits::new(&config.limits, database.clone(), shared, master, clock)
}

fn connect_redis(config: &Config) -> Result<Option<Redis>, StartError> {
    let url = config.redis.url.as_ref();
    url.map(|url| redis::connect(url.expose_secret(), &config.redis))
        .transpose()
        .map_err(StartError::Redis)
}

fn open_index(config: &Config, redis: Option<Redis>) -> Source {
    match (config.revocation.check, redis) {
        (RevocationCheck::Redis, Some(redis)) => Source::Redis(RedisIndex::new(redis)),
        // The configuration refuses Redis without a URL.
        (RevocationCheck::Memory | RevocationCheck::Redis, _) => {
            Source::Memory(MemoryIndex::default())
        }
    }
}
