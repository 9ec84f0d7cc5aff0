//! Applications that are called when sessions end (`OpenID` Connect Back-Channel Logout 1.0): of what, and
//! with what.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::Request;
use crate::command_line::do_it;
use crate::following::claim;
use crate::forgery::Token;
use crate::people::{LOGOUT, Person};
use crate::receivers::{over, sid, with_receivers};
use crate::signed_in::{to_change_password, to_log_out_everywhere, to_log_out_of, to_revoke};
use crate::sub_systems::{BILLING, SHOP, Tokens};

/// Asks as the session of these tokens, and fails unless it is done.
async fn as_session(app: &TestApp, tokens: &Tokens, request: Request) {
    app.send(request.bearer(&tokens.access)).await.data();
}

/// The claims of a token whose signature is that of the key that the server publishes under its name.
async fn verified(app: &TestApp, token: &str) -> Value {
    let header = decode_header(token).expect("a header");
    let set = app
        .send(Request::get("/.well-known/jwks.json"))
        .await
        .json();
    let keys = set["keys"].as_array().expect("a list");
    let key = keys.iter().find(|key| key["kid"] == json!(header.kid));
    let key: Jwk = serde_json::from_value(key.expect("its key").clone()).expect("a key");
    let mut rules = Validation::new(header.alg);
    rules.set_audience(&["shop"]);
    rules.set_issuer(&[ISSUER]);
    let key = DecodingKey::from_jwk(&key).expect("a key");
    let decoded = decode::<Value>(token, &key, &rules);
    decoded.expect("a good signature").claims
}

#[tokio::test]
async fn a_call_is_what_the_standard_says() {
    let (app, alice, shop, _) = with_receivers().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    as_session(&app, &tokens, Request::graphql(LOGOUT, &Value::Null)).await;
    let call = shop.called(1).await.remove(0);
    assert_eq!(call.method, "POST");
    assert_eq!(call.target, "/backchannel-logout?tenant=1");
    let headers = &call.headers;
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(headers["host"], shop.address.to_string());
    assert!(headers.get("authorization").is_none(), "{headers:?}");

    let header = Token::apart(call.token()).header;
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(
        header.as_object().map(serde_json::Map::len),
        Some(3),
        "{header}"
    );
    let claims = verified(&app, call.token()).await;
    let iat = claims["iat"].as_i64().expect("a number");
    assert!((app.now() - iat).abs() < 30, "{claims}");
    let jti = claims["jti"].as_str().expect("a text");
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "aud": "shop", "iat": iat, "exp": iat + 120, "jti": jti,
            "sub": claim(&tokens, "sub"), "sid": claim(&tokens, "sid"),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    );
}

#[tokio::test]
async fn a_logout_token_lets_nobody_in() {
    let (app, alice, shop, _) = with_receivers().await;
    over(&alice, SHOP, &app).await;
    let call = shop.called(1).await.remove(0);
    let answer = app.ask_as(call.token(), "{ me { id } }").await;
    answer.assert_unauthenticated("MALFORMED");
    SHOP.assert_inactive(call.token(), &app).await;
}

