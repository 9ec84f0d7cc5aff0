//! What bad input gets where people sign in: a clear refusal in its place, nothing changed, nothing leaked.

use cardea_entity::{revocations, sessions};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::cookies::Cookie;
use crate::people::{LOGIN, Person, Session};
use crate::signed_in::{
    ended_by, logout_with, refresh_failure, refresh_with, to_log_out_of, to_revoke,
};
use crate::three_applications::{BILLING, DEFAULT, SHOP, global_id, origin, row_id};

/// What nobody registered.
const UNKNOWN: [&str; 8] = [
    "",
    " ",
    "Shop",
    "shop ",
    "shop\0",
    "sho",
    "__Host-cardea-shop",
    "' OR 1=1 --",
];

pub(crate) async fn alice() -> (TestApp, Person) {
    let app = TestApp::with_applications().await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// How many sessions and revocations there are.
pub(crate) async fn counted(app: &TestApp) -> (u64, u64) {
    let database = app.database().await;
    let sessions = sessions::Entity::find().count(&database).await;
    let revocations = revocations::Entity::find().count(&database).await;
    (sessions.expect("a count"), revocations.expect("a count"))
}

fn login_with(alice: &Person, client_id: &str) -> Request {
    alice.to_log_in_at(client_id, "COOKIE")
}

/// Nearly as much as a request can hold.
pub(crate) fn long() -> String {
    "x".repeat(64_000)
}

#[track_caller]
fn assert_refused(answer: &Answer, code: &str, what: &str) {
    assert_eq!(
        answer.code().as_deref(),
        Some(code),
        "{what:?}: {}",
        answer.text()
    );
    let data = &answer.json()["data"];
    assert!(data.is_null(), "{what:?}: {data}");
    assert!(Cookie::all_of(answer).is_empty(), "{what:?}");
    for word in ["SELECT", "sqlite", "postgres", "sea-orm", "sqlx"] {
        assert!(!answer.text().contains(word), "{}", answer.text());
    }
}

#[tokio::test]
async fn an_application_that_nobody_registered_is_bad_input_everywhere() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let before = counted(&app).await;
    let token = session.refresh.text();
    for client_id in UNKNOWN.map(str::to_owned).into_iter().chain([long()]) {
        let what: String = client_id.chars().take(20).collect();
        let answer = app.send(login_with(&alice, &client_id)).await;
        assert_refused(&answer, "BAD_USER_INPUT", &what);
        let input = json!({ "clientId": client_id, "refreshToken": token });
        let answer = app.send(refresh_with(&input)).await;
        assert_refused(&answer, "BAD_USER_INPUT", &what);
        let request = logout_with(&json!({ "clientId": client_id })).cookie(SHOP, token);
        for request in [request.clone(), request.bearer(&session.token)] {
            assert_refused(&app.send(request).await, "BAD_USER_INPUT", &what);
        }
    }
    assert_eq!(counted(&app).await, before);
    session.assert_live(&app).await;
    session.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_no_more_at_one_application_than_at_another() {
    let (app, mut alice) = alice().await;
    "not the password".clone_into(&mut alice.password);
    for client_id in [SHOP, BILLING, DEFAULT] {
        let answer = app.send(login_with(&alice, client_id)).await;
        assert_eq!(answer.data()["login"]["code"], "INVALID_CREDENTIALS");
        assert!(Cookie::all_of(&answer).is_empty());
    }
    assert_eq!(counted(&app).await, (0, 0));
}

#[tokio::test]
async fn a_page_of_nobodys_may_neither_sign_in_nor_send_a_cookie() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let before = counted(&app).await;
    let requests = [
        login_with(&alice, SHOP),
        session.to_refresh(),
        logout_with(&json!({ "clientId": SHOP })).cookie(SHOP, session.refresh.text()),
        session.to_log_out(),
    ];
    let own = origin(SHOP);
    for headers in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", "https://shop.example.com.evil.example")],
        &[("Origin", "https://shop.example.com:8443")],
        &[("Origin", "http://shop.example.com")],
        &[("Origin", "https://SHOP.example.com")],
        &[("Origin", "https://shop.example.com/")],
        &[("Origin", &own), ("Origin", "https://evil.example")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "https://evil.example"),
        ],
    ] {
        for request in &requests {
            let mut request = request.clone();
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = app.send(request).await;
            assert_eq!(answer.status, 403, "{headers:?}: {}", answer.text());
            assert_refused(&answer, "FORBIDDEN", "another site");
            let reader = answer.header("access-control-allow-origin");
            assert!(reader.is_none_or(|reader| reader == own), "{reader:?}");
        }
    }
    assert_eq!(counted(&app).await, before);
    session.assert_live(&app).await;
    session.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_page_of_one_application_cannot_speak_for_another() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let before = counted(&app).await;
    let token = session.refresh.text();
    let from_billing = |request: Request| request.header("Origin", &origin(BILLING));
    for request in [
        login_with(&alice, SHOP),
        session.to_refresh(),
        refresh_with(&json!({ "clientId": SHOP, "refreshToken": token })),
        logout_with(&json!({ "clientId": SHOP })).cookie(SHOP, token),
    ] {
        let answer = app.send(from_billing(request)).await;
        assert_refused(&answer, "FORBIDDEN", "another application");
    }
    // Without a name it speaks for its own, which has no such token.
    let request = refresh_with(&json!({})).cookie(SHOP, token);
    let answer = app.send(from_billing(request)).await;
    assert_eq!(refresh_failure(&answer).as_deref(), Some("MISSING"));
    let request = refresh_with(&json!({ "refreshToken": token }));
    let answer = app.send(from_billing(request)).await;
    assert_eq!(refresh_failure(&answer).as_deref(), Some("INVALID"));
    let request = Request::graphql(crate::people::ME, &Value::Null).bearer(&session.token);
    let answer = app.send(from_billing(request)).await;
    answer.assert_unauthenticated("WRONG_AUDIENCE");
    // With a name of its own, and without; though that page has a session to end itself.
    let own = alice.log_in_at(BILLING, "COOKIE", &app).await;
    let (sessions, revocations) = counted(&app).await;
    for input in [json!({}), json!({ "clientId": BILLING })] {
        let request = logout_with(&input).cookie(BILLING, own.refresh.text());
        let answer = app.send(from_billing(request).bearer(&session.token)).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert_refused(&answer, "UNAUTHENTICATED", "another's token");
        assert_eq!(
            answer.extension("reason").as_deref(),
            Some("WRONG_AUDIENCE")
        );
    }
    own.assert_live(&app).await;
    assert_eq!((sessions, revocations), (before.0 + 1, before.1));
    assert_eq!(counted(&app).await, (sessions, revocations));
    session.refreshed(&app).await.assert_live(&app).await;
}

