//! Redis killed, paused, restarted: nobody gets in by that, and nobody is logged out by it.

use crate::app::{TestApp, eventually};
use crate::outages::{
    RECOVERY, TIMEOUT, assert_guarded_unavailable, assert_otherwise_alive, assert_recovers,
    assert_unavailable, in_time,
};
use crate::people::Person;
use crate::redis_server::RedisServer;
use crate::stores::Stores;

async fn checked_in(redis: &RedisServer) -> (TestApp, Person) {
    let app = TestApp::on(Stores::checked_in(redis).await, |config| {
        config.redis.timeout_milliseconds = u64::try_from(TIMEOUT.as_millis()).expect("short");
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[tokio::test]
async fn a_killed_redis_is_an_outage_until_it_is_back() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    redis.kill();
    assert_guarded_unavailable(&app, &session).await;
    assert_otherwise_alive(&app).await;
    // Signing in asks the database alone.
    let new = alice.log_in(&app).await;
    assert_unavailable(&new.me(&app).await);
    redis.start_again();
    assert_recovers(&app, &session).await;
    new.assert_live(&app).await;
}

#[tokio::test]
async fn a_paused_redis_is_an_outage_until_it_goes_on() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.log_out(&app).await;
    kept.assert_live(&app).await;
    redis.pause();
    assert_guarded_unavailable(&app, &kept).await;
    assert_guarded_unavailable(&app, &gone).await;
    assert_otherwise_alive(&app).await;
    redis.resume();
    assert_recovers(&app, &kept).await;
    gone.assert_dead(&app).await;
}

#[tokio::test]
async fn a_logout_that_redis_did_not_take_is_not_acknowledged() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let session = alice.log_in(&app).await;
    redis.kill();
    for _ in 0..2 {
        assert_logout_unavailable(&app, &session).await;
    }
    redis.start_again();
    eventually(RECOVERY, "asking again is answered", async || {
        app.send(session.to_log_out()).await.status == 200
    })
    .await;
    session.assert_dead(&app).await;
}

async fn assert_logout_unavailable(app: &TestApp, session: &crate::people::Session) {
    let answer = in_time(app, session.to_log_out()).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.code().as_deref(), Some("STORE_UNAVAILABLE"));
    assert!(answer.json()["data"].is_null(), "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn a_logout_during_a_pause_is_answered_in_time_and_done_when_asked_again() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    redis.pause();
    assert_logout_unavailable(&app, &session).await;
    redis.resume();
    eventually(RECOVERY, "asking again is answered", async || {
        app.send(session.to_log_out()).await.status == 200
    })
    .await;
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn a_logout_that_nobody_asks_for_again_reaches_redis_all_the_same() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let session = alice.log_in(&app).await;
    redis.kill();
    assert_logout_unavailable(&app, &session).await;
    redis.start_again();
    eventually(RECOVERY, "dead", async || {
        session.me(&app).await.status == 401
    })
    .await;
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn a_server_starts_without_its_redis_and_waits_for_it() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.log_out(&app).await;
    redis.kill();
    let again = app.another_node(|_| {}).await;
    assert_guarded_unavailable(&again, &kept).await;
    redis.start_again();
    assert_recovers(&again, &kept).await;
    gone.assert_dead(&again).await;
}

#[tokio::test]
async fn what_somebody_else_wrote_into_redis_lets_nobody_in() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    let keys = redis.keys().await;
    assert!(!keys.is_empty());
    for value in [
        "",
        "1",
        "nonsense nonsense nonsense",
        "1 WHATEVER 9999999999999",
    ] {
        for key in &keys {
            redis.set(key, value).await;
        }
        let answer = session.me(&app).await;
        assert_unavailable(&answer);
    }
}

#[tokio::test]
async fn what_stands_in_redis_is_gone_when_the_last_token_is() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    for _ in 0..3 {
        alice.log_in(&app).await.log_out(&app).await;
    }
    let keys = redis.keys().await;
    let revoked = keys.iter().filter(|key| key.starts_with("cardea:revoked:"));
    assert_eq!(revoked.count(), 3);
    for key in keys {
        let seconds = redis.seconds_to_live(&key).await;
        // The token's five minutes, and the margin for clocks.
        assert!((290..=330).contains(&seconds), "{seconds}");
        assert!(!key.contains(&alice.email));
    }
}
