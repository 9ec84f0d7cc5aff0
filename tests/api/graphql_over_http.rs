//! GraphQL over HTTP: methods, parameters, and the status of each answer.

use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::{Answer, GRAPHQL, JSON, Request};

const SETTINGS: &str = "{ authSettings { issuer } }";

/// A body that is no GraphQL response must not call itself one, and this one is.
fn assert_media(answer: &Answer, media: &str) {
    let content_type = answer.header("content-type").unwrap_or_default().to_owned();
    assert_eq!(
        content_type,
        format!("{media}; charset=utf-8"),
        "{}",
        answer.text()
    );
}

/// Not a well-formed request: the status says so under either media type.
async fn assert_bad_request(app: &TestApp, what: &str, request: &Request) {
    for media in [GRAPHQL, JSON] {
        let answer = app.send(request.clone().accept(media)).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        answer.assert_refused(400, "BAD_USER_INPUT");
        assert_media(&answer, media);
    }
}

/// A well-formed request that can't be executed: the status depends on the media type.
pub(crate) async fn assert_request_error(app: &TestApp, what: &str, request: &Request, code: &str) {
    let answer = app.send(request.clone().accept(GRAPHQL)).await;
    assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    assert_media(&answer, GRAPHQL);
    assert_eq!(
        answer.code().as_deref(),
        Some(code),
        "{what}: {}",
        answer.text()
    );
    assert!(answer.json().get("data").is_none(), "{what}");
    let as_json = app.send(request.clone().accept(JSON)).await;
    assert_eq!(as_json.status, 200, "{what}: {}", as_json.text());
    assert_media(&as_json, JSON);
    assert_eq!(as_json.body, answer.body, "{what}");
}

fn query(text: &str) -> Request {
    Request::graphql(text, &Value::Null)
}

#[tokio::test]
async fn a_query_is_answered_over_post_and_get() {
    let app = TestApp::start().await;
    let expected = json!({ "authSettings": { "issuer": ISSUER } });
    for media in [GRAPHQL, JSON] {
        let post = query(SETTINGS).accept(media);
        let get = Request::get("/graphql?query=%7BauthSettings%7Bissuer%7D%7D").accept(media);
        for request in [post, get] {
            let answer = app.send(request).await;
            assert_eq!(answer.data(), expected);
            assert_media(&answer, media);
        }
    }
}

#[tokio::test]
async fn the_parameters_of_a_get_stand_in_its_url() {
    let app = TestApp::start().await;
    let url = "/graphql?query=query+A(%24s:Boolean!)%7B__typename+authSettings+@include(if:%24s)\
               %7Bissuer%7D%7D+query+B%7B__typename%7D&operationName=A\
               &variables=%7B%22s%22:false%7D&extensions=%7B%7D&whatever=else";
    let answer = app.send(Request::get(url)).await;
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
    for (what, url) in [
        ("no query", "/graphql"),
        ("an empty URL query", "/graphql?"),
        ("another name", "/graphql?Query=%7B__typename%7D"),
        (
            "two queries",
            "/graphql?query=%7B__typename%7D&query=%7B__typename%7D",
        ),
        (
            "variables no JSON",
            "/graphql?query=%7B__typename%7D&variables=%7B",
        ),
        (
            "variables a list",
            "/graphql?query=%7B__typename%7D&variables=%5B%5D",
        ),
        (
            "variables a text",
            "/graphql?query=%7B__typename%7D&variables=%22x%22",
        ),
        (
            "extensions a list",
            "/graphql?query=%7B__typename%7D&extensions=%5B%5D",
        ),
    ] {
        assert_bad_request(&app, what, &Request::get(url)).await;
    }
}