#[tokio::test]
async fn each_session_that_a_person_ends_is_told_once() {
    let (app, mut alice, shop, billing) = with_receivers().await;
    let mut ended = Vec::new();
    // By its own logout.
    let tokens = Tokens::of(&alice, "shop", &app).await;
    as_session(&app, &tokens, Request::graphql(LOGOUT, &Value::Null)).await;
    ended.push(sid(&tokens));
    // Twice, which is as good as once.
    app.send(Request::graphql(LOGOUT, &Value::Null).bearer(&tokens.access))
        .await;
    // By another one.
    let kept = Tokens::of(&alice, "default", &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    as_session(&app, &kept, to_revoke(&tokens.session)).await;
    ended.push(sid(&tokens));
    // By its application (RFC 7009).
    ended.push(over(&alice, SHOP, &app).await);
    // By a refresh token that came twice: the one before was used up, and so was its successor.
    let tokens = Tokens::of(&alice, "shop", &app).await;
    tokens.refreshed(&app).await.refreshed(&app).await;
    tokens.assert_not_refreshed("REUSED", &app).await;
    ended.push(sid(&tokens));
    // Of the application, all.
    let at_billing = Tokens::of(&alice, "billing", &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let shop_id = app.application_id("shop").await;
    as_session(&app, &kept, to_log_out_of(&shop_id)).await;
    ended.push(sid(&tokens));
    // Everywhere, but for the one that asks.
    let keeping = Tokens::of(&alice, "shop", &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    as_session(
        &app,
        &keeping,
        to_log_out_everywhere(&json!({ "keepCurrent": true })),
    )
    .await;
    ended.push(sid(&tokens));
    shop.assert_told(&ended).await;
    billing.assert_told(&[sid(&at_billing)]).await;
    // By a new password.
    let asking = Tokens::of(&alice, "default", &app).await;
    let request = to_change_password(&alice.password, "eight silver kettles sing");
    as_session(&app, &asking, request).await;
    "eight silver kettles sing".clone_into(&mut alice.password);
    ended.push(sid(&keeping));
    // What came before is told before.
    ended.push(over(&alice, SHOP, &app).await);
    shop.assert_told(&ended).await;
    billing.assert_told(&[sid(&at_billing)]).await;
}

#[tokio::test]
async fn each_session_that_an_operator_ends_is_told_once() {
    let (app, alice, shop, billing) = with_receivers().await;
    let mut ended = Vec::new();
    for (person, command) in [
        ("alice", ["user", "logout", "alice"]),
        ("alice", ["user", "suspend", "alice"]),
        ("bob", ["user", "delete", "bob"]),
    ] {
        let person = match person {
            "bob" => Person::signed_up("bob", &app).await,
            _ => alice.clone(),
        };
        let tokens = Tokens::of(&person, "shop", &app).await;
        do_it(&app, &command, "").await;
        ended.push(sid(&tokens));
        shop.assert_told(&ended).await;
    }
    // Those of an application that is disabled come in no order.
    let carol = Person::signed_up("carol", &app).await;
    let mut those = Vec::new();
    for _ in 0..3 {
        those.push(sid(&Tokens::of(&carol, "shop", &app).await));
    }
    do_it(&app, &["application", "disable", "shop"], "").await;
    let calls = shop.called(ended.len() + those.len()).await;
    let mut told: Vec<_> = calls[ended.len()..]
        .iter()
        .map(|call| call.claim("sid"))
        .collect();
    told.sort();
    those.sort();
    assert_eq!(told, those);
    assert_eq!(billing.over(), Vec::<String>::new());
}

#[tokio::test]
async fn of_a_session_that_ran_out_nobody_is_told() {
    let (app, alice, shop, _) = with_receivers().await;
    Tokens::of(&alice, "shop", &app).await;
    let lifetime = app.config().sessions.lifetime_seconds;
    app.advance_seconds(lifetime + 1);
    let asking = Tokens::of(&alice, "default", &app).await;
    as_session(&app, &asking, to_log_out_everywhere(&json!({}))).await;
    let told = over(&alice, SHOP, &app).await;
    shop.assert_told(&[told]).await;
}

#[tokio::test]
async fn each_application_is_told_of_its_own_sessions_alone() {
    let (app, alice, shop, billing) = with_receivers().await;
    let (at_shop, at_billing) = (
        Tokens::of(&alice, "shop", &app).await,
        Tokens::of(&alice, "billing", &app).await,
    );
    let asking = Tokens::of(&alice, "default", &app).await;
    as_session(&app, &asking, to_log_out_everywhere(&json!({}))).await;
    shop.assert_told(&[sid(&at_shop)]).await;
    billing.assert_told(&[sid(&at_billing)]).await;
    let ids: Vec<_> = [&shop, &billing]
        .map(|receiver| receiver.calls()[0].claim("jti"))
        .into();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(billing.calls()[0].claim("aud"), "billing");
    over(&alice, BILLING, &app).await;
    billing.called(2).await;
    assert_eq!(shop.calls().len(), 1);
}

#[tokio::test]
async fn the_metadata_tells_of_it() {
    let app = TestApp::start().await;
    let metadata = app
        .send(Request::get("/.well-known/openid-configuration"))
        .await;
    let metadata = metadata.json();
    assert_eq!(metadata["backchannel_logout_supported"], true);
    assert_eq!(metadata["backchannel_logout_session_supported"], true);
}
