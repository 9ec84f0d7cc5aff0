//! `sessionEvents`: what somebody is told of their sessions, and when they are told no more.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::socket::{SUBSCRIPTION, Socket};

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
    let mut message = socket.next().await;
    let event = message["payload"]["data"]["sessionEvents"].take();
    assert!(event["occurredAt"].is_string(), "{event}");
    assert_eq!(
        event["session"],
        json!({
            "id": other.id, "state": "ACTIVE", "isCurrent": false, "user": { "email": alice.email },
            "application": { "clientId": "app" }, "endReason": Value::Null,
        })
    );
    socket.subscribe("2", SUBSCRIPTION).await;
    socket.settle().await;
}
