//! `revocation.list = "allow"`: whom nobody knows to be alive is asked after in the session table.

use std::time::Duration;

use cardea::config::{Config, RevocationList};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::forgery::{Key, Token};
use crate::outages::{RECOVERY, TIMEOUT, assert_recovers, in_time};
use crate::people::{ME, Person, Session};
use crate::postgres_server::PostgresServer;
use crate::redis_server::RedisServer;
use crate::stores::Stores;

/// What the keys of sessions that live begin with.
const PRESENT: &str = ":present:";

const LONG_AGO: &str = "2020-01-01 00:00:00+00:00";

fn deny(config: &mut Config) {
    config.revocation.list = RevocationList::Deny;
}

fn allow(config: &mut Config) {
    config.revocation.list = RevocationList::Allow;
}

/// A node that keeps the allowlist, and Alice's session of before, of which no index knows.
async fn absent(stores: Stores) -> (TestApp, Person, Session) {
    let app = TestApp::on(stores, deny).await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    (app.restarted(allow).await, alice, session)
}

/// Redis, a node that keeps the allowlist in it, and Alice.
async fn kept_in_redis() -> (RedisServer, TestApp, Person) {
    let redis = RedisServer::start();
    let app = TestApp::on(Stores::checked_in(&redis).await, allow).await;
    let alice = Person::signed_up("alice", &app).await;
    (redis, app, alice)
}

async fn execute(app: &TestApp, statement: &str) {
    let done = app.database().await.execute_unprepared(statement).await;
    let done = done.expect("the statement is right");
    assert_eq!(done.rows_affected(), 1, "{statement}");
}

async fn presences(redis: &RedisServer) -> usize {
    let keys = redis.keys().await;
    keys.iter().filter(|key| key.contains(PRESENT)).count()
}

#[tokio::test]
async fn who_logged_in_before_there_was_an_allowlist_stays_signed_in() {
    let (app, alice, session) = absent(Stores::chosen().await).await;
    session.assert_live(&app).await;
    session.assert_live(&app).await;
    alice.log_in(&app).await.assert_live(&app).await;
    session.end(&app).await;
    session.assert_dead(&app).await;
}

fn yesterday(app: &TestApp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(app.now() - 24 * 3600).expect("a time");
    time.format(&Rfc3339).expect("a text")
}

#[tokio::test]
async fn the_session_table_says_who_is_dead_and_why() {
    let alices = "user_id = (SELECT id FROM users WHERE username = 'alice')";
    for (statement, reason) in [
        (format!("DELETE FROM sessions WHERE {alices}"), "REVOKED"),
        (
            format!(
                "UPDATE sessions SET ended_at = created_at, end_reason = 'LOGGED_OUT' WHERE {alices}"
            ),
            "LOGGED_OUT",
        ),
        (
            format!("UPDATE sessions SET expires_at = '{LONG_AGO}' WHERE {alices}"),
            "EXPIRED",
        ),
        (
            // Not so long ago that it has left the history.
            format!("UPDATE sessions SET idle_expires_at = 'YESTERDAY' WHERE {alices}"),
            "EXPIRED",
        ),
        (
            "UPDATE users SET cutoff = 1 WHERE username = 'alice'".to_owned(),
            "REVOKED",
        ),
        ("UPDATE applications SET cutoff = 1".to_owned(), "REVOKED"),
        (
            "INSERT INTO grants (user_id, application_id, scopes, cutoff) \
                SELECT user_id, application_id, '', 1 FROM sessions"
                .to_owned(),
            "REVOKED",
        ),
    ] {
        let (app, _, session) = absent(Stores::chosen().await).await;
        execute(&app, &statement.replace("YESTERDAY", &yesterday(&app))).await;
        for _ in 0..2 {
            session.me(&app).await.assert_unauthenticated(reason);
        }
    }
}

#[tokio::test]
async fn the_ledger_is_asked_as_well_for_what_is_no_sessions_end() {
    for kind in ["key", "token"] {
        let (app, _, session) = absent(Stores::chosen().await).await;
        let token = Token::apart(&session.token);
        let subject = match kind {
            "key" => &token.header["kid"],
            _ => &token.claims["jti"],
        };
        let subject = subject.as_str().expect("a text");
        // The counter stays where it is: nobody who follows the ledger sees this row.
        let statement = format!(
            "INSERT INTO revocations (position, effect, subject_kind, subject, reason, expires_at, created_at) \
            VALUES (7, 'dead', '{kind}', '{subject}', 'REVOKED', '2100-01-01 00:00:00+00:00', '2020-01-01 00:00:00+00:00')"
        );
        execute(&app, &statement).await;
        for _ in 0..2 {
            session.me(&app).await.assert_unauthenticated("REVOKED");
        }
    }
}

