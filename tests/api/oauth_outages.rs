//! Introspection and revocation while a store is away: 503 in time; never active, never inactive, never acknowledged.

use std::time::Duration;

use sea_orm::ConnectionTrait as _;

use crate::app::{TestApp, eventually};
use crate::client::Answer;
use crate::outages::{RECOVERY, TIMEOUT, in_time};
use crate::people::Person;
use crate::postgres_server::PostgresServer;
use crate::redis_server::RedisServer;
use crate::stores::Stores;
use crate::sub_systems::{SHOP, Tokens, assert_acknowledged, assert_error};

/// How long a copy in memory may answer for a ledger that is silent.
const STALENESS: Duration = Duration::from_millis(800);

async fn on(stores: Stores) -> (TestApp, Person) {
    let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).expect("short");
    let app = TestApp::on(stores, |config| {
        config.redis.timeout_milliseconds = milliseconds(TIMEOUT);
        config.database.timeout_milliseconds = milliseconds(TIMEOUT);
        config.revocation.lease_milliseconds = milliseconds(STALENESS);
        config.revocation.poll_milliseconds = 100;
        config.applications = vec![SHOP.application()];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[track_caller]
fn assert_unavailable(answer: &Answer) {
    assert_error(answer, 503, "temporarily_unavailable");
    let seconds = answer
        .header("retry-after")
        .and_then(|text| text.parse().ok());
    assert!(seconds.is_some_and(|seconds: u64| seconds >= 1));
    let text = answer.text().to_lowercase();
    for word in ["redis", "postgres", "sqlite", "sql", "connection", "pool"] {
        assert!(!text.contains(word), "{text}");
    }
}

async fn assert_active_again(token: &str, app: &TestApp) {
    eventually(RECOVERY, "active again", async || {
        let answer = app.send(SHOP.to_introspect(token)).await;
        match answer.status {
            200 => assert_eq!(answer.json()["active"], true, "{}", answer.text()),
            _ => assert_unavailable(&answer),
        }
        answer.status == 200
    })
    .await;
}

async fn assert_revoked_again(token: &str, app: &TestApp) {
    eventually(RECOVERY, "asking again is answered", async || {
        let answer = app.send(SHOP.to_revoke(token)).await;
        if answer.status != 200 {
            assert_unavailable(&answer);
            return false;
        }
        assert_acknowledged(&answer);
        true
    })
    .await;
}

#[tokio::test]
async fn without_its_redis_the_database_tells_of_access_tokens() {
    let redis = RedisServer::start();
    let (app, alice) = on(Stores::checked_in(&redis).await).await;
    let (live, dead) = (
        Tokens::to_begin_with(&alice, "shop", &app).await,
        Tokens::to_begin_with(&alice, "shop", &app).await,
    );
    SHOP.revoke(&dead.access, &app).await;
    SHOP.assert_active(&live.access, &app).await;
    redis.pause();
    for _ in 0..2 {
        let answer = in_time(&app, SHOP.to_introspect(&live.access)).await;
        assert_eq!(answer.json()["active"], true, "{}", answer.text());
        SHOP.assert_inactive(&dead.access, &app).await;
    }
    SHOP.assert_inactive("garbage", &app).await;
    SHOP.assert_active(&live.refresh, &app).await;
    redis.resume();
    assert_active_again(&live.access, &app).await;
    SHOP.assert_inactive(&dead.access, &app).await;
}

#[tokio::test]
async fn a_revocation_while_redis_is_away_is_acknowledged_and_holds() {
    let mut redis = RedisServer::start();
    let (app, alice) = on(Stores::checked_in(&redis).await).await;
    let tokens = Tokens::to_begin_with(&alice, "shop", &app).await;
    let other = Tokens::to_begin_with(&alice, "shop", &app).await;
    redis.kill();
    for _ in 0..2 {
        for token in [&tokens.access, &other.refresh] {
            assert_acknowledged(&in_time(&app, SHOP.to_revoke(token)).await);
        }
    }
    for tokens in [&tokens, &other] {
        tokens.assert_dead("REVOKED", &app).await;
    }
    redis.start_again();
    for tokens in [&tokens, &other] {
        tokens.assert_dead("REVOKED", &app).await;
        SHOP.assert_inactive(&tokens.access, &app).await;
    }
    SHOP.assert_active(&tokens.refresh, &app).await;
    SHOP.assert_inactive(&other.refresh, &app).await;
}

#[tokio::test]
async fn without_its_database_nothing_is_told_and_nothing_acknowledged() {
    let mut postgres = PostgresServer::start();
    let (app, alice) = on(Stores::kept_in(&postgres).await).await;
    let tokens = Tokens::to_begin_with(&alice, "shop", &app).await;
    SHOP.assert_active(&tokens.access, &app).await;
    postgres.kill();
    for token in [&tokens.access, &tokens.refresh] {
        assert_unavailable(&in_time(&app, SHOP.to_revoke(token)).await);
    }
    assert_unavailable(&in_time(&app, SHOP.to_introspect(&tokens.refresh)).await);
    tokio::time::sleep(STALENESS + Duration::from_millis(500)).await;
    assert_unavailable(&in_time(&app, SHOP.to_introspect(&tokens.access)).await);
    let many = (0..20)
        .map(|_| SHOP.to_introspect(&tokens.access))
        .collect();
    for answer in app.send_at_once(many).await {
        assert_unavailable(&answer);
    }
    postgres.start_again();
    assert_active_again(&tokens.access, &app).await;
    assert_active_again(&tokens.refresh, &app).await;
    assert_revoked_again(&tokens.access, &app).await;
    tokens.assert_dead("REVOKED", &app).await;
}

#[tokio::test]
async fn a_paused_database_is_answered_for_in_time() {
    let postgres = PostgresServer::start();
    let (app, alice) = on(Stores::kept_in(&postgres).await).await;
    let tokens = Tokens::to_begin_with(&alice, "shop", &app).await;
    postgres.pause();
    assert_unavailable(&in_time(&app, SHOP.to_introspect(&tokens.refresh)).await);
    assert_unavailable(&in_time(&app, SHOP.to_revoke(&tokens.refresh)).await);
    postgres.resume();
    assert_revoked_again(&tokens.refresh, &app).await;
    tokens.assert_dead("REVOKED", &app).await;
    SHOP.assert_inactive(&tokens.refresh, &app).await;
}

#[tokio::test]
async fn a_revocation_whose_client_hung_up_is_done_all_the_same() {
    let (app, alice) = on(Stores::on_sqlite()).await;
    let tokens = Tokens::to_begin_with(&alice, "shop", &app).await;
    let other = app.database().await;
    let held = other.execute_unprepared("BEGIN IMMEDIATE").await;
    held.expect("it is free");
    let (client, revoke) = (app.client(), SHOP.to_revoke(&tokens.access));
    let revoke = tokio::spawn(async move { client.send(revoke).await });
    tokio::time::sleep(TIMEOUT / 3).await;
    assert!(!revoke.is_finished(), "it waits for the lock");
    revoke.abort();
    tokio::time::sleep(TIMEOUT / 6).await;
    let freed = other.execute_unprepared("ROLLBACK").await;
    freed.expect("it is ours");
    eventually(RECOVERY, "dead", async || {
        SHOP.introspect(&tokens.access, &app).await["active"] == false
    })
    .await;
    tokens.assert_dead("REVOKED", &app).await;
}
