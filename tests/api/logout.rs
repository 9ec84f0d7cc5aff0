//! `logout`: when it has answered, the token is dead, and it stays dead.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{JSON, Request};
use crate::people::{LOGOUT, ME, Person, Session, ended};
use crate::redis_server::RedisServer;
use crate::stores::Stores;

#[tokio::test]
async fn a_logged_out_token_is_dead_at_once() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    session.end(&app).await;
    session.assert_dead(&app).await;
    let current = app
        .ask_as(&session.token, "{ currentSession { id } }")
        .await;
    current.assert_unauthenticated("LOGGED_OUT");
}

#[tokio::test]
async fn a_token_that_was_never_shown_before_its_logout_is_dead_too() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    assert_eq!(session.log_out(&app).await.len(), 1);
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn under_application_json_a_dead_token_is_told_in_the_body() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    let request = Request::graphql(ME, &Value::Null)
        .accept(JSON)
        .bearer(&session.token);
    let answer = app.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.extension("reason").as_deref(), Some("LOGGED_OUT"));
    assert!(answer.json().get("data").is_none());
}

#[tokio::test]
async fn other_sessions_live_on() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let (phone, laptop) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let bobs = bob.log_in(&app).await;
    phone.end(&app).await;
    phone.assert_dead(&app).await;
    laptop.assert_live(&app).await;
    bobs.assert_live(&app).await;
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn logging_out_again_succeeds_and_ends_nothing() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    for _ in 0..3 {
        assert_eq!(session.log_out(&app).await, Vec::<String>::new());
        session.assert_dead(&app).await;
    }
}

#[tokio::test]
async fn an_expired_token_still_ends_its_session() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    app.advance_seconds(301);
    session.me(&app).await.assert_unauthenticated("EXPIRED");
    session.end(&app).await;
    assert_eq!(session.log_out(&app).await, Vec::<String>::new());

    app.advance_seconds(30 * 24 * 3600);
    let later = alice.log_in(&app).await;
    app.advance_seconds(24 * 3600);
    later.end(&app).await;
}

#[tokio::test]
async fn logging_out_with_nothing_or_garbage_succeeds() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    assert_eq!(ended(&app.ask(LOGOUT).await), Vec::<String>::new());
    for garbage in [
        "x",
        "a.b.c",
        &session.token[..session.token.len() - 4],
        &"a".repeat(9000),
    ] {
        let answer = app.ask_as(garbage, LOGOUT).await;
        assert_eq!(ended(&answer), Vec::<String>::new(), "{garbage}");
        assert_eq!(answer.header("www-authenticate"), None);
    }
    let basic = Request::graphql(LOGOUT, &Value::Null).header("Authorization", "Basic YTpi");
    assert_eq!(ended(&app.send(basic).await), Vec::<String>::new());
    let twice = session.to_log_out().bearer(&session.token);
    assert_eq!(ended(&app.send(twice).await), Vec::<String>::new());
    session.assert_live(&app).await;
}

#[tokio::test]
async fn of_many_logouts_at_once_one_ends_the_session_and_all_succeed() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let requests = (0..10).map(|_| session.to_log_out()).collect();
    let answers = app.send_at_once(requests).await;
    let ended: Vec<_> = answers.iter().flat_map(ended).collect();
    assert_eq!(ended, std::slice::from_ref(&session.id));
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn many_sessions_end_at_once_each_by_itself() {
    let (app, alice) = TestApp::with_user("alice").await;
    let mut sessions = Vec::new();
    for _ in 0..12 {
        sessions.push(alice.log_in(&app).await);
    }
    let kept = sessions.split_off(10);
    let requests = sessions.iter().map(Session::to_log_out).collect();
    let answers = app.send_at_once(requests).await;
    for (session, answer) in sessions.iter().zip(&answers) {
        assert_eq!(ended(answer), std::slice::from_ref(&session.id));
        session.assert_dead(&app).await;
    }
    for session in kept {
        session.assert_live(&app).await;
    }
}

#[tokio::test]
async fn whoever_asks_while_a_logout_runs_is_refused_once_it_has_answered() {
    let (app, alice) = TestApp::with_user("alice").await;
    for _ in 0..5 {
        let session = alice.log_in(&app).await;
        session.assert_live(&app).await;
        let asking = tokio::spawn({
            let (session, client) = (session.clone(), app.client());
            async move {
                let mut answers = 0;
                while session.me(&client).await.status == 200 {
                    answers += 1;
                }
                answers
            }
        });
        session.log_out(&app).await;
        session.assert_dead(&app).await;
        asking.await.expect("no panic");
    }
}

#[tokio::test]
async fn a_logout_and_everything_else_survive_a_restart() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (gone, kept) = (alice.log_in(&app).await, alice.log_in(&app).await);
    gone.log_out(&app).await;
    let keys = app
        .send(Request::get("/.well-known/jwks.json"))
        .await
        .json();

    let app = app.restarted(|_| {}).await;
    gone.assert_dead(&app).await;
    kept.assert_live(&app).await;
    let now = app
        .send(Request::get("/.well-known/jwks.json"))
        .await
        .json();
    assert_eq!(keys, now);
    alice.log_in(&app).await.assert_live(&app).await;
    assert_eq!(gone.log_out(&app).await, Vec::<String>::new());
    kept.end(&app).await;

    let app = app.restarted(|_| {}).await;
    kept.assert_dead(&app).await;
}

#[tokio::test]
async fn a_token_is_dead_for_as_long_as_it_would_have_lived() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    app.advance_seconds(295);
    let app = app.restarted(|_| {}).await;
    session.assert_dead(&app).await;
    app.advance_seconds(10);
    session.me(&app).await.assert_unauthenticated("EXPIRED");
}

#[tokio::test]
async fn asking_again_hands_the_row_to_an_index_that_lost_it() {
    let redis = RedisServer::start();
    let stores = Stores::checked_in(&redis).await;
    let app = TestApp::on(stores, |_| {}).await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    session.assert_dead(&app).await;
    redis.flush();
    assert_eq!(session.log_out(&app).await, Vec::<String>::new());
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn logout_among_other_fields_acts_on_the_same_caller() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let query = "mutation { a: logout { endedSessionIds } b: logout { endedSessionIds } }";
    let answer = app.ask_as(&session.token, query).await;
    let expected = json!({
        "a": { "endedSessionIds": [session.id] },
        "b": { "endedSessionIds": [] },
    });
    assert_eq!(answer.data(), expected);
    session.assert_dead(&app).await;
}
