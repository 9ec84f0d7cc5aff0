//! `refreshSession`: each refresh token is good once, and whoever shows it again is forgiven or a thief.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cardea_entity::{applications, audit_events, grants, revocations, sessions, users};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Request;
use crate::command_line::do_it;
use crate::people::{Person, Session};
use crate::signed_in::refresh_failure;
use crate::three_applications::{BILLING, DEFAULT, SHOP};

/// Longer than `sessions.refresh_grace_seconds`.
const LATER: u64 = 11;

const BOTH: [&str; 2] = ["COOKIE", "BODY"];

async fn signed_in(transport: &str) -> (TestApp, Person, Session) {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in_at(DEFAULT, transport, &app).await;
    (app, alice, session)
}

#[tokio::test]
async fn a_refresh_brings_new_tokens_of_the_same_session() {
    for transport in BOTH {
        let (app, _, first) = signed_in(transport).await;
        app.advance_seconds(200);
        let second = first.refreshed(&app).await;
        assert_ne!(second.token, first.token);
        assert_ne!(second.refresh, first.refresh);
        // The old access token lives as long as it said.
        first.assert_live(&app).await;
        let query = "{ currentSession { id createdAt lastActiveAt } }";
        let session = app.ask_as(&second.token, query).await.data()["currentSession"].take();
        assert_eq!(session["id"], json!(first.id));
        assert_ne!(session["createdAt"], session["lastActiveAt"]);
        app.advance_seconds(200);
        first.me(&app).await.assert_unauthenticated("EXPIRED");
        second.assert_live(&app).await;
        second.refreshed(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn an_access_token_that_has_expired_does_not_hinder_a_refresh() {
    let (app, _, session) = signed_in("COOKIE").await;
    app.advance_seconds(301);
    let request = session.to_refresh().bearer(&session.token);
    let renewed = session.renewed_by(&app.send(request).await);
    renewed.expect("a refresh").assert_live(&app).await;
}

#[tokio::test]
async fn a_replay_within_the_grace_period_gets_the_same_successor() {
    for transport in BOTH {
        let (app, _, first) = signed_in(transport).await;
        let second = first.refreshed(&app).await;
        for seconds in [0, 5, 4] {
            app.advance_seconds(seconds);
            let again = first.refreshed(&app).await;
            assert_eq!(again.refresh, second.refresh);
            again.assert_live(&app).await;
        }
        // The successor is as good as if there had been no replay.
        let third = second.refreshed(&app).await;
        assert_ne!(third.refresh, second.refresh);
        third.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_late_replay_gets_a_fresh_successor_while_the_first_is_unused() {
    let (app, _, first) = signed_in("BODY").await;
    let lost = first.refreshed(&app).await;
    app.advance_seconds(LATER);
    let second = first.refreshed(&app).await;
    assert_ne!(second.refresh, lost.refresh);
    assert_eq!(first.refreshed(&app).await.refresh, second.refresh);
    app.advance_seconds(LATER);
    let third = first.refreshed(&app).await;
    assert_ne!(third.refresh, second.refresh);
    third.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_successor_that_was_replaced_is_a_thiefs() {
    let (app, _, first) = signed_in("BODY").await;
    let replaced = first.refreshed(&app).await;
    app.advance_seconds(LATER);
    let second = first.refreshed(&app).await;
    replaced.assert_not_refreshed(&app, "REUSED").await;
    for session in [&first, &replaced, &second] {
        let answer = session.me(&app).await;
        answer.assert_unauthenticated("REFRESH_TOKEN_REUSED");
        session.assert_not_refreshed(&app, "REUSED").await;
    }
}

#[tokio::test]
async fn a_used_up_token_ends_its_session_and_nothing_but_that() {
    for transport in BOTH {
        let app = TestApp::with_applications().await;
        let alice = Person::signed_up("alice", &app).await;
        let first = alice.log_in_at(SHOP, transport, &app).await;
        let sibling = alice.log_in_at(SHOP, transport, &app).await;
        let elsewhere = alice.log_in_at(BILLING, transport, &app).await;
        let second = first.refreshed(&app).await;
        let third = second.refreshed(&app).await;
        // Within the grace period, too: the successor has been used.
        first.assert_not_refreshed(&app, "REUSED").await;
        for session in [&first, &second, &third] {
            let answer = session.me(&app).await;
            answer.assert_unauthenticated("REFRESH_TOKEN_REUSED");
        }
        third.assert_not_refreshed(&app, "REUSED").await;
        assert_eq!(third.log_out(&app).await, Vec::<String>::new());
        for session in [sibling, elsewhere] {
            session.assert_live(&app).await;
            session.refreshed(&app).await.assert_live(&app).await;
        }
        alice.log_in(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn what_a_change_of_password_withdrew_is_worth_nothing_and_is_nobodys_theft() {
    for transport in BOTH {
        let (app, mut alice, used_up) = signed_in(transport).await;
        let previous = used_up.refreshed(&app).await;
        let current = previous.refreshed(&app).await;
        let new = "nine orange llamas";
        let (_, kept) = current.change_password(&mut alice, new, &app).await;
        // A tab that hadn't heard of it, or one whose answer got lost, and even a thief.
        for old in [&current, &previous, &used_up, &current] {
            let answer = app.send(old.to_refresh()).await;
            assert_eq!(refresh_failure(&answer).as_deref(), Some("REVOKED"));
            let reason = &answer.data()["refreshSession"]["reason"];
            assert_eq!(reason, "PASSWORD_CHANGED");
            // The browser's is the new one by now.
            assert_eq!(answer.header("set-cookie"), None);
        }
        kept.assert_live(&app).await;
        let next = kept.refreshed(&app).await;
        // From then on it is as ever.
        next.refreshed(&app).await.assert_live(&app).await;
        kept.assert_not_refreshed(&app, "REUSED").await;
        next.me(&app)
            .await
            .assert_unauthenticated("REFRESH_TOKEN_REUSED");
    }
}

#[tokio::test]
async fn a_refresh_after_the_end_says_why() {
    let (app, alice) = TestApp::with_user("alice").await;
    let reason = async |session: &Session| {
        let failed = app.send(session.to_refresh()).await.data()["refreshSession"].take();
        let texts = ["code", "reason"].map(|key| failed[key].as_str().map(str::to_owned));
        texts.map(Option::unwrap_or_default).join(" ")
    };
    let logged_out = alice.log_in_at(DEFAULT, "BODY", &app).await;
    logged_out.end(&app).await;
    assert_eq!(reason(&logged_out).await, "REVOKED LOGGED_OUT");
    let run_out = alice.log_in_at(DEFAULT, "BODY", &app).await;
    app.advance_seconds(400 * 24 * 3600);
    assert_eq!(reason(&run_out).await, "EXPIRED EXPIRED");
    let suspended = alice.log_in_at(DEFAULT, "BODY", &app).await;
    do_it(&app, &["user", "suspend", "alice"], "").await;
    assert_eq!(reason(&suspended).await, "REVOKED SUSPENDED");
}

#[tokio::test]
async fn a_token_that_was_used_long_ago_is_still_known_as_used() {
    let (app, _, first) = signed_in("COOKIE").await;
    let mut last = first.clone();
    for _ in 0..20 {
        app.advance_seconds(3600);
        last = last.refreshed(&app).await;
    }
    first.assert_not_refreshed(&app, "REUSED").await;
    last.me(&app)
        .await
        .assert_unauthenticated("REFRESH_TOKEN_REUSED");
}

#[tokio::test]
async fn without_grace_every_replay_is_late() {
    let app = TestApp::with(|config| config.sessions.refresh_grace_seconds = 0).await;
    let alice = Person::signed_up("alice", &app).await;
    let first = alice.log_in(&app).await;
    let lost = first.refreshed(&app).await;
    let second = first.refreshed(&app).await;
    assert_ne!(lost.refresh, second.refresh);
    lost.assert_not_refreshed(&app, "REUSED").await;
}

#[tokio::test]
async fn a_refresh_survives_a_restart_and_works_on_every_node() {
    let (a, _, first) = signed_in("COOKIE").await;
    let b = a.another_node(|_| {}).await;
    let second = first.refreshed(&a).await;
    assert_eq!(first.refreshed(&b).await.refresh, second.refresh);
    let third = second.refreshed(&b).await;
    third.assert_live(&a).await;
    drop(b);
    let a = a.restarted(|_| {}).await;
    assert_eq!(second.refreshed(&a).await.refresh, third.refresh);
    first.assert_not_refreshed(&a, "REUSED").await;
}

#[tokio::test]
async fn a_suspended_user_is_not_refreshed_and_a_reinstated_one_signs_in_again() {
    let (app, alice, session) = signed_in("BODY").await;
    for word in ["suspend", "reinstate"] {
        crate::command_line::do_it(&app, &["user", word, "alice"], "").await;
        session.assert_not_refreshed(&app, "REVOKED").await;
    }
    let again = alice.log_in_at(DEFAULT, "BODY", &app).await;
    again.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn of_a_refresh_token_only_the_hash_is_kept() {
    let (app, _, first) = signed_in("COOKIE").await;
    let second = first.refreshed(&app).await;
    let third = second.refreshed(&app).await;
    first.try_refresh(&app).await.expect_err("it was used");
    let database = app.database().await;
    macro_rules! rows {
        ($($table:ident),*) => {
            vec![$(format!("{:?}", $table::Entity::find().all(&database).await)),*]
        };
    }
    let rows = rows![
        applications,
        audit_events,
        grants,
        revocations,
        sessions,
        users
    ];
    assert!(rows.iter().all(|rows| rows.starts_with("Ok(")), "{rows:?}");
    let kept = sessions::Entity::find().one(&database).await;
    let kept = kept.expect("the table is there").expect("a session");
    let hashes = [kept.refresh_hash, kept.refresh_previous_hash].map(Option::unwrap_or_default);
    for session in [first, second, third] {
        let token = session.refresh.text();
        assert!(!rows.iter().any(|rows| rows.contains(token)));
        let bytes = URL_SAFE_NO_PAD.decode(token).expect("base64url");
        for hash in &hashes {
            assert_eq!(hash.len(), 32, "a SHA-256");
            assert!(
                !bytes
                    .windows(16)
                    .any(|part| hash.windows(16).any(|it| it == part))
            );
        }
    }
}

#[tokio::test]
async fn one_operation_refreshes_once() {
    let (app, _, session) = signed_in("BODY").await;
    let token = session.refresh.text();
    let query = format!(
        "mutation {{
            a: refreshSession(input: {{ refreshToken: \"{token}\" }}) {{ __typename }}
            b: refreshSession(input: {{ refreshToken: \"{token}\" }}) {{ __typename }} }}"
    );
    let answer = app.send(Request::graphql(&query, &Value::Null)).await;
    answer.assert_refused(400, "GRAPHQL_VALIDATION_FAILED");
    session.refreshed(&app).await.assert_live(&app).await;
}
