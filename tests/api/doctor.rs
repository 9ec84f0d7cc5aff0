//! `cardea doctor` beside a server, on every combination of stores: what is wrong with them is found.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::Value;

use crate::app::{TestApp, eventually};
use crate::command_line::run;
use crate::outages::RECOVERY;
use crate::people::Person;
use crate::redis_server::RedisServer;
use crate::stores::Stores;

/// As long as stores may be waited for, and leases, and a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// What it found.
struct Found(Value);

impl Found {
    async fn by(app: &TestApp) -> Self {
        let outcome = run(app, &["doctor", "--json"], "").await;
        let found: Value = serde_json::from_str(&outcome.said).expect(&outcome.complained);
        assert_eq!(outcome.succeeded, found["faults"] == 0, "{found}");
        Self(found)
    }

    fn all(&self, status: &str) -> Vec<(&str, &str)> {
        let checks = self.0["checks"].as_array().expect("a list").iter();
        let checks = checks.filter(|check| check["status"] == status);
        checks
            .map(|check| {
                let text = |name: &str| check[name].as_str().expect("a text");
                (text("check"), text("text"))
            })
            .collect()
    }

    /// All but that the tests' PostgreSQL is a hasty one.
    fn faults(&self) -> Vec<(&str, &str)> {
        let mut faults = self.all("fault");
        faults.retain(|(check, text)| *check != "commits" || !text.contains(" is off:"));
        faults
    }

    #[track_caller]
    fn text(&self, status: &str, check: &str) -> &str {
        let all = self.all(status);
        let found = all.iter().find(|(name, _)| *name == check);
        found
            .unwrap_or_else(|| panic!("no {status} {check}: {}", self.0))
            .1
    }
}

#[tokio::test]
async fn stores_that_are_well_have_no_fault() {
    let (app, alice) = TestApp::with_user("alice").await;
    for _ in 0..10 {
        alice.log_in(&app).await.end(&app).await;
    }
    let found = Found::by(&app).await;
    assert_eq!(found.faults(), []);
    found.text("ok", "database");
    found.text("ok", "schema");
    found.text("ok", "signing keys");
    found.text("ok", "master key");
    found.text("ok", "lease");
    let index = found.text("ok", "index");
    if app.checks_in_memory() {
        assert!(index.contains("in memory"), "{index}");
    } else {
        assert!(index.contains("all 10 live revocations"), "{index}");
        found.text("ok", "redis eviction");
        found.text("ok", "redis clock");
    }
    if !app.is_on_sqlite() {
        found.text("ok", "database clock");
        found.text("ok", "isolation");
        found.text("ok", "connections");
    }
    // Nothing of it was in anybody's way.
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn commits_that_do_not_wait_for_the_disk_are_a_fault() {
    let app = TestApp::start().await;
    let found = Found::by(&app).await;
    let told = found.0["checks"].as_array().expect("a list").iter();
    let told: Vec<_> = told.filter(|check| check["check"] == "commits").collect();
    let hasty = hasty_settings(&app).await;
    for setting in &hasty {
        let is_it = |check: &&&Value| {
            check["text"]
                .as_str()
                .is_some_and(|text| text.starts_with(setting))
        };
        let check = told.iter().find(is_it).expect(setting);
        assert_eq!(check["status"], "fault", "{check}");
    }
    if hasty.is_empty() {
        found.text("ok", "commits");
    }
}

/// What PostgreSQL was started with to be fast in tests; SQLite is not.
async fn hasty_settings(app: &TestApp) -> Vec<&'static str> {
    let database = app.database().await;
    let mut hasty = Vec::new();
    // The third, synchronous_commit, is set by each connection of ours.
    for setting in ["fsync", "full_page_writes"] {
        if app.is_on_sqlite() {
            continue;
        }
        let show = Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}"));
        let row = database.query_one_raw(show).await.expect("it tells");
        let value: String = row.expect("one").try_get_by_index(0).expect("a text");
        if value == "off" {
            hasty.push(setting);
        }
    }
    hasty
}

