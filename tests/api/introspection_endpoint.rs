//! Introspection (RFC 7662): what a sub-system is told of a token, and of one that isn't active nothing else.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp, eventually};
use crate::client::Request;
use crate::command_line::do_it;
use crate::forgery::Token;
use crate::people::{Person, Session};
use crate::sub_systems::{BILLING, INTROSPECT, PUBLIC, SHOP, Tokens, form, with_alice};

#[tokio::test]
async fn an_active_access_token_is_told_with_what_it_says() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let told = SHOP.introspect(&tokens.access, &app).await;
    let claims = Token::apart(&tokens.access).claims;
    let mut expected = claims.clone();
    expected["active"] = json!(true);
    expected["token_type"] = json!("Bearer");
    expected["username"] = json!("alice");
    assert_eq!(told, expected);
    assert_eq!(told["iss"], ISSUER);
    assert_eq!(told["aud"], "https://shop.example.com");
    assert_eq!(told["client_id"], "shop");
    assert_eq!(told["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn an_active_refresh_token_is_told_without_a_type_and_until_its_session_ends() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let told = SHOP.introspect(&tokens.refresh, &app).await;
    let claims = Token::apart(&tokens.access).claims;
    let members = told.as_object().expect("an object");
    let mut names: Vec<_> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "active",
        "amr",
        "auth_time",
        "client_id",
        "exp",
        "iat",
        "iss",
        "sid",
        "sub",
        "username",
    ];
    assert_eq!(names, expected);
    for name in ["sub", "sid", "client_id", "iss", "auth_time", "amr"] {
        assert_eq!(told[name], claims[name], "{name}");
    }
    let idle = i64::try_from(app.config().sessions.idle_lifetime_seconds).expect("some days");
    let end = told["exp"].as_i64().expect("a number");
    let made = told["iat"].as_i64().expect("a number");
    assert!((idle - 5..=idle + 5).contains(&(end - app.now())), "{told}");
    assert!((app.now() - 30..=app.now() + 1).contains(&made), "{told}");
    app.advance_seconds(60);
    let next = tokens.refreshed(&app).await;
    let told = SHOP.introspect(&next.refresh, &app).await;
    assert!(told["exp"].as_i64() >= Some(end + 60), "{told}");
    assert!(told["iat"].as_i64() >= Some(made + 60), "{told}");
}

#[tokio::test]
async fn somebody_without_a_username_has_none_there_and_the_address_stays_with_us() {
    let (app, _) = with_alice().await;
    let bob = Person {
        username: None,
        ..Person::named("bob")
    };
    assert_eq!(bob.sign_up(&app).await, Vec::<Value>::new());
    let tokens = Tokens::of(&bob, "shop", &app).await;
    for token in [&tokens.access, &tokens.refresh] {
        let told = SHOP.introspect(token, &app).await;
        assert_eq!(told["active"], true);
        assert!(told.get("username").is_none(), "{told}");
        assert!(!told.to_string().contains("bob"), "{told}");
    }
}

