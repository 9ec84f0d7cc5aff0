//! `sessionEvents`: what somebody is told of their sessions, and when they are told no more.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::command_line::do_it;
use crate::people::Person;
use crate::signed_in::to_revoke;
use crate::socket::{SUBSCRIPTION, Socket};
use crate::three_applications::declared;

/// What one node did, another one tells by then; and nothing is told twice by then.
const SOON: Duration = Duration::from_millis(1500);

fn started(id: &str) -> (String, String, Option<String>) {
    ("SessionStarted".to_owned(), id.to_owned(), None)
}

fn ended(id: &str, reason: &str) -> (String, String, Option<String>) {
    let reason = Some(reason.to_owned());
    ("SessionEnded".to_owned(), id.to_owned(), reason)
}

#[tokio::test]
async fn one_hears_of_ones_sessions_as_they_start_and_end() {
    let (app, alice) = TestApp::with_user("alice").await;
    let own = alice.log_in(&app).await;
    let mut socket = Socket::following(&own.token, &app).await;
    let other = alice.log_in(&app).await;
    assert_eq!(socket.event().await, started(&other.id));
    other.end(&app).await;
    assert_eq!(socket.event().await, ended(&other.id, "LOGGED_OUT"));
    own.end(&app).await;
    socket.assert_closed(4403, "Forbidden: LOGGED_OUT").await;
}

#[tokio::test]
async fn an_event_tells_all_of_its_session() {
    let (app, alice) = TestApp::with_user("alice").await;
    let own = alice.log_in(&app).await;
    let mut socket = Socket::following(&own.token, &app).await;
    let other = alice.log_in(&app).await;
    let event = &socket.next().await["payload"]["data"]["sessionEvents"];
    assert!(event["occurredAt"].is_string(), "{event}");
    assert_eq!(
        event["session"],
        json!({
            "id": other.id, "state": "ACTIVE", "isCurrent": false, "user": { "email": alice.email },
            "application": { "clientId": "default" }, "endReason": Value::Null,
        })
    );
    app.send(to_revoke(&other.id).bearer(&own.token)).await;
    let event = &socket.next().await["payload"]["data"]["sessionEvents"];
    let session = &event["session"];
    assert_eq!(
        (&session["state"], &session["endReason"], &event["reason"]),
        (&json!("ENDED"), &json!("REVOKED"), &json!("REVOKED"))
    );
}

#[tokio::test]
async fn events_come_once_in_order_and_from_every_node() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    let own = alice.log_in(&a).await;
    let mut here = Socket::following(&own.token, &a).await;
    let mut there = Socket::following(&own.token, &b).await;
    let mut expected = Vec::new();
    for (first, second) in [(&a, &b), (&b, &a)] {
        let session = alice.log_in(first).await;
        expected.push(started(&session.id));
        session.end(second).await;
        expected.push(ended(&session.id, "LOGGED_OUT"));
    }
    for socket in [&mut here, &mut there] {
        for event in &expected {
            assert_eq!(socket.event().await, *event);
        }
        socket.assert_silent(SOON).await;
    }
}

#[tokio::test]
async fn one_hears_nothing_of_others() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let mut socket = Socket::following(&alice.log_in(&app).await.token, &app).await;
    let mut other = Socket::following(&bob.log_in(&app).await.token, &app).await;
    let session = bob.log_in(&app).await;
    session.end(&app).await;
    assert_eq!(other.event().await, started(&session.id));
    assert_eq!(other.event().await, ended(&session.id, "LOGGED_OUT"));
    socket.assert_silent(SOON).await;
}

#[tokio::test]
async fn each_subscription_is_told_until_it_is_complete() {
    let (app, alice) = TestApp::with_user("alice").await;
    let own = alice.log_in(&app).await;
    let mut socket = Socket::following(&own.token, &app).await;
    socket
        .subscribe("two", "subscription { e: sessionEvents { __typename } }")
        .await;
    socket.settle().await;
    let session = alice.log_in(&app).await;
    assert_eq!(socket.event().await, started(&session.id));
    let second = json!({ "data": { "e": { "__typename": "SessionStarted" } } });
    assert_eq!(
        socket.next().await,
        json!({ "type": "next", "id": "two", "payload": second })
    );
    for id in ["1", "nobody's"] {
        socket.send(&json!({ "type": "complete", "id": id })).await;
    }
    socket.settle().await;
    session.end(&app).await;
    let second = json!({ "data": { "e": { "__typename": "SessionEnded" } } });
    assert_eq!(
        socket.next().await,
        json!({ "type": "next", "id": "two", "payload": second })
    );
    // A name that is free again.
    socket.subscribe("1", SUBSCRIPTION).await;
    socket.settle().await;
    let session = alice.log_in(&app).await;
    assert_eq!(socket.next().await["id"], "two");
    assert_eq!(socket.event().await, started(&session.id));
}

#[tokio::test]
async fn a_subscription_that_asks_nothing_is_complete() {
    let (app, alice) = TestApp::with_user("alice").await;
    let mut socket = Socket::of(&alice.log_in(&app).await.token, &app).await;
    let nothing = "subscription { sessionEvents @skip(if: true) { __typename } }";
    socket.subscribe("1", nothing).await;
    socket.settle().await;
    alice.log_in(&app).await;
    let complete = json!({ "type": "complete", "id": "1" });
    assert_eq!(socket.next().await, complete);
}