#[tokio::test]
async fn a_step_of_the_schema_that_is_missing_is_told_and_not_made() {
    let app = TestApp::start().await;
    let database = app.database().await;
    let forget = "DELETE FROM seaql_migrations WHERE version = 'm0019_refresh_eras'";
    let forgotten = database.execute_unprepared(forget).await;
    assert_eq!(forgotten.expect("the table is there").rows_affected(), 1);
    for _ in 0..2 {
        let found = Found::by(&app).await;
        let text = found.text("fault", "schema");
        assert!(text.contains("m0019_refresh_eras"), "{text}");
        assert!(text.contains("`cardea migrate up`"), "{text}");
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_told() {
    let app = TestApp::start().await;
    let database = app.database().await;
    let add = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_flying_cars', 1)";
    database.execute_unprepared(add).await.expect("it has room");
    let found = Found::by(&app).await;
    let text = found.text("fault", "schema");
    assert!(text.contains("m9999_flying_cars"), "{text}");
    assert!(text.contains("newer version"), "{text}");
}

#[tokio::test]
async fn a_redis_that_evicts_is_a_fault() {
    let redis = RedisServer::start();
    let app = TestApp::on(Stores::checked_in(&redis).await, |_| {}).await;
    redis.evict("allkeys-lru");
    let found = Found::by(&app).await;
    let text = found.text("fault", "redis eviction");
    assert!(text.contains("allkeys-lru"), "{text}");
    assert!(text.contains("maxmemory-policy noeviction"), "{text}");
}

#[tokio::test]
async fn a_redis_that_lost_its_index_is_told_until_a_server_has_made_it_again() {
    let redis = RedisServer::start();
    let mut app = TestApp::on(Stores::checked_in(&redis).await, |_| {}).await;
    app.stop().await;
    redis.flush();
    let found = Found::by(&app).await;
    let text = found.text("warning", "index");
    assert!(text.contains("lost its index"), "{text}");
    let app = app.another_node(|_| {}).await;
    eventually(RECOVERY, "made again", async || {
        redis.certificates().await == 1
    })
    .await;
    Found::by(&app).await.text("ok", "index");
}

#[tokio::test]
async fn revocations_that_somebody_took_from_redis_are_found_out() {
    let redis = RedisServer::start();
    let app = TestApp::on(Stores::checked_in(&redis).await, |_| {}).await;
    let alice = Person::signed_up("alice", &app).await;
    for _ in 0..10 {
        alice.log_in(&app).await.end(&app).await;
    }
    let keys = redis.keys().await;
    let sessions = keys.iter().filter(|key| key.contains(":s:"));
    for key in sessions.take(9) {
        redis.order(&format!("RENAME {key} {key}:away"));
    }
    let found = Found::by(&app).await;
    let text = found.text("fault", "index");
    assert!(text.contains("lacks 9 of 10"), "{text}");
    assert!(text.contains("flush Redis"), "{text}");
    redis.flush();
    eventually(RECOVERY, "made again", async || {
        redis.certificates().await == 1
    })
    .await;
    assert_eq!(Found::by(&app).await.faults(), []);
}

#[tokio::test]
async fn a_redis_that_is_silent_is_a_fault_in_time_and_the_rest_is_looked_at() {
    let redis = RedisServer::start();
    let app = TestApp::on(Stores::checked_in(&redis).await, |_| {}).await;
    redis.pause();
    let begun = Instant::now();
    let found = Found::by(&app).await;
    assert!(begun.elapsed() < SOON);
    assert!(found.text("fault", "redis").contains("`redis.url`"));
    found.text("ok", "schema");
    found.text("ok", "signing keys");
    redis.resume();
}

#[tokio::test]
async fn a_redis_that_does_not_tell_is_a_warning() {
    let redis = RedisServer::start();
    let app = TestApp::on(Stores::checked_in(&redis).await, |_| {}).await;
    redis.forbid_info().await;
    let found = Found::by(&app).await;
    assert!(found.text("warning", "redis").contains("+info"));
    found.text("ok", "index");
}
