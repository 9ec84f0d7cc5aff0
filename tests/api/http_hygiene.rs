//! What stands on every answer, whatever it answers: the headers that browsers go by, and an id.

use std::collections::HashSet;

use serde_json::Value;

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::ME;

/// One of each kind of answer.
async fn answers(app: &TestApp) -> Vec<(&'static str, Answer)> {
    let kinds = [
        ("data", Request::graphql("{ __typename }", &Value::Null)),
        ("a refusal", Request::graphql(ME, &Value::Null).bearer("x")),
        ("no GraphQL", Request::graphql("{", &Value::Null)),
        ("no JSON", Request::post("{")),
        ("a method", Request::new("DELETE", "/graphql")),
        (
            "a form",
            Request::post("a").replace("Content-Type", "text/plain"),
        ),
        ("a long body", Request::post("a".repeat(100_000))),
        ("nothing accepted", Request::post("{}").accept("text/html")),
        (
            "a foreign page",
            Request::post("{}").header("Sec-Fetch-Site", "cross-site"),
        ),
        ("a preflight", preflight("https://app.example.com")),
        ("no such path", Request::get("/nothing")),
        ("no such method", Request::new("POST", "/livez")),
        ("a trace", Request::new("TRACE", "/livez")),
        ("life", Request::get("/livez")),
        ("readiness", Request::get("/readyz")),
        ("keys", Request::get("/.well-known/jwks.json")),
        (
            "metadata",
            Request::get("/.well-known/oauth-authorization-server"),
        ),
        ("the playground", Request::get("/")),
    ];
    let mut answers = Vec::new();
    for (what, request) in kinds {
        answers.push((what, app.send(request).await));
    }
    answers
}

fn preflight(origin: &str) -> Request {
    Request::new("OPTIONS", "/graphql")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,content-type",
        )
}

#[tokio::test]
async fn every_answer_has_the_headers_that_browsers_go_by() {
    let app = TestApp::start().await;
    for (what, answer) in answers(&app).await {
        let is = |name: &str, value: &str| {
            assert_eq!(answer.header(name), Some(value), "{what}: {name}");
        };
        is("x-content-type-options", "nosniff");
        is("x-frame-options", "DENY");
        is("referrer-policy", "no-referrer");
        let policy = answer.header("content-security-policy").expect(what);
        assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{what}: {policy}"
        );
        if !matches!(what, "keys" | "metadata" | "the playground") {
            is("cache-control", "no-store");
        }
        assert_eq!(answer.header("server"), None, "{what}");
        assert_eq!(answer.header("x-powered-by"), None, "{what}");
        assert_eq!(answer.header("set-cookie"), None, "{what}");
        if answer.status >= 400 && !answer.body.is_empty() {
            assert!(answer.header("content-type").is_some(), "{what}");
        }
    }
}

#[tokio::test]
async fn https_is_asked_for_where_the_server_is_reached_over_it() {
    let app = TestApp::start().await;
    for (what, answer) in answers(&app).await {
        let told = answer
            .header("strict-transport-security")
            .unwrap_or_default();
        assert!(told.starts_with("max-age="), "{what}");
    }
    let app = TestApp::with(|config| config.tokens.issuer = None).await;
    for (what, answer) in answers(&app).await {
        assert_eq!(answer.header("strict-transport-security"), None, "{what}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_of_ours() {
    let app = TestApp::start().await;
    let mut seen = HashSet::new();
    for (what, answer) in answers(&app).await {
        let id = answer.header("x-request-id").expect(what).to_owned();
        assert!(
            id.len() >= 16 && id.chars().all(|letter| letter.is_ascii_alphanumeric()),
            "{id}"
        );
        assert!(seen.insert(id), "{what}");
    }
    let chosen = Request::get("/livez").header("X-Request-Id", "mine");
    assert_ne!(app.send(chosen).await.header("x-request-id"), Some("mine"));
}

#[tokio::test]
async fn nothing_is_traced_back() {
    let app = TestApp::start().await;
    for path in ["/", "/graphql", "/livez", "/nothing"] {
        for method in ["TRACE", "TRACK", "DEBUG"] {
            let request = Request::new(method, path).header("X-Secret", "abracadabra");
            let answer = app.send(request).await;
            assert!(
                matches!(answer.status, 404 | 405),
                "{method} {path}: {}",
                answer.status
            );
            assert!(!answer.text().contains("abracadabra"));
        }
    }
}

#[tokio::test]
async fn life_and_readiness_say_nothing_else() {
    let app = TestApp::start().await;
    for (path, word) in [("/livez", "live\n"), ("/readyz", "ready\n")] {
        let answer = app.send(Request::get(path)).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, word));
        let answer = app.send(Request::new("POST", path)).await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(
            answer
                .header("allow")
                .is_some_and(|allow| allow.contains("GET"))
        );
    }
}

#[tokio::test]
async fn metrics_and_debugging_are_not_on_the_public_port() {
    let app = TestApp::start().await;
    for path in [
        "/metrics",
        "/debug",
        "/debug/pprof",
        "/env",
        "/healthz/details",
        "/status",
    ] {
        assert_eq!(app.send(Request::get(path)).await.status, 404, "{path}");
    }
}
