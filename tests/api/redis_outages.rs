//! Redis killed, paused, filled by somebody else: nobody gets in by that, nobody is logged out by it, and
//! nobody waits for it: the database is asked in its stead.

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::outages::{RECOVERY, TIMEOUT, assert_alive, in_time};
use crate::people::{Person, Session};
use crate::redis_server::RedisServer;
use crate::stores::Stores;

pub(crate) async fn checked_in(redis: &RedisServer) -> (TestApp, Person) {
    let app = TestApp::on(Stores::checked_in(redis).await, |config| {
        config.redis.timeout_milliseconds = u64::try_from(TIMEOUT.as_millis()).expect("short");
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// Within the time that a store may take.
async fn assert_told_apart(app: &TestApp, kept: &Session, gone: &Session) {
    for _ in 0..3 {
        let answer = in_time(app, kept.to_ask()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = in_time(app, gone.to_ask()).await;
        answer.assert_unauthenticated("LOGGED_OUT");
    }
}

/// Checks are answered from Redis again.
async fn assert_trusted_again(redis: &RedisServer) {
    eventually(RECOVERY, "certified", async || {
        redis.certificates().await == 1
    })
    .await;
}

#[tokio::test]
async fn while_redis_is_dead_the_database_answers() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
    redis.kill();
    assert_told_apart(&app, &kept, &gone).await;
    assert_alive(&app).await;
    let new = alice.log_in(&app).await;
    assert_told_apart(&app, &new, &gone).await;
    redis.start_again();
    assert_trusted_again(&redis).await;
    assert_told_apart(&app, &kept, &gone).await;
    new.assert_live(&app).await;
}

#[tokio::test]
async fn while_redis_stands_still_the_database_answers_and_few_wait_to_learn_it() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
    redis.pause();
    assert_told_apart(&app, &kept, &gone).await;
    let many: Vec<Request> = (0..50).map(|_| kept.to_ask()).collect();
    let begun = std::time::Instant::now();
    for answer in app.send_at_once(many).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert!(begun.elapsed() < 2 * TIMEOUT, "{:?}", begun.elapsed());
    assert_alive(&app).await;
    redis.resume();
    assert_told_apart(&app, &kept, &gone).await;
    assert_trusted_again(&redis).await;
}

#[tokio::test]
async fn a_logout_while_redis_is_away_is_acknowledged_and_holds_for_all() {
    let mut redis = RedisServer::start();
    let (a, alice) = checked_in(&redis).await;
    let b = a.another_node(|_| {}).await;
    let (one, two, kept) = (
        alice.log_in(&a).await,
        alice.log_in(&a).await,
        alice.log_in(&a).await,
    );
    for session in [&one, &two, &kept] {
        session.assert_live(&b).await;
    }
    redis.pause();
    one.end(&a).await;
    for node in [&a, &b] {
        one.assert_dead(node).await;
        kept.assert_live(node).await;
    }
    redis.kill();
    two.end(&b).await;
    for node in [&a, &b] {
        two.assert_dead(node).await;
        kept.assert_live(node).await;
    }
    redis.start_again();
    assert_trusted_again(&redis).await;
    for node in [&a, &b] {
        assert_told_apart(node, &kept, &one).await;
        assert_told_apart(node, &kept, &two).await;
    }
}

#[tokio::test]
async fn a_server_starts_without_its_redis_and_uses_it_when_it_comes() {
    let mut redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
    redis.kill();
    let again = app.another_node(|_| {}).await;
    assert_told_apart(&again, &kept, &gone).await;
    redis.start_again();
    assert_trusted_again(&redis).await;
    assert_told_apart(&again, &kept, &gone).await;
}

#[tokio::test]
async fn a_redis_that_is_full_takes_no_logout_and_keeps_none_from_being_done() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    redis.refuse_writes().await;
    gone.end(&app).await;
    assert_told_apart(&app, &kept, &gone).await;
    redis.accept_writes().await;
    assert_trusted_again(&redis).await;
    assert_told_apart(&app, &kept, &gone).await;
}

#[tokio::test]
async fn what_somebody_else_wrote_into_redis_lets_nobody_in() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
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
        assert_told_apart(&app, &kept, &gone).await;
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
    assert_eq!(keys.iter().filter(|key| key.contains(":s:")).count(), 3);
    for key in keys {
        let seconds = redis.seconds_to_live(&key).await;
        // The token's five minutes, and the margin for clocks.
        assert!((290..=330).contains(&seconds), "{seconds}");
        assert!(!key.contains(&alice.email));
    }
}