#[tokio::test]
async fn one_that_was_deleted_takes_no_other_with_it() {
    let app = TestApp::with(deny).await;
    let (alice, bob) = tokio::join!(
        Person::signed_up("alice", &app),
        Person::signed_up("bob", &app)
    );
    let (deleted, kept) = (alice.log_in(&app).await, bob.log_in(&app).await);
    execute(
        &app,
        "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE username = 'alice')",
    )
    .await;
    let app = app.restarted(allow).await;
    deleted.me(&app).await.assert_unauthenticated("REVOKED");
    kept.assert_live(&app).await;
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn who_has_the_key_makes_no_tokens_of_sessions_that_are_not() {
    let app = TestApp::with(allow).await;
    let alice = Person::signed_up("alice", &app).await;
    let token = Token::apart(&alice.log_in(&app).await.token);
    let key = Key::of_server(&app).await;
    for _ in 0..2 {
        let session = uuid::Uuid::now_v7().to_string();
        let forged = token.clone().with_claim("sid", session).signed_by(&key);
        let answer = app.ask_as(&forged, ME).await;
        answer.assert_unauthenticated("REVOKED");
    }
    // Thirty days later the session has run out, whatever a token of it says.
    app.advance_seconds(31 * 86_400);
    let forged = token.clone().with_claim("iat", app.now());
    let forged = forged.with_claim("exp", app.now() + 300).signed_by(&key);
    let answer = app.ask_as(&forged, ME).await;
    answer.assert_unauthenticated("EXPIRED");
}

#[tokio::test]
async fn a_redis_that_was_flushed_brings_nobody_back_and_signs_nobody_out() {
    let (redis, app, alice) = kept_in_redis().await;
    let bob = Person::signed_up("bob", &app).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let suspended = bob.log_in(&app).await;
    gone.log_out(&app).await;
    let status = app.program(&["user", "suspend", "bob"]).status();
    assert!(status.expect("it runs").success());
    for _ in 0..2 {
        redis.flush();
        gone.assert_dead(&app).await;
        kept.assert_live(&app).await;
        suspended.me(&app).await.assert_unauthenticated("SUSPENDED");
        // Redis is told again what it had forgotten.
        eventually(RECOVERY, "made again", async || {
            kept.assert_live(&app).await;
            redis.keys().await.len() == 3 && presences(&redis).await == 1
        })
        .await;
        gone.assert_dead(&app).await;
        kept.assert_live(&app).await;
    }
}

#[tokio::test]
async fn after_a_flush_each_logout_holds_and_what_was_kept_lives() {
    let (redis, app, mut alice) = kept_in_redis().await;
    let (one, two) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let (ended, kept) = one.log_out_elsewhere(&app).await;
    assert_eq!(ended, std::slice::from_ref(&two.id));
    redis.flush();
    for gone in [&one, &two] {
        let answer = gone.me(&app).await;
        answer.assert_unauthenticated("LOGGED_OUT_EVERYWHERE");
    }
    kept.assert_live(&app).await;
    let other = alice.log_in(&app).await;
    let new = "a row of green umbrellas";
    let (ended, kept_again) = kept.change_password(&mut alice, new, &app).await;
    assert_eq!(ended, std::slice::from_ref(&other.id));
    redis.flush();
    for gone in [&one, &two, &kept, &other] {
        // Of several reasons the oldest is told.
        let answer = gone.me(&app).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("UNAUTHENTICATED"));
    }
    kept_again.assert_live(&app).await;
    kept_again.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_refresh_prolongs_presence() {
    let (redis, app, alice) = kept_in_redis().await;
    let session = alice.log_in(&app).await;
    app.advance_seconds(200);
    let session = session.refreshed(&app).await;
    let keys = redis.keys().await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    let seconds = redis.seconds_to_live(&keys[0]).await;
    // Redis' own clock was not moved.
    assert!((490..=530).contains(&seconds), "{seconds}");
    session.assert_live(&app).await;
}

#[tokio::test]
async fn a_redis_that_died_and_came_back_empty_brings_nobody_back() {
    let (mut redis, app, alice) = kept_in_redis().await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.log_out(&app).await;
    redis.kill();
    redis.start_again();
    assert_recovers(&app, &kept).await;
    gone.assert_dead(&app).await;
}

#[tokio::test]
async fn a_session_whose_presence_could_not_be_noted_lives() {
    let (redis, app, alice) = kept_in_redis().await;
    redis.refuse_writes().await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    session.assert_live(&app).await;
    assert_eq!(presences(&redis).await, 0);
    redis.accept_writes().await;
    session.assert_live(&app).await;
    assert_eq!(presences(&redis).await, 1);
    session.end(&app).await;
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn presence_outlives_a_node_where_the_index_does() {
    let app = TestApp::with(allow).await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let app = app.restarted(|_| {}).await;
    // Whoever asked the table now would hear of no session.
    execute(&app, "DELETE FROM sessions").await;
    if app.checks_in_memory() {
        session.me(&app).await.assert_unauthenticated("REVOKED");
    } else {
        session.assert_live(&app).await;
    }
}

#[tokio::test]
async fn presence_is_kept_as_long_as_the_tokens_and_names_nobody() {
    let (redis, app, alice) = kept_in_redis().await;
    alice.log_in(&app).await.assert_live(&app).await;
    let keys = redis.keys().await;
    assert_eq!(keys.len(), 1);
    let seconds = redis.seconds_to_live(&keys[0]).await;
    assert!((290..=330).contains(&seconds), "{seconds}");
    assert!(keys[0].contains(PRESENT), "{keys:?}");
    assert!(!keys[0].contains("alice"));
}

#[tokio::test]
async fn a_logged_out_token_is_dead_at_once_on_a_node_that_never_saw_it() {
    let app = TestApp::with(allow).await;
    let alice = Person::signed_up("alice", &app).await;
    let deaf = app
        .another_node(|config| {
            config.revocation.poll_milliseconds = 500;
        })
        .await;
    for _ in 0..3 {
        let (gone, kept) = (alice.log_in(&app).await, alice.log_in(&app).await);
        gone.end(&app).await;
        gone.assert_dead(&deaf).await;
        kept.assert_live(&deaf).await;
    }
}

#[tokio::test]
async fn while_the_table_is_silent_who_is_absent_is_neither_in_nor_out() {
    let mut postgres = PostgresServer::start();
    let app = TestApp::on(Stores::kept_in(&postgres).await, |config| {
        deny(config);
        config.database.timeout_milliseconds = u64::try_from(TIMEOUT.as_millis()).expect("short");
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.log_out(&app).await;
    let app = app.restarted(allow).await;
    postgres.kill();
    for _ in 0..2 {
        let request = Request::graphql(ME, &serde_json::Value::Null).bearer(&kept.token);
        // By the guard: nothing of the operation was run.
        let answer = in_time(&app, request).await;
        answer.assert_refused(503, "STORE_UNAVAILABLE");
        assert!(answer.header("retry-after").is_some());
        gone.assert_dead(&app).await;
    }
    postgres.start_again();
    assert_recovers(&app, &kept).await;
    gone.assert_dead(&app).await;
}

#[tokio::test]
async fn a_session_that_many_ask_with_at_once_is_asked_after_once() {
    let postgres = PostgresServer::start();
    let (app, _, session) = absent(Stores::kept_in(&postgres).await).await;
    let lock = app.database().await;
    let lock = lock.begin().await.expect("it is up");
    let locked = lock.execute_unprepared("LOCK TABLE sessions").await;
    locked.expect("nobody uses it");
    let asking = tokio::spawn({
        let (session, client) = (session.clone(), app.client());
        async move {
            let all = (0..30)
                .map(|_| Request::graphql(ME, &serde_json::Value::Null).bearer(&session.token));
            client.send_at_once(all.collect()).await
        }
    });
    let looking = app.database().await;
    eventually(RECOVERY, "one asks", async || waiting(&looking).await > 0).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(waiting(&looking).await, 1);
    lock.commit().await.expect("it is up");
    for answer in asking.await.expect("answers") {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// How many questions after a session wait for a lock in this database. Sweeps may wait as well.
async fn waiting(database: &DatabaseConnection) -> i64 {
    let query = "SELECT count(*) AS waiting FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%user_cutoff%' \
        AND pid <> pg_backend_pid()";
    let query = Statement::from_string(DbBackend::Postgres, query);
    let row = database.query_one_raw(query).await.expect("it is up");
    row.expect("a count is one row")
        .try_get("", "waiting")
        .expect("a number")
}
