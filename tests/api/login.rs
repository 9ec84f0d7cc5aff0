//! `login`: who gets in, under which name, and what everybody else is told.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use cardea_entity::users;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use crate::app::TestApp;
use crate::client::Answer;
use crate::cookies::Cookie;
use crate::forgery::{Token, decode};
use crate::people::{Person, Session, credentials};

#[tokio::test]
async fn a_user_logs_in_by_address_and_by_name_in_any_case() {
    let (app, alice) = TestApp::with_user("alice").await;
    for identifier in [
        "alice@example.com",
        "ALICE@Example.COM",
        "alice",
        "ALICE",
        "aLiCe",
    ] {
        let answer = app.send(credentials(identifier, &alice.password)).await;
        Session::of(&answer).assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_login_tells_all_that_a_client_needs() {
    let (app, alice) = TestApp::with_user("alice").await;
    let answer = app.send(alice.to_log_in()).await;
    let login = &answer.data()["login"];
    assert_eq!(login["tokens"]["tokenType"], "BEARER");
    assert_eq!(login["tokens"]["expiresIn"], 300);
    assert_eq!(login["session"]["state"], "ACTIVE");
    assert_eq!(login["session"]["isCurrent"], true);
    assert_eq!(login["session"]["ipAddress"], "127.0.0.1");
    assert_eq!(login["session"]["authMethods"], json!(["PASSWORD"]));
    assert_eq!(login["user"]["email"], "alice@example.com");
    assert_eq!(login["user"]["lastLoginAt"], login["session"]["createdAt"]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(Cookie::of(&answer, "default").is_some());
}

#[tokio::test]
async fn a_token_says_what_rfc_9068_asks_and_nothing_personal() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let token = Token::apart(&session.token);
    assert_eq!(token.header["alg"], "ES256");
    assert_eq!(token.header["typ"], "at+jwt");
    assert!(token.header["kid"].is_string());

    let claims = token.claims.as_object().expect("an object");
    let mut names: Vec<_> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "rev",
        "sid",
        "sub",
    ];
    assert_eq!(names, expected);
    assert_eq!(claims["iss"], crate::app::ISSUER);
    assert_eq!(claims["aud"], "cardea");
    assert_eq!(claims["client_id"], "default");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(token.claim("exp") - token.claim("iat"), 300);
    assert!((app.now() - token.claim("iat")).abs() <= 2);
    let jti = claims["jti"].as_str().expect("a text");
    assert_eq!(decode(jti).len(), 16, "128 bits");

    let me = session.me(&app).await;
    assert_eq!(me.data()["me"]["subject"], claims["sub"]);
}

#[tokio::test]
async fn each_login_is_a_session_of_its_own() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (mut sessions, mut tokens, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
    for _ in 0..5 {
        let session = alice.log_in(&app).await;
        let token = Token::apart(&session.token);
        assert!(sessions.insert(token.claims["sid"].to_string()));
        assert!(tokens.insert(token.claims["jti"].to_string()));
        assert!(ids.insert(session.id));
    }
}

#[tokio::test]
async fn a_caller_cannot_choose_the_session() {
    let (app, alice) = TestApp::with_user("alice").await;
    let first = alice.log_in(&app).await;
    let again = alice
        .to_log_in()
        .bearer(&first.token)
        .header("Cookie", &format!("sid={}", first.id));
    let second = Session::of(&app.send(again).await);
    assert_ne!(first.id, second.id);
    assert_ne!(first.token, second.token);
}

fn refused(answer: &Answer) -> (u16, Vec<u8>, Vec<(String, String)>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "x-request-id" && name != "date");
    (answer.status, answer.body.clone(), headers)
}

#[tokio::test]
async fn unknown_user_and_wrong_password_cannot_be_told_apart() {
    let (app, alice) = TestApp::with_user("alice").await;
    let wrong = refused(
        &app.send(credentials(&alice.email, "not the password"))
            .await,
    );
    let text = String::from_utf8_lossy(&wrong.1).into_owned();
    assert!(text.contains("INVALID_CREDENTIALS"), "{text}");
    let too_long = "kX9!vQ2z".repeat(40);
    for (identifier, password) in [
        ("nobody@example.com", "not the password"),
        ("nobody", "not the password"),
        ("nobody@example.com", alice.password.as_str()),
        ("alice", "not the password"),
        ("alice", ""),
        ("alice", too_long.as_str()),
        ("nobody", too_long.as_str()),
        ("", ""),
        ("", alice.password.as_str()),
        (" alice", alice.password.as_str()),
        ("alice ", alice.password.as_str()),
        ("alice\u{0}", alice.password.as_str()),
        ("alice@example.com\u{0}", alice.password.as_str()),
        ("' OR 1=1 --", "not the password"),
        ("%", alice.password.as_str()),
        ("@", "not the password"),
    ] {
        let answer = app.send(credentials(identifier, password)).await;
        assert_eq!(
            refused(&answer),
            wrong,
            "{identifier:?} {password:?}: {}",
            answer.text()
        );
    }
}

async fn suspend(app: &TestApp, person: &Person) {
    let suspended = users::Entity::update_many()
        .col_expr(users::Column::Status, Expr::value("SUSPENDED"))
        .filter(users::Column::EmailKey.eq(&person.email))
        .exec(&app.database().await)
        .await
        .expect("the row is there");
    assert_eq!(suspended.rows_affected, 1);
}

#[tokio::test]
async fn a_suspended_user_is_told_only_after_the_right_password() {
    let (app, alice) = TestApp::with_user("alice").await;
    let unknown = app.send(credentials("nobody", "not the password")).await;
    suspend(&app, &alice).await;
    let wrong = app
        .send(credentials(&alice.email, "not the password"))
        .await;
    assert_eq!(refused(&wrong), refused(&unknown));
    let right = app.send(alice.to_log_in()).await;
    let login = &right.data()["login"];
    assert_eq!(login["code"], "ACCOUNT_SUSPENDED");
    assert!(login["tokens"].is_null());
}

#[tokio::test]
async fn failures_leave_no_session_behind() {
    let (app, alice) = TestApp::with_user("alice").await;
    app.send(credentials(&alice.email, "not the password"))
        .await;
    suspend(&app, &alice).await;
    app.send(alice.to_log_in()).await;
    let sessions = cardea_entity::sessions::Entity::find()
        .all(&app.database().await)
        .await;
    assert!(sessions.expect("the table is there").is_empty());
}

/// How long a login takes, in the middle of many, for each of these names in turn.
async fn medians(app: &TestApp, identifiers: [&str; 2]) -> [Duration; 2] {
    const ROUNDS: usize = 21;
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        for (times, identifier) in times.iter_mut().zip(identifiers) {
            let begun = Instant::now();
            let answer = app.send(credentials(identifier, "not the password")).await;
            times.push(begun.elapsed());
            assert_eq!(answer.data()["login"]["code"], "INVALID_CREDENTIALS");
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2]
    })
}

#[tokio::test]
async fn unknown_user_and_wrong_password_take_the_same_time() {
    let app = TestApp::with(|config| {
        config.passwords.memory_kibibytes = 19_456;
        config.passwords.iterations = 2;
        config.limits.account_burst = 100;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let [wrong, unknown] = medians(&app, [&alice.email, "nobody@example.com"]).await;
    // Without the hash it would be a tenth.
    let ratio = unknown.as_secs_f64() / wrong.as_secs_f64();
    assert!(
        (0.6..1.6).contains(&ratio),
        "unknown {unknown:?}, wrong {wrong:?}"
    );
}