#[tokio::test]
async fn a_change_of_scopes_makes_access_tokens_inactive_and_refresh_tokens_tell_the_new_ones() {
    let app = TestApp::with(|config| {
        let mut shop = SHOP.application();
        shop.scopes = vec!["orders:read".to_owned(), "orders:write".to_owned()];
        config.applications = vec![shop];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    for token in [&tokens.access, &tokens.refresh] {
        let told = SHOP.introspect(token, &app).await;
        assert!(told.get("scope").is_none(), "{told}");
    }
    do_it(&app, &["grant", "add", "alice", "shop", "orders:read"], "").await;
    eventually(Duration::from_secs(1), "stale", async || {
        SHOP.introspect(&tokens.access, &app).await["active"] == false
    })
    .await;
    SHOP.assert_inactive(&tokens.access, &app).await;
    let told = SHOP.introspect(&tokens.refresh, &app).await;
    assert_eq!(told["scope"], "orders:read");
    let next = tokens.refreshed(&app).await;
    let told = SHOP.introspect(&next.access, &app).await;
    assert_eq!(told["scope"], "orders:read");
}

#[tokio::test]
async fn a_hint_is_only_a_hint() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    for token in [&tokens.access, &tokens.refresh] {
        let plain = SHOP.introspect(token, &app).await;
        assert_eq!(plain["active"], true);
        for hint in [
            "access_token",
            "refresh_token",
            "id_token",
            "",
            "\u{0}nonsense",
        ] {
            let parameters = [("token", token.as_str()), ("token_type_hint", hint)];
            let request = form(INTROSPECT, &parameters).header("Authorization", &SHOP.basic());
            let answer = app.send(request).await;
            assert_eq!(answer.json(), plain, "{hint}");
        }
    }
}

#[tokio::test]
async fn what_was_never_a_token_is_inactive() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let cut = |token: &str| token[..token.len() - 1].to_owned();
    let token = Token::apart(&tokens.access);
    let forged = [
        token.clone().with_header("alg", "none").unsigned(""),
        token.clone().with_claim("scope", "admin").unsigned("AAAA"),
        token
            .clone()
            .with_header("alg", "HS256")
            .hashed_under(b"secret"),
    ];
    let mut nothing = vec![
        "x".to_owned(),
        " ".to_owned(),
        "a.b.c".to_owned(),
        "\u{0}".to_owned(),
        "ü🦀".to_owned(),
        "x".repeat(60_000),
        cut(&tokens.access),
        cut(&tokens.refresh),
        format!("{} ", tokens.refresh),
        format!("{}A", tokens.refresh),
        format!("Bearer {}", tokens.access),
        tokens.session.clone(),
    ];
    nothing.extend(forged);
    for token in nothing {
        SHOP.assert_inactive(&token, &app).await;
    }
    SHOP.assert_active(&tokens.access, &app).await;
    SHOP.assert_active(&tokens.refresh, &app).await;
}

#[tokio::test]
async fn another_applications_token_is_inactive_to_whoever_else_asks() {
    let (app, alice) = with_alice().await;
    let shop = Tokens::of(&alice, "shop", &app).await;
    let public = Tokens::of(&alice, PUBLIC, &app).await;
    for token in [&shop.access, &shop.refresh] {
        SHOP.assert_active(token, &app).await;
        BILLING.assert_inactive(token, &app).await;
    }
    for token in [&public.access, &public.refresh] {
        SHOP.assert_inactive(token, &app).await;
        BILLING.assert_inactive(token, &app).await;
    }
    public.assert_live(&app).await;
}

#[tokio::test]
async fn a_token_is_inactive_from_the_second_that_it_expires() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let end = Token::apart(&tokens.access).claim("exp");
    let left = u64::try_from(end - app.now()).expect("it lives");
    app.advance_seconds(left + 1);
    SHOP.assert_inactive(&tokens.access, &app).await;
    SHOP.assert_active(&tokens.refresh, &app).await;
    app.advance_seconds(app.config().sessions.idle_lifetime_seconds);
    SHOP.assert_inactive(&tokens.refresh, &app).await;
}

#[tokio::test]
async fn after_every_logout_both_kinds_are_inactive_and_other_sessions_are_not() {
    let (app, alice) = with_alice().await;
    let bob = Person::signed_up("bob", &app).await;
    let others = Tokens::of(&bob, "shop", &app).await;
    for logout in [
        "mutation { logout { endedSessionIds } }",
        "mutation { logoutEverywhere(input: { keepCurrent: false }) { endedSessionIds } }",
        "mutation { revokeSession(input: { sessionId: \"SESSION\" }) { endedSessionIds } }",
    ] {
        let tokens = Tokens::of(&alice, "shop", &app).await;
        SHOP.assert_active(&tokens.access, &app).await;
        let logout = logout.replace("SESSION", &tokens.session);
        app.ask_as(&tokens.access, &logout).await.data();
        SHOP.assert_inactive(&tokens.access, &app).await;
        SHOP.assert_inactive(&tokens.refresh, &app).await;
    }
    SHOP.assert_active(&others.access, &app).await;
    SHOP.assert_active(&others.refresh, &app).await;
}

