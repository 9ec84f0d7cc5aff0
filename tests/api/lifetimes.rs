//! How long a session lasts: idle, at most, among how many others; and when its row is forgotten.

use std::time::Duration;

use cardea_entity::sessions;
use sea_orm::EntityTrait as _;
use serde_json::json;

use crate::app::{TestApp, eventually};
use crate::client::Answer;
use crate::forgery::Token;
use crate::my_sessions::Page;
use crate::people::{Person, Session};
use crate::three_applications::{BILLING, SHOP, declare, declared, row_id};

const DAY: u64 = 86_400;

/// Sessions of ten minutes that are over after six, if nobody refreshes them.
async fn short() -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.tokens.access_lifetime_seconds = 300;
        config.sessions.idle_lifetime_seconds = 360;
        config.sessions.lifetime_seconds = 600;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// `expiresIn` and `refreshExpiresIn`.
fn seconds(answer: &Answer) -> (i64, i64) {
    let data = answer.data();
    let payload = data.as_object().and_then(|fields| fields.values().next());
    let tokens = &payload.expect("a field")["tokens"];
    let number = |name: &str| tokens[name].as_i64().expect("a number");
    (number("expiresIn"), number("refreshExpiresIn"))
}

#[tokio::test]
async fn a_session_that_nobody_refreshes_is_over() {
    let (app, alice) = short().await;
    let (idle, used) = (alice.log_in(&app).await, alice.log_in(&app).await);
    app.advance_seconds(350);
    let used = used.refreshed(&app).await;
    app.advance_seconds(10);
    idle.assert_not_refreshed(&app, "EXPIRED").await;
    idle.me(&app).await.assert_unauthenticated("EXPIRED");
    // What ran out has nothing to end.
    assert_eq!(idle.log_out(&app).await, Vec::<String>::new());
    used.assert_live(&app).await;
    used.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_session_is_over_at_its_end_however_often_it_is_refreshed() {
    let (app, alice) = short().await;
    let mut session = alice.log_in(&app).await;
    for _ in 0..5 {
        app.advance_seconds(115);
        session = session.refreshed(&app).await;
        session.assert_live(&app).await;
    }
    app.advance_seconds(25);
    session.me(&app).await.assert_unauthenticated("EXPIRED");
    session.assert_not_refreshed(&app, "EXPIRED").await;
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn no_token_outlives_its_session() {
    let (app, alice) = short().await;
    let answer = app.send(alice.to_log_in()).await;
    assert_eq!(seconds(&answer), (300, 360));
    let mut session = Session::of(&answer);
    let first = Token::apart(&session.token);
    let end = first.claim("iat") + 600;
    for (step, access, refresh) in [(200, 300, 360), (200, 200, 200), (190, 10, 10), (9, 1, 1)] {
        app.advance_seconds(step);
        let answer = app.send(session.to_refresh()).await;
        session = session.renewed_by(&answer).expect("a refresh");
        let told = seconds(&answer);
        // The test itself takes its time.
        assert!((access - 1..=access).contains(&told.0), "{told:?}");
        assert!((refresh - 1..=refresh).contains(&told.1), "{told:?}");
        let token = Token::apart(&session.token);
        let lives = token.claim("exp") - token.claim("iat");
        assert_eq!(lives, told.0);
        assert!(lives >= 1 && token.claim("exp") <= end + 1, "{token:?}");
    }
    app.advance_seconds(3);
    session.me(&app).await.assert_unauthenticated("EXPIRED");
    session.assert_not_refreshed(&app, "EXPIRED").await;
}

#[tokio::test]
async fn an_application_has_lifetimes_of_its_own() {
    let app = TestApp::with(|config| {
        let mut shop = declared(SHOP);
        shop.access_lifetime_seconds = Some(60);
        shop.idle_lifetime_seconds = Some(120);
        shop.lifetime_seconds = Some(180);
        config.applications = vec![shop, declared(BILLING)];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let answer = app.send(alice.to_log_in_at(SHOP, "BODY")).await;
    assert_eq!(seconds(&answer), (60, 120));
    let shop = Session::of(&answer);
    let answer = app.send(alice.to_log_in_at(BILLING, "BODY")).await;
    assert_eq!(seconds(&answer), (300, 604_800));
    let billing = Session::of(&answer);
    app.advance_seconds(110);
    let shop = shop.refreshed(&app).await;
    app.advance_seconds(75);
    shop.me(&app).await.assert_unauthenticated("EXPIRED");
    shop.assert_not_refreshed(&app, "EXPIRED").await;
    billing.assert_live(&app).await;
}

#[tokio::test]
async fn what_ran_out_within_the_leeway_is_still_logged_out() {
    let app = TestApp::with(|config| {
        config.tokens.leeway_seconds = 5;
        config.sessions.idle_lifetime_seconds = 300;
        config.sessions.lifetime_seconds = 300;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let (gone, left) = (alice.log_in(&app).await, alice.log_in(&app).await);
    app.advance_seconds(301);
    // Its session is over, and yet the token is taken, for whoever's clock is behind.
    gone.assert_live(&app).await;
    gone.end(&app).await;
    gone.assert_dead(&app).await;
    left.assert_live(&app).await;
}

#[tokio::test]
async fn of_too_many_sessions_the_one_that_was_active_longest_ago_ends() {
    let app = TestApp::with(|config| {
        declare(config);
        config.sessions.maximum_per_user = 3;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let bob = Person::signed_up("bob", &app).await;
    let bobs = bob.log_in_at(SHOP, "BODY", &app).await;
    let mut first = alice.log_in_at(SHOP, "BODY", &app).await;
    app.advance_seconds(10);
    let second = alice.log_in_at(BILLING, "COOKIE", &app).await;
    app.advance_seconds(10);
    let third = alice.log_in_at(SHOP, "COOKIE", &app).await;
    app.advance_seconds(10);
    first = first.refreshed(&app).await;
    app.advance_seconds(10);
    let fourth = alice.log_in(&app).await;
    second.assert_over(&app, "REVOKED").await;
    for session in [&first, &third, &fourth, &bobs] {
        session.assert_live(&app).await;
        session.refreshed(&app).await.assert_live(&app).await;
    }
    // One that ended makes room.
    fourth.end(&app).await;
    let fifth = alice.log_in(&app).await;
    for session in [&first, &third, &fifth] {
        session.assert_live(&app).await;
    }
}

#[tokio::test]
async fn however_many_log_in_at_once_no_more_than_the_bound_stay() {
    let app = TestApp::with(|config| config.sessions.maximum_per_user = 3).await;
    let alice = Person::signed_up("alice", &app).await;
    let requests = (0..10).map(|_| alice.to_log_in()).collect();
    let answers = app.send_at_once(requests).await;
    let mut live = 0;
    for answer in &answers {
        let session = Session::of(answer);
        if session.me(&app).await.status == 200 {
            session.refreshed(&app).await.assert_live(&app).await;
            live += 1;
        } else {
            session.assert_over(&app, "REVOKED").await;
        }
    }
    assert_eq!(live, 3);
}

async fn is_kept(app: &TestApp, session: &Session) -> bool {
    let row = sessions::Entity::find_by_id(row_id(&session.id));
    let row = row.one(&app.database().await).await;
    row.expect("the table is there").is_some()
}

/// Sweeps once, as any node would at this time.
async fn sweep(app: &TestApp, is_done: impl AsyncFn() -> bool) {
    let services = cardea::app::open(app.config().clone(), app.clock()).await;
    let services = services.expect("it is as the server's");
    let sweeping = tokio::spawn(services.sessions.clone().sweep(Duration::from_millis(10)));
    eventually(Duration::from_secs(5), "it is swept", is_done).await;
    sweeping.abort();
    services.close().await;
}

#[tokio::test]
async fn the_history_is_counted_from_the_end() {
    let app = TestApp::with(|config| {
        config.sessions.history_days = 2;
        config.sessions.idle_lifetime_seconds = 7 * DAY;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let ended = alice.log_in(&app).await;
    ended.end(&app).await;
    app.advance_seconds(DAY);
    let ended_later = alice.log_in(&app).await;
    ended_later.end(&app).await;
    let live = alice.log_in(&app).await;
    app.advance_seconds(DAY + 60);
    sweep(&app, async || !is_kept(&app, &ended).await).await;
    assert!(is_kept(&app, &ended_later).await && is_kept(&app, &live).await);
    live.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn what_was_over_long_ago_is_forgotten() {
    let app = TestApp::with(|config| {
        config.sessions.history_days = 2;
        config.sessions.idle_lifetime_seconds = DAY;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let (old, ended) = (alice.log_in(&app).await, alice.log_in(&app).await);
    ended.end(&app).await;
    app.advance_seconds(2 * DAY);
    let recent = alice.log_in(&app).await;
    app.advance_seconds(DAY + 60);
    let new = alice.log_in(&app).await;
    sweep(&app, async || {
        !is_kept(&app, &old).await && !is_kept(&app, &ended).await
    })
    .await;
    assert!(is_kept(&app, &recent).await && is_kept(&app, &new).await);
    for session in [&old, &ended] {
        session.assert_not_refreshed(&app, "REVOKED").await;
        assert_eq!(session.log_out(&app).await, Vec::<String>::new());
    }
    recent.assert_not_refreshed(&app, "EXPIRED").await;
    new.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_bound_that_was_lowered_holds_after_the_next_login() {
    let (app, alice) = TestApp::with_user("alice").await;
    for _ in 0..13 {
        alice.log_in(&app).await;
    }
    let app = app
        .restarted(|config| config.sessions.maximum_per_user = 2)
        .await;
    let newest = alice.log_in(&app).await;
    let active = Page::of(&app, &newest.token, json!({ "state": "ACTIVE" })).await;
    assert_eq!(active.0["totalCount"], 2);
    assert_eq!(active.ids()[0], newest.id);
}
