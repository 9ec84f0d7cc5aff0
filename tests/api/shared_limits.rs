//! Limits that nodes share through Redis; and that each has for itself while Redis is away.

use std::time::{Duration, Instant};

use crate::app::{TestApp, eventually};
use crate::login_throttling::{
    BURST, ELSEWHERE, HOME, INTERVAL, STRANGER, code, from, guess, hammer, proxied, retry_after,
};
use crate::people::{Person, Session};
use crate::redis_server::RedisServer;

/// Nodes that count in this Redis, whatever they check tokens in.
async fn counting_in(redis: &RedisServer) -> (TestApp, Person) {
    let url = redis.url();
    proxied(|config| {
        config.redis.url = Some(url.into());
        config.redis.timeout_milliseconds = 300;
    })
    .await
}

#[tokio::test]
async fn nodes_with_a_redis_count_together() {
    let redis = RedisServer::start();
    let (a, alice) = counting_in(&redis).await;
    let b = a.another_node(|_| {}).await;
    for number in 0..BURST {
        let node = [&a, &b][number % 2];
        let answer = node.send(from(STRANGER, guess("alice"))).await;
        assert_eq!(code(&answer), "INVALID_CREDENTIALS");
    }
    for node in [&a, &b] {
        retry_after(&node.send(from(STRANGER, guess(&alice.email))).await);
    }
    // Nobody learns from Redis who was asked for, and from where.
    let keys = redis.keys().await;
    assert!(
        keys.iter()
            .any(|key| key.starts_with("cardea:limit:account:"))
    );
    for key in keys.iter().filter(|key| key.starts_with("cardea:limit:")) {
        let parts: Vec<_> = key.split(':').collect();
        assert_eq!(
            (parts[0], parts.len(), parts.last().map(|name| name.len())),
            ("cardea", 4, Some(32))
        );
        let seconds = redis.seconds_to_live(key).await;
        assert!((1..=INTERVAL * 10).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn without_its_redis_a_node_counts_alone_and_goes_on_serving() {
    let mut redis = RedisServer::start();
    let (app, alice) = counting_in(&redis).await;
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    redis.kill();
    assert_eq!(
        hammer(&app, from(STRANGER, guess(&alice.email))).await,
        BURST
    );
    Session::of(&app.send(from(HOME, alice.to_log_in())).await);
    retry_after(&app.send(from(ELSEWHERE, alice.to_log_in())).await);
    redis.start_again();
    // What was counted meanwhile was this process's own.
    eventually(
        Duration::from_secs(5),
        "it counts there again",
        async || {
            app.send(from(STRANGER, guess(&alice.email))).await;
            !redis.keys().await.is_empty()
        },
    )
    .await;
}

#[tokio::test]
async fn a_redis_that_is_silent_delays_nobody_for_long() {
    let redis = RedisServer::start();
    let (app, alice) = counting_in(&redis).await;
    redis.pause();
    let begun = Instant::now();
    let logins = (0..20).map(|_| from(HOME, alice.to_log_in()));
    for answer in app.send_at_once(logins.collect()).await {
        Session::of(&answer);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    redis.resume();
}
