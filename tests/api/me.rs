//! `me` and `currentSession`: who asks, if anybody.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{JSON, Request};
use crate::people::{ME, Person};

const SESSION: &str = "{ currentSession {
    __typename id state isCurrent ipAddress authMethods createdAt lastActiveAt expiresAt endedAt
    endReason user { id subject }
} }";

#[tokio::test]
async fn nobody_is_null_without_an_error() {
    let app = TestApp::start().await;
    let answer = app.ask("{ me { id } currentSession { id } }").await;
    assert_eq!(answer.data(), json!({ "me": null, "currentSession": null }));
    assert_eq!(answer.header("www-authenticate"), None);
}

#[tokio::test]
async fn a_user_sees_who_they_are() {
    let app = TestApp::start().await;
    let mut alice = Person::named("alice");
    alice.email = "Alice@Example.com".to_owned();
    alice.display_name = Some("Alice Liddell".to_owned());
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
    let session = alice.log_in(&app).await;

    let me = session.me(&app).await.data()["me"].take();
    assert_eq!(me["email"], "Alice@Example.com", "as it was typed");
    assert_eq!(me["username"], "alice");
    assert_eq!(me["displayName"], "Alice Liddell");
    assert_eq!(me["status"], "ACTIVE");
    let subject = me["subject"].as_str().expect("a text");
    assert_eq!(
        uuid::Uuid::parse_str(subject).map(|id| id.to_string()),
        Ok(subject.to_owned())
    );
    assert_ne!(me["id"], me["subject"], "an opaque id");
}

#[tokio::test]
async fn a_session_says_how_it_stands() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let seen = app.ask_as(&session.token, SESSION).await.data()["currentSession"].take();
    assert_eq!(seen["__typename"], "Session");
    assert_eq!(seen["id"], json!(session.id));
    assert_eq!(seen["state"], "ACTIVE");
    assert_eq!(seen["isCurrent"], true);
    assert_eq!(seen["ipAddress"], "127.0.0.1");
    assert_eq!(seen["authMethods"], json!(["PASSWORD"]));
    assert_eq!(seen["endedAt"], Value::Null);
    assert_eq!(seen["endReason"], Value::Null);
    for name in ["createdAt", "lastActiveAt", "expiresAt"] {
        let text = seen[name].as_str().expect("a time");
        assert!(
            text.starts_with("20") && text.ends_with('Z'),
            "{name}: {text}"
        );
    }
}

#[tokio::test]
async fn twenty_guarded_fields_of_one_operation_see_the_same_caller() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let answer = app
        .ask_as(
            &session.token,
            "{ a: me { subject } ...B c: currentSession { user { subject } } authSettings { issuer } }
             fragment B on Query { b: me { subject } ... { d: me { subject } } }",
        )
        .await
        .data();
    assert!(answer["a"]["subject"].is_string());
    assert_eq!(answer["a"], answer["b"]);
    assert_eq!(answer["a"], answer["d"]);
    assert_eq!(answer["a"], answer["c"]["user"]);
}

#[tokio::test]
async fn last_login_is_told() {
    let (app, alice) = TestApp::with_user("alice").await;
    let first = alice.log_in(&app).await.me(&app).await.data()["me"]["lastLoginAt"].take();
    assert!(first.is_string());
    app.advance_seconds(60);
    // What is shown of a profile may be a second old.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let second = alice.log_in(&app).await.me(&app).await.data()["me"]["lastLoginAt"].take();
    assert!(second.as_str() > first.as_str(), "{first} {second}");
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    for scheme in ["Bearer", "bearer", "BEARER", "Bearer "] {
        let request = Request::graphql(ME, &Value::Null)
            .header("Authorization", &format!("{scheme} {}", session.token));
        let answer = app.send(request).await;
        assert!(answer.data()["me"]["id"].is_string(), "{scheme:?}");
    }
}

#[tokio::test]
async fn who_asks_is_told_over_both_media_types_and_by_get() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let json = Request::graphql(ME, &Value::Null)
        .accept(JSON)
        .bearer(&session.token);
    let get = Request::get("/graphql?query=%7Bme%7Bid%7D%7D").bearer(&session.token);
    for request in [json, get] {
        assert!(app.send(request).await.data()["me"]["id"].is_string());
    }
}
