//! Media types: what a client takes, what it sends, and how long it may be.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{GRAPHQL, JSON, Request};

const QUERY: &str = "{ __typename }";

fn body() -> String {
    json!({ "query": QUERY }).to_string()
}

#[tokio::test]
async fn the_best_that_a_client_takes_is_what_it_gets() {
    let app = TestApp::start().await;
    for (accept, media) in [
        (None, GRAPHQL),
        (Some("*/*"), GRAPHQL),
        (Some("application/*"), GRAPHQL),
        (Some(GRAPHQL), GRAPHQL),
        (Some(JSON), JSON),
        (Some("application/json; charset=utf-8"), JSON),
        (Some("APPLICATION/JSON"), JSON),
        (Some("application/json, */*"), GRAPHQL),
        (
            Some("application/graphql-response+json, application/json;q=0.9"),
            GRAPHQL,
        ),
        (
            Some("application/json, application/graphql-response+json;q=0.9"),
            JSON,
        ),
        (
            Some("application/graphql-response+json;q=0, application/json"),
            JSON,
        ),
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), GRAPHQL),
        (Some("text/event-stream, application/json"), JSON),
    ] {
        let mut request = Request::post(body());
        if let Some(accept) = accept {
            request = request.accept(accept);
        }
        let answer = app.send(request).await;
        assert_eq!(
            answer.data(),
            json!({ "__typename": "Query" }),
            "{accept:?}"
        );
        let expected = format!("{media}; charset=utf-8");
        assert_eq!(
            answer.header("content-type"),
            Some(expected.as_str()),
            "{accept:?}"
        );
    }
}

#[tokio::test]
async fn several_headers_of_what_a_client_takes_are_one_list() {
    let app = TestApp::start().await;
    let request = Request::post(body())
        .header("Accept", "text/html")
        .header("Accept", JSON);
    let answer = app.send(request).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn who_takes_neither_form_gets_neither() {
    let app = TestApp::start().await;
    for accept in [
        "text/html",
        "text/*",
        "application/xml",
        "application/graphql+json",
        "application/json;q=0",
        "*/*;q=0",
        "nonsense",
        "",
    ] {
        let answer = app.send(Request::post(body()).accept(accept)).await;
        assert_eq!(answer.status, 406, "{accept}: {}", answer.text());
        assert!(answer.json().get("data").is_none());
        let media = answer.header("content-type").unwrap_or_default();
        assert!(!media.contains("graphql-response"), "{media}");
    }
}

#[tokio::test]
async fn nothing_but_json_is_read_as_json() {
    let app = TestApp::start().await;
    for content_type in [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json-patch+json",
        "application/ld+json",
        "text/json",
        "application/octet-stream",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "application/json, text/plain",
        "text/plain, application/json",
        "json",
        "",
    ] {
        for media in [GRAPHQL, JSON] {
            let request = Request::post(body())
                .replace("Content-Type", content_type)
                .accept(media);
            let answer = app.send(request).await;
            assert_eq!(answer.status, 415, "{content_type:?}: {}", answer.text());
            answer.assert_refused(415, "BAD_USER_INPUT");
        }
    }
    let mut nameless = Request::post(body());
    nameless.remove("Content-Type");
    assert_eq!(app.send(nameless).await.status, 415);
    let twice = Request::post(body()).header("Content-Type", JSON);
    assert_eq!(app.send(twice).await.status, 415);
}

#[tokio::test]
async fn json_may_say_that_it_is_utf_8() {
    let app = TestApp::start().await;
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON; Charset=\"utf-8\"",
        "application/json; foo=bar",
    ] {
        let request = Request::post(body()).replace("Content-Type", content_type);
        assert_eq!(app.send(request).await.status, 200, "{content_type}");
    }
}

/// A body of exactly this many bytes that is a good request.
fn body_of(bytes: usize) -> String {
    let body = body();
    let padding = " ".repeat(bytes - body.len());
    format!("{body}{padding}")
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let app = TestApp::with(|config| config.http.body_limit_bytes = 4096).await;
    assert_eq!(app.send(Request::post(body_of(4096))).await.status, 200);
    for bytes in [4097, 8192, 300_000] {
        let answer = app.send(Request::post(body_of(bytes))).await;
        assert_eq!(answer.status, 413, "{bytes}: {}", answer.text());
        answer.assert_refused(413, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_cut_as_well() {
    let app = TestApp::with(|config| config.http.body_limit_bytes = 4096).await;
    let chunked = |body: &str| {
        let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        Request::post(chunk).header("Transfer-Encoding", "chunked")
    };
    assert_eq!(app.send(chunked(&body_of(4096))).await.status, 200);
    assert_eq!(app.send(chunked(&body_of(4097))).await.status, 413);
}

#[tokio::test]
async fn ten_mebibytes_are_refused_and_the_server_goes_on() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        let answer = app.send(Request::post(body_of(10 << 20))).await;
        assert_eq!(answer.status, 413, "{}", answer.text());
    }
    assert_eq!(
        app.ask(QUERY).await.data(),
        json!({ "__typename": "Query" })
    );
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_that() {
    let app = TestApp::start().await;
    let long = "{ __schema { types { name description fields { name description } } } }";
    let ask = |query: &str, coding: &str| {
        Request::graphql(query, &Value::Null).header("Accept-Encoding", coding)
    };
    let plain = app.send(ask(long, "identity")).await;
    assert_eq!(plain.header("content-encoding"), None);
    for coding in ["gzip", "br"] {
        let answer = app.send(ask(long, coding)).await;
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(answer.body.len() < plain.body.len() / 2);
        let vary = answer.headers.iter().filter(|(name, _)| name == "vary");
        let vary: Vec<_> = vary.map(|(_, value)| value.to_lowercase()).collect();
        assert!(vary.join(",").contains("accept-encoding"), "{vary:?}");
    }
    // A short one may hold a token: its length must tell nothing of it.
    assert_eq!(
        app.send(ask(QUERY, "gzip, br"))
            .await
            .header("content-encoding"),
        None
    );
}
