//! Refresh tokens in cookies: each application has one of its own, and nobody else reads or sends it.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::cookies::{Cookie, PREFIX, forgotten};
use crate::forgery::Token;
use crate::people::{LOGIN, Person, RefreshToken, Session};
use crate::signed_in::{
    ended_by, ids, logout_with, refresh_failure, refresh_with, to_change_password,
    to_log_out_everywhere, to_log_out_of, to_revoke,
};
use crate::three_applications::{BILLING, CRM, DEFAULT, SHOP, origin};

async fn alice() -> (TestApp, Person) {
    let app = TestApp::with_applications().await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// A login that says nothing of the application: from one of its pages, if this is one.
fn to_log_in_from(alice: &Person, page: Option<&str>) -> Request {
    let input = json!({ "identifier": alice.email, "password": alice.password });
    let request = Request::graphql(LOGIN, &json!({ "input": input }));
    match page {
        Some(client_id) => request.header("Origin", &origin(client_id)),
        None => request,
    }
}

/// With the cookies that all these sessions left in one browser.
pub(crate) fn in_browser(request: Request, sessions: &[&Session]) -> Request {
    let pair = |session: &&Session| match &session.refresh {
        RefreshToken::Cookie { client_id, token } => format!("{PREFIX}{client_id}={token}"),
        RefreshToken::Body(_) => panic!("no browser keeps this"),
    };
    let pairs: Vec<_> = sessions.iter().map(pair).collect();
    request.header("Cookie", &format!("theme=dark; {}", pairs.join("; ")))
}

fn application_of(session: &Session) -> String {
    let token = Token::apart(&session.token);
    token.claims["client_id"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[tokio::test]
async fn a_cookie_is_for_this_host_alone_and_for_no_script() {
    let (app, alice) = alice().await;
    let login = app.send(alice.to_log_in_at(SHOP, "COOKIE")).await;
    let session = Session::of(&login);
    let refresh = app.send(session.to_refresh()).await;
    for answer in [login, refresh] {
        let [cookie] = <[Cookie; 1]>::try_from(Cookie::all_of(&answer)).expect("one cookie");
        assert_eq!(cookie.name, "__Host-cardea-shop");
        let mut attributes = cookie.attributes.clone();
        attributes.sort();
        let expected = [
            "HttpOnly",
            "Max-Age=604800",
            "Path=/",
            "SameSite=Strict",
            "Secure",
        ];
        assert_eq!(attributes, expected);
        assert!(!answer.text().contains(&cookie.value), "{}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = app.send(alice.to_log_in_at(SHOP, "BODY")).await;
    assert!(Cookie::all_of(&answer).is_empty());
    let session = Session::of(&answer);
    let answer = app.send(session.to_refresh()).await;
    assert!(Cookie::all_of(&answer).is_empty());
}

#[tokio::test]
async fn a_cookie_does_not_outlive_its_session() {
    let app = TestApp::with(|config| {
        config.sessions.idle_lifetime_seconds = 500;
        config.sessions.lifetime_seconds = 600;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let answer = app.send(alice.to_log_in()).await;
    let cookie = Cookie::of(&answer, DEFAULT).expect("a cookie");
    assert_eq!(cookie.seconds_to_live(), 500);
    app.advance_seconds(400);
    let answer = app.send(Session::of(&answer).to_refresh()).await;
    let cookie = Cookie::of(&answer, DEFAULT).expect("a cookie");
    assert!(
        (199..=200).contains(&cookie.seconds_to_live()),
        "{cookie:?}"
    );
}

#[tokio::test]
async fn applications_of_one_host_do_not_overwrite_each_others() {
    let (app, alice) = alice().await;
    let mut sessions = Vec::new();
    for client_id in [SHOP, BILLING, CRM, DEFAULT] {
        sessions.push(alice.log_in_at(client_id, "COOKIE", &app).await);
    }
    for index in 0..sessions.len() {
        let all: Vec<_> = sessions.iter().collect();
        let client_id = application_of(&sessions[index]);
        let request = refresh_with(&json!({ "clientId": client_id }));
        let answer = app.send(in_browser(request, &all)).await;
        let renewed = sessions[index].renewed_by(&answer).expect("a refresh");
        assert_eq!(application_of(&renewed), client_id);
        assert_ne!(renewed.refresh, sessions[index].refresh);
        sessions[index] = renewed;
    }
    for session in &sessions {
        session.assert_live(&app).await;
        session.refreshed(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_page_is_recognised_by_its_origin() {
    let (app, alice) = alice().await;
    for (page, expected) in [(Some(SHOP), SHOP), (Some(CRM), CRM), (None, DEFAULT)] {
        let session = Session::of(&app.send(to_log_in_from(&alice, page)).await);
        assert_eq!(application_of(&session), expected);
        let from_page = |request: Request| match page {
            Some(client_id) => request.header("Origin", &origin(client_id)),
            None => request,
        };
        let request = in_browser(refresh_with(&json!({})), &[&session]);
        let renewed = session.renewed_by(&app.send(from_page(request)).await);
        let renewed = renewed.expect("a refresh");
        assert_eq!(application_of(&renewed), expected);
        let request = in_browser(logout_with(&json!({})), &[&renewed]);
        let answer = app.send(from_page(request)).await;
        assert_eq!(ended_by(&answer), ids(&[&renewed]));
        assert_eq!(forgotten(&answer), [expected]);
        renewed.assert_over(&app, "LOGGED_OUT").await;
    }
}

#[tokio::test]
async fn a_logout_by_cookie_ends_the_session_that_it_names_and_takes_it_away() {
    let (app, alice) = alice().await;
    let shop = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let billing = alice.log_in_at(BILLING, "COOKIE", &app).await;
    let request = || {
        in_browser(
            logout_with(&json!({ "clientId": SHOP })),
            &[&shop, &billing],
        )
    };
    let answer = app.send(request()).await;
    assert_eq!(ended_by(&answer), ids(&[&shop]));
    assert_eq!(forgotten(&answer), [SHOP]);
    shop.assert_over(&app, "LOGGED_OUT").await;
    billing.assert_live(&app).await;
    // Asked again, by a browser that did not hear of it.
    let answer = app.send(request()).await;
    assert_eq!(ended_by(&answer), Vec::<String>::new());
    assert_eq!(forgotten(&answer), [SHOP]);
    billing.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn at_a_logout_the_bearer_token_wins_over_the_cookie() {
    let (app, alice) = alice().await;
    let by_token = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let by_cookie = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let request = in_browser(logout_with(&json!({ "clientId": SHOP })), &[&by_cookie]);
    let answer = app.send(request.bearer(&by_token.token)).await;
    assert_eq!(ended_by(&answer), ids(&[&by_token]));
    // The cookie is that of a session that lives, in another tab.
    assert_eq!(forgotten(&answer), Vec::<String>::new());
    by_token.assert_over(&app, "LOGGED_OUT").await;
    by_cookie.assert_live(&app).await;
    by_cookie.refreshed(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_token_that_is_none_of_ours_leaves_the_word_to_the_cookie() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let request = in_browser(logout_with(&json!({ "clientId": SHOP })), &[&session]);
    let answer = app.send(request.bearer("a.b.c")).await;
    assert_eq!(ended_by(&answer), ids(&[&session]));
    session.assert_over(&app, "LOGGED_OUT").await;
}

#[tokio::test]
async fn every_logout_takes_the_cookies_away_of_what_it_ended() {
    let (app, alice) = alice().await;
    let shop_id = app.application_id(SHOP).await;
    let everywhere = |keep: bool| to_log_out_everywhere(&json!({ "keepCurrent": keep }));
    for (request, taken, is_renewed) in [
        (everywhere(false), &[BILLING, SHOP][..], false),
        // The one that the browser has stays good.
        (everywhere(true), &[BILLING], false),
        (to_log_out_of(&shop_id), &[SHOP], false),
        (
            to_change_password(&alice.password, &alice.password),
            &[BILLING],
            true,
        ),
    ] {
        let shop = alice.log_in_at(SHOP, "COOKIE", &app).await;
        let billing = alice.log_in_at(BILLING, "COOKIE", &app).await;
        let request = in_browser(request, &[&shop, &billing]).bearer(&shop.token);
        let answer = app.send(request).await;
        let mut gone = forgotten(&answer);
        gone.sort();
        assert_eq!(gone, taken, "{}", answer.text());
        let kept = Cookie::of(&answer, SHOP).filter(|cookie| !cookie.is_forgotten());
        assert_eq!(kept.is_some(), is_renewed);
    }
    let shop = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let billing = alice.log_in_at(BILLING, "COOKIE", &app).await;
    let request = in_browser(to_revoke(&billing.id), &[&shop, &billing]);
    let answer = app.send(request.bearer(&shop.token)).await;
    assert_eq!(forgotten(&answer), [BILLING]);
}

/// A login at the shop and this, in one operation.
fn login_and(field: &str, alice: &Person) -> Request {
    let query = format!(
        "mutation Login($input: LoginInput!) {{
            login(input: $input) {{ ... on Authenticated {{ session {{ id }} }} }} {field} }}"
    );
    let input = json!({ "identifier": alice.email, "password": alice.password, "clientId": SHOP });
    Request::graphql(&query, &json!({ "input": input }))
}

#[tokio::test]
async fn an_answer_says_one_thing_of_each_cookie() {
    let (app, alice) = alice().await;
    let logout = "logout(input: { clientId: \"shop\" }) { endedSessionIds }";
    // The cookie that goes is not the one that comes: what it named ended with the login.
    let old = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let answer = app
        .send(in_browser(login_and(logout, &alice), &[&old]))
        .await;
    assert_eq!(answer.data()["logout"]["endedSessionIds"], json!([]));
    let new = Cookie::of(&answer, SHOP).expect("one change of the cookie");
    assert!(!new.is_forgotten(), "{new:?}");
    let request = refresh_with(&json!({ "clientId": SHOP }));
    let refreshed = app.send(request.cookie(SHOP, &new.value)).await;
    assert_eq!(refresh_failure(&refreshed), None);
    old.assert_over(&app, "REVOKED").await;
    // What was opened and ended at once leaves none.
    let other = alice.log_in_at(BILLING, "BODY", &app).await;
    let everywhere = login_and("logoutEverywhere { endedSessionIds }", &alice);
    let answer = app.send(everywhere.bearer(&other.token)).await;
    assert_eq!(answer.data().as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(forgotten(&answer), [SHOP]);
    assert_eq!(Cookie::all_of(&answer).len(), 1);
    // Asked twice, told once.
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let twice = format!("mutation {{ a: {logout} b: {logout} }}");
    let twice = in_browser(Request::graphql(&twice, &Value::Null), &[&session]);
    let answer = app.send(twice).await;
    assert_eq!(answer.data()["b"]["endedSessionIds"], json!([]));
    assert_eq!(Cookie::all_of(&answer).len(), 1);
    assert_eq!(forgotten(&answer), [SHOP]);
}

#[tokio::test]
async fn a_refresh_that_fails_takes_the_cookie_away() {
    let (app, alice) = alice().await;
    let first = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let used = first.refreshed(&app).await;
    let ended = alice.log_in_at(SHOP, "COOKIE", &app).await;
    used.refreshed(&app).await;
    ended.end(&app).await;
    for (session, code) in [(first, "REUSED"), (ended, "REVOKED")] {
        let answer = app.send(session.to_refresh()).await;
        assert_eq!(refresh_failure(&answer).as_deref(), Some(code));
        assert_eq!(forgotten(&answer), [SHOP]);
    }
    let missing: Answer = app.send(refresh_with(&json!({ "clientId": SHOP }))).await;
    assert_eq!(refresh_failure(&missing).as_deref(), Some("MISSING"));
    assert_eq!(forgotten(&missing), Vec::<String>::new());
}

#[tokio::test]
async fn who_changed_the_password_gets_a_new_token_as_they_got_the_old_one() {
    let (app, alice) = alice().await;
    for transport in ["COOKIE", "BODY"] {
        let session = alice.log_in_at(BILLING, transport, &app).await;
        let request = to_change_password(&alice.password, &alice.password);
        let answer = app.send(request.bearer(&session.token)).await;
        let kept = session.renewed_by(&answer).expect("it was kept");
        let is_cookie =
            matches!(&kept.refresh, RefreshToken::Cookie { client_id, .. } if client_id == BILLING);
        assert_eq!(is_cookie, transport == "COOKIE");
        assert_ne!(kept.refresh, session.refresh);
        kept.refreshed(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn an_access_token_alone_is_turned_into_no_refresh_token() {
    let (app, alice) = alice().await;
    for transport in ["COOKIE", "BODY"] {
        let session = alice.log_in_at(BILLING, transport, &app).await;
        let request = to_log_out_everywhere(&json!({ "keepCurrent": true }));
        let answer = app.send(request.bearer(&session.token)).await;
        assert_eq!(Cookie::all_of(&answer).len(), 0, "{}", answer.text());
        let tokens = &answer.data()["logoutEverywhere"]["tokens"];
        assert_eq!(tokens["refreshToken"], Value::Null);
        // The one that its owner has stays good.
        let kept = session.renewed_by(&answer).expect("it was kept");
        kept.refreshed(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_cookie_is_no_bearer_token_and_a_bearer_token_no_cookie() {
    let (app, alice) = alice().await;
    let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
    let refresh = session.refresh.text();
    app.ask_as(refresh, crate::people::ME)
        .await
        .assert_unauthenticated("MALFORMED");
    let me = Request::graphql(crate::people::ME, &Value::Null);
    let answer = app.send(in_browser(me, &[&session])).await;
    assert_eq!(answer.data()["me"], Value::Null);
    let request = refresh_with(&json!({ "clientId": SHOP }));
    let answer = app.send(request.cookie(SHOP, &session.token)).await;
    assert_eq!(refresh_failure(&answer).as_deref(), Some("INVALID"));
    session.assert_live(&app).await;
}
