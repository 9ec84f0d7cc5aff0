//! The database killed, paused, locked: 503 in time, never a pass, never a logout, and back by itself.

use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait as _;

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::outages::{
    RECOVERY, SLACK, TIMEOUT, assert_guarded_unavailable, assert_otherwise_alive, assert_recovers,
    assert_unavailable, in_time,
};
use crate::people::{Person, Session};
use crate::postgres_server::PostgresServer;
use crate::stores::Stores;

/// How long a copy in memory may answer for a ledger that is silent.
const STALENESS: Duration = Duration::from_millis(800);

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("short")
}

/// Longer than a busy machine makes anything wait.
const PATIENCE: Duration = Duration::from_secs(20);
/// In which a request gets as far as to wait for a lock.
const A_MOMENT: Duration = Duration::from_millis(500);

async fn kept(stores: Stores) -> (TestApp, Person) {
    kept_for(TIMEOUT, stores).await
}

/// The same, where the database has so long to answer.
async fn kept_for(timeout: Duration, stores: Stores) -> (TestApp, Person) {
    let app = TestApp::on(stores, |config| {
        config.database.timeout_milliseconds = milliseconds(timeout);
        config.revocation.lease_milliseconds = milliseconds(STALENESS);
        config.revocation.poll_milliseconds = 100;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// What can't be done without the database is refused in time.
async fn assert_writes_unavailable(app: &TestApp, alice: &Person, session: &Session) {
    let bob = Person::named("bob");
    for request in [alice.to_log_in(), bob.to_sign_up(), session.to_log_out()] {
        let answer = in_time(app, request).await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("STORE_UNAVAILABLE"));
        assert!(answer.json()["data"].is_null(), "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
    }
}

/// The copy in memory, and what is remembered of a profile, end soon; until then whatever is
/// answered is true, and afterwards nothing is.
async fn assert_reads_end(app: &TestApp, session: &Session) {
    let begun = Instant::now();
    while begun.elapsed() < STALENESS.max(Duration::from_secs(1)) + Duration::from_millis(300) {
        let answer = session.me(app).await;
        match answer.status {
            200 => assert!(answer.data()["me"]["id"].is_string(), "{}", answer.text()),
            _ => assert_unavailable(&answer),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_guarded_unavailable(app, session).await;
}

#[tokio::test]
async fn a_killed_postgres_is_an_outage_until_it_is_back() {
    let mut postgres = PostgresServer::start();
    let (app, alice) = kept(Stores::kept_in(&postgres).await).await;
    let (session, gone) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.log_out(&app).await;
    session.assert_live(&app).await;
    postgres.kill();
    assert_writes_unavailable(&app, &alice, &session).await;
    assert_reads_end(&app, &session).await;
    assert_otherwise_alive(&app).await;
    postgres.start_again();
    assert_recovers(&app, &session).await;
    gone.assert_dead(&app).await;
    alice.log_in(&app).await.assert_live(&app).await;
    session.end(&app).await;
}

#[tokio::test]
async fn a_paused_postgres_is_an_outage_until_it_goes_on() {
    let postgres = PostgresServer::start();
    let (app, alice) = kept(Stores::kept_in(&postgres).await).await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    postgres.pause();
    assert_writes_unavailable(&app, &alice, &session).await;
    assert_reads_end(&app, &session).await;
    assert_otherwise_alive(&app).await;
    postgres.resume();
    eventually(RECOVERY, "logins again", async || {
        app.send(alice.to_log_in()).await.status == 200
    })
    .await;
    // Whether that logout was done is for the one who asks again to hear.
    eventually(RECOVERY, "logouts again", async || {
        app.send(session.to_log_out()).await.status == 200
    })
    .await;
    eventually(RECOVERY, "dead", async || {
        session.me(&app).await.status == 401
    })
    .await;
    session.assert_dead(&app).await;
    assert_recovers(&app, &alice.log_in(&app).await).await;
}

#[tokio::test]
async fn a_storm_of_requests_during_an_outage_leaves_nothing_broken() {
    let postgres = PostgresServer::start();
    let (app, alice) = kept(Stores::kept_in(&postgres).await).await;
    let session = alice.log_in(&app).await;
    postgres.pause();
    for _ in 0..2 {
        let storm: Vec<Request> = (0..30).map(|_| alice.to_log_in()).collect();
        for answer in app.send_at_once(storm).await {
            assert_eq!(answer.status, 503, "{}", answer.text());
        }
    }
    postgres.resume();
    assert_recovers(&app, &session).await;
    // Each connection of the pool has to be good again.
    eventually(RECOVERY, "every login again", async || {
        let logins = (0..12).map(|_| alice.to_log_in()).collect();
        let answers = app.send_at_once(logins).await;
        answers.iter().all(|answer| answer.status == 200)
    })
    .await;
}

#[tokio::test]
async fn a_restarted_postgres_costs_nobody_more_than_a_moment() {
    let mut postgres = PostgresServer::start();
    let (app, alice) = kept(Stores::kept_in(&postgres).await).await;
    let session = alice.log_in(&app).await;
    postgres.kill();
    postgres.start_again();
    assert_recovers(&app, &session).await;
    session.log_out(&app).await;
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn a_locked_sqlite_is_an_outage_for_who_has_to_write() {
    let (app, alice) = kept(Stores::on_sqlite()).await;
    let session = alice.log_in(&app).await;
    let other = app.database().await;
    other
        .execute_unprepared("BEGIN IMMEDIATE")
        .await
        .expect("it is free");
    assert_writes_unavailable(&app, &alice, &session).await;
    // Reading goes on: the ledger can be asked.
    tokio::time::sleep(STALENESS + SLACK / 4).await;
    session.assert_live(&app).await;
    other
        .execute_unprepared("ROLLBACK")
        .await
        .expect("it is ours");
    assert_recovers(&app, &session).await;
    alice.log_in(&app).await.assert_live(&app).await;
    session.end(&app).await;
}

#[tokio::test]
async fn a_sqlite_that_was_locked_for_a_moment_is_no_outage() {
    let (app, alice) = kept_for(PATIENCE, Stores::on_sqlite()).await;
    let other = app.database().await;
    other
        .execute_unprepared("BEGIN IMMEDIATE")
        .await
        .expect("it is free");
    let client = app.client();
    let login = alice.to_log_in();
    let login = tokio::spawn(async move { client.send(login).await });
    tokio::time::sleep(A_MOMENT).await;
    other
        .execute_unprepared("ROLLBACK")
        .await
        .expect("it is ours");
    Session::of(&login.await.expect("an answer"))
        .assert_live(&app)
        .await;
}

#[tokio::test]
async fn a_logout_whose_client_hung_up_is_done_all_the_same() {
    let (app, alice) = kept_for(PATIENCE, Stores::on_sqlite()).await;
    let session = alice.log_in(&app).await;
    let other = app.database().await;
    let held = other.execute_unprepared("BEGIN IMMEDIATE").await;
    held.expect("it is free");
    let (client, logout) = (app.client(), session.to_log_out());
    let logout = tokio::spawn(async move { client.send(logout).await });
    tokio::time::sleep(A_MOMENT).await;
    assert!(!logout.is_finished(), "it waits for the lock");
    logout.abort();
    tokio::time::sleep(A_MOMENT).await;
    let freed = other.execute_unprepared("ROLLBACK").await;
    freed.expect("it is ours");
    eventually(RECOVERY, "dead", async || {
        session.me(&app).await.status == 401
    })
    .await;
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn one_deadline_stands_over_all_that_a_request_waits_for() {
    let app = TestApp::on(Stores::on_sqlite(), |config| {
        config.database.timeout_milliseconds = 20_000;
        config.http.request_timeout_seconds = 1;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let other = app.database().await;
    let held = other.execute_unprepared("BEGIN IMMEDIATE").await;
    held.expect("it is free");
    let begun = Instant::now();
    let answer = app.send(alice.to_log_in()).await;
    let taken = begun.elapsed();
    assert_unavailable(&answer);
    assert!(taken < Duration::from_secs(1) + SLACK, "{taken:?}");
    let freed = other.execute_unprepared("ROLLBACK").await;
    freed.expect("it is ours");
}