#[tokio::test]
async fn a_session_that_runs_out_is_told() {
    let app = TestApp::with(|config| config.sessions.idle_lifetime_seconds = 3600).await;
    let alice = Person::signed_up("alice", &app).await;
    let old = alice.log_in(&app).await;
    app.advance_seconds(3500);
    let own = alice.log_in(&app).await;
    let mut socket = Socket::following(&own.token, &app).await;
    app.advance_seconds(110);
    assert_eq!(socket.event().await, ended(&old.id, "EXPIRED"));
    socket.assert_silent(SOON).await;
}

#[tokio::test]
async fn nothing_is_told_after_a_logout_that_has_returned() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    for _ in 0..5 {
        let own = alice.log_in(&a).await;
        let mut here = Socket::following(&own.token, &a).await;
        let mut there = Socket::following(&own.token, &b).await;
        own.end(&a).await;
        alice.log_in(&a).await;
        for socket in [&mut here, &mut there] {
            socket.assert_closed(4403, "Forbidden: LOGGED_OUT").await;
        }
    }
}

#[tokio::test]
async fn a_socket_without_a_subscription_ends_with_its_session_too() {
    let (a, alice) = TestApp::with_user("alice").await;
    let b = a.another_node(|_| {}).await;
    let own = alice.log_in(&a).await;
    let mut socket = Socket::of(&own.token, &b).await;
    own.end(&a).await;
    socket.assert_closed(4403, "Forbidden: LOGGED_OUT").await;
}

#[tokio::test]
async fn each_way_to_end_a_session_ends_its_sockets() {
    let (app, mut alice) = TestApp::with_user("alice").await;
    let (own, other) = (alice.log_in(&app).await, alice.log_in(&app).await);
    let mut socket = Socket::following(&other.token, &app).await;
    let mut kept = Socket::following(&own.token, &app).await;
    let (_, own) = own.log_out_elsewhere(&app).await;
    for socket in [&mut socket, &mut kept] {
        // The session that was kept has a new token: the old one is as dead.
        socket
            .assert_closed(4403, "Forbidden: LOGGED_OUT_EVERYWHERE")
            .await;
    }
    let mut kept = Socket::following(&own.token, &app).await;
    let (_, own) = own
        .change_password(&mut alice, "eight green toasters fly", &app)
        .await;
    kept.assert_closed(4403, "Forbidden: PASSWORD_CHANGED")
        .await;
    let mut kept = Socket::following(&own.token, &app).await;
    app.send(to_revoke(&own.id).bearer(&own.token)).await;
    kept.assert_closed(4403, "Forbidden: REVOKED").await;
    let mut last = Socket::following(&alice.log_in(&app).await.token, &app).await;
    do_it(&app, &["user", "suspend", "alice"], "").await;
    last.assert_closed(4403, "Forbidden: SUSPENDED").await;
}

#[tokio::test]
async fn a_disabled_application_ends_its_sockets_and_the_others_hear_of_it() {
    let (app, alice) = TestApp::with_user("alice").await;
    do_it(&app, &["application", "create", "shop"], "").await;
    let shopping = alice.log_in_at("shop", "BODY", &app).await;
    let mut there = Socket::following(&shopping.token, &app).await;
    let mut here = Socket::following(&alice.log_in(&app).await.token, &app).await;
    assert_eq!(there.event().await.0, "SessionStarted");
    do_it(&app, &["application", "disable", "shop"], "").await;
    there.assert_closed(4403, "Forbidden: REVOKED").await;
    assert_eq!(here.event().await, ended(&shopping.id, "REVOKED"));
    here.assert_silent(SOON).await;
}

#[tokio::test]
async fn a_token_that_expires_or_is_out_of_date_closes_with_another_code() {
    let (app, alice) = TestApp::with_user("alice").await;
    let create = ["application", "create", "shop", "--scope", "a"];
    do_it(&app, &create, "").await;
    let shopping = alice.log_in_at("shop", "BODY", &app).await;
    let mut stale = Socket::following(&shopping.token, &app).await;
    do_it(&app, &["grant", "add", "alice", "shop", "a"], "").await;
    stale.assert_closed(4401, "Unauthorized: TOKEN_STALE").await;
    let session = alice.log_in(&app).await;
    let mut socket = Socket::following(&session.token, &app).await;
    app.advance_seconds(app.config().tokens.access_lifetime_seconds - 5);
    socket.assert_silent(SOON).await;
    app.advance_seconds(5);
    socket.assert_closed(4401, "Unauthorized: EXPIRED").await;
    // With a new token it goes on.
    let session = session.refreshed(&app).await;
    Socket::following(&session.token, &app).await;
}

#[tokio::test]
async fn a_page_has_no_use_for_the_token_of_another_application() {
    let app = TestApp::with(|config| config.applications = vec![declared("shop")]).await;
    let alice = Person::signed_up("alice", &app).await;
    let own = alice.log_in(&app).await;
    let request = crate::socket::handshake();
    let request = request.header("Origin", &crate::three_applications::origin("shop"));
    let socket = Socket::by(&app, request).await;
    let mut socket = socket.unwrap_or_else(|answer| panic!("{}", answer.text()));
    socket.init(&own.token).await;
    socket
        .assert_closed(4403, "Forbidden: WRONG_AUDIENCE")
        .await;
}
