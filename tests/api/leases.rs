//! Several servers that answer from memory: a logout that has returned is a logout everywhere.

use std::time::{Duration, Instant};

use cardea::config::RevocationCheck;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use crate::app::{TestApp, eventually};
use crate::node::Node;
use crate::people::Person;

/// How long the tests' leases are.
const LEASE: Duration = Duration::from_secs(1);

async fn process_beside(app: &TestApp) -> Node {
    let length = milliseconds().to_string();
    Node::beside(app, &[("revocation.lease_milliseconds", &length)]).await
}

async fn two_nodes() -> (TestApp, TestApp, Person) {
    let a = TestApp::with(|config| config.revocation.lease_milliseconds = milliseconds()).await;
    let b = a.another_node(|_| {}).await;
    let alice = Person::signed_up("alice", &a).await;
    (a, b, alice)
}

fn milliseconds() -> u64 {
    u64::try_from(LEASE.as_millis()).expect("short")
}

async fn rows(app: &TestApp) -> Vec<cardea_entity::leases::Model> {
    let rows = cardea_entity::leases::Entity::find();
    rows.all(&app.database().await)
        .await
        .expect("the table is there")
}

#[tokio::test]
async fn a_logout_that_has_returned_is_in_force_on_every_node() {
    let (a, b, alice) = two_nodes().await;
    for (here, there) in [(&a, &b), (&b, &a)].repeat(5) {
        let session = alice.log_in(here).await;
        session.assert_live(there).await;
        session.end(here).await;
        session.assert_dead(there).await;
    }
}

#[tokio::test]
async fn postgres_tells_the_others_before_they_look() {
    let seldom = |config: &mut cardea::config::Config| {
        config.revocation.poll_milliseconds = 60_000;
        config.revocation.lease_milliseconds = 60_000;
    };
    let a = TestApp::with(seldom).await;
    if a.is_on_sqlite() || !a.checks_in_memory() {
        return;
    }
    let b = a.another_node(|_| {}).await;
    let alice = Person::signed_up("alice", &a).await;
    for (here, there) in [(&a, &b), (&b, &a)].repeat(3) {
        let session = alice.log_in(here).await;
        session.assert_live(there).await;
        let begun = Instant::now();
        session.end(here).await;
        assert!(begun.elapsed() < LEASE, "{:?}", begun.elapsed());
        session.assert_dead(there).await;
    }
}

#[tokio::test]
async fn a_node_that_stands_still_lets_nobody_in_when_it_goes_on() {
    let a = TestApp::with(|config| config.revocation.lease_milliseconds = milliseconds()).await;
    let b = process_beside(&a).await;
    let alice = Person::signed_up("alice", &a).await;
    let session = alice.log_in(&a).await;
    session.assert_live(&b.client).await;
    b.pause();
    let begun = Instant::now();
    session.end(&a).await;
    let waited = begun.elapsed();
    b.resume();
    session.assert_dead(&b.client).await;
    assert!(waited < LEASE + LEASE / 2, "{waited:?}");
    if a.checks_in_memory() {
        assert!(waited > LEASE / 2, "nobody waited for it: {waited:?}");
    }
    // It takes another lease, and is waited for again.
    for _ in 0..3 {
        let session = alice.log_in(&a).await;
        session.assert_live(&b.client).await;
        session.end(&a).await;
        session.assert_dead(&b.client).await;
    }
}

#[tokio::test]
async fn a_node_that_died_is_waited_for_once() {
    let a = TestApp::with(|config| config.revocation.lease_milliseconds = milliseconds()).await;
    let b = process_beside(&a).await;
    let alice = Person::signed_up("alice", &a).await;
    let session = alice.log_in(&b.client).await;
    session.assert_live(&a).await;
    b.kill();
    let begun = Instant::now();
    session.end(&a).await;
    session.assert_dead(&a).await;
    assert!(begun.elapsed() < LEASE + LEASE / 2, "{:?}", begun.elapsed());
    let session = alice.log_in(&a).await;
    let begun = Instant::now();
    session.end(&a).await;
    assert!(begun.elapsed() < LEASE / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_node_whose_lease_was_marked_as_lost_starts_as_new() {
    let (a, b, alice) = two_nodes().await;
    let session = alice.log_in(&a).await;
    let before = rows(&a).await;
    assert_eq!(before.len(), 2);
    let database = a.database().await;
    database
        .execute_unprepared("DELETE FROM leases")
        .await
        .expect("it is there");
    eventually(LEASE * 4, "new leases", async || rows(&a).await.len() == 2).await;
    let names = |rows: &[cardea_entity::leases::Model]| -> Vec<_> {
        rows.iter().map(|row| row.id).collect()
    };
    let after = names(&rows(&a).await);
    assert!(names(&before).iter().all(|name| !after.contains(name)));
    session.assert_live(&b).await;
    session.end(&a).await;
    session.assert_dead(&b).await;
}

#[tokio::test]
async fn a_node_that_stops_gives_its_lease_back_and_one_that_died_is_forgotten() {
    let (a, mut b, alice) = two_nodes().await;
    let c = a.another_node(|_| {}).await;
    b.stop().await;
    assert_eq!(rows(&a).await.len(), 2);
    drop(c);
    eventually(LEASE * 4, "forgotten", async || rows(&a).await.len() == 1).await;
    let session = alice.log_in(&a).await;
    let begun = Instant::now();
    session.end(&a).await;
    assert!(begun.elapsed() < LEASE / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn servers_that_answer_from_different_things_do_not_run_side_by_side() {
    let mut a = TestApp::start().await;
    let Some(url) = std::env::var("CARDEA_TEST_REDIS_URL").ok() else {
        return;
    };
    let other = |config: &mut cardea::config::Config| {
        config.redis.url.get_or_insert(url.clone().into());
        config.revocation.check = match config.revocation.check {
            RevocationCheck::Memory => RevocationCheck::Redis,
            RevocationCheck::Redis => RevocationCheck::Memory,
        };
    };
    let refused = a.try_another_node(other).await.err();
    let refused = refused.expect("they disagree").to_string();
    assert!(refused.contains("revocation.check"), "{refused}");
    assert_eq!(rows(&a).await.len(), 1, "it left nothing behind");
    // One after the other they may.
    a.stop().await;
    a.another_node(other).await;
}
