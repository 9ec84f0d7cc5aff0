//! A server for each test, in this process, whose time the test can move.

use std::ops::Deref;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cardea::app::{App, StartError};
use cardea::clock::Clock;
use cardea::config::Config;
use cardea::store::database::Database;
use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret as _;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::people::Person;
use crate::postgres_database::connect;
use crate::running::mortal;
use crate::stores::Stores;

/// What tokens are issued by, whatever port the server got.
pub(crate) const ISSUER: &str = "https://login.example.com";

/// How often a start is tried whose store doesn't answer.
const ATTEMPTS: usize = 3;

/// A server that runs. Dropped, it and its stores are gone.
pub(crate) struct TestApp {
    app: Option<App>,
    client: Client,
    clock: Clock,
    config: Config,
    // Last: the server goes before what it runs on.
    stores: Arc<Stores>,
}

/// One may ask it things.
impl Deref for TestApp {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With something of the configuration changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Stores::chosen().await, change).await
    }

    /// With somebody who signed up.
    pub(crate) async fn with_user(name: &str) -> (Self, Person) {
        let app = Self::start().await;
        let person = Person::signed_up(name, &app).await;
        (app, person)
    }

    /// On stores of the test's own choice.
    pub(crate) async fn on(stores: Stores, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = for_tests(&stores);
        change(&mut config);
        Self::run(config, Clock::default(), Arc::new(stores)).await
    }

    /// The same, where it may have a reason not to start.
    pub(crate) async fn try_on(
        stores: Stores,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, StartError> {
        let mut config = for_tests(&stores);
        change(&mut config);
        Self::try_run(config, Clock::default(), Arc::new(stores)).await
    }

    /// Several that start at the same time on stores that are empty.
    pub(crate) async fn together(number: usize) -> Vec<Self> {
        let stores = Arc::new(Stores::chosen().await);
        let mut starting = JoinSet::new();
        for _ in 0..number {
            let (config, stores) = (for_tests(&stores), Arc::clone(&stores));
            starting.spawn(Self::run(config, Clock::default(), stores));
        }
        starting.join_all().await
    }

    /// A machine that stands still for a moment lets no store answer in time: then it is started
    /// again, as whoever looks after a server does.
    async fn run(config: Config, clock: Clock, stores: Arc<Stores>) -> Self {
        let mut attempts = 1;
        loop {
            match Self::try_run(config.clone(), clock.clone(), Arc::clone(&stores)).await {
                Ok(app) => return app,
                Err(StartError::Database(_) | StartError::Migration(_) | StartError::Ledger(_))
                    if attempts < ATTEMPTS =>
                {
                    attempts += 1;
                }
                Err(error) => panic!("the server does not start: {error}"),
            }
        }
    }

    async fn try_run(
        config: Config,
        clock: Clock,
        stores: Arc<Stores>,
    ) -> Result<Self, StartError> {
        tell_what_happens();
        let app = App::start(config.clone(), clock.clone()).await?;
        Ok(Self {
            client: Client {
                address: app.address(),
            },
            app: Some(app),
            clock,
            config,
            stores,
        })
    }

    /// Another server on the same stores, with the same clock.
    pub(crate) async fn another_node(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.config.clone();
        change(&mut config);
        Self::run(config, self.clock.clone(), Arc::clone(&self.stores)).await
    }

    /// The same, where it may have a reason not to start.
    pub(crate) async fn try_another_node(
        &self,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, StartError> {
        let mut config = self.config.clone();
        change(&mut config);
        Self::try_run(config, self.clock.clone(), Arc::clone(&self.stores)).await
    }

    /// Stops it, and starts another one on what it left.
    pub(crate) async fn restarted(mut self, change: impl FnOnce(&mut Config)) -> Self {
        self.stop().await;
        self.another_node(change).await
    }

    /// Stops it as a signal would, and waits for that.
    pub(crate) async fn stop(&mut self) {
        let app = self.app.take().expect("it is stopped once");
        app.stop().await;
    }

    pub(crate) fn client(&self) -> Client {
        self.client
    }

    /// Where it tells what it measures, if it does.
    pub(crate) fn metrics(&self) -> Option<Client> {
        let address = self.app.as_ref().and_then(App::metrics_address)?;
        Some(Client { address })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The epoch of the Redis that is believed, as the database has it.
    pub(crate) async fn trusted_epoch(&self) -> Option<i64> {
        use sea_orm::EntityTrait as _;
        let row = cardea_entity::index_state::Entity::find();
        let row = row.one(&self.database().await).await;
        let row = row.expect("the table is there").expect("its row");
        row.trusted.then_some(row.epoch)
    }

    /// As if so many had been revoked meanwhile.
    pub(crate) async fn raise_position(&self, by: i64) {
        use sea_orm::ConnectionTrait as _;
        let raise = format!("UPDATE ledger_head SET position = position + {by}");
        let database = self.database().await;
        database.execute_unprepared(&raise).await.expect("its row");
    }

    pub(crate) fn is_on_sqlite(&self) -> bool {
        self.stores.are_on_sqlite()
    }

    pub(crate) fn checks_in_memory(&self) -> bool {
        self.stores.checks_in_memory()
    }

    /// The program that operators run, on this server's stores; the rest of its configuration is
    /// nobody's but its own.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = mortal();
        command.arg(env!("CARGO_BIN_EXE_cardea")).args(arguments);
        command.env_clear();
        command.current_dir(&self.config.data.directory);
        for (name, value) in self.stores.environment() {
            command.env(name, value);
        }
        command
    }

    /// Moves its time; the databases' too, as far as it reads it.
    pub(crate) fn advance_seconds(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn set_back_seconds(&self, seconds: u64) {
        self.clock.set_back(Duration::from_secs(seconds));
    }

    /// Drops what has expired from the ledger, as any node would at this time.
    pub(crate) async fn sweep_ledger(&self) {
        self.sweep_ledger_at(self.clock()).await;
    }

    /// The same, at a time that is nobody else's.
    pub(crate) async fn sweep_ledger_at(&self, clock: Clock) {
        let (url, settings) = (self.config.database_url(), &self.config.database);
        let database = Database::connect(url.expose_secret(), settings, clock).await;
        let database = database.expect("the server has made it");
        let unit = database.begin().await.expect("it is free");
        let dropped = unit.tables().sweep_ledger(500).await;
        assert!(dropped.expect("it can be swept") > 0, "nothing to sweep");
        unit.commit().await.expect("it can be swept");
        database.close().await;
    }

    /// Seconds since 1970-01-01, as it counts them.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    /// Its database, past it.
    pub(crate) async fn database(&self) -> DatabaseConnection {
        let url = self.config.database_url();
        connect(url.expose_secret())
            .await
            .expect("the server has made the database")
    }
}

/// With `CARDEA_TEST_LOG=debug`, or another filter, a test that fails shows what its server logged.
fn tell_what_happens() {
    if let Ok(filter) = std::env::var("CARDEA_TEST_LOG") {
        let logs = tracing_subscriber::fmt().with_env_filter(filter);
        // All tests but the first find it done.
        drop(logs.with_test_writer().try_init());
    }
}

fn for_tests(stores: &Stores) -> Config {
    let mut config = Config::default();
    stores.configure(&mut config);
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.metrics.listen = Some(config.http.listen);
    config.tokens.issuer = Some(ISSUER.to_owned());
    config.graphql.introspection = Some(true);
    config.graphql.playground = Some(true);
    // Hashes at full cost would be most of what these tests do.
    config.passwords.memory_kibibytes = 8;
    config.passwords.iterations = 1;
    config.database.max_connections = 4;
    // A busy machine is no outage.
    config.redis.timeout_milliseconds = 3000;
    config
}

/// Waits until a condition holds, for at most this long.
pub(crate) async fn eventually(within: Duration, what: &str, condition: impl AsyncFn() -> bool) {
    let begun = std::time::Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
