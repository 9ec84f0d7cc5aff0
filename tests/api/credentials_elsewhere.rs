//! A token counts in one place only: one `Authorization` header with the scheme Bearer.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Request;
use crate::people::{ME, Session};

async fn signed_in() -> (TestApp, Session) {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    (app, session)
}

#[tokio::test]
async fn two_headers_are_one_too_many() {
    let (app, session) = signed_in().await;
    let ask = || Request::graphql(ME, &Value::Null);
    for request in [
        ask().bearer(&session.token).bearer(&session.token),
        ask().bearer(&session.token).bearer("x"),
        ask().bearer(&session.token).header("authorization", ""),
        ask()
            .header("Authorization", "Basic YTpi")
            .bearer(&session.token),
        ask().bearer(&format!("{0}, Bearer {0}", session.token)),
        ask().bearer(&format!("{0} {0}", session.token)),
        ask().bearer(&format!("{0},{0}", session.token)),
    ] {
        app.send(request).await.assert_unauthenticated("MALFORMED");
    }
}

#[tokio::test]
async fn another_scheme_is_malformed() {
    let (app, session) = signed_in().await;
    let token = &session.token;
    for value in [
        "Basic YWxpY2U6cGFzc3dvcmQ=".to_owned(),
        format!("Basic {token}"),
        format!("DPoP {token}"),
        format!("Token {token}"),
        format!("Bearer:{token}"),
        format!("Bearer\t{token}"),
        format!("Bearer{token}"),
        format!("Bearer token={token}"),
        token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        "Bearer \u{e9}".to_owned(),
    ] {
        let request = Request::graphql(ME, &Value::Null).header("Authorization", &value);
        let answer = app.send(request).await;
        answer.assert_unauthenticated("MALFORMED");
    }
}

#[tokio::test]
async fn a_token_anywhere_else_is_not_looked_at() {
    let (app, session) = signed_in().await;
    let token = session.token.as_str();
    let in_body = json!({
        "query": "{ me { id } }",
        "access_token": token,
        "extensions": { "authorization": format!("Bearer {token}") },
    });
    for request in [
        Request::get(&format!(
            "/graphql?query=%7Bme%7Bid%7D%7D&access_token={token}"
        )),
        Request::get(&format!("/graphql?query=%7Bme%7Bid%7D%7D&token={token}")),
        Request::post(in_body.to_string()),
        Request::graphql(ME, &Value::Null).header("Cookie", &format!("access_token={token}")),
        Request::graphql(ME, &Value::Null)
            .header("Cookie", &format!("Authorization=Bearer {token}")),
        Request::graphql(ME, &Value::Null).header("X-Authorization", &format!("Bearer {token}")),
        Request::graphql(ME, &Value::Null)
            .header("Proxy-Authorization", &format!("Bearer {token}")),
    ] {
        let answer = app.send(request).await;
        assert_eq!(answer.data(), json!({ "me": null }));
    }
}

#[tokio::test]
async fn what_needs_nobody_does_not_mind_a_bad_token() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    session.log_out(&app).await;
    for token in ["garbage", session.token.as_str()] {
        Session::of(&app.send(alice.to_log_in().bearer(token)).await);
        let answer = app
            .ask_as(token, "{ authSettings { issuer } __typename }")
            .await;
        assert_eq!(answer.data()["__typename"], "Query");
        let bob = crate::people::Person::named(&format!("bob{}", token.len()));
        let answer = app.send(bob.to_sign_up().bearer(token)).await;
        assert_eq!(crate::people::user_errors(&answer), Vec::<Value>::new());
    }
}
