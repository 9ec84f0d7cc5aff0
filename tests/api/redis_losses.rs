//! A Redis that lost what it was to keep, or never had it: it is noticed, not believed, and made again, while
//! the database answers.

use std::time::Duration;

use cardea::config::RevocationCheck;
use cardea::store::redis::rehearsal::COMMANDS;

use crate::app::{TestApp, eventually};
use crate::people::{Person, Session};
use crate::redis_outages::checked_in;
use crate::redis_server::RedisServer;
use crate::stores::Stores;

/// A lease has to be over before another server is believed.
const TRUSTED_AGAIN: Duration = Duration::from_secs(6);

/// More than the pool has connections.
const LOGOUTS: u64 = 20;

/// No moment passes in which the dead is let in, or the living is not, until Redis is believed again; nor after.
async fn assert_told_apart_until_certified(
    nodes: &[&TestApp],
    redis: &RedisServer,
    kept: &Session,
    gone: &[&Session],
) {
    let told_apart = async || {
        for node in nodes {
            for gone in gone {
                gone.assert_dead(node).await;
            }
            kept.assert_live(node).await;
        }
    };
    eventually(TRUSTED_AGAIN, "certified", async || {
        told_apart().await;
        redis.certificates().await == 1
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    told_apart().await;
}

/// Returns when the one has all that the other had.
async fn in_step(replica: &RedisServer, master: &RedisServer) {
    replica.follow(master.port());
    eventually(TRUSTED_AGAIN, "in step", async || replica.is_in_step()).await;
}

struct Scene {
    redis: RedisServer,
    a: TestApp,
    b: TestApp,
    alice: Person,
    kept: Session,
    gone: Session,
}

async fn scene() -> Scene {
    let redis = RedisServer::start();
    let (a, alice) = checked_in(&redis).await;
    let b = a.another_node(|_| {}).await;
    let (kept, gone) = (alice.log_in(&a).await, alice.log_in(&b).await);
    gone.end(&a).await;
    gone.assert_dead(&b).await;
    Scene {
        redis,
        a,
        b,
        alice,
        kept,
        gone,
    }
}

#[tokio::test]
async fn a_redis_that_was_flushed_brings_nobody_back() {
    let scene = scene().await;
    for _ in 0..3 {
        scene.redis.flush();
        let nodes = [&scene.a, &scene.b];
        assert_told_apart_until_certified(&nodes, &scene.redis, &scene.kept, &[&scene.gone]).await;
    }
}

#[tokio::test]
async fn a_redis_that_came_back_empty_brings_nobody_back() {
    let mut scene = scene().await;
    scene.redis.kill();
    scene.redis.start_again();
    let nodes = [&scene.a, &scene.b];
    assert_told_apart_until_certified(&nodes, &scene.redis, &scene.kept, &[&scene.gone]).await;
}

#[tokio::test]
async fn a_redis_that_came_back_from_an_old_file_brings_nobody_back() {
    let mut scene = scene().await;
    scene.redis.save();
    let late = scene.alice.log_in(&scene.a).await;
    late.assert_live(&scene.b).await;
    late.end(&scene.b).await;
    scene.redis.kill();
    scene.redis.start_again();
    assert_eq!(scene.redis.certificates().await, 1, "it is the old one's");
    let nodes = [&scene.a, &scene.b];
    let gone = [&scene.gone, &late];
    assert_told_apart_until_certified(&nodes, &scene.redis, &scene.kept, &gone).await;
}

#[tokio::test]
async fn a_replica_that_lagged_and_was_promoted_brings_nobody_back() {
    let scene = scene().await;
    let replica = RedisServer::start();
    in_step(&replica, &scene.redis).await;
    replica.lead();
    // The old master goes on answering, and the new one knows nothing of this.
    let late = scene.alice.log_in(&scene.a).await;
    late.end(&scene.a).await;
    let c = scene
        .a
        .another_node(|config| config.redis.url = Some(replica.url().into()))
        .await;
    let gone = [&scene.gone, &late];
    let nodes = [&scene.a, &scene.b, &c];
    assert_told_apart_until_certified(&nodes, &replica, &scene.kept, &gone).await;
    // Whichever of the two is believed: what is logged out at one node is dead at all.
    for (here, there) in [(&scene.a, &c), (&c, &scene.b)] {
        let session = scene.alice.log_in(here).await;
        session.assert_live(there).await;
        session.end(here).await;
        for node in nodes {
            session.assert_dead(node).await;
        }
    }
}

#[tokio::test]
async fn a_node_that_does_not_reach_redis_logs_out_everywhere_all_the_same() {
    let scene = scene().await;
    let dead = RedisServer::start();
    let cut = scene
        .a
        .another_node(|config| config.redis.url = Some(dead.url().into()))
        .await;
    dead.pause();
    for _ in 0..3 {
        let session = scene.alice.log_in(&scene.a).await;
        session.assert_live(&cut).await;
        session.end(&cut).await;
        for node in [&scene.a, &scene.b, &cut] {
            session.assert_dead(node).await;
            scene.kept.assert_live(node).await;
        }
    }
    dead.resume();
}

#[tokio::test]
async fn a_replica_is_not_believed() {
    let scene = scene().await;
    let replica = RedisServer::start();
    in_step(&replica, &scene.redis).await;
    let reader = scene
        .a
        .another_node(|config| config.redis.url = Some(replica.url().into()))
        .await;
    scene.kept.assert_live(&reader).await;
    scene.gone.assert_dead(&reader).await;
    let session = scene.alice.log_in(&reader).await;
    session.end(&reader).await;
    for node in [&scene.a, &scene.b, &reader] {
        session.assert_dead(node).await;
    }
}

#[tokio::test]
async fn a_command_that_is_configured_otherwise_logs_out_everywhere_all_the_same() {
    let scene = scene().await;
    let mut suspend = scene.a.program(&["user", "suspend", "alice"]);
    suspend.env("CARDEA__REVOCATION__CHECK", "memory");
    let output = suspend.output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    for node in [&scene.a, &scene.b] {
        let answer = scene.kept.me(node).await;
        answer.assert_unauthenticated("SUSPENDED");
    }
}

#[tokio::test]
async fn two_installations_share_a_redis() {
    let redis = RedisServer::start();
    let (shop, alice) = checked_in(&redis).await;
    let (bank, bob) = checked_in(&redis).await;
    let (one, two) = (alice.log_in(&shop).await, bob.log_in(&bank).await);
    for _ in 0..3 {
        one.assert_live(&shop).await;
        two.assert_live(&bank).await;
        eventually(TRUSTED_AGAIN, "certified", async || {
            redis.certificates().await == 2
        })
        .await;
        redis.flush();
    }
    one.end(&shop).await;
    one.assert_dead(&shop).await;
    two.assert_live(&bank).await;
}

#[tokio::test]
async fn a_redis_that_drops_what_it_is_to_keep_is_refused() {
    let redis = RedisServer::start();
    redis.evict("allkeys-lru");
    let stores = Stores::checked_in(&redis).await;
    let Err(error) = TestApp::try_on(stores, |_| {}).await else {
        panic!("it started");
    };
    let text = error.to_string();
    for words in ["allkeys-lru", "maxmemory-policy noeviction", "CONFIG SET"] {
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_redis_that_begins_to_drop_what_it_is_to_keep_is_not_believed_until_it_stops() {
    let scene = scene().await;
    scene.redis.evict("volatile-ttl");
    eventually(TRUSTED_AGAIN, "distrusted", async || {
        scene.a.trusted_epoch().await.is_none()
    })
    .await;
    let late = scene.alice.log_in(&scene.a).await;
    late.end(&scene.b).await;
    for node in [&scene.a, &scene.b] {
        late.assert_dead(node).await;
        scene.gone.assert_dead(node).await;
        scene.kept.assert_live(node).await;
    }
    scene.redis.evict("noeviction");
    eventually(TRUSTED_AGAIN, "trusted", async || {
        scene.a.trusted_epoch().await.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_user_of_redis_that_may_do_too_little_is_refused_and_what_it_needs_is_enough() {
    let redis = RedisServer::start();
    let url = redis.url_as("cardea", "longword");
    let enough = format!("on >longword ~cardea:* -@all {COMMANDS}");
    redis.allow("cardea", &enough);
    redis.allow("cardea", "-info");
    let stores = Stores::checked_at(&url).await;
    let Err(error) = TestApp::try_on(stores, |_| {}).await else {
        panic!("it started");
    };
    let text = error.to_string();
    for words in ["info", "ACL SETUSER", "+info", "~cardea:*"] {
        assert!(text.contains(words), "{text}");
    }
    assert!(!text.contains("longword"), "{text}");
    redis.allow("cardea", "+info");
    let app = TestApp::on(Stores::checked_at(&url).await, |_| {}).await;
    assert!(app.trusted_epoch().await.is_some());
    let alice = Person::signed_up("alice", &app).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
    gone.assert_dead(&app).await;
    redis.flush();
    gone.assert_dead(&app).await;
    kept.assert_live(&app).await;
}

#[tokio::test]
async fn a_user_of_redis_that_may_do_what_it_needs_keeps_its_connections() {
    let redis = RedisServer::start();
    let url = redis.url_as("cardea", "longword");
    redis.allow(
        "cardea",
        &format!("on >longword ~cardea:* -@all {COMMANDS}"),
    );
    let app = TestApp::on(Stores::checked_at(&url).await, |_| {}).await;
    let alice = Person::signed_up("alice", &app).await;
    let before = redis.connections().await;
    for _ in 0..LOGOUTS {
        alice.log_in(&app).await.end(&app).await;
    }
    let made = redis.connections().await - before;
    assert!(made < LOGOUTS, "{made} connections for {LOGOUTS} logouts");
}

#[tokio::test]
async fn what_was_revoked_while_servers_answered_from_memory_is_known_to_redis_afterwards() {
    let redis = RedisServer::start();
    let (app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let app = app
        .restarted(|config| config.revocation.check = RevocationCheck::Memory)
        .await;
    gone.end(&app).await;
    // Enough of them that nobody hands all of them over again.
    app.raise_position(5000).await;
    let app = app
        .restarted(|config| config.revocation.check = RevocationCheck::Redis)
        .await;
    assert_told_apart_until_certified(&[&app], &redis, &kept, &[&gone]).await;
}

#[tokio::test]
async fn nodes_on_two_databases_of_one_redis_do_not_believe_both() {
    let scene = scene().await;
    let url = format!("{}/1", scene.redis.url());
    let other = scene
        .a
        .another_node(|config| config.redis.url = Some(url.into()))
        .await;
    for (here, there) in [(&scene.a, &other), (&other, &scene.b)].repeat(4) {
        let session = scene.alice.log_in(here).await;
        session.assert_live(there).await;
        session.end(here).await;
        session.assert_dead(there).await;
        scene.kept.assert_live(there).await;
    }
}

#[tokio::test]
async fn a_redis_that_dropped_keys_while_nobody_looked_is_made_again() {
    let redis = RedisServer::start();
    let (mut app, alice) = checked_in(&redis).await;
    let (kept, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.end(&app).await;
    app.stop().await;
    redis.evict("volatile-ttl");
    redis.refuse_writes().await;
    redis.set_if_it_can("anything", "1");
    redis.accept_writes().await;
    redis.evict("noeviction");
    assert!(redis.keys().await.is_empty(), "nothing was dropped");
    let app = app.another_node(|_| {}).await;
    eventually(TRUSTED_AGAIN, "made again", async || {
        kept.assert_live(&app).await;
        redis.keys().await.iter().any(|key| key.contains(":s:"))
    })
    .await;
    gone.assert_dead(&app).await;
}