#[tokio::test]
async fn a_changed_password_and_a_suspension_make_tokens_inactive() {
    let (app, alice) = with_alice().await;
    let (one, other) = (
        Tokens::of(&alice, "shop", &app).await,
        Tokens::of(&alice, "shop", &app).await,
    );
    let input =
        json!({ "currentPassword": alice.password, "newPassword": "nine green alice kettles" });
    let change = "mutation Change($input: ChangePasswordInput!) { changePassword(input: $input) { user { id } } }";
    let change = Request::graphql(change, &json!({ "input": input })).bearer(&one.access);
    app.send(change).await.data();
    for token in [&one.access, &other.access, &other.refresh] {
        SHOP.assert_inactive(token, &app).await;
    }
    let bob = Person::signed_up("bob", &app).await;
    let tokens = Tokens::of(&bob, "shop", &app).await;
    do_it(&app, &["user", "suspend", "bob"], "").await;
    // The refresh token is a question for the database; the other process' row is heard of soon.
    SHOP.assert_inactive(&tokens.refresh, &app).await;
    eventually(Duration::from_secs(1), "inactive", async || {
        SHOP.introspect(&tokens.access, &app).await["active"] == false
    })
    .await;
    SHOP.assert_inactive(&tokens.access, &app).await;
}

#[tokio::test]
async fn asking_about_a_used_up_refresh_token_ends_nothing() {
    let (app, alice) = with_alice().await;
    let first = Tokens::of(&alice, "shop", &app).await;
    let second = first.refreshed(&app).await;
    // Within the grace, and until its successor is used, a refresh with it would be taken.
    let told = SHOP.introspect(&first.refresh, &app).await;
    assert_eq!(told["active"], true, "{told}");
    assert!(told.get("iat").is_none(), "{told}");
    let third = second.refreshed(&app).await;
    for _ in 0..3 {
        SHOP.assert_inactive(&first.refresh, &app).await;
    }
    SHOP.assert_active(&third.access, &app).await;
    SHOP.assert_active(&third.refresh, &app).await;
    let fourth = third.refreshed(&app).await;
    fourth.assert_live(&app).await;
    // Showing it for a refresh is another thing.
    first.assert_not_refreshed("REUSED", &app).await;
    SHOP.assert_inactive(&fourth.refresh, &app).await;
    SHOP.assert_inactive(&fourth.access, &app).await;
}

#[tokio::test]
async fn asking_uses_nothing_up() {
    let (app, alice) = with_alice().await;
    let mut tokens = Tokens::of(&alice, "shop", &app).await;
    for _ in 0..3 {
        let first = SHOP.introspect(&tokens.refresh, &app).await;
        assert_eq!(SHOP.introspect(&tokens.refresh, &app).await, first);
        tokens = tokens.refreshed(&app).await;
    }
}

#[tokio::test]
async fn a_refresh_token_in_a_cookie_is_told_as_one_in_the_body() {
    let (app, alice) = with_alice().await;
    let input =
        json!({ "identifier": alice.email, "password": alice.password, "clientId": "shop" });
    let login = Request::graphql(crate::people::LOGIN, &json!({ "input": input }));
    let answer = app.send(login).await;
    Session::of(&answer).assert_live(&app).await;
    let cookies = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    let mut values = cookies.filter_map(|(_, value)| value.strip_prefix("__Host-cardea-shop="));
    let token = values.next().and_then(|value| value.split(';').next());
    SHOP.assert_active(token.expect("a refresh token"), &app)
        .await;
}

#[tokio::test]
async fn many_questions_at_once_are_all_answered_and_people_are_served_meanwhile() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let ask = |index: usize| match index % 4 {
        0 => Request::graphql(crate::people::ME, &Value::Null).bearer(&tokens.access),
        1 => SHOP.to_introspect(&tokens.access),
        2 => SHOP.to_introspect(&tokens.refresh),
        _ => SHOP.to_introspect("x"),
    };
    let answers = app.send_at_once((0..200).map(ask).collect()).await;
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let active = &answer.json()["active"];
        match index % 4 {
            0 => assert!(answer.data()["me"]["id"].is_string()),
            1 | 2 => assert_eq!(*active, true),
            _ => assert_eq!(*active, false),
        }
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_endpoints_there_as_well() {
    let app = TestApp::with(|config| {
        config.tokens.issuer = Some("https://example.com/login".to_owned());
        config.applications = vec![SHOP.application()];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    for path in ["/oauth2/introspect", "/login/oauth2/introspect"] {
        let mut request = SHOP.to_introspect(&tokens.access);
        request.set_target(path);
        let told = app.send(request).await.json();
        assert_eq!(told["active"], true, "{path}");
        assert_eq!(told["iss"], "https://example.com/login");
    }
    let mut request = SHOP.to_revoke(&tokens.access);
    request.set_target("/login/oauth2/revoke");
    assert_eq!(app.send(request).await.status, 200);
    SHOP.assert_inactive(&tokens.access, &app).await;
}