/// Texts that are nearly this one, and are none of ours.
fn nearly(token: &str) -> Vec<String> {
    let flipped = |index: usize| {
        let mut text = token.to_owned();
        let letter = if &token[index..=index] == "A" {
            "B"
        } else {
            "A"
        };
        text.replace_range(index..=index, letter);
        text
    };
    let last = token.len() - 1;
    vec![
        token[..last].to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!("{token}=="),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}\0"),
        token.to_uppercase(),
        flipped(0),
        flipped(30),
        flipped(last),
        format!("{token}{token}"),
        format!("{token}.{token}"),
        String::new(),
        " ".to_owned(),
        "\0".to_owned(),
        "null".to_owned(),
        "A".repeat(86),
        long(),
    ]
}

#[tokio::test]
async fn a_refresh_token_that_is_nearly_right_is_invalid_and_ends_nothing() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "BODY", &app).await;
    let before = counted(&app).await;
    for token in nearly(session.refresh.text()) {
        let answer = app
            .send(refresh_with(&json!({ "refreshToken": token })))
            .await;
        let code = refresh_failure(&answer);
        assert_eq!(code.as_deref(), Some("INVALID"), "{token:.100?}");
    }
    assert_eq!(counted(&app).await, before);
    session.assert_live(&app).await;
    session.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_refresh_token_of_elsewhere_is_invalid() {
    let (app, alice) = alice().await;
    let (elsewhere, stranger) = (TestApp::with_applications().await, Person::named("alice"));
    stranger.sign_up(&elsewhere).await;
    let foreign = stranger.log_in_at(SHOP, "BODY", &elsewhere).await;
    let shop = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let invalid = [
        // Another installation's.
        refresh_with(&json!({ "refreshToken": foreign.refresh.text() })),
        refresh_with(&json!({ "clientId": SHOP })).cookie(SHOP, foreign.refresh.text()),
        // Another application's, by name, by cookie, by default.
        refresh_with(&json!({ "clientId": BILLING, "refreshToken": shop.refresh.text() })),
        refresh_with(&json!({ "clientId": BILLING })).cookie(BILLING, shop.refresh.text()),
        refresh_with(&json!({})).cookie(DEFAULT, shop.refresh.text()),
        // What is no refresh token at all.
        refresh_with(&json!({ "refreshToken": shop.token })),
        refresh_with(&json!({ "refreshToken": shop.id })),
        refresh_with(&json!({ "refreshToken": alice.password })),
    ];
    let before = counted(&app).await;
    for request in invalid {
        let answer = app.send(request).await;
        assert_eq!(refresh_failure(&answer).as_deref(), Some("INVALID"));
        assert!(!answer.text().contains(shop.refresh.text()));
    }
    // Nor does it name a session to log out of.
    let request = logout_with(&json!({ "clientId": BILLING }));
    let answer = app.send(request.cookie(BILLING, shop.refresh.text())).await;
    assert_eq!(ended_by(&answer), Vec::<String>::new());
    assert_eq!(counted(&app).await, before);
    foreign
        .refreshed(&elsewhere)
        .await
        .assert_live(&elsewhere)
        .await;
    shop.refreshed(&app).await.assert_live(&app).await;
}