#[tokio::test]
async fn only_a_query_is_sent_by_get() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    for document in [
        "mutation%7Blogout%7BendedSessionIds%7D%7D",
        "mutation+M%7Blogout%7BendedSessionIds%7D%7D&operationName=M",
        "query+Q%7B__typename%7D+mutation+M%7Blogout%7BendedSessionIds%7D%7D&operationName=M",
    ] {
        for media in [GRAPHQL, JSON] {
            let request = Request::get(&format!("/graphql?query={document}"));
            let answer = app.send(request.bearer(&session.token).accept(media)).await;
            answer.assert_refused(405, "BAD_USER_INPUT");
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    }
    session.assert_live(&app).await;
    let both = "query+Q%7B__typename%7D+mutation+M%7Blogout%7B__typename%7D%7D&operationName=Q";
    let answer = app
        .send(Request::get(&format!("/graphql?query={both}")))
        .await;
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn no_other_method_is_taken() {
    let app = TestApp::start().await;
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "QUERY", "PROPFIND"] {
        let mut request = query(SETTINGS);
        request.set_method(method);
        let answer = app.send(request).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, POST"), "{method}");
    }
    let answer = app
        .send(Request::new("HEAD", "/graphql?query=%7B__typename%7D"))
        .await;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, Some("GET, POST"))
    );
}

