//! Sockets while a store is silent: nobody is told a word that can't be vouched for, nobody is told that
//! they are logged out, and events wait for a while.

use std::time::Duration;

use crate::app::TestApp;
use crate::people::Person;
use crate::postgres_server::PostgresServer;
use crate::redis_outages::checked_in;
use crate::redis_server::RedisServer;
use crate::socket::Socket;
use crate::stores::Stores;

/// How long events wait, in seconds.
const PATIENCE: u64 = 3;

async fn kept_in(postgres: &PostgresServer) -> (TestApp, Person) {
    let app = TestApp::on(Stores::kept_in(postgres).await, |config| {
        config.database.timeout_milliseconds = 300;
        config.revocation.lease_milliseconds = 800;
        config.http.request_timeout_seconds = PATIENCE;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[tokio::test]
async fn a_database_that_is_gone_closes_sockets_with_try_again_later() {
    let mut postgres = PostgresServer::start();
    let (app, alice) = kept_in(&postgres).await;
    let session = alice.log_in(&app).await;
    let mut socket = Socket::following(&session.token, &app).await;
    let mut silent = Socket::of(&session.token, &app).await;
    postgres.kill();
    socket.assert_silent(Duration::from_secs(2)).await;
    for socket in [&mut socket, &mut silent] {
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 1013, "{reason}");
        assert!(reason.starts_with("Try Again Later: "), "{reason}");
    }
    // Nor is a new one told anything else.
    let mut socket = Socket::open(&app).await;
    socket.init(&session.token).await;
    socket
        .assert_closed(1013, "Try Again Later: STORE_UNAVAILABLE")
        .await;
    postgres.start_again();
    crate::outages::assert_recovers(&app, &session).await;
    let mut socket = Socket::following(&session.token, &app).await;
    alice.log_in(&app).await;
    assert_eq!(socket.event().await.0, "SessionStarted");
}

#[tokio::test]
async fn a_database_that_stands_still_for_a_moment_costs_no_event() {
    let postgres = PostgresServer::start();
    let (app, alice) = kept_in(&postgres).await;
    let (own, other) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let mut socket = Socket::following(&own.token, &app).await;
    postgres.pause();
    socket.assert_silent(Duration::from_millis(1500)).await;
    postgres.resume();
    crate::outages::assert_recovers(&app, &own).await;
    other.end(&app).await;
    let (kind, id, reason) = socket.event().await;
    assert_eq!((kind.as_str(), id), ("SessionEnded", other.id));
    assert_eq!(reason.as_deref(), Some("LOGGED_OUT"));
}

#[tokio::test]
async fn without_redis_events_and_ends_come_all_the_same() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let own = alice.log_in(&app).await;
    let mut socket = Socket::following(&own.token, &app).await;
    redis.kill();
    alice.log_in(&app).await;
    assert_eq!(socket.event().await.0, "SessionStarted");
    own.end(&app).await;
    socket.assert_closed(4403, "Forbidden: LOGGED_OUT").await;
    redis.start_again();
}