/// Identifiers of nothing that Alice may end.
async fn not_hers(app: &TestApp, bobs: &Session) -> Vec<String> {
    let id = row_id(&bobs.id);
    vec![
        bobs.id.clone(),
        global_id("Session", Uuid::now_v7()),
        global_id("Session", Uuid::nil()),
        global_id("User", id),
        global_id("Application", id),
        global_id("session", id),
        app.application_id(SHOP).await,
        id.to_string(),
        format!("Session:{id}"),
        bobs.id.trim_end_matches('=').to_owned(),
        format!("{}\0", bobs.id),
        String::new(),
        "\0".to_owned(),
        long(),
    ]
}

#[tokio::test]
async fn anothers_session_is_as_if_it_did_not_exist() {
    let (app, alice) = alice().await;
    let bob = Person::signed_up("bob", &app).await;
    let (own, bobs) = (
        alice.log_in_at(SHOP, "BODY", &app).await,
        bob.log_in_at(SHOP, "BODY", &app).await,
    );
    let before = counted(&app).await;
    let mut bodies = Vec::new();
    for id in not_hers(&app, &bobs).await {
        let answer = app.send(to_revoke(&id).bearer(&own.token)).await;
        assert_eq!(answer.status, 404, "{id:.100?}: {}", answer.text());
        assert_refused(&answer, "NOT_FOUND", "not hers");
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "they can be told apart");
    assert_eq!(counted(&app).await, before);
    bobs.assert_live(&app).await;
    bobs.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn an_application_that_is_none_cannot_be_logged_out_of() {
    let (app, alice) = alice().await;
    let own = alice.log_in_at(SHOP, "BODY", &app).await;
    let shop = app.application(SHOP).await;
    let before = counted(&app).await;
    for id in [
        SHOP.to_owned(),
        shop.to_string(),
        global_id("Session", shop),
        global_id("Application", Uuid::now_v7()),
        own.id.clone(),
        String::new(),
        long(),
    ] {
        let answer = app.send(to_log_out_of(&id).bearer(&own.token)).await;
        assert_refused(&answer, "NOT_FOUND", &id[..id.len().min(40)]);
    }
    assert_eq!(counted(&app).await, before);
    own.assert_live(&app).await;
}

#[tokio::test]
async fn what_is_no_text_never_gets_to_a_resolver() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "BODY", &app).await;
    let before = counted(&app).await;
    let login = |name: &str, value: Value| {
        let mut input = json!({ "identifier": alice.email, "password": alice.password });
        input[name] = value;
        Request::graphql(LOGIN, &json!({ "input": input }))
    };
    for request in [
        login("clientId", json!(1)),
        login("clientId", json!({})),
        login("transport", json!("HEADER")),
        login("transport", Value::Null),
        login("transport", json!("")),
        login("scope", json!("admin")),
        refresh_with(&json!({ "refreshToken": 1 })),
        refresh_with(&json!({ "refreshToken": {} })),
        refresh_with(&json!({ "token": session.refresh.text() })),
        logout_with(&json!({ "clientId": [] })),
        logout_with(&json!({ "sessionId": session.id })),
        to_revoke(&session.id).header("X", "unauthenticated"),
    ] {
        let answer = app.send(request).await;
        assert!(answer.code().is_some(), "{}", answer.text());
        assert!(answer.json()["data"].is_null(), "{}", answer.text());
        assert!(
            !answer.text().contains(session.refresh.text()),
            "{}",
            answer.text()
        );
    }
    assert_eq!(counted(&app).await, before);
    session.refreshed(&app).await.assert_live(&app).await;
}
