//! A Redis under sentinels fails over: servers find the new master by themselves.

use std::time::Duration;

use crate::app::{TestApp, eventually};
use crate::people::Person;
use crate::sentinels::WatchedRedis;
use crate::stores::Stores;

/// From the sentinels' agreement to everybody's.
const FOLLOWED: Duration = Duration::from_secs(5);

async fn checked_in(redis: &mut WatchedRedis) -> (TestApp, Person) {
    let stores = Stores::checked_in(redis.server(0)).await;
    let app = TestApp::on(stores, |config| redis.configure(config)).await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

async fn assert_serves(app: &TestApp, alice: &Person) {
    let (kept, gone) = (alice.log_in(app).await, alice.log_in(app).await);
    kept.assert_live(app).await;
    gone.end(app).await;
    gone.assert_dead(app).await;
    kept.assert_live(app).await;
}

/// Until the servers believe a master of a later epoch, and then: who was logged out before is, and who was
/// not is not; and so it is with who logs out meanwhile.
async fn assert_holds_over(app: &TestApp, alice: &Person, break_it: impl AsyncFnOnce()) {
    let (kept, before, meanwhile) = (
        alice.log_in(app).await,
        alice.log_in(app).await,
        alice.log_in(app).await,
    );
    before.end(app).await;
    let epoch = app.trusted_epoch().await.expect("a Redis is believed");
    break_it().await;
    meanwhile.end(app).await;
    eventually(FOLLOWED, "the new master is believed", async || {
        for gone in [&before, &meanwhile] {
            gone.assert_dead(app).await;
        }
        kept.assert_live(app).await;
        app.trusted_epoch().await > Some(epoch)
    })
    .await;
    for gone in [&before, &meanwhile] {
        gone.assert_dead(app).await;
    }
    kept.assert_live(app).await;
}

#[tokio::test]
async fn a_master_that_died_is_replaced() {
    let mut redis = WatchedRedis::start().await;
    let (app, alice) = checked_in(&mut redis).await;
    assert_serves(&app, &alice).await;
    assert_holds_over(&app, &alice, async || {
        redis.server(0).kill();
        redis.agree_on(1).await;
    })
    .await;
    assert_serves(&app, &alice).await;
    // Where it was, as a replica from now on.
    redis.server(0).start_again();
    assert_serves(&app, &alice).await;
}

#[tokio::test]
async fn a_master_that_was_demoted_is_left() {
    let mut redis = WatchedRedis::start().await;
    let (app, alice) = checked_in(&mut redis).await;
    assert_serves(&app, &alice).await;
    assert_holds_over(&app, &alice, async || {
        redis.demand_fail_over();
        redis.agree_on(1).await;
    })
    .await;
    assert_serves(&app, &alice).await;
}
