//! Pages of other origins: known ones may, unknown ones may not, and nobody may by a trick.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::Session;

const KNOWN: &str = "https://app.example.com";

const UNKNOWN: [&str; 9] = [
    "https://evil.example",
    "null",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://APP.example.com",
    "https://app.example.com/",
    "*",
];

async fn app() -> TestApp {
    TestApp::with(|config| config.http.allowed_origins = vec![KNOWN.to_owned()]).await
}

fn query() -> Request {
    Request::graphql("{ __typename }", &Value::Null)
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

fn vary(answer: &Answer) -> String {
    let values = answer.headers.iter().filter(|(name, _)| name == "vary");
    let values: Vec<_> = values.map(|(_, value)| value.to_lowercase()).collect();
    values.join(",")
}

#[tokio::test]
async fn a_known_page_may_read_the_answers() {
    let app = app().await;
    let answer = app.send(query().header("Origin", KNOWN)).await;
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
    assert_eq!(answer.header("access-control-allow-origin"), Some(KNOWN));
    assert!(vary(&answer).contains("origin"), "{answer:?}");
    let exposed = answer
        .header("access-control-expose-headers")
        .unwrap_or_default();
    for name in ["retry-after", "www-authenticate", "x-request-id"] {
        assert!(exposed.to_lowercase().contains(name), "{exposed}");
    }
    // Refusals too: a page must be able to tell one from an outage.
    let refused = app.send(query().header("Origin", KNOWN).bearer("x")).await;
    assert_eq!(refused.header("access-control-allow-origin"), Some(KNOWN));
    let malformed = app.send(Request::post("{").header("Origin", KNOWN)).await;
    assert_eq!(
        (
            malformed.status,
            malformed.header("access-control-allow-origin")
        ),
        (400, Some(KNOWN))
    );
}

#[tokio::test]
async fn a_known_page_is_told_what_it_may_send() {
    let app = app().await;
    let answer = app.send(preflight(KNOWN)).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), Some(KNOWN));
    let methods = answer
        .header("access-control-allow-methods")
        .unwrap_or_default();
    assert!(methods.contains("POST"), "{methods}");
    assert!(
        !methods.contains("DELETE") && !methods.contains('*'),
        "{methods}"
    );
    let headers = answer
        .header("access-control-allow-headers")
        .unwrap_or_default();
    for name in ["authorization", "content-type"] {
        assert!(headers.to_lowercase().contains(name), "{headers}");
    }
    assert!(!headers.contains('*'), "{headers}");
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true"),
        "a page of the same site sends its cookie"
    );
}

#[tokio::test]
async fn an_unknown_page_is_given_no_leave() {
    let app = app().await;
    for origin in UNKNOWN {
        for request in [
            preflight(origin),
            query().header("Origin", origin),
            Request::get("/graphql?query=%7B__typename%7D").header("Origin", origin),
        ] {
            let answer = app.send(request).await;
            assert_eq!(
                answer.header("access-control-allow-origin"),
                None,
                "{origin}"
            );
            assert_eq!(
                answer.header("access-control-allow-credentials"),
                None,
                "{origin}"
            );
            assert!(vary(&answer).contains("origin"), "{origin}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_unknown_page_may_not_post() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    for site in ["cross-site", "same-site"] {
        let request = session.to_log_out().header("Sec-Fetch-Site", site);
        let answer = app.send(request).await;
        assert_eq!(answer.status, 403, "{site}: {}", answer.text());
        assert!(answer.json().get("data").is_none());
    }
    for origin in UNKNOWN.into_iter().filter(|origin| *origin != "*") {
        for site in [None, Some("cross-site")] {
            let mut request = session.to_log_out().header("Origin", origin);
            if let Some(site) = site {
                request = request.header("Sec-Fetch-Site", site);
            }
            assert_eq!(app.send(request).await.status, 403, "{origin} {site:?}");
        }
    }
    session.assert_live(&app).await;
}

#[tokio::test]
async fn an_unknown_page_may_not_ask_by_get_either() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let me = || Request::get("/graphql?query=%7Bme%7Busername%7D%7D").bearer(&session.token);
    for origin in UNKNOWN {
        for site in [None, Some("cross-site"), Some("same-site")] {
            let mut request = me().header("Origin", origin);
            if let Some(site) = site {
                request = request.header("Sec-Fetch-Site", site);
            }
            let answer = app.send(request).await;
            assert_eq!(answer.status, 403, "{origin} {site:?}: {}", answer.text());
            assert_eq!(answer.code().as_deref(), Some("FORBIDDEN"));
            assert!(answer.json().get("data").is_none());
        }
    }
    let own = format!("http://{}", app.address);
    for request in [
        me(),
        me().header("Origin", &own),
        me().header("Sec-Fetch-Site", "none"),
    ] {
        assert_eq!(app.send(request).await.data()["me"]["username"], "alice");
    }
    // What everybody may read stays so.
    let keys = Request::get("/.well-known/jwks.json").header("Origin", "https://evil.example");
    assert_eq!(app.send(keys).await.status, 200);
}

#[tokio::test]
async fn known_pages_and_our_own_may_post() {
    let app = app().await;
    let own = format!("http://{}", app.address);
    for (origin, site) in [
        (None, None),
        (None, Some("none")),
        (None, Some("same-origin")),
        (Some(own.as_str()), Some("same-origin")),
        (Some(own.as_str()), None),
        (Some(KNOWN), Some("cross-site")),
        (Some(KNOWN), Some("same-site")),
        (Some(KNOWN), None),
    ] {
        let mut request = query();
        for (name, value) in [("Origin", origin), ("Sec-Fetch-Site", site)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        assert_eq!(app.send(request).await.status, 200, "{origin:?} {site:?}");
    }
}

#[tokio::test]
async fn a_page_logs_in_and_out_from_where_it_lives() {
    let app = app().await;
    let alice = crate::people::Person::signed_up("alice", &app).await;
    let page = |request: Request| {
        request
            .header("Origin", KNOWN)
            .header("Sec-Fetch-Site", "cross-site")
    };
    let session = Session::of(&app.send(page(alice.to_log_in())).await);
    session.assert_live(&app).await;
    assert_eq!(app.send(page(session.to_log_out())).await.status, 200);
    session.assert_dead(&app).await;
}

#[tokio::test]
async fn a_form_of_another_page_does_nothing() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    // What a form can send without asking first: these three types, by POST.
    for content_type in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        let request = session.to_log_out().replace("Content-Type", content_type);
        assert_eq!(app.send(request).await.status, 415);
    }
    session.assert_live(&app).await;
}