#[tokio::test]
async fn a_path_of_nobody_is_not_found() {
    let app = TestApp::start().await;
    for path in [
        "/graphq",
        "/graphql/",
        "/graphql/x",
        "/admin",
        "/.git/config",
        "/metrics",
        "/../etc/passwd",
    ] {
        assert_eq!(app.send(Request::get(path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_body_has_to_be_one_json_object_with_a_query() {
    let app = TestApp::start().await;
    for (what, body) in [
        ("nothing", ""),
        ("no JSON", "{"),
        ("GraphQL", SETTINGS),
        ("a text", "\"{ __typename }\""),
        ("null", "null"),
        ("a number", "1"),
        (
            "more than one",
            r#"{"query":"{__typename}"}{"query":"{__typename}"}"#,
        ),
        ("a comma too many", r#"{"query":"{__typename}",}"#),
        ("a comment", r#"{"query":"{__typename}" /* x */}"#),
        ("single quotes", "{'query':'{__typename}'}"),
        ("an empty object", "{}"),
        ("no query", r#"{"variables":{}}"#),
        ("query null", r#"{"query":null}"#),
        ("query a number", r#"{"query":1}"#),
        ("query a list", r#"{"query":["{__typename}"]}"#),
        ("query an object", r#"{"query":{"a":1}}"#),
        (
            "two queries",
            r#"{"query":"{__typename}","query":"{__typename}"}"#,
        ),
        (
            "operationName a number",
            r#"{"query":"{__typename}","operationName":1}"#,
        ),
        (
            "operationName a list",
            r#"{"query":"{__typename}","operationName":["A"]}"#,
        ),
        (
            "variables a list",
            r#"{"query":"{__typename}","variables":[]}"#,
        ),
        (
            "variables a text",
            r#"{"query":"{__typename}","variables":"{}"}"#,
        ),
        (
            "variables a number",
            r#"{"query":"{__typename}","variables":0}"#,
        ),
        (
            "extensions a list",
            r#"{"query":"{__typename}","extensions":[]}"#,
        ),
        (
            "extensions a text",
            r#"{"query":"{__typename}","extensions":"x"}"#,
        ),
        ("half a character", r#"{"query":"{__typename}\ud800"}"#),
        ("a control character", "{\"query\":\"{__typename}\u{1}\"}"),
        ("a mark before", "\u{feff}{\"query\":\"{__typename}\"}"),
    ] {
        assert_bad_request(&app, what, &Request::post(body)).await;
    }
    for (what, body) in [
        ("no UTF-8", b"{\"query\":\"{__typename}\xff\"}".as_slice()),
        ("Latin-1", b"{\"query\":\"{__typename #\xe9\n}\"}"),
        ("UTF-16", b"\xff\xfe{\0}\0"),
        ("zeros", &[0; 64]),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
    ] {
        assert_bad_request(&app, what, &Request::post(body)).await;
    }
}

#[tokio::test]
async fn what_is_null_is_left_out_and_what_is_unknown_is_for_others() {
    let app = TestApp::start().await;
    let body = json!({
        "query": "{ __typename }",
        "operationName": null,
        "variables": null,
        "extensions": null,
        "doc_id": 7,
        "extra": { "deep": [1, 2, 3] },
    });
    let answer = app.send(Request::post(body.to_string())).await;
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
    let body = r#" { "operationName":"","variables":{"unused":1},"query":"{ __typename }" } "#;
    let answer = app.send(Request::post(body)).await;
    assert_eq!(answer.data(), json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn batches_are_not_taken() {
    let app = TestApp::start().await;
    for body in [
        r#"[{"query":"{__typename}"}]"#,
        r#"[{"query":"{__typename}"},{"query":"{__typename}"}]"#,
        "[]",
        " \n\t[{\"query\":\"{__typename}\"}]",
    ] {
        assert_bad_request(&app, body, &Request::post(body)).await;
    }
}

#[tokio::test]
async fn what_is_no_graphql_is_a_request_error() {
    let app = TestApp::start().await;
    for document in [
        "",
        " ",
        "{",
        "}",
        "{ me { id }",
        "querry { me { id } }",
        "{ me(: 1) }",
        "#",
        "{}",
        "\u{0}",
        "{ me { id } } }",
        "{ \"me\" }",
        "mutation",
        "fragment F on Query { me { id } }",
    ] {
        assert_request_error(&app, document, &query(document), "GRAPHQL_PARSE_FAILED").await;
    }
}

#[tokio::test]
async fn what_the_schema_does_not_have_is_a_request_error() {
    let app = TestApp::start().await;
    for document in [
        "{ nobody }",
        "{ me }",
        "{ me { password } }",
        "{ me { passwordHash } }",
        "{ authSettings { issuer { x } } }",
        "{ me(id: 1) { id } }",
        "query($a: Nothing) { __typename }",
        "query($a: Int) { __typename }",
        "{ ...F }",
        "fragment F on Nothing { x } { ...F }",
        "{ me @nothing { id } }",
        "{ me @skip { id } }",
        "{ me @skip(if: 1) { id } }",
        "{ me { id @deprecated } }",
        "mutation { login { __typename } }",
        "mutation { login(input: {}) { __typename } }",
        "mutation { login(input: { identifier: 1, password: 2 }) { __typename } }",
        "subscription { me { id } }",
        "query A { __typename } query A { __typename }",
        "{ __typename } query A { __typename }",
        "type Query { a: Int }",
    ] {
        let answer = app.send(query(document)).await;
        assert_eq!(answer.status, 400, "{document}: {}", answer.text());
        let code = answer.code().unwrap_or_default();
        assert!(
            matches!(
                code.as_str(),
                "GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED"
            ),
            "{document}: {code}"
        );
        assert_request_error(&app, document, &query(document), &code).await;
    }
}

#[tokio::test]
async fn the_operation_that_is_named_is_the_one_that_runs() {
    let app = TestApp::start().await;
    let ask = |document: &str, name: Value| {
        Request::post(json!({ "query": document, "operationName": name }).to_string())
    };
    let two = "query A { a: __typename } query B { b: __typename }";
    for (name, expected) in [
        ("A", json!({ "a": "Query" })),
        ("B", json!({ "b": "Query" })),
    ] {
        assert_eq!(app.send(ask(two, json!(name))).await.data(), expected);
    }
    let one = "query A { a: __typename }";
    assert_eq!(
        app.send(ask(one, Value::Null)).await.data(),
        json!({ "a": "Query" })
    );
    for (what, request) in [
        ("unknown", ask(two, json!("C"))),
        ("unknown, of one", ask(one, json!("B"))),
        (
            "named, of an anonymous one",
            ask("{ __typename }", json!("A")),
        ),
        ("unnamed, of two", ask(two, Value::Null)),
        ("empty, of two", ask(two, json!(""))),
        ("in other case", ask(two, json!("a"))),
    ] {
        assert_request_error(&app, what, &request, "GRAPHQL_VALIDATION_FAILED").await;
    }
}
