//! Followers while the database is away: silence, and a no that says so; and afterwards nothing is missing.

use std::time::{Duration, Instant};

use crate::app::{TestApp, eventually};
use crate::following::{Heard, SOON, claim, over, position, subjects};
use crate::outages::{RECOVERY, TIMEOUT};
use crate::people::Person;
use crate::postgres_server::PostgresServer;
use crate::stores::Stores;
use crate::sub_systems::{SHOP, assert_error};

async fn on(stores: Stores) -> (TestApp, Person) {
    let app = TestApp::on(stores, |config| {
        config.database.timeout_milliseconds = u64::try_from(TIMEOUT.as_millis()).expect("short");
        config.revocation.poll_milliseconds = 100;
        config.feed.heartbeat_seconds = 1;
        config.applications = vec![SHOP.application()];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[tokio::test]
async fn while_the_database_is_silent_so_is_the_feed() {
    let postgres = PostgresServer::start();
    let (app, alice) = on(Stores::kept_in(&postgres).await).await;
    over(&alice, SHOP, &app).await;
    let mut stream = SHOP.stream("", &app).await;
    let after = position(&stream.next().await.data);
    postgres.pause();
    // What was read before may be on its way.
    let settled = Instant::now() + Duration::from_millis(1500);
    while Instant::now() < settled {
        stream.hear(Duration::from_millis(200)).await;
    }
    assert!(matches!(
        stream.hear(Duration::from_secs(4)).await,
        Heard::Silence
    ));
    for (query, least) in [
        ("?wait=0".to_owned(), 0),
        (format!("?after={after}&wait=4"), 4),
    ] {
        let begun = Instant::now();
        let answer = app.send(SHOP.to_follow(&query)).await;
        assert_error(&answer, 503, "temporarily_unavailable");
        assert!(answer.header("retry-after").is_some());
        let taken = begun.elapsed();
        assert!(
            taken >= Duration::from_secs(least) && taken < Duration::from_secs(7),
            "{taken:?}"
        );
    }
    let answer = app
        .send(SHOP.to_follow("").accept("text/event-stream"))
        .await;
    assert_error(&answer, 503, "temporarily_unavailable");
    postgres.resume();
    eventually(RECOVERY, "told again", async || {
        app.send(SHOP.to_follow("?wait=0")).await.status == 200
    })
    .await;
    // What was asked meanwhile may still be in the way of the rest.
    eventually(RECOVERY, "somebody can sign in", async || {
        let answer = app.send(alice.to_log_in()).await;
        answer.json()["data"]["login"]["__typename"] == "Authenticated"
    })
    .await;
    let tokens = over(&alice, SHOP, &app).await;
    let event = stream.news().await;
    assert_eq!(subjects(&event.data)[0]["sid"], claim(&tokens, "sid"));
}

#[tokio::test]
async fn who_waits_when_the_database_goes_is_told_so_at_the_end() {
    let postgres = PostgresServer::start();
    let (app, alice) = on(Stores::kept_in(&postgres).await).await;
    over(&alice, SHOP, &app).await;
    let (_, after) = SHOP.hear_all(&app).await;
    let client = app.client();
    let waiting = tokio::spawn(async move {
        client
            .send(SHOP.to_follow(&format!("?after={after}&wait=4")))
            .await
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    postgres.pause();
    let answer = tokio::time::timeout(Duration::from_secs(4) + SOON, waiting).await;
    let answer = answer.expect("in time").expect("no panic");
    assert_error(&answer, 503, "temporarily_unavailable");
    postgres.resume();
}
