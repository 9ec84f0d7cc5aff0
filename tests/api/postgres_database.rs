//! A database for each test in a PostgreSQL that is there: a copy of one that was migrated once in
//! this run, dropped with its test.

use std::path::Path;
use std::time::Duration;

use cardea::clock::Clock;
use cardea::store::database::Database;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::OnceCell;

/// What the names of templates begin with; the rest is the process that made it.
const TEMPLATES: &str = "cardea_template_";

/// A database. Dropped, it is gone.
pub(crate) struct PostgresDatabase {
    admin_url: String,
    name: String,
}

impl PostgresDatabase {
    /// One with nothing in it.
    pub(crate) async fn empty(admin_url: &str) -> Self {
        Self::make(admin_url, "template1").await
    }

    /// One with all tables, and nothing in them.
    pub(crate) async fn migrated(admin_url: &str) -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| make_template(admin_url)).await;
        let made = Self::make(admin_url, template).await;
        // A copy is an installation of its own.
        let rename = "UPDATE index_state SET ledger = gen_random_uuid()";
        let renamed = execute(&made.url(), rename).await;
        renamed.expect("the table is there");
        made
    }

    async fn make(admin_url: &str, template: &str) -> Self {
        let name = format!("cardea_{}", uuid::Uuid::now_v7().simple());
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        let made = execute(admin_url, &statement).await;
        made.expect("the administrator may make databases");
        Self {
            admin_url: admin_url.to_owned(),
            name,
        }
    }

    pub(crate) fn url(&self) -> String {
        url_of(&self.admin_url, &self.name)
    }
}

fn url_of(admin_url: &str, name: &str) -> String {
    let mut url = url::Url::parse(admin_url).expect("a URL");
    url.set_path(name);
    url.into()
}

/// Makes this run's template. Nobody knows when a run's last test has ended: so it stays, and the
/// next run removes it.
async fn make_template(admin_url: &str) -> String {
    let name = format!("{TEMPLATES}{}", std::process::id());
    remove_old_templates(admin_url)
        .await
        .expect("the administrator may");
    let statement = format!("CREATE DATABASE {name}");
    execute(admin_url, &statement)
        .await
        .expect("the administrator may make databases");
    let (url, settings) = (
        url_of(admin_url, &name),
        cardea::config::Database::default(),
    );
    let database = Database::connect(&url, &settings, Clock::default()).await;
    let database = database.expect("it was just made");
    database.migrate().await.expect("it is empty");
    // While somebody is connected to it, nobody can copy it.
    database.close().await;
    let connection = connect(admin_url).await.expect("it was there before");
    hang_up(&connection, &name)
        .await
        .expect("the administrator may");
    name
}

async fn remove_old_templates(admin_url: &str) -> Result<(), DbErr> {
    let connection = connect(admin_url).await?;
    let query = format!("SELECT datname FROM pg_database WHERE datname LIKE '{TEMPLATES}%'");
    let rows = connection
        .query_all_raw(Statement::from_string(DbBackend::Postgres, query))
        .await?;
    for row in rows {
        let name: String = row.try_get("", "datname")?;
        let maker = name.trim_start_matches(TEMPLATES);
        if !Path::new("/proc").join(maker).exists() {
            remove(admin_url, &name).await?;
        }
    }
    Ok(())
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (url, name) = (self.admin_url.clone(), self.name.clone());
        // The test's own runtime can't be waited for in here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a process that starts can start a runtime");
            // Its server may have been killed by the test: then it is gone anyway.
            drop(runtime.block_on(remove(&url, &name)));
        });
        drop(dropping.join());
    }
}

/// Drops a database that a server may still be connected to.
async fn remove(admin_url: &str, name: &str) -> Result<(), DbErr> {
    let connection = connect(admin_url).await?;
    hang_up(&connection, name).await?;
    let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    connection.execute_unprepared(&statement).await?;
    connection.close().await
}

/// Ends all connections to a database. PostgreSQL's own commands look whether they are gone ten
/// times a second, which is too seldom for hundreds of tests.
async fn hang_up(connection: &DatabaseConnection, name: &str) -> Result<(), DbErr> {
    let query =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    for _ in 0..100 {
        let statement = Statement::from_string(DbBackend::Postgres, &query);
        if connection.query_all_raw(statement).await?.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn execute(url: &str, statement: &str) -> Result<(), DbErr> {
    let connection = connect(url).await?;
    connection.execute_unprepared(statement).await?;
    connection.close().await
}

/// A connection beside the server's own.
pub(crate) async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options.acquire_timeout(Duration::from_secs(5));
    sea_orm::Database::connect(options).await
}
